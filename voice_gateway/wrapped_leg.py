"""A leg around another one: everything outwards goes through it unchanged."""

from __future__ import annotations

from collections.abc import AsyncIterator

from core.languages import Language
from voice_gateway.leg import CallLeg, LegEvent, Pcm, pass_on


class WrappedLeg:
    """A ``CallLeg`` that is another one in all that its subclass does not say."""

    def __init__(self, leg: CallLeg) -> None:
        self._leg = leg
        self.id, self.info = leg.id, leg.info

    def events(self) -> AsyncIterator[LegEvent]:
        return self._leg.events()

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
