"""Whole calls with a speaking agent, in virtual time: sound both ways, hold, mute, typing, transfer, refusals."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from bridge_scene import music_in, talk, to_agent, with_agent
from virtual_time import run

from assist.acd.hours import Hours
from assist.acd.plan import Plan, Queue
from core.commands import BringBot, Consult, EndConsult, Hold, Monitor, Mute, SetAgentState, Target, Transfer
from core.events import (
    CallHeld,
    HandoffRequested,
    LegJoined,
    LegLeft,
    LineFault,
    TransferAsked,
    UtteranceHeard,
)
from core.languages import Language
from core.routing_events import CallQueued
from voice_gateway.bridge import sound
from voice_gateway.bridge.control import LOST_S
from voice_gateway.carriers.simulated import Gap, HangUp
from voice_gateway.leg import LINE_RATE
from voice_gateway.phrases import Phrase, phrase_text


def level(sound: np.ndarray) -> int:
    return int(np.abs(sound.astype(np.int32)).max()) if sound.size else 0


def test_caller_and_agent_hear_each_other_are_transcribed_and_recorded_apart(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.caller_says("my lamp is broken")
            await call.says("mei", "let me see")
            await call.says("mei", "it comes tomorrow")
            assert call.heard("mei") == ["my lamp is broken"]
            assert call.heard("caller") == ["let me see", "it comes tomorrow"]
            assert call.parties()["agent"]["sound"] and not call.live.bridge["held"]
            await call.over()
        assert call.transcript() == [
            ("caller", "my lamp is broken"), ("mei", "let me see"), ("mei", "it comes tomorrow"),
        ]  # fmt: skip
        utterances = call.scene.log.of(UtteranceHeard)
        assert [one.speaker for one in utterances] == ["caller", "caller", "agent", "agent"]
        assert all(one.start_s < one.end_s for one in utterances)
        sound = call.recorded()
        assert sound.shape[1] == 3
        for one in utterances[1:]:
            channel = 0 if one.speaker == "caller" else 2
            middle = round((one.start_s + one.end_s) / 2 * LINE_RATE)
            loud = [level(sound[middle : middle + 400, which]) > 4000 for which in (0, 2)]
            assert loud == [channel == 0, channel == 2]

    run(story())


def test_the_bot_answers_nothing_that_is_said_to_the_agent(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.caller_says("where is my parcel")
            await call.says("mei", "on its way")
        (session,) = call.scene.bot.sessions
        assert len(session.heard) == 1

    run(story())


def test_on_hold_the_caller_hears_music_and_neither_hears_the_other(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.does(Hold, on=True)
            at = {who: call.mark(who) for who in ("caller", "mei")}
            await call.caller_says("are you there")
            await call.says("mei", "what a day")
            assert call.live.bridge["held"]
            assert call.heard("mei", at["mei"]) == [] and call.heard("caller", at["caller"]) == []
            assert music_in(call.sound("caller", at["caller"])) > 4.5
            assert music_in(call.sound("mei", at["mei"])) == 0.0
            await call.does(Hold, on=False)
            at = {who: call.mark(who) for who in ("caller", "mei")}
            await call.says("mei", "thank you for waiting")
            await call.caller_says("no problem")
            assert call.heard("mei", at["mei"]) == ["no problem"]
            assert call.heard("caller", at["caller"]) == ["thank you for waiting"]
            await call.over()
        assert [(e.on, e.by) for e in call.scene.log.of(CallHeld)] == [(True, "mei"), (False, "mei")]
        held = {one.text: one.held for one in call.scene.log.of(UtteranceHeard)}
        assert held["are you there"] and not held["no problem"] and "what a day" not in held
        agent = call.recorded()[:, 2]
        assert level(agent) > 4000, "what the caller heard of the agent is kept"

    run(story())


def test_a_muted_agent_is_heard_by_nobody_and_not_transcribed(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.does(Mute, on=True)
            await call.says("mei", "cough")
            await call.caller_says("hello")
            assert call.heard("caller") == [] and call.heard("mei") == ["hello"]
            assert call.parties()["agent"]["muted"]
            await call.does(Mute, on=False)
            await call.says("mei", "here I am")
            assert call.heard("caller") == ["here I am"]
            await call.over()
        assert call.transcript() == [("caller", "hello"), ("mei", "here I am")]

    run(story())


def test_typed_lines_are_spoken_in_the_mix(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            at = call.mark("caller"), call.mark("mei")
            assert (await call.scene.types("mei", call.id, "Your number is 4 2.")).ok
            await asyncio.sleep(3)
            loud = [level(call.sound(who, since)) for who, since in zip(("caller", "mei"), at, strict=True)]
            assert min(loud) > 2000

    run(story())


def test_an_agent_without_a_line_works_by_typing_and_may_hold(tmp_path):
    async def story():
        async with talk(tmp_path, connected=False) as call:
            assert not call.parties()["agent"]["sound"]
            await call.does(Hold, on=True)
            at = call.mark("caller")
            await asyncio.sleep(4)
            assert music_in(call.sound("caller", at)) > 3.0
            await call.does(Hold, on=False)
            leg = await call.connects("mei")
            await call.says("mei", "now you hear me")
            assert call.heard("caller") == ["now you hear me"] and leg.heard is not None

    run(story())


# --- transfer ---


def test_a_call_given_to_a_queue_waits_there_and_the_agent_wraps_up(tmp_path):
    async def story():
        async with talk(tmp_path, "jun") as call:
            await call.does(Transfer, to=Target(kind="queue", name="complaints"), note="wants a manager")
            await with_agent(call.scene, times=2)
            assert call.live.agent == "jun"
            await asyncio.sleep(2)
            await call.caller_says("hello")
            assert call.heard("jun") == ["hello"] and call.heard("mei") == []
            await call.over("jun")
        queued = call.scene.log.of(CallQueued)
        assert [one.queue for one in queued] == ["general", "complaints"]
        (asked,) = call.scene.log.of(TransferAsked)
        assert (asked.to_kind, asked.to_name, asked.manner, asked.by) == (
            "queue",
            "complaints",
            "cold",
            "mei",
        )
        assert [(e.party, e.reason) for e in call.scene.log.of(LegLeft)] == [
            ("bot", "handed_over"), ("agent", "transferred"), ("bot", "handed_over"), ("agent", "closed"),
            ("caller", "agent_closed"),
        ]  # fmt: skip
        assert len(call.scene.log.of(HandoffRequested)) == 2

    run(story())


def test_a_call_given_to_an_agent_is_offered_to_that_agent(tmp_path):
    async def story():
        async with talk(tmp_path, "ann", "jun") as call:
            await call.does(Transfer, to=to_agent("jun"))
            await with_agent(call.scene, times=2)
            assert call.live.agent == "jun"
            await call.over("jun")

    run(story())


def test_a_call_given_to_a_number_leaves_by_the_carrier(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.does(Transfer, to=Target(kind="number", name="+4930123456"))
            await call.answering
        assert call.caller.transferred_to == "+4930123456"
        assert call.outcome() == ("handed_off", "transferred")
        (asked,) = call.scene.log.of(TransferAsked)
        assert "123456" not in asked.to_name

    run(story())


@pytest.mark.parametrize(
    ("kind", "fields", "why"),
    [
        (Hold, {"on": False}, "not on hold"),
        (Transfer, {"to": Target(kind="queue", name="sales")}, "no queue 'sales'"),
        (Transfer, {"to": to_agent("nobody")}, "nobody is not at work"),
        (Transfer, {"to": to_agent("mei")}, "have the call yourself"),
        (Transfer, {"to": Target(kind="number", name="call me")}, "3 to 15 digits"),
        (Consult, {"to": Target(kind="number", name="+4930123456")}, "no carrier here calls out"),
        (Consult, {"to": to_agent("nobody")}, "nobody is not at work"),
        (Consult, {"to": Target(kind="queue", name="general")}, "Nobody of the queue general is free"),
        (EndConsult, {"then": "back"}, "no consultation"),
        (Monitor, {"manner": "listen"}, "in this call yourself|another conversation"),
        (Monitor, {"manner": "stop"}, "do not listen"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence_and_changes_nothing(tmp_path, kind, fields, why):
    async def story():
        async with talk(tmp_path) as call:
            before = repr(call.live.bridge)
            reply = await call.do(kind, **fields)
            assert not reply.ok and reply.error.endswith(".")
            assert re.search(why, reply.error), reply.error
            assert repr(call.live.bridge) == before

    run(story())


def test_the_same_command_twice_gets_the_same_reply_and_changes_nothing(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            expires = call.scene.parts.clock.now() + timedelta(seconds=10)
            asked = {"issued_by": "mei", "interaction_id": call.id, "expires_at": expires}
            holds, refused = Hold(on=True, **asked), EndConsult(then="back", **asked)
            for command in (holds, refused):
                first = await call.scene.switchboard.handle(command)
                before = repr(call.live.bridge)
                assert await call.scene.switchboard.handle(command) == first
                assert first.ok == (command is holds) and repr(call.live.bridge) == before
            await call.over()
        assert [(e.on, e.by) for e in call.scene.log.of(CallHeld)] == [(True, "mei")]

    run(story())


def test_only_the_calls_agent_commands_it(tmp_path):
    async def story():
        async with talk(tmp_path, "jun") as call:
            for kind, fields in (
                (Hold, {"on": True}),
                (BringBot, {"task": "code"}),
                (Consult, {"to": to_agent("mei")}),
            ):
                reply = await call.do(kind, "jun", **fields)
                assert not reply.ok and "another agent" in reply.error
            assert not (await call.do(Mute, "jun", on=True)).ok
            await call.over()
            reply = await call.do(Hold, on=True)
            assert not reply.ok and "over" in reply.error

    run(story())


def test_after_a_transfer_was_asked_nothing_else_is_done(tmp_path):
    async def story():
        async with talk(tmp_path, "jun") as call:
            await call.does(Transfer, to=to_agent("jun"))
            reply = await call.do(Hold, on=True)
            assert not reply.ok and "given away" in reply.error
            await with_agent(call.scene, times=2)
            await call.over("jun")

    run(story())


# --- lines ---


def test_of_two_lines_the_later_one_carries_the_conversation_on(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.says("mei", "first line")
            before = call.lines["mei"]
            await call.connects("mei")
            assert before.closed_reason == "closed_by_us"
            await call.says("mei", "second line")
            await call.caller_says("still here")
            assert call.heard("caller") == ["first line", "second line"] and call.heard("mei") == [
                "still here"
            ]
            assert not call.live.bridge["held"]

    run(story())


def test_the_caller_hears_a_word_when_the_agents_line_is_lost(tmp_path):
    text = phrase_text(Phrase.LINE_LOST, Language.EN)

    async def story():
        async with talk(tmp_path) as call:
            await call.lines["mei"].fail()
            await asyncio.sleep(12)
            assert text in [text for text, _ in call.scene.speaker.asked]
            assert call.live.bridge["held"] and not call.parties()["agent"]["sound"]
            at = call.mark("caller")
            await asyncio.sleep(20)
            assert music_in(call.sound("caller", at)) > 18
            await call.connects("mei")
            await asyncio.sleep(0.5)
            await call.says("mei", "sorry about that")
            await call.caller_says("fine")
            assert call.heard("caller") == ["sorry about that"] and call.heard("mei") == ["fine"]
            assert not call.live.bridge["held"]
            await call.over()
        assert [e.name for e in call.scene.log.of(LegJoined) if e.party == "agent"] == ["mei"]

    run(story())


@pytest.mark.parametrize("seconds", [5, 60])
def test_a_line_that_falls_silent_is_a_lost_one_until_it_is_back(tmp_path, seconds):
    async def story():
        async with talk(tmp_path) as call:
            at = call.mark("caller")
            call.lines["mei"].then(Gap(seconds))
            await asyncio.sleep(4.5)
            assert call.live.bridge["held"]
            await asyncio.sleep(seconds - 1.5)
            assert not call.live.bridge["held"]
            spoken = [text for text, _ in call.scene.speaker.asked]
            assert phrase_text(Phrase.LINE_LOST, Language.EN) in spoken
            assert seconds < 60 or music_in(call.sound("caller", at)) > 45
            await call.says("mei", "back again")
            assert call.heard("caller") == ["back again"]
            await call.over()
        assert [e.name for e in call.scene.log.of(LegJoined) if e.party == "agent"] == ["mei"]

    run(story())


def test_an_agent_whose_page_is_silent_has_the_call_as_long_as_their_line_is_there(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            call.pages["mei"].cancel()
            await asyncio.sleep(LOST_S + 60)
            assert (call.live.stage, call.live.agent) == ("agent", "mei")
            await call.says("mei", "I am still here")
            assert call.heard("caller") == ["I am still here"] and not call.live.bridge["held"]
            # Without the line as well they are gone.
            await call.lines["mei"].fail()
            await asyncio.sleep(LOST_S + 10)
            assert call.live.stage == "waiting"
            call.caller.then(HangUp())
            await call.answering

    run(story())


def test_a_line_that_does_not_come_back_gives_the_caller_to_another_agent(tmp_path):
    async def story():
        async with talk(tmp_path, "jun") as call:
            at = asyncio.get_running_loop().time()
            await call.lines["mei"].fail()
            while call.live.stage == "agent":
                await asyncio.sleep(0.5)
            assert LOST_S <= asyncio.get_running_loop().time() - at <= LOST_S + 8
            await with_agent(call.scene, times=2)
            assert call.live.agent == "jun"
            await call.over("jun")
        spoken = [text for text, _ in call.scene.speaker.asked]
        assert phrase_text(Phrase.AGENT_LOST, Language.EN) in spoken
        assert [one.returned for one in call.scene.log.of(CallQueued)] == [False, True]

    run(story())


def test_who_lost_their_sound_gets_no_call_before_they_say_that_they_are_there(tmp_path):
    """Also where they are the only one, and had this caller last."""

    async def story():
        async with talk(tmp_path) as call:
            await call.lines["mei"].fail()
            await asyncio.sleep(LOST_S + 30)
            assert call.live.stage == "waiting"
            (mei,) = call.scene.router.state()["agents"]
            assert (mei["state"], mei["why_not_ready"]) == ("not_ready", "line_lost")
            await call.connects("mei")
            await call.scene.command(SetAgentState, "mei", state="break", languages=list(Language))
            await with_agent(call.scene, times=2)
            await call.over()

    run(story())


CLOSED = Plan({"general": Queue("general", hours=Hours(ZoneInfo("UTC"), ((),) * 7))})


def test_a_call_that_is_given_on_after_closing_time_is_the_colleagues(tmp_path):
    async def story():
        async with talk(tmp_path, "jun") as call:
            call.scene.router.set_plan(CLOSED)
            refused = await call.do(Transfer, to=Target(kind="queue", name="general"))
            assert not refused.ok and "closed" in refused.error
            await call.does(Transfer, to=to_agent("jun"))
            await with_agent(call.scene, times=2)
            assert call.live.agent == "jun"
            await call.over("jun")
        assert phrase_text(Phrase.CLOSED, Language.EN) not in [text for text, _ in call.scene.speaker.asked]

    run(story())


async def the_bridge_breaks(call, monkeypatch):
    def broken(frames):
        raise ValueError("the mixer")

    with monkeypatch.context() as patch:
        patch.setattr(sound, "mixed", broken)
        while call.live.stage == "agent":
            await asyncio.sleep(0.02)


def test_a_bridge_that_breaks_after_closing_time_still_gets_the_caller_another_person(tmp_path, monkeypatch):
    async def story():
        async with talk(tmp_path, "jun") as call:
            call.scene.router.set_plan(CLOSED)
            await the_bridge_breaks(call, monkeypatch)
            await with_agent(call.scene, times=2)
            await call.over("jun")
        assert [e.queue for e in call.scene.log.of(CallQueued)] == ["general", "general"]

    run(story())


def test_a_bridge_that_breaks_is_told_to_the_caller_who_gets_another_person(tmp_path, monkeypatch):
    async def story():
        async with talk(tmp_path, "jun") as call:
            await the_bridge_breaks(call, monkeypatch)
            await with_agent(call.scene, times=2)
            assert call.live.agent == "jun"
            await asyncio.sleep(2)
            await call.says("jun", "here I am")
            await call.caller_says("that was quick")
            assert call.heard("caller") == ["here I am"] and call.heard("jun") == ["that was quick"]
            await call.over("jun")
        assert [(e.what, e.detail) for e in call.scene.log.of(LineFault)][:1] == [
            ("bridge_failed", "ValueError")
        ]
        assert phrase_text(Phrase.TECHNICAL, Language.EN) in [text for text, _ in call.scene.speaker.asked]
        assert ("agent", "failed") in [(e.party, e.reason) for e in call.scene.log.of(LegLeft)]

    run(story())
