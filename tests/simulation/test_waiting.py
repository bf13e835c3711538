"""Waiting for a person: music, places, and the wish to be called back at any moment."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from call_scene import ENGLISH
from virtual_time import run
from waiting_scene import joined, outcomes, page, spoken, waiting_leg, wants_a_person

from core.events import CallBackAsked, KeysPressed, UtteranceHeard
from core.recordings import read_seconds
from core.routing_events import CallBackKept, CallLeftQueue
from voice_gateway.audio.music import music_loop
from voice_gateway.carriers.simulated import HangUp, Press, Wait, WaitUntil
from voice_gateway.leg import LINE_RATE
from voice_gateway.phrases import Phrase


def call(scene, leg, *, agents: bool = False, limit_s: float = 3600.0):
    """Place the call; with ``agents`` somebody is there who takes no calls."""

    async def story():
        async with scene.open() as switchboard:
            if agents:
                async with page(scene, accept=False):
                    await switchboard.answer(leg)
            else:
                await switchboard.answer(leg)

    run(story(), limit_s)


def hears(scene, name: str):
    """Until the line has been spoken to its end."""
    return WaitUntil(lambda: name in spoken(scene), limit_s=120)


def quiet_runs(pcm: np.ndarray) -> float:
    """The longest silence in a sound, in seconds."""
    size = LINE_RATE // 10
    silent = [np.abs(pcm[at : at + size]).max() < 30 for at in range(0, len(pcm) - size, size)]
    longest = run_now = 0
    for one in silent:
        run_now = run_now + 1 if one else 0
        longest = max(longest, run_now)
    return longest / 10


def test_between_the_announcements_there_is_music_and_never_silence(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = waiting_leg(scene, Wait(60), HangUp())
    call(scene, leg)
    heard = leg.recording()
    assert quiet_runs(heard[20 * LINE_RATE :]) <= 0.5
    # It is the loop itself, at its own level, and it is on the recording too.
    (path,) = tmp_path.glob("*.tprec")
    stored = np.concatenate(list(read_seconds(path, bytes(32), path.stem)))[:, 1]
    excerpt = music_loop()[2 * LINE_RATE : 3 * LINE_RATE].tobytes()
    assert excerpt in heard.tobytes() and excerpt in stored.tobytes()


def test_without_music_the_line_is_quiet_between_the_announcements(tmp_path):
    scene = wants_a_person(tmp_path, music=False)
    leg = waiting_leg(scene, Wait(60), HangUp())
    call(scene, leg)
    assert 9 < quiet_runs(leg.recording()[20 * LINE_RATE :]) < 11


def test_the_music_stops_the_moment_an_agent_comes(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = waiting_leg(scene, Wait(60), HangUp())

    async def story():
        async with scene.open() as switchboard:
            answering = asyncio.create_task(switchboard.answer(leg))
            await asyncio.sleep(25)
            async with page(scene):
                await joined(scene)
                await asyncio.sleep(20)
                await answering

    run(story())
    assert quiet_runs(leg.recording()[-20 * LINE_RATE :]) > 10


def test_what_the_caller_says_over_the_music_is_transcribed(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = waiting_leg(
        scene,
        hears(scene, Phrase.CALL_BACK_CHOICE),
        Wait(3),
        scene.says("hello anybody", 1.5),
        Wait(5),
        HangUp(),
    )
    call(scene, leg)
    assert [event.text for event in scene.log.of(UtteranceHeard)] == ["a person", "hello anybody"]


@pytest.mark.parametrize("how", ["key", "word", "key in the announcement"])
def test_a_caller_who_waits_may_ask_to_be_called_back_at_any_moment(tmp_path, how):
    scene = wants_a_person(tmp_path)
    ask = {
        "key": [hears(scene, Phrase.CALL_BACK_CHOICE), Wait(4), Press("1")],
        "word": [hears(scene, Phrase.CALL_BACK_CHOICE), Wait(4), scene.says("please call me back", 1.5)],
        "key in the announcement": [Wait(6), Press("1")],
    }[how]
    leg = waiting_leg(scene, *ask, hears(scene, Phrase.CALL_BACK_OWN_NUMBER), Press("1"), Wait(60))
    call(scene, leg)
    (asked,) = scene.log.of(CallBackAsked)
    assert (asked.number, asked.queue, asked.by) == (ENGLISH, "general", "agent")
    assert spoken(scene)[-1] == Phrase.CALL_BACK_NOTED
    assert outcomes(scene) == [("ended_unconfirmed", "call_back_agreed")]
    assert [event.why for event in scene.log.of(CallLeftQueue)] == ["call_back_listed"]
    assert leg.closed_reason == "closed_by_us"


def test_a_withheld_number_is_asked_for_read_back_and_masked_in_the_log(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = waiting_leg(
        scene,
        hears(scene, Phrase.CALL_BACK_CHOICE), Press("1"),
        hears(scene, Phrase.CALL_BACK_WHICH_NUMBER), Press("4155550123#"),
        hears(scene, Phrase.CALL_BACK_READ_BACK), scene.says("yes"),
        Wait(60),
        caller="",
    )  # fmt: skip
    call(scene, leg)
    (asked,) = scene.log.of(CallBackAsked)
    assert asked.number == "+14155550123"
    assert "5550123" not in "".join(event.keys for event in scene.log.of(KeysPressed))


def test_another_number_than_the_callers_own_may_be_given(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = waiting_leg(
        scene,
        hears(scene, Phrase.CALL_BACK_CHOICE), Press("1"),
        hears(scene, Phrase.CALL_BACK_OWN_NUMBER), Press("2"),
        hears(scene, Phrase.CALL_BACK_WHICH_NUMBER), Press("12#"),
        hears(scene, Phrase.CALL_BACK_BAD_NUMBER), Wait(8), Press("4155550123#"),
        hears(scene, Phrase.CALL_BACK_READ_BACK), Press("1"),
        Wait(60),
    )  # fmt: skip
    call(scene, leg)
    (asked,) = scene.log.of(CallBackAsked)
    assert asked.number == "+14155550123"


def test_a_number_may_be_said_with_its_countrys_code(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = waiting_leg(
        scene,
        hears(scene, Phrase.CALL_BACK_CHOICE), Press("1"),
        hears(scene, Phrase.CALL_BACK_WHICH_NUMBER), Wait(8), scene.says("86 138 0013 8000", 2.0),
        hears(scene, Phrase.CALL_BACK_READ_BACK), Press("1"),
        Wait(60),
        caller="",
        called="+8657188880000",
    )  # fmt: skip
    call(scene, leg)
    (asked,) = scene.log.of(CallBackAsked)
    assert asked.number == "+8613800138000"


def test_who_gives_no_answer_about_the_number_waits_on_with_their_place(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = waiting_leg(scene, hears(scene, Phrase.CALL_BACK_CHOICE), Press("1"), Wait(60), HangUp())
    call(scene, leg)
    assert not scene.log.of(CallBackAsked) and not scene.log.of(CallBackKept)
    said = spoken(scene)
    after = said[said.index(Phrase.CALL_BACK_NOT_ARRANGED) :]
    assert Phrase.WAITING in after
    assert outcomes(scene) == [("abandoned", "caller_hung_up")]


def test_an_agent_who_comes_while_the_number_is_agreed_on_takes_the_call(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = waiting_leg(scene, hears(scene, Phrase.CALL_BACK_CHOICE), Press("1"), Wait(30), HangUp())

    async def story():
        async with scene.open() as switchboard:
            answering = asyncio.create_task(switchboard.answer(leg))
            while Phrase.CALL_BACK_CHOICE not in spoken(scene):
                await asyncio.sleep(0.5)
            await asyncio.sleep(3)
            async with page(scene):
                await joined(scene)
                await answering

    run(story())
    assert not scene.log.of(CallBackAsked) and Phrase.AGENT_JOINED in spoken(scene)


def test_who_hangs_up_during_the_goodbye_is_called_back_all_the_same(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = waiting_leg(
        scene, hears(scene, Phrase.CALL_BACK_CHOICE), Press("1"),
        hears(scene, Phrase.CALL_BACK_OWN_NUMBER), Press("1"), Wait(2.5), HangUp(),
    )  # fmt: skip
    call(scene, leg)
    assert len(scene.log.of(CallBackAsked)) == 1
    assert outcomes(scene)[0][0] == "ended_unconfirmed"


def test_where_call_backs_are_switched_off_neither_key_nor_word_does_anything(tmp_path):
    scene = wants_a_person(tmp_path, call_back=False)
    leg = waiting_leg(scene, Wait(20), Press("1"), Wait(5), scene.says("call me back"), Wait(20), HangUp())
    call(scene, leg)
    assert Phrase.CALL_BACK_CHOICE not in spoken(scene) and not scene.log.of(CallBackAsked)
    assert outcomes(scene) == [("abandoned", "caller_hung_up")]


def test_other_keys_while_waiting_are_logged_masked_and_do_nothing(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = waiting_leg(
        scene, hears(scene, Phrase.CALL_BACK_CHOICE), Wait(2), Press("4111"), Wait(20), HangUp()
    )
    call(scene, leg)
    assert [event.keys for event in scene.log.of(KeysPressed)] == ["****"]
    assert outcomes(scene) == [("abandoned", "caller_hung_up")]


def test_a_queue_with_nobody_in_it_offers_the_call_back_and_promises_no_place(tmp_path):
    scene = wants_a_person(tmp_path, agent_wait_s=40.0)
    leg = waiting_leg(scene, Wait(90))
    call(scene, leg)
    said = spoken(scene)
    assert Phrase.CALL_BACK_CHOICE in said and Phrase.PLACE not in said
    assert said[-1] == Phrase.NOBODY


def why_left(scene) -> list[str]:
    return [event.why for event in scene.log.of(CallLeftQueue)]


def test_the_log_tells_a_caller_who_gave_up_from_one_whom_nobody_came_for(tmp_path):
    scene = wants_a_person(tmp_path, agent_wait_s=40.0)
    call(scene, waiting_leg(scene, Wait(15), HangUp()))
    assert why_left(scene) == ["caller_left"] and outcomes(scene) == [("abandoned", "caller_hung_up")]
    scene = wants_a_person(tmp_path, agent_wait_s=40.0)
    call(scene, waiting_leg(scene, Wait(90)))
    assert why_left(scene) == ["nobody_came"]


@pytest.mark.parametrize("how", ["a stop", "the longest call"])
def test_a_wait_that_we_end_for_another_reason_is_not_the_callers_doing(tmp_path, how):
    scene = wants_a_person(tmp_path, **({"longest_s": 40.0} if how == "the longest call" else {}))
    leg = waiting_leg(scene, Wait(90))

    async def story():
        async with scene.open() as switchboard:
            answering = asyncio.create_task(switchboard.answer(leg))
            await asyncio.sleep(25)
            if how == "a stop":
                await switchboard.part()
            await answering

    run(story())
    assert why_left(scene) == ["ended_by_us"]
