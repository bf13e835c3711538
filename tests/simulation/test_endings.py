"""How calls end when something breaks, or when the process has to go: never in silence, and once."""

from __future__ import annotations

import asyncio

import pytest
from call_fakes import reply, to_a_person
from call_scene import AFTER_GREETING, ENGLISH, Scene
from virtual_time import run

from core.events import (
    CallEnded,
    HandoffRequested,
    LegLeft,
    LineFault,
    RecordingClosed,
    UtteranceSpoken,
)
from voice_gateway.carriers.simulated import HangUp, SimulatedLeg, Wait
from voice_gateway.phrases import Phrase

FALLBACK = "+8657188880000"


def names(scene):
    return [event.name for event in scene.log.of(UtteranceSpoken)]


def faults(scene):
    return [event.what for event in scene.log.of(LineFault)]


def end_of(scene):
    (ended,) = scene.log.of(CallEnded)
    return ended.outcome, ended.reason


async def broken_off(scene, leg, seconds, do):
    """Answer a call, and do something to it after so many seconds."""
    async with scene.open() as switchboard:
        answering = asyncio.create_task(switchboard.answer(leg))
        await asyncio.sleep(seconds)
        (call,) = switchboard._calls.values()
        await do(switchboard, call)
        await answering


def fail(*_):
    raise ZeroDivisionError("a bug")


# --- a crash is no hang-up ---


@pytest.mark.parametrize(
    ("part", "method"),
    [
        ("_mouth", "mark_passed"),
        ("_listener", "check_stall"),
        ("_listener", "_recognise"),
        ("_recording", "advance"),
    ],
)
def test_a_crash_beside_the_conversation_ends_the_leg_as_failed(tmp_path, part, method):
    """The carrier apologises to callers of failed legs, and puts them through."""
    scene = Scene(tmp_path)
    leg = SimulatedLeg(
        [*AFTER_GREETING, scene.says("where is my parcel"), Wait(20), HangUp()], caller=ENGLISH
    )

    async def crash(switchboard, call):
        setattr(getattr(call, part), method, fail)

    run(broken_off(scene, leg, 6, crash))
    assert leg.closed_reason == "failed" and end_of(scene) == ("failed", "crashed")
    assert "call_crashed" in faults(scene) and scene.log.of(RecordingClosed)


# --- a conversation that fails ends with a person ---


def broken_conversation(tmp_path, **settings):
    scene = Scene(tmp_path)
    scene.with_settings(agent_wait_s=5.0, **settings)
    # Not the bot: what is around it.
    scene.bot.answer = lambda heard: reply("There it is.", actions=(None,))
    return scene


def test_a_conversation_that_fails_goes_to_a_person_without_a_fallback_number(tmp_path):
    scene = broken_conversation(tmp_path)
    leg = run(scene.call(*AFTER_GREETING, scene.says("where is my parcel"), Wait(60)))
    assert "conversation_failed" in faults(scene)
    assert [request.reason for request in scene.log.of(HandoffRequested)] == ["bot_failed"]
    said = names(scene)
    assert said.index(Phrase.TECHNICAL) < said.index(Phrase.WAITING) < said.index(Phrase.NOBODY)
    assert end_of(scene) == ("failed", "nobody_available") and leg.closed_reason == "closed_by_us"


def test_where_handing_over_fails_too_the_caller_is_transferred(tmp_path):
    scene = broken_conversation(tmp_path, fallback_number=FALLBACK)

    async def story():
        leg = SimulatedLeg([*AFTER_GREETING, scene.says("where is my parcel"), Wait(60)], caller=ENGLISH)
        async with scene.open() as switchboard:
            scene.router.enqueue = fail
            await switchboard.answer(leg)
        return leg

    leg = run(story())
    assert "hand_over_failed" in faults(scene) and leg.transferred_to == FALLBACK
    assert end_of(scene) == ("handed_off", "transferred")


def test_a_fallback_number_that_cannot_be_dialled_ends_with_a_word(tmp_path):
    scene = broken_conversation(tmp_path, fallback_number="nonsense")

    async def story():
        leg = SimulatedLeg([*AFTER_GREETING, scene.says("where is my parcel"), Wait(60)], caller=ENGLISH)
        close = leg.close

        async def close_or_refuse(*, transfer_to=None):
            if transfer_to:
                raise ValueError("transfer_to: no number")
            await close()

        leg.close = close_or_refuse
        async with scene.open() as switchboard:
            await switchboard.answer(leg)

    run(story())
    assert "fallback_number" in faults(scene) and names(scene)[-1] == Phrase.NOBODY
    assert end_of(scene) == ("failed", "nobody_available")


def test_an_end_asked_for_while_a_failure_is_told_is_an_end(tmp_path):
    scene = broken_conversation(tmp_path)
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("where is my parcel"), Wait(60)], caller=ENGLISH)

    async def end_it(switchboard, call):
        while "conversation_failed" not in faults(scene):
            await asyncio.sleep(0.1)
        call.hang_up("mei")

    run(broken_off(scene, leg, 5, end_it))
    assert names(scene)[-1] == Phrase.CLOSING and end_of(scene)[1] == "closed_by_command"


# --- the process has to go ---


