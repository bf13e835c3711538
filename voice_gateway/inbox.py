"""The one place where a call's happenings arrive; bounded, and never awaited by who puts something in."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from voice_gateway.happenings import Happening, Utterance, VoiceHeard

logger = logging.getLogger(__name__)

LIMIT = 500


class Inbox:
    """First in, first out. Beyond the limit the oldest goes; of voice only the latest hop is kept."""

    def __init__(self) -> None:
        self._happenings: deque[Happening] = deque()
        self._arrived = asyncio.Event()
        self._for_voice = False
        """Whether who waits now wants to know that the caller is speaking."""

    def post(self, happening: Happening) -> None:
        if (
            isinstance(happening, VoiceHeard)
            and self._happenings
            and isinstance(self._happenings[-1], VoiceHeard)
        ):
            self._happenings[-1] = happening
        else:
            self._happenings.append(happening)
        if len(self._happenings) > LIMIT:
            logger.error(
                "a call does not keep up with what happens; dropped: %r", type(self._happenings.popleft())
            )
        if self._for_voice or not isinstance(happening, VoiceHeard):
            self._arrived.set()

    def take(self) -> Happening | None:
        """The oldest happening, or None."""
        return self._happenings.popleft() if self._happenings else None

    def utterances(self) -> list[Utterance]:
        """Take out all that was said; what else waits stays."""
        said = [one for one in self._happenings if isinstance(one, Utterance)]
        self._happenings = deque(one for one in self._happenings if not isinstance(one, Utterance))
        return said

    def wake(self) -> None:
        """Let who waits look around, though nothing arrived."""
        self._arrived.set()

    async def arrived(self, timeout_s: float | None = None, *, voice: bool = True) -> None:
        """Wait until something may have arrived, at most ``timeout_s``.

        Args:
            voice: whether the caller's voice alone, thirty hops a second, ends the wait.
        """
        if self._happenings:
            return
        self._for_voice = voice
        try:
            async with asyncio.timeout(timeout_s):
                await self._arrived.wait()
        except TimeoutError:
            return
        finally:
            self._for_voice = False
            self._arrived.clear()
