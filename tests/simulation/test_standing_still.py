"""A browser without network: nothing is played meanwhile, and what was not played was not heard."""

from __future__ import annotations

import asyncio

import pytest
from call_fakes import FakeSpeaker
from call_scene import AFTER_GREETING, ENGLISH, LONG, with_a_long_answer
from virtual_time import run

from core.events import ConsentNoticePlayed, LineFault, RecordingStarted, UtteranceSpoken
from core.languages import Language
from voice_gateway.carriers.simulated import HangUp, SimulatedLeg, Wait
from voice_gateway.leg import LINE_RATE, MarkPassed
from voice_gateway.speaking import Line, Mouth, Spoken
from voice_gateway.turns.echo import OwnSound

LONG_S = len(LONG) * 0.06


class StandingLeg(SimulatedLeg):
    """A carrier that plays nothing for ``still_s`` from ``at_s`` on, forgets nothing, and then goes on."""

    def __init__(self, script=(), *, at_s: float, still_s: float, caller: str = ENGLISH) -> None:
        super().__init__(script, caller=caller)
        self.at_s, self.still_s = at_s, still_s

    @property
    def now_s(self) -> float:
        """What it has played until now, in seconds."""
        now_s = super().now_s
        return now_s - min(max(now_s - self.at_s, 0.0), self.still_s)


class Speaking:
    def __init__(self, still_s: float) -> None:
        self.leg = StandingLeg(at_s=2.0, still_s=still_s)
        self.own = OwnSound()
        self.events: list[UtteranceSpoken] = []
        self.faults: list[str] = []
        self.mouth = Mouth(
            self.leg,
            FakeSpeaker(),
            media_now=lambda: asyncio.get_running_loop().time(),
            emit=self.events.append,
            fault=lambda what, detail: self.faults.append(what),
            recording=lambda: None,
            own=self.own,
        )

    async def says(self, *texts: str) -> list[Spoken]:
        async def listen() -> None:
            async for event in self.leg.events():
                if isinstance(event, MarkPassed):
                    self.mouth.mark_passed(event.name)

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0)
        spoken = [await self.mouth.say(Line(text, Language.EN)) for text in texts]
        await asyncio.sleep(20.0)
        listening.cancel()
        return spoken

    @property
    def played_s(self) -> float:
        return sum(len(one.pcm) for one in self.leg.heard) / LINE_RATE


def test_what_a_lost_carrier_still_holds_is_neither_heard_nor_played_later():
    speaking = Speaking(still_s=15.0)
    (spoken,) = run(speaking.says(LONG))
    assert speaking.faults == ["mark_missing"] and speaking.leg.clears
    assert spoken.interrupted and LONG.startswith(spoken.text)
    assert spoken.end_s == pytest.approx(2.0, abs=0.4)
    assert [event.text for event in speaking.events] == [spoken.text]
    assert speaking.played_s == pytest.approx(2.0, abs=0.4), "the old line is not played when they are back"
    assert not speaking.own.read(2.5, 20.0).any()


def test_a_carrier_that_is_back_in_time_plays_the_line_to_its_end():
    speaking = Speaking(still_s=5.0)
    (spoken,) = run(speaking.says(LONG))
    assert not speaking.faults and not spoken.interrupted and spoken.text == LONG
    assert spoken.end_s == pytest.approx(speaking.leg.playout.ends_at + 5.0, abs=0.4)
    # It is known for ours where it is heard, and not where it was to be heard.
    assert not speaking.own.read(2.5, 6.5).any()
    assert speaking.own.read(8.0, 8.5).any()


def test_a_carrier_that_never_tells_is_believed_by_the_clock():
    speaking = Speaking(still_s=0.0)
    speaking.mouth.mark_passed = lambda name: None  # type: ignore[method-assign]
    (spoken,) = run(speaking.says(LONG))
    assert speaking.faults == ["mark_missing"]
    assert not spoken.interrupted and spoken.text == LONG
    assert speaking.played_s == pytest.approx(LONG_S, abs=0.5)


def test_a_call_goes_on_with_a_new_line_after_the_one_that_was_lost(tmp_path):
    scene = with_a_long_answer(tmp_path)
    script = (*AFTER_GREETING, scene.says("my parcel"), Wait(40), HangUp())

    async def story():
        leg = StandingLeg(script, at_s=1e9, still_s=9.5)
        async with scene.open() as switchboard:
            answering = asyncio.create_task(switchboard.answer(leg))
            while not any(event.kind == "turn_timed" for event in scene.log.of(object)):
                await asyncio.sleep(0.1)
            leg.at_s = asyncio.get_running_loop().time() - leg._began + 1.0
            await answering
        return leg

    run(story())
    answer = next(event for event in scene.log.of(UtteranceSpoken) if event.text.startswith("Your"))
    assert answer.interrupted and len(answer.text) < len(LONG) / 2
    assert "mark_missing" in {event.what for event in scene.log.of(LineFault)}
    later = [event.text for event in scene.log.of(UtteranceSpoken) if event.start_s > answer.end_s]
    assert "Are you still there?" in later


def test_who_has_not_heard_the_consent_notice_is_not_recorded(tmp_path):
    scene = with_a_long_answer(tmp_path)

    async def story():
        async with scene.open() as switchboard:
            await switchboard.answer(StandingLeg((Wait(25), HangUp()), at_s=1.0, still_s=15.0))

    run(story())
    assert not scene.log.of(ConsentNoticePlayed) and not scene.log.of(RecordingStarted)
    assert {"mark_missing", "no_consent_notice"} <= {event.what for event in scene.log.of(LineFault)}
