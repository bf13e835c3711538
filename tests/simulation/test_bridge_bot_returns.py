"""Whole calls in virtual time: the bot comes back for a code that nobody hears, or for the caller's score."""

from __future__ import annotations

import asyncio
import logging

import pytest
from bridge_scene import talk
from virtual_time import run

from core.commands import BringBot, Hold
from core.events import CodeTaken, KeysPressed, LegLeft, LineFault, SatisfactionGiven
from voice_gateway.carriers.simulated import HangUp, Press, Wait, WaitForReply
from voice_gateway.leg import LINE_RATE

CODE = "471193"


def keys_with_tones(call, keys: str):
    """Keys whose tones are on the line as well, as some carriers send them."""
    return [step for key in keys for step in (Press(key, 0.1), call.scene.says(f"tone {key}", 0.1))]


def test_the_code_is_heard_by_nobody_recorded_nowhere_and_logged_by_length_alone(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)

    async def story():
        async with talk(tmp_path) as call:
            await call.caller_says("I want to pay")
            at = call.mark("mei")
            began_s = call.caller.now_s
            await call.does(BringBot, task="code")
            assert call.live.bridge["bot"]
            call.caller.then(
                WaitForReply(), *keys_with_tones(call, CODE + "#"), call.scene.says("four seven", 1.0)
            )
            while call.live.bridge["bot"]:
                await asyncio.sleep(0.1)
            ended_s = call.caller.now_s
            assert call.heard("mei", at) == []
            await call.caller_says("did it work")
            await call.says("mei", "it did")
            assert call.heard("mei", at) == ["did it work"] and call.heard("caller")[-1] == "it did"
            await call.over()
        assert [(e.digits, e.accepted) for e in call.scene.log.of(CodeTaken)] == [(6, True)]
        assert not call.scene.log.of(KeysPressed)
        everything = repr(call.scene.log.events) + caplog.text
        assert CODE not in everything and "four seven" not in everything
        assert ("caller", "did it work") in call.transcript()
        caller = call.recorded()[round((began_s + 0.1) * LINE_RATE) : round((ended_s - 0.1) * LINE_RATE), 0]
        assert not caller.any(), "the caller's channel is silent meanwhile"
        assert ("bot", "task_over") in [(e.party, e.reason) for e in call.scene.log.of(LegLeft)]

    run(story())


def test_the_code_goes_where_it_belongs(tmp_path):
    given = []

    async def take(interaction_id: str, code: str) -> bool:
        given.append((interaction_id, code))
        return len(given) == 2

    async def story():
        async with talk(tmp_path, take_code=take) as call:
            await call.does(BringBot, task="code")
            call.caller.then(WaitForReply(), Press("1111#"), WaitForReply(), Press("2222#"), Wait(1))
            while call.live.bridge["bot"]:
                await asyncio.sleep(0.1)
            assert given == [(call.id, "1111"), (call.id, "2222")]
        assert [(e.digits, e.accepted) for e in call.scene.log.of(CodeTaken)] == [(4, False), (4, True)]

    run(story())


def test_where_nobody_takes_codes_none_is_asked_for(tmp_path):
    async def story():
        async with talk(tmp_path, take_code=None) as call:
            reply = await call.do(BringBot, task="code")
            assert (
                not reply.ok and "No system here takes codes" in reply.error and not call.live.bridge["bot"]
            )

    run(story())


@pytest.mark.parametrize("keys", ["123", "1234567890123", "12*4"])
def test_what_can_be_no_code_is_given_to_nobody(tmp_path, keys):
    given = []

    async def take(interaction_id: str, code: str) -> bool:
        given.append(code)
        return True

    async def story():
        async with talk(tmp_path, take_code=take) as call:
            await call.does(BringBot, task="code")
            call.caller.then(WaitForReply(), Press(f"{keys}#"), WaitForReply(), Press("2222#"), Wait(1))
            while call.live.bridge["bot"]:
                await asyncio.sleep(0.1)
        assert given == ["2222"]

    run(story())


def test_a_place_for_codes_that_fails_is_a_fault_without_the_code(tmp_path):
    async def take(interaction_id: str, code: str) -> bool:
        raise ValueError(f"cannot take {code}")

    async def story():
        async with talk(tmp_path, take_code=take) as call:
            await call.does(BringBot, task="code")
            call.caller.then(WaitForReply(), Press("98765#"), WaitForReply(), Press("98765#"), Wait(1))
            while call.live.bridge["bot"]:
                await asyncio.sleep(0.1)
            await call.over()
        assert "98765" not in repr(call.scene.log.events)
        assert "code_not_given_on" in [fault.what for fault in call.scene.log.of(LineFault)]

    run(story())


def test_who_keys_nothing_is_asked_once_more_and_is_with_the_agent_again(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.does(BringBot, task="code")
            reply = await call.do(Hold, on=True)
            assert not reply.ok and "bot has the caller" in reply.error
            await asyncio.sleep(60)
            assert not call.live.bridge["bot"]
            await call.caller_says("hello")
            assert call.heard("mei") == ["hello"]
            await call.over()
        assert not call.scene.log.of(CodeTaken)

    run(story())


def test_what_was_keyed_before_is_no_part_of_the_code(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            call.caller.then(Press("99"))
            await asyncio.sleep(0.5)
            await call.does(BringBot, task="code")
            call.caller.then(WaitForReply(), Press("1234#"), Wait(1))
            while call.live.bridge["bot"]:
                await asyncio.sleep(0.1)
        assert [e.digits for e in call.scene.log.of(CodeTaken)] == [4]

    run(story())


@pytest.mark.parametrize("answer", ["key", "word", "late key", "none"])
def test_the_score_is_asked_and_the_call_ends(tmp_path, answer):
    async def story():
        async with talk(tmp_path) as call:
            says = {
                "key": [WaitForReply(), Press("4")],
                "word": [WaitForReply(), call.scene.says("four", 0.6)],
                "late key": [WaitForReply(), Press("9"), WaitForReply(), Press("4")],
                "none": [],
            }[answer]
            await call.does(BringBot, task="satisfaction")
            call.caller.then(*says)
            await asyncio.sleep(1)
            states = {one["user"]: one["state"] for one in call.scene.router.state()["agents"]}
            assert states["mei"] == "wrap_up", "the agent is free of the call at once"
            await call.answering
        assert [e.score for e in call.scene.log.of(SatisfactionGiven)] == ([] if answer == "none" else [4])
        assert call.outcome() == ("handed_off", "agent_closed")
        assert ("agent", "bot_took_over") in [(e.party, e.reason) for e in call.scene.log.of(LegLeft)]

    run(story())


def test_who_hangs_up_over_the_code_leaves_nothing_behind(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.does(BringBot, task="code")
            call.caller.then(WaitForReply(), Press("471"), HangUp())
            await call.answering
        assert "471" not in repr(
            [event for _, event, _ in call.scene.log.events if isinstance(event, KeysPressed)]
        )
        assert call.outcome() == ("handed_off", "caller_hung_up")

    run(story())
