"""Numbers of the caller that reach the log: only those that the order system knows, and keys asked for."""

from __future__ import annotations

import asyncio

import pytest
from call_fakes import reply, to_a_person
from call_scene import AFTER_GREETING, ENGLISH, Scene
from virtual_time import run

from bots.engine.types import ActionRecord
from core.events import HandoffRequested, KeysPressed, TurnUnderstood
from voice_gateway.carriers.simulated import HangUp, Press, SimulatedLeg, Wait, WaitForReply

CARD = "4929123412341234"


def keys(scene):
    return [event.keys for event in scene.log.of(KeysPressed)]


def test_a_card_number_keyed_to_an_agent_is_one_masked_entry(tmp_path):
    scene = Scene(tmp_path)
    scene.bot.answer = lambda heard: to_a_person()
    leg = SimulatedLeg(
        [
            *AFTER_GREETING,
            scene.says("a person"),
            Wait(30),
            Press(CARD + "#"),
            Wait(3),
            Press("12", 0.5),
            Wait(4),
            HangUp(),
        ],
        caller=ENGLISH,
    )

    async def story():
        async with scene.open() as switchboard:
            page = asyncio.create_task(scene.agent_page())
            await switchboard.answer(leg)
            page.cancel()
            await asyncio.gather(page, return_exceptions=True)

    run(story())
    assert keys(scene) == ["****", "****"]


def test_keys_pressed_while_waiting_are_masked_also_over_an_announcement(tmp_path):
    scene = Scene(tmp_path)
    scene.bot.answer = lambda heard: to_a_person()
    run(scene.call(*AFTER_GREETING, scene.says("a person"), Wait(2.5), Press(CARD, 0.4), Wait(6), HangUp()))
    assert keys(scene) == ["****"]


@pytest.mark.parametrize(("pressed", "shown"), [("1", "1"), ("2#", "2"), ("7", "****"), (CARD, "****")])
def test_one_key_that_answers_is_shown_and_a_number_keyed_instead_is_not(tmp_path, pressed, shown):
    scene = Scene(tmp_path)
    scene.bot.listen = "yes_no"
    scene.bot.answer = lambda heard: reply("Yes or no?", listen="yes_no")
    run(scene.call(*AFTER_GREETING, Press(pressed), WaitForReply(quiet_s=4), HangUp()))
    assert keys(scene) == [shown]


def test_a_single_key_that_nobody_asked_for_is_masked(tmp_path):
    scene = Scene(tmp_path)
    run(
        scene.call(
            *AFTER_GREETING, Press("1"), Wait(3), WaitForReply(quiet_s=2), Press("0"), Wait(4), HangUp()
        )
    )
    assert keys(scene) == ["****", "0"]


SLOTS = {
    "order_number": "483920",
    "tracking_number": "378282246310005",
    "number_said": "483920",
    "digits_so_far": "4929",
    "date": "2026-03-05",
    "number_failures": 1.0,
    "caller_number": "+14155550100",
    "wish": "call me on 0757 1234 5678",
}


def slots_of(scene):
    return scene.log.of(TurnUnderstood)[-1].slots


def test_slots_are_masked_until_the_order_system_knows_their_numbers(tmp_path):
    scene = Scene(tmp_path)
    failed = ActionRecord("action_order_status", False, detail="483920 not found")
    scene.bot.answer = lambda heard: reply("Not found.", slots=SLOTS, actions=(failed,))
    run(scene.call(*AFTER_GREETING, scene.says("my number"), WaitForReply(), HangUp()))
    shown = slots_of(scene)
    assert shown["order_number"] == shown["number_said"] == "****20"
    assert shown["tracking_number"] == "****05" and shown["digits_so_far"] == "****"
    assert shown["date"] == "2026-03-05" and shown["number_failures"] == 1.0
    assert "4155" not in shown["caller_number"] and "1234" not in shown["wish"]


def test_a_number_that_the_order_system_knows_is_shown_in_its_slot_and_to_the_agent(tmp_path):
    scene = Scene(tmp_path)
    found = ActionRecord("action_order_status", True, detail="H483920 shipped")

    def answer(heard):
        if "person" in heard.text:
            return to_a_person()
        return reply("Shipped.", slots=SLOTS, actions=(found,))

    scene.bot.answer = answer
    script = (scene.says("my number"), WaitForReply(), scene.says("a person"), WaitForReply(), HangUp())
    run(scene.call(*AFTER_GREETING, *script))
    first = scene.log.of(TurnUnderstood)[0].slots
    assert first["order_number"] == "483920" and first["number_said"] == "****20"
    assert first["tracking_number"] == "****05"
    (request,) = scene.log.of(HandoffRequested)
    assert "378282" not in repr(request.packet)
