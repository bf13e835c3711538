"""What was asked for wrongly, counted and logged: by kind, never with what was sent."""

from __future__ import annotations

import logging
import time

from prometheus_client import Counter

logger = logging.getLogger(__name__)

REFUSED = Counter("tetraphone_refused_total", "What the web process refused, by what was wrong", ["what"])
EVERY_S = 1.0
"""At most one line a second of a kind: whoever sends a flood does not fill the disk with it."""

_last: dict[str, float] = {}
_left_out: dict[str, int] = {}


def note_refusal(what: str, sentence: str) -> None:
    """Count a refusal and log a line about it.

    Args:
        what: its kind, one of a small number.
        sentence: without anything that the asker sent and a person could be known by.
    """
    REFUSED.labels(what).inc()
    now = time.monotonic()
    if now - _last.get(what, -EVERY_S) < EVERY_S:
        _left_out[what] = _left_out.get(what, 0) + 1
        return
    _last[what] = now
    more = _left_out.pop(what, 0)
    logger.warning("refused: %s%s", sentence, f" (and {more} more before)" if more else "")
