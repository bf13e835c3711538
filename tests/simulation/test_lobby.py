"""Callers beyond what can be led: they wait for a place, are called back, or hear that the lines are busy."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from call_fakes import reply
from call_scene import AFTER_GREETING, ENGLISH, Scene
from virtual_time import run

from core.events import (
    CallBackRequested,
    CallEnded,
    CallStarted,
    LineFull,
    TurnTimed,
    UtteranceHeard,
    UtteranceSpoken,
)
from core.languages import Language
from models.recognition.load import Load
from voice_gateway.admission import Admission, AdmissionOptions
from voice_gateway.audio.music import music_loop
from voice_gateway.call import Call
from voice_gateway.carriers.simulated import HangUp, Press, SimulatedLeg, Wait
from voice_gateway.held_leg import MOST_EVENTS, HeldLeg
from voice_gateway.leg import LINE_RATE, Frame, KeyPress, LegClosed
from voice_gateway.lobby import LobbyOptions, Visitor
from voice_gateway.phrases import RENDERED_PLACES, Phrase, phrase_text


def narrow(tmp_path, calls: int = 1, **lobby) -> Scene:
    scene = Scene(tmp_path, max_calls=calls)
    scene.lobby = LobbyOptions(**{"places": 3, "call_back": True, **lobby})
    return scene


async def ring(scene, *scripts, gap_s: float = 1.0, caller: str = ENGLISH):
    """Let callers ring one after another, and wait for the end of all."""
    legs = [SimulatedLeg(script, caller=caller) for script in scripts]
    async with scene.open() as switchboard:
        answering = []
        for leg in legs:
            answering.append(asyncio.create_task(switchboard.answer(leg)))
            await asyncio.sleep(gap_s)
        await asyncio.gather(*answering)
        assert not switchboard._taken and not switchboard._promised and not len(switchboard._places)
    return legs


def said(scene, interaction_id):
    return [e.name for i, e, _ in scene.log.events if isinstance(e, UtteranceSpoken) and i == interaction_id]


def ends(scene):
    return {i: (e.outcome, e.reason) for i, e, _ in scene.log.events if isinstance(e, CallEnded)}


def started(scene):
    return [i for i, e, _ in scene.log.events if isinstance(e, CallStarted)]


def test_a_caller_beyond_the_ceiling_waits_and_is_served_when_a_call_ends(tmp_path):
    scene = narrow(tmp_path)
    second_script = [Wait(45), scene.says("where is my parcel", 2.0), Wait(12), HangUp()]
    run(ring(scene, [Wait(20), HangUp()], second_script))
    first, second = started(scene)
    lines = said(scene, second)
    assert lines[:3] == [Phrase.LINES_FULL, Phrase.PLACE, Phrase.CALL_BACK_OFFER]
    assert Phrase.CONSENT in lines and lines.index(Phrase.CONSENT) > 2
    assert [event.text for event in scene.log.of(UtteranceHeard, second)] == ["where is my parcel"]
    assert scene.log.of(LineFull, second)[0].place == 1
    assert ends(scene) == {
        first: ("ended_unconfirmed", "caller_hung_up"),
        second: ("ended_unconfirmed", "caller_hung_up"),
    }


def places(languages=(Language.EN,)):
    return {
        phrase_text(Phrase.PLACE, language, n=n)
        for language in languages
        for n in range(1, RENDERED_PLACES + 1)
    }


def test_a_place_that_would_have_to_be_synthesised_is_not_told_however_often_it_is_announced(tmp_path):
    """A young platform: calls are under way, and its lines about places have not been rendered yet."""
    scene = narrow(tmp_path, every_s=2.0)
    scene.speaker.cached -= places()
    run(ring(scene, [Wait(60), HangUp()], [Wait(50), HangUp()], [Wait(50), HangUp()]))
    for call in started(scene)[1:]:
        lines = said(scene, call)
        assert lines[:2] == [Phrase.LINES_FULL, Phrase.CALL_BACK_OFFER] and Phrase.STILL_FULL in lines
        assert Phrase.PLACE not in lines
    assert not places() & {text for text, _ in scene.speaker.asked}
    assert scene.log.of(LineFull, started(scene)[1])[0].place == 1, "it is logged all the same"


def test_a_place_is_told_from_the_moment_on_that_its_sentence_is_rendered(tmp_path):
    scene = narrow(tmp_path, every_s=2.0)
    scene.speaker.cached -= places()

    async def story():
        asyncio.get_running_loop().call_later(15.0, scene.speaker.cached.update, places())
        await ring(scene, [Wait(60), HangUp()], [Wait(50), HangUp()])

    run(story())
    lines = said(scene, started(scene)[1])
    announcements = " ".join(lines).split(Phrase.STILL_FULL)
    assert Phrase.PLACE not in announcements[0] and Phrase.PLACE in announcements[-1]


def test_whoever_waits_or_is_turned_away_hears_the_bots_own_voice(tmp_path):
    scene = narrow(tmp_path, places=1)
    scene.with_settings(bot_voices={Language.EN: "shop_voice"})
    run(ring(scene, [Wait(60), HangUp()], [Wait(15), Press("1"), Wait(30)], [Wait(60)]))
    lines = (Phrase.LINES_FULL, Phrase.CALL_BACK_OFFER, Phrase.CALL_BACK_AGREED, Phrase.BUSY)
    for line in lines:
        text = phrase_text(line, Language.EN)
        assert {voice for asked, voice in scene.speaker.asked if asked == text} == {"shop_voice"}, line


def test_in_the_lobby_there_is_music_between_the_announcements(tmp_path):
    scene = narrow(tmp_path)
    _, second = run(ring(scene, [Wait(60), HangUp()], [Wait(40), HangUp()]))
    excerpt = music_loop()[2 * LINE_RATE : 3 * LINE_RATE].tobytes()
    assert excerpt in second.recording().tobytes()
    quiet = narrow(tmp_path / "quiet", music=False)
    _, second = run(ring(quiet, [Wait(60), HangUp()], [Wait(40), HangUp()]))
    assert excerpt not in second.recording().tobytes()


def test_callers_are_served_in_the_order_of_their_coming_and_hear_their_place(tmp_path):
    scene = narrow(tmp_path)
    run(ring(scene, *([Wait(20 + 25 * n), HangUp()] for n in range(4))))
    calls = started(scene)
    assert [scene.log.of(LineFull, call)[0].place for call in calls[1:]] == [1, 2, 3]
    greeted = [
        i for i, e, _ in scene.log.events if isinstance(e, UtteranceSpoken) and e.name == Phrase.CONSENT
    ]
    assert greeted == calls


def test_who_finds_the_lobby_full_hears_that_the_lines_are_busy(tmp_path):
    scene = narrow(tmp_path, places=1)
    scene.with_settings(fallback_number="+8657188880000")
    _, _, third = run(ring(scene, [Wait(30), HangUp()], [Wait(20), HangUp()], [Wait(60)]))
    calls = started(scene)
    assert said(scene, calls[2]) == [Phrase.BUSY]
    assert ends(scene)[calls[2]] == ("failed", "no_capacity")
    assert third.transferred_to == "+8657188880000"


def test_a_caller_who_presses_one_is_called_back(tmp_path):
    scene = narrow(tmp_path)
    _, second = run(ring(scene, [Wait(60), HangUp()], [Wait(15), Press("1"), Wait(60)]))
    call = started(scene)[1]
    (wish,) = scene.log.of(CallBackRequested, call)
    assert (wish.number, wish.reason) == (ENGLISH, "no_capacity")
    assert said(scene, call)[-1] == Phrase.CALL_BACK_AGREED
    assert ends(scene)[call] == ("ended_unconfirmed", "call_back_requested")
    assert second.closed_reason == "closed_by_us"


def test_a_caller_without_a_number_is_not_offered_to_be_called_back(tmp_path):
    scene = narrow(tmp_path)
    run(ring(scene, [Wait(40), HangUp()], [Wait(15), Press("1"), Wait(10), HangUp()], caller=""))
    assert not scene.log.of(CallBackRequested)
    assert Phrase.CALL_BACK_OFFER not in said(scene, started(scene)[1])


def test_where_call_backs_are_switched_off_none_is_promised(tmp_path):
    scene = narrow(tmp_path, call_back=False)
    run(ring(scene, [Wait(40), HangUp()], [Wait(15), Press("1"), Wait(10), HangUp()]))
    call = started(scene)[1]
    assert not scene.log.of(CallBackRequested) and Phrase.CALL_BACK_OFFER not in said(scene, call)
    assert ends(scene)[call] == ("abandoned", "caller_hung_up")


@pytest.mark.parametrize("where", ["arrives", "wait"])
def test_a_fault_or_a_cancelled_wait_leaves_no_ticket_behind(tmp_path, monkeypatch, where):
    scene = narrow(tmp_path)
    if where == "arrives":
        monkeypatch.setattr(Visitor, "arrives", lambda self: 1 / 0)

    async def story():
        async with scene.open() as switchboard:
            first = asyncio.create_task(switchboard.answer(SimulatedLeg([Wait(20), HangUp()])))
            await asyncio.sleep(1)
            second = asyncio.create_task(switchboard.answer(SimulatedLeg([Wait(60)])))
            await asyncio.sleep(5)
            second.cancel()
            (outcome,) = await asyncio.gather(second, return_exceptions=True)
            assert isinstance(outcome, ZeroDivisionError if where == "arrives" else asyncio.CancelledError)
            assert not len(switchboard._places) and not switchboard._promised
            await first
            assert not switchboard._promised

    run(story())


def test_a_place_that_comes_at_the_moment_of_a_fault_goes_to_the_next(tmp_path, monkeypatch):
    scene = narrow(tmp_path)
    wait = Visitor.wait

    async def fails_when_freed(self, ticket, options):
        result = await wait(self, ticket, options)
        if self.leg.info.caller == "+1":
            raise RuntimeError("the line broke")
        return result

    monkeypatch.setattr(Visitor, "wait", fails_when_freed)

    async def story():
        legs = [SimulatedLeg([Wait(20), HangUp()], caller=caller) for caller in (ENGLISH, "+1", ENGLISH)]
        async with scene.open() as switchboard:
            answering = []
            for leg in legs:
                answering.append(asyncio.create_task(switchboard.answer(leg)))
                await asyncio.sleep(1)
            outcomes = await asyncio.gather(*answering, return_exceptions=True)
            assert [type(one) for one in outcomes] == [type(None), RuntimeError, type(None)]
            assert not switchboard._taken and not switchboard._promised and not len(switchboard._places)
        return legs

    run(story())
    assert "caller_hung_up" in {reason for _, reason in ends(scene).values()}


def test_who_cannot_be_told_anything_is_not_left_in_silence(tmp_path):
    scene = narrow(tmp_path)

    async def story():
        async with scene.open() as switchboard:
            first = asyncio.create_task(switchboard.answer(SimulatedLeg([Wait(100), HangUp()])))
            await asyncio.sleep(5)
            scene.speaker.broken = True
            asked = asyncio.get_running_loop().time()
            leg = SimulatedLeg([Wait(200)], caller=ENGLISH)
            await switchboard.answer(leg)
            waited = asyncio.get_running_loop().time() - asked
            scene.speaker.broken = False
            await first
            return leg, waited

    leg, waited = run(story())
    assert leg.closed_reason == "closed_by_us" and waited < 10
    assert ends(scene)[started(scene)[1]] == ("failed", "no_capacity")


async def test_sound_wakes_nobody_in_the_lobby_and_a_flood_of_keys_is_bounded():
    held = HeldLeg(SimulatedLeg())
    waiting = asyncio.create_task(held.something())
    for number in range(200):
        held._take(Frame(np.zeros(160, np.int16), number * 0.02))
        await asyncio.sleep(0)
    assert not waiting.done()
    for number in range(2 * MOST_EVENTS):
        held._take(KeyPress("5", float(number)))
    held._take(LegClosed("caller_hung_up"))
    await waiting
    assert len(held._events) <= MOST_EVENTS and held.closed
    keys = held.happened()
    assert keys[-1] == KeyPress("5", 2.0 * MOST_EVENTS - 1) and isinstance(held._events[-1], LegClosed)


def test_who_hangs_up_in_the_lobby_has_abandoned(tmp_path):
    scene = narrow(tmp_path)
    run(ring(scene, [Wait(60), HangUp()], [Wait(12), HangUp()]))
    assert ends(scene)[started(scene)[1]] == ("abandoned", "caller_hung_up")


def test_the_wait_is_bounded(tmp_path):
    scene = narrow(tmp_path, wait_s=14.0, every_s=2.0)
    run(ring(scene, [Wait(90), HangUp()], [Wait(90)]))
    call = started(scene)[1]
    lines = said(scene, call)
    assert Phrase.STILL_FULL in lines and lines[-1] == Phrase.BUSY
    assert ends(scene)[call] == ("failed", "no_capacity")


def test_at_shut_down_nobody_is_left_waiting(tmp_path):
    scene = narrow(tmp_path)

    async def story():
        legs = [SimulatedLeg([Wait(300)], caller=ENGLISH) for _ in range(3)]
        async with scene.open() as switchboard:
            answering = [asyncio.create_task(switchboard.answer(leg)) for leg in legs]
            await asyncio.sleep(10)
            assert not await switchboard.drain(0.5)
            assert await switchboard.part(15)
            await asyncio.wait_for(asyncio.gather(*answering), 30)

    run(story())
    assert sorted(ends(scene).values()) == [("failed", "shutdown")] + [("failed", "shutting_down")] * 2


def burst(tmp_path, crowd: int):
    """Four calls inside a ceiling of four; a crowd rings at once. Decoding takes longer the more calls are led."""
    scene = narrow(tmp_path, calls=100, places=15)
    scene.admission = Admission(AdmissionOptions(most=100), learned=4)
    scene.bot.answer = lambda heard: reply("On Monday.")
    scene.load = Load(utilisation=0.3)

    async def story():
        turns = (step for _ in range(5) for step in (scene.says("where is it", 2.0), Wait(5)))
        talk = [*AFTER_GREETING, *turns, HangUp()]
        inside = [SimulatedLeg(talk, caller=ENGLISH) for _ in range(4)]
        outside = [SimulatedLeg([Wait(20), HangUp()], caller=ENGLISH) for _ in range(crowd)]
        most = 0
        async with scene.open() as switchboard:
            answering = [asyncio.create_task(switchboard.answer(leg)) for leg in inside]
            await asyncio.sleep(15)
            answering += [asyncio.create_task(switchboard.answer(leg)) for leg in outside]
            while not all(task.done() for task in answering):
                await asyncio.sleep(1)
                most = max(most, len(switchboard.live()))
                scene.recogniser.decode_s = 0.1 * max(1.0, len(switchboard.live()) / 4) ** 3
        return most

    most = run(story())
    inside = started(scene)[:4]
    gaps = sorted(e.gap_ms for i, e, _ in scene.log.events if isinstance(e, TurnTimed) and i in inside)
    return scene, most, gaps


def test_in_a_burst_of_five_times_the_ceiling_the_calls_inside_keep_their_pace(tmp_path):
    _, _, alone = burst(tmp_path / "alone", 0)
    scene, most, gaps = burst(tmp_path / "burst", 20)
    assert most == 4
    assert len(gaps) >= 10 and gaps == pytest.approx(alone, abs=50)
    calls = started(scene)
    assert len(calls) == 24 and set(ends(scene)) == set(calls)  # nobody is lost
    turned_away = [call for call in calls if ends(scene)[call] == ("failed", "no_capacity")]
    assert len(turned_away) == 5
    assert all(Phrase.BUSY in said(scene, call) for call in turned_away)


class Peak(Admission):
    """Room for one call, and for ten from a moment on."""

    @property
    def ceiling(self) -> int:
        return 1 if asyncio.get_running_loop().time() < 30.0 else 10


@pytest.fixture
def nothing_happens(monkeypatch):
    """Calls in which nothing happens at all, of two minutes and a half."""

    async def lasts(call: Call) -> None:
        await asyncio.sleep(150)
        call._listener.close()

    monkeypatch.setattr(Call, "run", lasts)


def test_who_waits_is_let_in_when_the_load_falls_although_nothing_happens(tmp_path, nothing_happens):
    scene = narrow(tmp_path)
    scene.admission = Peak()

    async def story():
        async with scene.open() as switchboard:
            calls = [
                asyncio.create_task(switchboard.answer(SimulatedLeg([Wait(300)], caller=ENGLISH)))
                for _ in range(2)
            ]
            await asyncio.sleep(29)
            assert len(switchboard.live()) == 1
            await asyncio.sleep(3)
            assert len(switchboard.live()) == 2
            await asyncio.gather(*calls)

    run(story())


def test_what_calls_cost_is_learned_although_nothing_but_decoding_happens(tmp_path, nothing_happens):
    """Four calls that use half of the recogniser for two minutes: it has room for six such calls."""
    scene = Scene(tmp_path, max_calls=40)

    async def story():
        async with scene.open() as switchboard:
            switchboard._load = lambda: Load(utilisation=0.5)  # a new answer at every look
            calls = [asyncio.create_task(switchboard.answer(SimulatedLeg([Wait(300)]))) for _ in range(4)]
            await asyncio.sleep(140)
            assert len(switchboard.live()) == 4
            assert switchboard.admission.ceiling == 6
            await asyncio.gather(*calls)

    run(story())


@pytest.mark.parametrize("after_s", [0.02, 3.0, 19.99, 20.0, 20.01, 21.0])
def test_a_place_that_is_freed_as_its_caller_hangs_up_goes_to_the_next(tmp_path, after_s):
    scene = narrow(tmp_path)
    run(ring(scene, [Wait(20), HangUp()], [Wait(after_s), HangUp()], [Wait(40), HangUp()], gap_s=0.01))
    third = started(scene)[2]
    assert Phrase.CONSENT in said(scene, third)
