"""A matter is resolved once the caller has heard the answer, and a later one is another matter."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from call_fakes import reply
from call_scene import AFTER_GREETING, Scene
from virtual_time import run

from bots.engine.types import ActionRecord
from core.events import AnswerConfirmed, CallEnded, TurnTimed
from voice_gateway.carriers.simulated import HangUp, SimulatedLeg, Wait, WaitForReply, WaitUntilSpokenTo

LOOKED_UP = ActionRecord("action_order_status", True, detail="H104227 shipped")


def told(text="Your order is on its way. It will arrive on Monday. Is there anything else?", **more):
    return reply(text, outcome="resolved", resolved_by="connector", actions=(LOOKED_UP,), **more)


def outcome(scene):
    (ended,) = scene.log.of(CallEnded)
    return ended.outcome


def test_an_answer_that_was_heard_resolves(tmp_path):
    scene = Scene(tmp_path)
    scene.bot.answer = lambda heard: told()
    run(scene.call(*AFTER_GREETING, scene.says("where is my order"), WaitForReply(), HangUp()))
    assert outcome(scene) == "resolved" and len(scene.log.of(AnswerConfirmed)) == 1


def test_an_answer_that_the_caller_cuts_short_was_heard(tmp_path):
    scene = Scene(tmp_path)
    scene.bot.answer = lambda heard: told() if "order" in heard.text else reply("Goodbye.", intent="thank")
    script = (
        scene.says("where is my order"),
        WaitUntilSpokenTo(2),
        scene.says("thanks that is enough", 1.5),
        WaitForReply(),
    )
    run(scene.call(*AFTER_GREETING, *script, HangUp()))
    assert outcome(scene) == "resolved"


def test_hanging_up_before_the_answer_is_no_resolution(tmp_path):
    scene = Scene(tmp_path)

    async def slow(heard):
        await asyncio.sleep(2)
        return told()

    scene.bot.answer = slow
    run(scene.call(*AFTER_GREETING, scene.says("where is my order"), Wait(1.2), HangUp()))
    assert outcome(scene) == "ended_unconfirmed" and not scene.log.of(AnswerConfirmed)


def test_hanging_up_as_the_answer_begins_is_no_resolution(tmp_path):
    scene = Scene(tmp_path)
    scene.bot.answer = lambda heard: told()
    run(scene.call(*AFTER_GREETING, scene.says("where is my order"), WaitUntilSpokenTo(0.3), HangUp()))
    assert outcome(scene) == "ended_unconfirmed" and not scene.log.of(AnswerConfirmed)


def test_an_answer_that_cannot_be_spoken_is_no_resolution(tmp_path):
    scene = Scene(tmp_path)
    scene.with_settings(models_wait_s=3.0, agent_wait_s=5.0)

    def answer(heard):
        scene.speaker.away = True
        return told()

    scene.bot.answer = answer
    run(scene.call(*AFTER_GREETING, scene.says("where is my order"), Wait(60)))
    assert outcome(scene) == "failed" and not scene.log.of(AnswerConfirmed)


@pytest.mark.parametrize(
    ("last_words", "came_to"), [("thanks again", "resolved"), ("and my invoice", "ended_unconfirmed")]
)
def test_a_later_matter_that_goes_unanswered_leaves_the_call_unresolved(tmp_path, last_words, came_to):
    scene = Scene(tmp_path)

    def answer(heard):
        if "order" in heard.text:
            return told(intent="order_status")
        if "thanks" in heard.text:
            return reply("You are welcome.", intent="thank")
        return reply("Which invoice do you mean?", intent="request_invoice")

    scene.bot.answer = answer
    script = [scene.says(text) for text in ("where is my order", "thanks", last_words)]
    run(scene.call(*AFTER_GREETING, *(step for said in script for step in (said, WaitForReply())), HangUp()))
    assert outcome(scene) == came_to


def test_the_reply_does_not_wait_for_the_mood(tmp_path):
    scene = Scene(tmp_path)

    async def mood(text, language):
        await asyncio.sleep(0.4)
        return 1.0

    async def story():
        leg = SimulatedLeg([*AFTER_GREETING, scene.says("where is my order"), WaitForReply(), HangUp()])
        async with scene.open() as switchboard:
            switchboard._parts = replace(scene.parts, sentiment=mood)
            await switchboard.answer(leg)

    run(story())
    (timed,) = scene.log.of(TurnTimed)
    assert timed.understand_ms < 50
