"""What waits for the call to look at: bounded, and never at the price of a key or of the end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from voice_gateway.leg import Frame, LegClosed, LegEvent


class InboxFull(RuntimeError):
    """The call looks at nothing, and its keys and faults pile up; the leg is to be ended."""


class Inbox:
    """Events of one leg in order. The oldest frames give way to new ones; nothing else does.

    Args:
        frames: most frames waiting (250 are 5 s); beyond it the oldest is dropped and counted.
        others: most other events waiting; beyond it ``put`` raises ``InboxFull``.
    """

    def __init__(self, *, frames: int = 250, others: int = 4_000) -> None:
        self.dropped = 0
        self._max_frames = frames
        self._max_others = others
        self._frames = 0
        self._waiting: deque[LegEvent] = deque()
        self._loop = asyncio.get_running_loop()
        self._reader: asyncio.Future[None] | None = None
        """Who waits for the next event; an ``asyncio.Event`` does the same at several times the cost."""
        self._closed = False

    def put(self, event: LegEvent) -> None:
        """Add an event; after ``LegClosed`` nothing more is taken."""
        if self._closed:
            return
        if isinstance(event, Frame):
            if self._frames >= self._max_frames:
                self._drop_oldest_frame()
            self._frames += 1
        elif isinstance(event, LegClosed):
            self._closed = True
        elif len(self._waiting) - self._frames >= self._max_others:
            raise InboxFull
        self._waiting.append(event)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _drop_oldest_frame(self) -> None:
        for place, event in enumerate(self._waiting):
            if isinstance(event, Frame):
                del self._waiting[place]
                self._frames -= 1
                self.dropped += 1
                return

    async def events(self) -> AsyncIterator[LegEvent]:
        """Everything in order, up to and with ``LegClosed``."""
        while True:
            while self._waiting:
                event = self._waiting.popleft()
                if isinstance(event, Frame):
                    self._frames -= 1
                yield event
                if isinstance(event, LegClosed):
                    return
            self._reader = self._loop.create_future()
            await self._reader
