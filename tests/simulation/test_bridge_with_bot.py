"""Supervisors and calls that no person has yet, in virtual time: listening to caller and bot, and taking the call over."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from bridge_scene import at_work, music_in, said_in
from call_fakes import sound_of, split_clauses, to_a_person
from call_scene import AFTER_GREETING, ENGLISH, LONG, with_a_long_answer
from virtual_time import run
from waiting_scene import spoken

from assist.acd.plan import load_plan
from core.commands import HangUp, Monitor
from core.events import CallEnded, HandoffRequested, LegJoined, LegLeft, MonitoringChanged, UtteranceSpoken
from core.handoff import HandoffPacket
from core.languages import Language
from core.routing_events import ConversationEnded
from voice_gateway.bridge.control import LOST_S
from voice_gateway.carriers import simulated
from voice_gateway.carriers.simulated import SimulatedLeg
from voice_gateway.phrases import Phrase


@asynccontextmanager
async def with_bot(folder, answer=None):
    """A call that the bot has just greeted; boss has a line, and no page."""
    scene = with_a_long_answer(folder)
    if answer is not None:
        scene.bot.answer = answer
    scene.caller, scene.boss = SimulatedLeg([*AFTER_GREETING], caller=ENGLISH), SimulatedLeg()
    async with scene.open() as switchboard:
        scene.router.set_plan(load_plan())
        scene.parts.lines.register("boss", scene.boss)
        answering = asyncio.create_task(switchboard.answer(scene.caller))
        while "utter_greet" not in spoken(scene):
            await asyncio.sleep(0.2)
        (call,) = switchboard.live()
        scene.call_id = call.interaction_id
        try:
            yield scene
        finally:
            scene.caller.then(simulated.HangUp())
            await answering


async def asks(scene, manner, user="boss"):
    return await scene.command(Monitor, user, interaction_id=scene.call_id, manner=manner)


async def says(scene, leg, text):
    leg.then(scene.says(text, 1.2))
    await asyncio.sleep(3)


def hears_bot(leg, text) -> list[bool]:
    """Of which clauses of an answer a leg has heard every sample."""
    sound = leg.recording().tobytes()
    return [sound_of(part).tobytes() in sound for part in split_clauses(text, Language.EN)]


def live(scene):
    return scene.switchboard.live()[0]


def manners(scene):
    return [(e.supervisor, e.manner) for e in scene.log.of(MonitoringChanged)]


def test_a_supervisor_hears_caller_and_bot_and_is_heard_by_neither(tmp_path):
    async def story():
        async with with_bot(tmp_path) as scene:
            assert (await asks(scene, "listen")).ok and (await asks(scene, "listen")).ok
            await says(scene, scene.caller, "where is my parcel")
            await says(scene, scene.boss, "hm hm")
            await asyncio.sleep(8)
            assert said_in(scene, scene.boss.recording()) == ["where is my parcel"]
            assert all(hears_bot(scene.boss, LONG)) and all(hears_bot(scene.caller, LONG))
            assert said_in(scene, scene.caller.recording()) == []
            assert live(scene).bridge["monitors"] == [{"name": "boss", "manner": "listen"}]
            assert live(scene).bridge["parties"] == []
            assert (await asks(scene, "stop")).ok and not (await asks(scene, "stop")).ok
            await says(scene, scene.caller, "thank you")
            assert "thank you" not in said_in(scene, scene.boss.recording())
        assert manners(scene) == [("boss", "listen"), ("boss", "stop")]
        assert [text for _, text in scene.log.transcript()][2:4] == ["where is my parcel", LONG]

    run(story())


def test_an_answer_that_the_caller_interrupts_is_interrupted_for_who_listens(tmp_path):
    async def story():
        async with with_bot(tmp_path) as scene:
            await asks(scene, "listen")
            await says(scene, scene.caller, "where is my parcel")
            await says(scene, scene.caller, "no stop I want to ask something else")
            await asyncio.sleep(8)
            heard = next(e for e in scene.log.of(UtteranceSpoken) if e.interrupted)
            assert heard.text != LONG
            assert not all(hears_bot(scene.boss, LONG)) and not all(hears_bot(scene.caller, LONG))

    run(story())


def test_who_listens_to_the_bot_goes_on_listening_to_the_agent(tmp_path):
    async def story():
        async with with_bot(tmp_path, lambda heard: to_a_person()) as scene:
            await asks(scene, "listen")
            await says(scene, scene.caller, "a person please")
            await asyncio.sleep(24)
            assert music_in(scene.boss.recording()) > 2, "they hear what the caller hears while they wait"
            mei = SimulatedLeg()
            scene.parts.lines.register("mei", mei)
            async with at_work(scene, "mei"):
                while Phrase.AGENT_JOINED not in spoken(scene):
                    await asyncio.sleep(0.5)
                await asyncio.sleep(2)
                await says(scene, mei, "good day")
                await says(scene, scene.caller, "my lamp is broken")
                assert said_in(scene, scene.boss.recording())[1:] == ["good day", "my lamp is broken"]
                assert live(scene).bridge["monitors"] == [{"name": "boss", "manner": "listen"}]
                assert (await asks(scene, "whisper")).ok
                await says(scene, scene.boss, "offer a voucher")
                assert said_in(scene, mei.recording()) == ["my lamp is broken", "offer a voucher"]
                await scene.hangs_up("mei", scene.call_id)
        assert manners(scene) == [("boss", "listen"), ("boss", "whisper"), ("boss", "stop")]

    run(story())


def test_a_supervisor_takes_the_call_from_the_bot_in_mid_sentence(tmp_path):
    async def story():
        async with with_bot(tmp_path) as scene:
            await asks(scene, "listen")
            await says(scene, scene.caller, "where is my parcel")
            assert (await asks(scene, "take_over")).ok
            while Phrase.AGENT_JOINED not in spoken(scene):
                await asyncio.sleep(0.5)
            await asyncio.sleep(1)
            assert not all(hears_bot(scene.caller, LONG)), "the bot stops at once"
            call = live(scene)
            assert (call.stage, call.agent) == ("agent", "boss")
            (agent,) = scene.router.state()["agents"]
            assert (agent["user"], agent["state"]) == ("boss", "talking")
            await says(scene, scene.boss, "let me help")
            await says(scene, scene.caller, "please do")
            assert said_in(scene, scene.caller.recording()) == ["let me help"]
            assert said_in(scene, scene.boss.recording())[-1] == "please do"
            assert len(scene.bot.sessions[0].heard) == 1, "the bot is not asked any more"
            # Their line alone keeps the call theirs.
            await asyncio.sleep(70)
            assert live(scene).agent == "boss"
            assert (await scene.command(HangUp, "boss", interaction_id=scene.call_id)).ok
            await asyncio.sleep(8)
            assert scene.log.of(ConversationEnded)[0].why == "over"
            assert not [one for one in scene.router.state()["agents"] if one["state"] == "wrap_up"]
            # Without a desk nothing is to be written: they may take the next call.
            scene.router.check_room("boss")
        assert manners(scene) == [("boss", "listen"), ("boss", "take_over")]
        (asked,) = scene.log.of(HandoffRequested)
        assert asked.reason == "taken_over" and asked.packet["summary"]
        assert [(e.party, e.name) for e in scene.log.of(LegJoined)][-1] == ("agent", "boss")
        assert ("bot", "handed_over") in [(e.party, e.reason) for e in scene.log.of(LegLeft)]
        (ended,) = scene.log.of(CallEnded)
        assert (ended.outcome, ended.reason) == ("handed_off", "agent_closed")

    run(story())


def test_a_supervisor_who_is_lost_after_taking_over_gives_the_caller_to_the_queue(tmp_path):
    async def story():
        async with with_bot(tmp_path) as scene:
            await asks(scene, "take_over")
            await asyncio.sleep(5)
            scene.boss.then(simulated.HangUp())
            await asyncio.sleep(LOST_S + 15)
            assert live(scene).stage == "waiting" and Phrase.AGENT_LOST in spoken(scene)
        assert [e.reason for e in scene.log.of(HandoffRequested)] == ["taken_over", "taken_over"]

    run(story())


@pytest.mark.parametrize("manner", ["whisper", "barge"])
def test_there_is_nobody_to_whisper_to_while_the_bot_has_the_call(tmp_path, manner):
    async def story():
        async with with_bot(tmp_path) as scene:
            reply = await asks(scene, manner)
            assert not reply.ok and "nobody to whisper to" in reply.error
            await asks(scene, "listen")
            assert not (await asks(scene, manner)).ok and live(scene).bridge["monitors"]

    run(story())


def test_a_call_that_waits_for_an_agent_is_not_taken_from_the_queue(tmp_path):
    async def story():
        async with with_bot(tmp_path, lambda heard: to_a_person()) as scene:
            await says(scene, scene.caller, "a person please")
            await asyncio.sleep(5)
            reply = await asks(scene, "take_over")
            assert not reply.ok and "waits for an agent" in reply.error and live(scene).stage == "waiting"

    run(story())


def test_a_supervisor_who_has_a_call_at_hand_takes_no_other(tmp_path):
    async def story():
        async with with_bot(tmp_path) as scene, at_work(scene, "boss", accept=False):
            await asyncio.sleep(1)
            scene.router.enqueue(
                HandoffPacket(interaction_id="b", language="en", reason="caller_asked"), None
            )
            await asyncio.sleep(1)
            reply = await asks(scene, "take_over")
            assert not reply.ok and "another call at hand" in reply.error and live(scene).stage == "bot"

    run(story())


def test_two_supervisors_and_one_without_sound(tmp_path):
    async def story():
        async with with_bot(tmp_path) as scene:
            assert "no sound" in (await asks(scene, "listen", "chief")).error
            scene.parts.lines.register("chief", SimulatedLeg())
            assert (await asks(scene, "listen")).ok
            assert "Another supervisor" in (await asks(scene, "listen", "chief")).error
            assert "Another supervisor" in (await asks(scene, "take_over", "chief")).error

    run(story())


def test_a_line_that_is_lost_and_a_call_that_ends_stop_the_listening(tmp_path):
    async def story():
        async with with_bot(tmp_path) as scene:
            await asks(scene, "listen")
            scene.boss.then(simulated.HangUp())
            await asyncio.sleep(2)
            assert live(scene).bridge["monitors"] == []
            again = SimulatedLeg()
            scene.parts.lines.register("boss", again)
            assert (await asks(scene, "listen")).ok
        assert manners(scene) == [("boss", "listen"), ("boss", "stop")] * 2

    run(story())
