"""A leg whose clock goes on where an earlier leg of the same call ended: one call, one time line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from voice_gateway.leg import CallLeg, Frame, KeyPress, LegEvent
from voice_gateway.wrapped_leg import WrappedLeg


class LaterLeg(WrappedLeg):
    """A ``CallLeg`` around another one, later by ``by_s`` seconds."""

    def __init__(self, leg: CallLeg, by_s: float) -> None:
        super().__init__(leg)
        self._by_s = by_s

    async def events(self) -> AsyncIterator[LegEvent]:
        async for event in self._leg.events():
            if isinstance(event, Frame | KeyPress):
                event = replace(event, at_s=event.at_s + self._by_s)
            yield event
