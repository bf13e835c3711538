"""Whole calls: echo on the line, backchannels however long, interruptions, and turns that sound finished."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import call_fakes
import numpy as np
import pytest
from call_fakes import reply
from call_scene import AFTER_GREETING, ENGLISH, LONG, Scene, judged, with_a_long_answer
from virtual_time import run

from core.events import BargeInJudged, TurnTimed, UtteranceHeard, UtteranceSpoken
from voice_gateway.carriers.simulated import HangUp, SimulatedLeg, Wait, WaitForReply, WaitUntilSpokenTo
from voice_gateway.leg import FRAME_SAMPLES, LINE_RATE, Frame
from voice_gateway.listening import Listener
from voice_gateway.partials import PartialTranscriber
from voice_gateway.turns.turn_service import Budget, TurnService

sys.path.append(str(Path(__file__).parents[1] / "voice_gateway" / "turns"))
from speechlike import babble


@pytest.fixture
def scene(tmp_path):
    return with_a_long_answer(tmp_path)


def the_answer(scene):
    return next(event for event in scene.log.of(UtteranceSpoken) if event.text.startswith("Your parcel"))


class EchoingLeg(SimulatedLeg):
    """What we play comes back: later, softer, mixed with what the caller says."""

    delay_s = 0.18
    gain = 0.5

    async def events(self):
        async for event in super().events():
            if isinstance(event, Frame):
                first = round((event.at_s - self.delay_s) * LINE_RATE)
                track = self.playout.recording(event.at_s + 0.1)
                echo = np.zeros(FRAME_SAMPLES)
                part = track[max(first, 0) : max(first + FRAME_SAMPLES, 0)]
                echo[FRAME_SAMPLES - len(part) :] = part * self.gain
                mixed = np.clip(event.pcm + echo, -32768, 32767).astype(np.int16)
                event = Frame(mixed, event.at_s)
            yield event


@pytest.fixture
def echoing(scene, monkeypatch):
    """A call over a line with echo, in which we sound like speech."""
    monkeypatch.setattr(call_fakes, "sound_of", lambda text: babble(0.06 * len(text), len(text), level=6000))

    def call(*script):
        async def story():
            leg = EchoingLeg(script, caller=ENGLISH)
            async with scene.open() as switchboard:
                await switchboard.answer(leg)
            return leg

        return run(story())

    return call


def test_our_echo_neither_stops_us_nor_becomes_a_turn(scene, echoing):
    echoing(*AFTER_GREETING, scene.says("my parcel"), WaitForReply(quiet_s=2), HangUp())
    assert the_answer(scene).text == LONG and not the_answer(scene).interrupted
    assert not [decision for decision, _ in judged(scene) if decision == "gave_way"]
    assert [heard.text for heard in scene.bot.sessions[0].heard] == ["my parcel"]


def test_who_speaks_over_our_echo_is_given_way_to(scene, echoing):
    echoing(
        *AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.5), scene.says("a person please", 1.5),
        WaitForReply(), HangUp(),
    )  # fmt: skip
    assert ("gave_way", "speech") in judged(scene)
    assert the_answer(scene).interrupted
    assert [heard.text for heard in scene.bot.sessions[0].heard] == ["my parcel", "a person please"]


def test_a_real_interruption_silences_us_within_100_ms_of_the_judgement(scene):
    leg = run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.5), scene.says("a person please", 2.0),
            WaitForReply(), HangUp(),
        )
    )  # fmt: skip
    (event,) = scene.log.of(BargeInJudged)
    began_s, ended_s = leg.spoken[1]
    assert event.at_s < began_s + 0.8 < ended_s, "judged by the first words, not at the end of the sentence"
    assert not leg.playout.audible_between(event.at_s + 0.1, ended_s)
    assert not leg.playout.audible_between(began_s + 0.5, ended_s), "and we had stopped to listen before"


@pytest.mark.parametrize("seconds", [0.4, 1.2, 2.2])
def test_a_backchannel_stops_us_only_as_long_as_it_lasts_however_drawn_out(scene, seconds):
    leg = run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.0), scene.says("mhm", seconds),
            WaitForReply(quiet_s=2.5), HangUp(),
        )
    )  # fmt: skip
    assert judged(scene) == [("resumed", "backchannel")]
    assert the_answer(scene).text == LONG
    _, ended_s = leg.spoken[1]
    first = leg.playout.first_audible(ended_s)
    assert first is not None and first < ended_s + 0.45, (
        "we go on at the first pause, not at the end of the turn"
    )


def test_a_hum_that_becomes_an_objection_stops_us(scene):
    run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.0), scene.says("mhm", 0.5), Wait(0.3),
            scene.says("no a person", 1.5), WaitForReply(quiet_s=2), HangUp(),
        )
    )  # fmt: skip
    assert [decision for decision, _ in judged(scene)] == ["resumed", "gave_way"]
    assert scene.bot.sessions[0].heard[-1].text.endswith("no a person")


# --- the end of a turn ---


class Ears:
    """An end-of-turn model that hears by the tone whether a sentence is finished."""

    def __init__(self, probability: float) -> None:
        self.probability = probability
        self.asked = 0

    def finished(self, audio: np.ndarray) -> float:
        self.asked += 1
        return self.probability


def end_of_turn_ms(scene, probability: float | None, *script) -> tuple[float, int]:
    ears = Ears(probability or 0.0)

    async def story():
        leg = SimulatedLeg(
            script or [*AFTER_GREETING, scene.says("my parcel"), WaitForReply(), HangUp()], caller=ENGLISH
        )
        async with scene.open() as switchboard:
            if probability is not None:
                object.__setattr__(switchboard._parts, "turns", TurnService(ears))
            await switchboard.answer(leg)

    run(story())
    return scene.log.of(TurnTimed)[0].end_of_turn_ms, ears.asked


def test_a_sentence_that_sounds_finished_is_answered_sooner(tmp_path):
    early, silence, late = (
        end_of_turn_ms(_shop(tmp_path / str(number)), probability)
        for number, probability in enumerate((0.99, None, 0.1))
    )
    assert early[0] < 350 < silence[0] < 600 < late[0] < 1100
    assert early[1] == late[1] == 1 and silence[1] == 0, "asked once a pause"


@pytest.mark.parametrize(("said", "questions"), [("104227", 0), ("1042", 1), ("where is my", 0)])
def test_the_turn_model_is_asked_about_digits_only_where_the_words_do_not_decide(tmp_path, said, questions):
    scene = _shop(tmp_path)
    scene.bot.listen, scene.bot.asks = "digits", "order_number"
    script = [*AFTER_GREETING, scene.says(said, 1.5), WaitForReply(), HangUp()]
    _, asked = end_of_turn_ms(scene, 0.5, *script)
    assert asked == questions


def test_an_echo_leaves_no_words_behind_for_who_reads_along(scene, monkeypatch):
    cleared = []
    clear = PartialTranscriber.clear
    monkeypatch.setattr(PartialTranscriber, "clear", lambda self: (cleared.append(self), clear(self)))
    monkeypatch.setattr(Listener, "_was_echo", lambda self, ended: True)
    run(scene.call(*AFTER_GREETING, scene.says("my parcel"), Wait(1), HangUp()))
    assert not scene.log.of(UtteranceHeard)
    # Once for the echo, once at the end of the call.
    assert len(cleared) == 2


def test_who_thinks_in_mid_sentence_is_not_cut_off_where_the_model_hears_it(tmp_path):
    scene = _shop(tmp_path)
    script = [
        *AFTER_GREETING, scene.says("my parcel"), Wait(0.7), scene.says("to Osaka", 1.0), WaitForReply(), HangUp(),
    ]  # fmt: skip
    end_of_turn_ms(scene, 0.1, *script)
    assert [heard.text for heard in scene.log.of(UtteranceHeard)] == ["my parcel to Osaka"]


def _shop(folder):
    folder.mkdir(exist_ok=True)
    scene = Scene(folder)
    scene.bot.answer = lambda heard: reply(LONG)
    return scene


def test_all_questions_together_take_no_more_than_their_share_of_a_core():
    async def story() -> int:
        service = TurnService(Ears(0.9), budget=Budget(0.2))
        answered = 0
        for _ in range(600):
            service._takes_s = 0.1
            answered += await service.finished(np.zeros(8000, np.int16), within_s=0.3) is not None
            await asyncio.sleep(0.1)
        service.close()
        return answered

    # A minute at 0.2 of a core, and what was saved before: (60 * 0.2 + 2) / 0.1.
    assert run(story()) == pytest.approx(140, abs=3)
