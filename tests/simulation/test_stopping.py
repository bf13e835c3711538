"""Giving way: the carrier holds seconds of our sound, and the caller hears none of them."""

from __future__ import annotations

import asyncio

import pytest
from call_fakes import FakeSpeaker
from virtual_time import run

from core.events import UtteranceSpoken
from core.languages import Language
from voice_gateway.carriers.simulated import SimulatedLeg
from voice_gateway.leg import MarkPassed
from voice_gateway.speaking import Line, Mouth

LONG = "Your parcel left the warehouse on Monday. It is now in Busan. It will arrive on Thursday morning."
STOP_WITHIN_S = 0.1


class Speaking:
    """One line spoken to a leg that plays it in real time."""

    def __init__(self) -> None:
        self.leg = SimulatedLeg()
        self.events: list[UtteranceSpoken] = []
        self.mouth = Mouth(
            self.leg,
            FakeSpeaker(),
            media_now=lambda: self.leg.now_s,
            emit=self.events.append,
            fault=lambda what, detail: None,
            recording=lambda: None,
        )

    async def interrupted_after(self, seconds: float) -> float:
        """Speak, give way so long after the first sound; returns that moment on the media clock."""
        first_sound = asyncio.Event()
        line = asyncio.create_task(self._listen())
        say = asyncio.create_task(
            self.mouth.say(Line(LONG, Language.EN), first_sound=lambda at: first_sound.set())
        )
        await first_sound.wait()
        await asyncio.sleep(seconds)
        asked = self.leg.now_s
        await self.mouth.give_way()
        await say
        await asyncio.sleep(3.0)
        line.cancel()
        return asked

    async def _listen(self) -> None:
        async for event in self.leg.events():
            if isinstance(event, MarkPassed):
                self.mouth.mark_passed(event.name)


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.31, 1.0, 2.5, 4.9])
def test_we_are_silent_within_100_ms_and_the_carrier_is_told_to_clear(seconds):
    speaking = Speaking()
    asked = run(speaking.interrupted_after(seconds))
    assert speaking.leg.clears and speaking.leg.clears[0] - asked <= STOP_WITHIN_S
    heard = [one for one in speaking.leg.heard if one.end_s > asked + STOP_WITHIN_S]
    assert not heard, "the caller went on hearing us"
    assert all(event.interrupted for event in speaking.events)
