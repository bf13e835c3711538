"""A leg whose clock goes on where an earlier leg of the same call ended: one call, one time line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from core.languages import Language
from voice_gateway.leg import CallLeg, Frame, KeyPress, LegEvent, Pcm, pass_on


class LaterLeg:
    """A ``CallLeg`` around another one, later by ``by_s`` seconds."""

    def __init__(self, leg: CallLeg, by_s: float) -> None:
        self._leg, self._by_s = leg, by_s
        self.id, self.info = leg.id, leg.info

    async def events(self) -> AsyncIterator[LegEvent]:
        async for event in self._leg.events():
            if isinstance(event, Frame | KeyPress):
                event = replace(event, at_s=event.at_s + self._by_s)
            yield event

    async def play(self, pcm: Pcm) -> None:
        await self._leg.play(pcm)

    async def pass_on(self, pcm: Pcm, came_at: float) -> None:
        await pass_on(self._leg, pcm, came_at)

    async def mark(self, name: str) -> None:
        await self._leg.mark(name)

    async def clear(self) -> None:
        await self._leg.clear()

    async def close(self, *, transfer_to: str | None = None) -> None:
        await self._leg.close(transfer_to=transfer_to)

    async def fail(self) -> None:
        await self._leg.fail()

    @property
    def language(self) -> Language | None:
        """In which a carrier apologises after a failed stream, where it can."""
        return getattr(self._leg, "language", None)

    @language.setter
    def language(self, language: Language) -> None:
        if hasattr(self._leg, "language"):
            self._leg.language = language
