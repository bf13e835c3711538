"""Rendering the bot's lines while nobody calls: after a bot was published, or a voice changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from models.protocols import BadRequest, ModelError
from models.speech.speaker import Phrase, Speaker

log = logging.getLogger(__name__)

QUIET_S = 15.0
"""No call for so long before rendering begins, or goes on."""
_RETRY_S = 5.0
_AWAY = (ModelError, TimeoutError, OSError)


@asynccontextmanager
async def rendering_when_idle(
    speaker: Speaker, phrases: list[Phrase], calls: Callable[[], int]
) -> AsyncIterator[None]:
    """``render_when_idle`` beside whatever is done within."""
    task = asyncio.create_task(render_when_idle(speaker, phrases, calls), name="render-lines")
    try:
        yield
    finally:
        task.cancel()
        for outcome in await asyncio.gather(task, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.error("rendering lines ended early", exc_info=outcome)


async def render_when_idle(
    speaker: Speaker, phrases: list[Phrase], calls: Callable[[], int], *, quiet_s: float = QUIET_S
) -> int:
    """Render ``phrases`` into the cache, one after another, and only while no call is live; returns what was new.

    A call that comes meanwhile waits for at most one clause. Models that are away are waited for.

    Args:
        calls: how many calls are live.
    """
    new = 0
    for done, phrase in enumerate(phrases):
        while True:
            if not speaker.ready(phrase):
                await _until_quiet(calls, quiet_s)
            try:
                new += await speaker.prerender([phrase])
            except BadRequest as error:
                log.error("a line of the bot cannot be spoken: %s", error)
            except _AWAY as error:
                log.info("lines are rendered later (%s)", type(error).__name__)
                await asyncio.sleep(_RETRY_S)
                continue
            break
        if new and done % 50 == 49:
            log.info("%d of %d lines are ready", done + 1, len(phrases))
    if new:
        log.info("all %d lines are ready; %d pieces were rendered", len(phrases), new)
    return new


async def _until_quiet(calls: Callable[[], int], quiet_s: float) -> None:
    quiet = 0.0
    while quiet < quiet_s:
        quiet = 0.0 if calls() else quiet + 1.0
        await asyncio.sleep(1.0)
