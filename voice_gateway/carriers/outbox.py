"""What is on its way to the carrier: bounded, written by one task, and cut short by a clear."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable


class LineStuck(ConnectionError):
    """The carrier takes nothing any more."""


class Outbox:
    """Messages to the carrier in order, through ``send``, which only ``run`` calls.

    Args:
        limit: most messages waiting; ``put`` waits while there are more.
        stuck_s: a message that takes longer than this to send, or a place that takes longer than
            this to get, means that the line is stuck.
    """

    def __init__(
        self, send: Callable[[str], Awaitable[None]], *, limit: int = 500, stuck_s: float = 10.0
    ) -> None:
        self._send = send
        self._limit = limit
        self._stuck_s = stuck_s
        self._waiting: deque[tuple[str, bool]] = deque()
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._closed = False

    async def put(self, text: str, *, sound: bool = False) -> None:
        """Queue a message; ``sound`` may be thrown away by a later clear. Nothing happens after ``close``.

        Raises:
            LineStuck: if no place becomes free in time.
        """
        if len(self._waiting) >= self._limit and not self._closed:
            try:
                async with asyncio.timeout(self._stuck_s):
                    while len(self._waiting) >= self._limit and not self._closed:
                        self._room.clear()
                        await self._room.wait()
            except TimeoutError:
                raise LineStuck("the carrier takes no more sound") from None
        if not self._closed:
            self._waiting.append((text, sound))
            self._work.set()

    def clear(self, text: str) -> None:
        """Throw away the sound that is still here, and send ``text`` before all else that waits."""
        if self._closed:
            return
        self._waiting = deque([(text, False), *(entry for entry in self._waiting if not entry[1])])
        self._work.set()
        self._room.set()

    async def run(self) -> None:
        """Write until ``close``.

        Raises:
            LineStuck: if the carrier does not take a message in time.
            Exception: whatever ``send`` raises when the connection is gone.
        """
        while not self._closed:
            if not self._waiting:
                self._work.clear()
                await self._work.wait()
                continue
            text, _ = self._waiting.popleft()
            self._room.set()
            try:
                async with asyncio.timeout(self._stuck_s):
                    await self._send(text)
            except TimeoutError:
                raise LineStuck("the carrier does not read") from None

    def close(self) -> None:
        """Send nothing more; whoever waits for a place goes on."""
        self._closed = True
        self._waiting.clear()
        self._work.set()
        self._room.set()
