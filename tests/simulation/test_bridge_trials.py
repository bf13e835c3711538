"""While people talk to each other nobody waits for words: none are asked for on trial until the bot is back."""

from __future__ import annotations

import asyncio

from bridge_scene import Talk, talk
from virtual_time import run

from core.commands import BringBot
from core.events import SatisfactionGiven
from voice_gateway.carriers.simulated import Press, SimulatedLeg, Wait, WaitForReply


async def says_with_a_pause(call: Talk, leg: SimulatedLeg, first: str, then: str) -> None:
    leg.then(call.scene.says(first, 1.0), Wait(0.4), call.scene.says(then, 1.0))
    await asyncio.sleep(5.0)


def test_each_turn_of_a_bridged_call_is_decoded_once_and_nobody_asks_whether_it_is_over(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            asked = call.scene.recogniser.asked
            asked.clear()
            await says_with_a_pause(call, call.caller, "my lamp", "is broken")
            await says_with_a_pause(call, call.lines["mei"], "I will", "send another")
            assert [(text, priority) for text, priority, _ in asked] == [
                ("my lamp is broken", "confirmed"),
                ("I will send another", "confirmed"),
            ]
            assert call.transcript() == [("caller", "my lamp is broken"), ("mei", "I will send another")]

    run(story())


def test_partial_transcripts_go_on_while_people_talk(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            call.scene.spare = True
            asked = call.scene.recogniser.asked
            asked.clear()
            call.caller.then(call.scene.says("my lamp is broken", 2.0))
            await asyncio.sleep(5.0)
            assert {priority for _, priority, _ in asked} == {"partial", "confirmed"}

    run(story())


def test_the_bot_that_comes_back_listens_as_before(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            asked = call.scene.recogniser.asked
            asked.clear()
            await call.does(BringBot, task="satisfaction")
            call.caller.then(WaitForReply(), call.scene.says("five", 0.6), Wait(3))
            assert call.answering is not None
            await call.answering
            assert ("five", "speculative") in [(text, priority) for text, priority, _ in asked]
        assert [given.score for given in call.scene.log.of(SatisfactionGiven)] == [5]

    run(story())


def test_once_the_bot_has_gone_again_nothing_is_asked_for_on_trial(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.does(BringBot, task="code")
            call.caller.then(WaitForReply(), Press("2222#"), Wait(1))
            while call.live.bridge["bot"]:
                await asyncio.sleep(0.1)
            asked = call.scene.recogniser.asked
            asked.clear()
            await says_with_a_pause(call, call.caller, "did it", "work")
            assert [(text, priority) for text, priority, _ in asked] == [("did it work", "confirmed")]

    run(story())
