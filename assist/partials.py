"""Words while they are spoken: shown, never kept. Without them the transcript is whole all the same."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any

from assist.link import MediaLink
from assist.live import LiveCall, PartialLine
from core.languages import Language

logger = logging.getLogger(__name__)

_AGAIN_S = 1.0


async def follow_partials(
    link: MediaLink, calls: Callable[[], Iterable[LiveCall]], changed: Callable[[LiveCall], None]
) -> None:
    """Keep ``call.partial`` up to date for ever; belongs in a task of its own.

    Args:
        calls: those that are shown.
        changed: called with each call whose unfinished words are others now.
    """
    version = -1
    while True:
        try:
            board = await link.partials(version)
            _say(board["calls"], calls(), changed)
            version = int(board["version"])
        except Exception as error:  # the other process is away, or says nonsense: partial words can wait
            logger.debug("assist: no partial transcripts: %s", type(error).__name__)
            version = -1
            _say({}, calls(), changed)
            await asyncio.sleep(_AGAIN_S)


def _say(
    lines: dict[str, dict[str, Any]], calls: Iterable[LiveCall], changed: Callable[[LiveCall], None]
) -> None:
    for call in list(calls):
        line = lines.get(call.id)
        partial = line and PartialLine(line["text"], Language(line["language"]), line["start_s"])
        if partial != call.partial and not (partial and call.heard_since(partial.start_s)):
            call.partial = partial or None
            changed(call)
