"""A leg that waits for its call: its events are taken in meanwhile, and the call gets the rest of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from voice_gateway.leg import CallLeg, Frame, LegClosed, LegEvent
from voice_gateway.wrapped_leg import WrappedLeg

KEPT_FRAMES = 50
"""While nobody listens, a second of sound is kept; the rest is forgotten."""
MOST_EVENTS = 500
"""Of all kinds; beyond that the oldest are forgotten, sound first, but never the end of the leg."""


class HeldLeg(WrappedLeg):
    """A ``CallLeg`` around another one; ``run`` it as a task for as long as the leg is used.

    ``events`` of the inner leg can be consumed only once, and a wait for the next one cannot be given up half-way.
    So one task takes them, for the lobby first and for the call afterwards.
    """

    def __init__(self, leg: CallLeg) -> None:
        super().__init__(leg)
        self._events: deque[LegEvent] = deque()
        self._frames = 0
        self._news = asyncio.Event()
        self._listened_to = False
        self.closed = False

    async def run(self) -> None:
        """Take in what the leg brings, to its end."""
        try:
            async for event in self._leg.events():
                self._take(event)
        finally:
            if not self.closed:
                self._take(LegClosed("failed"))  # nothing more can come, whatever the reason

    def _take(self, event: LegEvent) -> None:
        if isinstance(event, Frame):
            self._frames += 1
        self.closed = self.closed or isinstance(event, LegClosed)
        self._events.append(event)
        while not self._listened_to and self._frames > KEPT_FRAMES:
            self._forget_frame()
        while len(self._events) > MOST_EVENTS:
            # The call has fallen far behind, or the far end floods us: what is latest counts.
            self._forget_frame() if self._frames else self._events.popleft()
        if self._listened_to or not isinstance(event, Frame):
            self._news.set()  # fifty frames a second are no news to who waits in the lobby

    def _forget_frame(self) -> None:
        oldest = next(event for event in self._events if isinstance(event, Frame))
        self._events.remove(oldest)
        self._frames -= 1

    async def events(self) -> AsyncIterator[LegEvent]:
        """What comes in, from the last second of sound on."""
        self._listened_to = True
        while True:
            while self._events:
                event = self._events.popleft()
                if isinstance(event, Frame):
                    self._frames -= 1
                yield event
                if isinstance(event, LegClosed):
                    return
            if self.closed:
                return
            self._news.clear()
            await self._news.wait()

    def happened(self) -> list[LegEvent]:
        """All events but sound since the last time, for whoever holds the leg; the end of the leg stays."""
        taken: list[LegEvent] = []
        kept: deque[LegEvent] = deque()
        for event in self._events:
            (kept if isinstance(event, Frame | LegClosed) else taken).append(event)
        self._events = kept
        self._news.clear()
        return taken

    async def something(self) -> None:
        """Wait until there may be something in ``happened``, or the leg has ended."""
        if not self.closed:
            await self._news.wait()
