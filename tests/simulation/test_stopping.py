"""Giving way: the carrier holds seconds of our sound, and the caller hears none of them."""

from __future__ import annotations

import asyncio

import pytest
from call_fakes import FakeSpeaker
from call_scene import AFTER_GREETING, ENGLISH, LONG, with_a_long_answer
from virtual_time import run

from core.events import BargeInJudged, UtteranceProgress, UtteranceSpoken
from core.languages import Language
from models.speech.clauses import split_clauses
from voice_gateway.carriers.simulated import HangUp, Press, SimulatedLeg, Wait, WaitUntilSpokenTo
from voice_gateway.leg import MarkPassed
from voice_gateway.phrases import Phrase, phrase_text
from voice_gateway.speaking import Line, Mouth

STOP_WITHIN_S = 0.1


class Speaking:
    """One line spoken to a leg that plays it in real time."""

    def __init__(self) -> None:
        self.leg = SimulatedLeg()
        self.speaker = FakeSpeaker()
        self.noted: list[UtteranceProgress | UtteranceSpoken] = []
        self.mouth = Mouth(
            self.leg,
            self.speaker,
            media_now=lambda: self.leg.now_s,
            emit=self.noted.append,
            fault=lambda what, detail: None,
            recording=lambda: None,
            voices={Language.EN: "shop_voice"},
        )

    @property
    def events(self) -> list[UtteranceSpoken]:
        return [one for one in self.noted if isinstance(one, UtteranceSpoken)]

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


def test_each_clause_is_noted_when_it_was_heard_to_its_end_and_not_before():
    speaking = Speaking()
    moments: list[float] = []
    speaking.mouth._emit = lambda event: (speaking.noted.append(event), moments.append(speaking.leg.now_s))
    run(speaking.interrupted_after(60.0))
    *progress, spoken = speaking.noted
    clauses = split_clauses(LONG, Language.EN)
    assert [one.text for one in progress] == [" ".join(clauses[: n + 1]) for n in range(len(clauses) - 1)]
    assert len(progress) >= 2 and spoken.text == LONG and not spoken.interrupted
    assert {one.start_s for one in progress} == {spoken.start_s}
    for one, moment in zip(progress, moments, strict=False):
        assert one.end_s <= moment + 0.001 and moment - one.end_s < 0.1


def test_what_is_cut_off_within_a_clause_is_noted_by_the_line_alone():
    speaking = Speaking()
    run(speaking.interrupted_after(1.0))
    assert [type(one) for one in speaking.noted] == [UtteranceSpoken]


@pytest.mark.parametrize(("speaker", "voice"), [("bot", "shop_voice"), ("agent", "agent_voice")])
def test_whoever_speaks_a_moment_is_asked_for_in_the_voice_that_is_rendered_ahead(speaker, voice):
    speaking = Speaking()
    speaking.speaker.away = True

    async def story():
        line = Line(LONG, Language.EN, speaker=speaker, voice=voice)
        saying = asyncio.create_task(speaking.mouth.say(line))
        await asyncio.sleep(1.0)
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)

    run(story())
    asked = phrase_text(Phrase.ONE_MOMENT, Language.EN)
    assert [said for said in speaking.speaker.asked if said[0] == asked] == [(asked, "shop_voice")]


class DistantLeg(SimulatedLeg):
    """A carrier to which every message takes a while."""

    async def play(self, pcm):
        await asyncio.sleep(0.03)
        await super().play(pcm)

    async def clear(self):
        await asyncio.sleep(0.03)
        await super().clear()


@pytest.mark.parametrize("kind", [SimulatedLeg, DistantLeg])
@pytest.mark.parametrize("by", ["words", "key"])
@pytest.mark.parametrize("wait_s", [0.5, 1.5, 3.07])
def test_from_the_interruption_to_the_carriers_clear_it_takes_less_than_100_ms(tmp_path, kind, by, wait_s):
    """The whole chain of a call: voice, words, judgement, the mouth, the carrier."""
    scene = with_a_long_answer(tmp_path)
    interrupts = scene.says("a person please", 2.0) if by == "words" else Press("0")
    script = (
        *AFTER_GREETING,
        scene.says("my parcel"),
        WaitUntilSpokenTo(wait_s),
        interrupts,
        Wait(3),
        HangUp(),
    )

    async def story():
        leg = kind(script, caller=ENGLISH)
        async with scene.open() as switchboard:
            await switchboard.answer(leg)
        return leg

    leg = run(story())
    (judged,) = scene.log.of(BargeInJudged)
    assert judged.decision == "gave_way"
    cleared = [at for at in leg.clears if at <= judged.at_s + STOP_WITHIN_S]
    assert cleared, "the carrier was not told in time"
    assert not leg.playout.audible_between(judged.at_s + STOP_WITHIN_S, judged.at_s + 0.5)
    if by == "words":
        began_s = leg.spoken[1][0]
        first = next(at for at in leg.clears if at >= began_s)
        assert first <= began_s + scene.settings.barge_in.pause_s + 2 * STOP_WITHIN_S, (
            "stopped to listen first"
        )
