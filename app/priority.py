"""Which process goes first where processor time is short: the line, since sound that is late is lost."""

from __future__ import annotations

import logging
import os

logger = logging.getLogger(__name__)

NICENESS = {"media": -10, "models": 5, "web": 5}
"""Added to what the process was started with. A server of calls wants to go before whatever else the machine does."""


def take_place(role: str) -> None:
    """Give this process its role's place. To be called before it has threads, which take over their parent's.

    To go first needs a right (root, or CAP_SYS_NICE). Without it the line runs as it was started, and the others
    stand behind it all the same.
    """
    try:
        os.nice(NICENESS[role])
    except PermissionError:
        logger.info("%s may not go before other programs; it runs at the usual priority", role)
