"""While too many wait, a simple matter stays with the bot for a turn more; who insists gets a person."""

from __future__ import annotations

import pytest
from call_fakes import reply
from call_scene import AFTER_GREETING, ENGLISH, Scene
from virtual_time import run
from waiting_scene import outcomes, spoken

from assist.acd.plan import Peak, Plan
from bots.engine.types import HandOffWish
from core.events import CallBackAsked, HandoffRequested
from core.handoff import HandoffPacket
from core.languages import Language
from core.routing_events import KeptWithSelfService
from voice_gateway.carriers.simulated import HangUp, Press, SimulatedLeg, Wait, WaitForReply, WaitUntil
from voice_gateway.phrases import Phrase


def peak_scene(tmp_path, reason: str = "caller_asked", intent: str = "order_status") -> Scene:
    """A bot that hands over whoever asks for a person, and else answers."""
    scene = Scene(tmp_path)

    def answer(heard):
        if "person" in heard.text:
            return reply(
                "I will get somebody.",
                hand_off=HandOffWish(reason, intent),
                outcome="handed_off",
                listen="none",
            )
        return reply(
            "Your parcel arrives on Monday.", outcome="resolved", resolved_by="connector", intent=intent
        )

    scene.bot.answer = answer
    return scene


def call(scene, *steps, waiting: int = 3):
    leg = SimulatedLeg([*AFTER_GREETING, *steps], caller=ENGLISH, called="+14155550199")

    async def story():
        async with scene.open() as switchboard:
            scene.router.set_plan(Plan(peak=Peak(1.5, frozenset({"order_status"}))))
            for number in range(waiting):
                scene.router.enqueue(
                    HandoffPacket(interaction_id=f"w{number}", language="en", reason="caller_asked"), None
                )
            await switchboard.answer(leg)

    run(story())
    return leg


def until(scene, name: str):
    return WaitUntil(lambda: name in spoken(scene)), Wait(1)


def test_above_the_load_the_caller_is_told_and_served_by_the_bot(tmp_path):
    scene = peak_scene(tmp_path)
    call(
        scene, scene.says("a person"), *until(scene, Phrase.PEAK), scene.says("where is my parcel", 1.5),
        WaitForReply(), HangUp(),
    )  # fmt: skip
    assert "utter_answer" in spoken(scene)[spoken(scene).index(Phrase.PEAK) :]
    assert not scene.log.of(HandoffRequested) and len(scene.log.of(KeptWithSelfService)) == 1
    assert outcomes(scene) == [("resolved", "caller_hung_up")]


def test_who_asks_a_second_time_gets_a_person(tmp_path):
    scene = peak_scene(tmp_path)
    call(
        scene, scene.says("a person"), *until(scene, Phrase.PEAK), scene.says("no, a person", 1.5),
        *until(scene, Phrase.WAITING), HangUp(),
    )  # fmt: skip
    assert len(scene.log.of(HandoffRequested)) == 1 and len(scene.log.of(KeptWithSelfService)) == 1


def test_who_goes_on_with_the_bot_and_asks_again_later_gets_a_person(tmp_path):
    scene = peak_scene(tmp_path)
    call(
        scene, scene.says("a person"), *until(scene, Phrase.PEAK), scene.says("where is my parcel", 1.5),
        WaitForReply(), scene.says("a person please", 1.5), *until(scene, Phrase.WAITING), HangUp(),
    )  # fmt: skip
    assert len(scene.log.of(HandoffRequested)) == 1


@pytest.mark.parametrize("how", ["key", "word"])
def test_the_call_back_that_is_offered_instead_is_arranged(tmp_path, how):
    scene = peak_scene(tmp_path)
    ask = Press("1") if how == "key" else scene.says("call me back please", 1.5)
    call(
        scene, scene.says("a person"), *until(scene, Phrase.PEAK), ask,
        *until(scene, Phrase.CALL_BACK_OWN_NUMBER), Press("1"), Wait(60),
    )  # fmt: skip
    (asked,) = scene.log.of(CallBackAsked)
    assert (asked.number, asked.queue) == (ENGLISH, "general")
    assert len(scene.bot.sessions[0].heard) == 1  # the bot is not asked what "call me back" means
    assert outcomes(scene) == [("ended_unconfirmed", "call_back_agreed")]


@pytest.mark.parametrize(
    ("reason", "intent", "waiting"),
    [
        ("caller_asked", "order_status", 0),
        ("caller_asked", "cancel_order", 3),
        ("complaint", "order_status", 3),
        ("bot_failed", "order_status", 3),
        ("not_possible", "order_status", 3),
    ],
)
def test_nobody_else_is_kept_from_a_person(tmp_path, reason, intent, waiting):
    scene = peak_scene(tmp_path, reason, intent)
    call(scene, scene.says("a person"), *until(scene, Phrase.WAITING), HangUp(), waiting=waiting)
    assert Phrase.PEAK not in spoken(scene) and len(scene.log.of(HandoffRequested)) == 1


def test_a_key_long_after_the_offer_means_what_the_bot_takes_it_for(tmp_path):
    scene = peak_scene(tmp_path)
    call(
        scene, scene.says("a person"), *until(scene, Phrase.PEAK), scene.says("where is my parcel", 1.5),
        WaitForReply(), Press("1"), WaitForReply(), HangUp(),
    )  # fmt: skip
    assert scene.bot.sessions[0].heard[-1].keys == "1" and not scene.log.of(CallBackAsked)


def test_load_in_another_language_keeps_nobody(tmp_path):
    scene = peak_scene(tmp_path)
    leg = SimulatedLeg(
        [*AFTER_GREETING, scene.says("a person"), *until(scene, Phrase.WAITING), HangUp()], caller=ENGLISH
    )

    async def story():
        async with scene.open() as switchboard:
            scene.router.set_plan(Plan(peak=Peak(1.5, frozenset({"order_status"}))))
            for number in range(3):
                packet = HandoffPacket(
                    interaction_id=f"w{number}", language=Language.ZH, reason="caller_asked"
                )
                scene.router.enqueue(packet, None)
            scene.router.set_agent_state("mei", "available", [Language.EN], [])
            await switchboard.answer(leg)

    run(story())
    assert Phrase.PEAK not in spoken(scene)