@pytest.mark.parametrize("after_s", [0.5, 4.0, 9.0, 12.0, 20.0])
def test_at_shut_down_every_caller_hears_that_the_call_must_end(tmp_path, after_s):
    scene = Scene(tmp_path)
    legs = [
        SimulatedLeg([*AFTER_GREETING, scene.says("where is my parcel"), Wait(60)], caller=ENGLISH)
        for _ in range(3)
    ]

    async def story():
        async with scene.open() as switchboard:
            answering = [asyncio.create_task(switchboard.answer(leg)) for leg in legs]
            await asyncio.sleep(after_s)
            assert not await switchboard.drain(0.5)
            assert await switchboard.part(15)
            await asyncio.gather(*answering)

    run(story(), limit_s=60)
    assert names(scene).count(Phrase.MUST_END) == 3
    ended = scene.log.of(CallEnded)
    assert [event.reason for event in ended] == ["shutdown"] * 3
    assert {leg.closed_reason for leg in legs} == {"closed_by_us"}
    assert len(scene.log.of(RecordingClosed)) == scene.log.kinds().count("recording_started")


def test_at_shut_down_callers_go_to_the_fallback_number(tmp_path):
    scene = Scene(tmp_path)
    scene.with_settings(fallback_number=FALLBACK)
    leg = SimulatedLeg([Wait(60)], caller=ENGLISH)
    run(broken_off(scene, leg, 8, lambda switchboard, call: switchboard.part(15)))
    assert leg.transferred_to == FALLBACK and names(scene)[-1] == Phrase.TRANSFERRING
    assert end_of(scene) == ("handed_off", "shutdown")


def test_at_shut_down_a_line_that_cannot_be_spoken_does_not_keep_the_caller_from_the_fallback_number(
    tmp_path,
):
    scene = Scene(tmp_path)
    scene.with_settings(fallback_number=FALLBACK)
    leg = SimulatedLeg([Wait(60)], caller=ENGLISH)

    async def part(switchboard, call):
        scene.speaker.cached, scene.speaker.away = set(), True
        assert await switchboard.part(15)

    run(broken_off(scene, leg, 12, part))
    assert leg.transferred_to == FALLBACK and end_of(scene) == ("handed_off", "shutdown")


def test_at_shut_down_what_was_being_said_stops_for_the_last_line(tmp_path):
    scene = Scene(tmp_path)
    scene.bot.greeting = "We have a great many things to tell you before you may speak. " * 5
    leg = SimulatedLeg([Wait(60)], caller=ENGLISH)
    run(broken_off(scene, leg, 8, lambda switchboard, call: switchboard.part(15)))
    cut, last = scene.log.of(UtteranceSpoken)[-2:]
    assert cut.interrupted and last.name == Phrase.MUST_END and not last.interrupted
    assert leg.clears and last.start_s - cut.end_s < 0.5


def test_at_shut_down_an_agents_call_ends_for_the_agent_too(tmp_path):
    scene = Scene(tmp_path)
    scene.bot.answer = lambda heard: to_a_person()
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person"), Wait(90)], caller=ENGLISH)

    async def story():
        async with scene.open() as switchboard:
            page = asyncio.create_task(scene.agent_page())
            answering = asyncio.create_task(switchboard.answer(leg))
            await asyncio.sleep(40)
            (call,) = switchboard.live()
            assert call.stage == "agent" and await switchboard.part(15)
            await answering
            assert scene.router.agent_of(call.interaction_id) is None
            page.cancel()
            await asyncio.gather(page, return_exceptions=True)

    run(story())
    assert end_of(scene) == ("failed", "shutdown")
    assert [(left.party, left.reason) for left in scene.log.of(LegLeft)][-2:] == [
        ("agent", "call_over"), ("caller", "shutdown"),
    ]  # fmt: skip


def test_a_call_that_lasts_too_long_ends_with_a_word(tmp_path):
    scene = Scene(tmp_path)
    scene.with_settings(longest_s=15.0)
    leg = run(scene.call(Wait(60)))
    assert names(scene)[-1] == Phrase.MUST_END and leg.closed_reason == "closed_by_us"
    assert end_of(scene) == ("ended_unconfirmed", "too_long")


# --- closing ---


def test_a_caller_who_leaves_an_agent_is_not_an_agent_who_was_lost(tmp_path):
    scene = Scene(tmp_path)
    scene.bot.answer = lambda heard: to_a_person()
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person"), Wait(30), HangUp()], caller=ENGLISH)

    async def story():
        async with scene.open() as switchboard:
            page = asyncio.create_task(scene.agent_page())
            await switchboard.answer(leg)
            page.cancel()
            await asyncio.gather(page, return_exceptions=True)

    run(story())
    assert [(left.party, left.reason) for left in scene.log.of(LegLeft)] == [
        ("bot", "handed_over"), ("agent", "call_over"), ("caller", "caller_hung_up"),
    ]  # fmt: skip


def test_a_distributor_that_fails_does_not_keep_the_end_of_the_call_from_the_log(tmp_path):
    scene = Scene(tmp_path)
    scene.bot.answer = lambda heard: to_a_person()
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person"), Wait(30)], caller=ENGLISH)

    async def break_it(switchboard, call):
        def refuse(_):
            raise KeyError("no such call")

        scene.router.leave = refuse
        leg._end("hung_up")

    run(broken_off(scene, leg, 20, break_it))
    assert len(scene.log.of(CallEnded)) == 1 and scene.log.of(RecordingClosed)
