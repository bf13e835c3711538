"""However a call ends, it ends at once, and what the caller had said by then is in the log."""

from __future__ import annotations

import asyncio

import pytest
from call_fakes import reply, to_a_person
from call_scene import AFTER_GREETING, ENGLISH, Scene
from virtual_time import run

from core.events import CallEnded, LineFault, UtteranceHeard
from voice_gateway.carriers.simulated import HangUp, SimulatedLeg, Wait
from voice_gateway.listening import ListeningOptions


def words(scene):
    return [heard.text for heard in scene.log.of(UtteranceHeard)]


def reason(scene):
    (ended,) = scene.log.of(CallEnded)
    return ended.reason


@pytest.mark.parametrize("decode_s", [1.0, 2.0, 3.0])
def test_hanging_up_while_the_words_are_recognised_on_trial_ends_the_call_and_keeps_them(tmp_path, decode_s):
    scene = Scene(tmp_path)
    scene.recogniser.decode_s = decode_s
    # The trial began 0.2 s after the last sound, the turn ended 0.5 s after it: its words are awaited now.
    run(scene.call(*AFTER_GREETING, scene.says("never mind then"), Wait(0.9), HangUp()), limit_s=120)
    assert words(scene) == ["never mind then"] and reason(scene) == "caller_hung_up"
    assert len(scene.recogniser.asked) == 1, "a trial that runs is not asked for twice"


def test_words_that_take_too_long_after_hanging_up_are_told_as_lost(tmp_path):
    scene = Scene(tmp_path)
    scene.recogniser.decode_s = 7.0
    run(scene.call(*AFTER_GREETING, scene.says("never mind then"), Wait(0.9), HangUp()), limit_s=120)
    assert words(scene) == [] and reason(scene) == "caller_hung_up"
    assert [fault.what for fault in scene.log.of(LineFault)] == ["words_lost"]


def test_hanging_up_while_the_words_are_recognised_for_good_keeps_them(tmp_path):
    scene = Scene(tmp_path)

    async def story():
        leg = SimulatedLeg(
            [*AFTER_GREETING, scene.says("never mind then"), Wait(3), HangUp()], caller=ENGLISH
        )
        async with scene.open() as switchboard:
            answering = asyncio.create_task(switchboard.answer(leg))
            await asyncio.sleep(5)
            scene.recogniser.away = True
            while not leg.spoken:
                await asyncio.sleep(0.1)
            await asyncio.sleep(2)
            scene.recogniser.away, scene.recogniser.decode_s = False, 2.0
            await answering

    run(story(), limit_s=120)
    assert words(scene) == ["never mind then"]


def test_what_was_said_while_the_bot_was_thinking_is_kept(tmp_path):
    scene = Scene(tmp_path)
    scene.with_settings(patience_s=10.0)

    async def slow(heard):
        await asyncio.sleep(5)
        return reply("There it is.")

    scene.bot.answer = slow
    run(
        scene.call(
            *AFTER_GREETING,
            scene.says("where is my parcel"),
            Wait(0.8),
            scene.says("oh I found it"),
            Wait(1),
            HangUp(),
        )
    )
    assert words(scene) == ["where is my parcel", "oh I found it"]


def test_an_agent_who_ends_the_call_over_the_callers_last_words_ends_it(tmp_path):
    scene = Scene(tmp_path)
    scene.recogniser.decode_s = 3.0
    scene.bot.answer = lambda heard: to_a_person()

    async def story():
        leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person")], caller=ENGLISH)
        async with scene.open() as switchboard:
            page = asyncio.create_task(scene.agent_page())
            answering = asyncio.create_task(switchboard.answer(leg))
            await asyncio.sleep(40)
            (call,) = switchboard.live()
            leg.then(scene.says("and one more thing"))
            # The closing line takes 2 s: the sentence ends, and is being recognised when the line is closed.
            await asyncio.sleep(0.9)
            assert (await scene.hangs_up("mei", call.interaction_id)).ok
            await answering
            page.cancel()
            await asyncio.gather(page, return_exceptions=True)
        return leg

    leg = run(story(), limit_s=120)
    assert words(scene) == ["a person", "and one more thing"]
    (ended,) = scene.log.of(CallEnded)
    assert ended.reason == "agent_closed" and leg.closed_reason == "closed_by_us"
    assert abs(leg.now_s - ended.duration_s) < 0.1, "the caller is not kept on the line while we recognise"


def test_a_turn_given_up_because_too_many_wait_is_recognised_no_more(tmp_path):
    scene = Scene(tmp_path)
    scene.recogniser.decode_s = 1000.0
    scene.with_settings(listening=ListeningOptions(decode_limit_s=2000.0))

    async def story():
        turns = [step for n in range(18) for step in (scene.says(f"sentence {n}"), Wait(0.8))]
        leg = SimulatedLeg([*AFTER_GREETING, *turns, HangUp()], caller=ENGLISH)
        async with scene.open() as switchboard:
            answering = asyncio.create_task(switchboard.answer(leg))
            while not leg.closed_reason:
                await asyncio.sleep(0.1)
                trials = [t for t in asyncio.all_tasks() if t.get_name() == "recognise-on-trial"]
            await answering
        return len(trials)

    # Sixteen wait, one is in work; the eighteenth pushed out the oldest, and its trial with it.
    assert run(story()) == 17
