"""Callers who hung up for a call back: the place goes on, their telephone rings, and the call goes on with the agent."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from call_scene import ENGLISH
from telephone import Telephone
from virtual_time import run
from waiting_scene import joined, outcomes, page, spoken, waiting_leg, wants_a_person

from core.events import (
    CallBackAsked,
    CallBackTried,
    CallEnded,
    CallStarted,
    CallSummarised,
    HandoffRequested,
    OfferMade,
    Recorded,
    RecordingClosed,
    UtteranceHeard,
)
from core.handoff import HandoffPacket
from core.routing_events import CallBackFailed, CallLeftQueue
from voice_gateway.carriers.simulated import HangUp, Press, SimulatedLeg, Wait, WaitUntil
from voice_gateway.dialer import CALL_BACK
from voice_gateway.dialling import CallBacks
from voice_gateway.phrases import Phrase


def history_of(scene):
    async def history(name: str) -> list[Recorded]:
        return [
            Recorded(n, str(n), name, n, datetime.now(UTC), event)
            for n, (i, event, _) in enumerate(scene.log.events)
            if i == name
        ]

    return history


@asynccontextmanager
async def line(scene, telephone: Telephone):
    """The process with an outgoing line."""
    async with scene.open() as switchboard:
        call_backs = CallBacks(
            telephone, scene.router, scene.log, history_of(scene),
            answer=switchboard.answer, lead=switchboard.lead_call_back,
        )  # fmt: skip
        telephone.answer = call_backs.answer
        scene.router.dial_with(call_backs.dial)
        yield call_backs


def asks(scene) -> SimulatedLeg:
    return waiting_leg(
        scene,
        WaitUntil(lambda: Phrase.CALL_BACK_CHOICE in spoken(scene)), Press("1"),
        WaitUntil(lambda: Phrase.CALL_BACK_OWN_NUMBER in spoken(scene)), Press("1"),
        Wait(60),
    )  # fmt: skip


def test_when_it_is_their_turn_the_customer_is_rung_and_talks_with_the_agent_who_accepted(tmp_path):
    scene = wants_a_person(tmp_path)
    telephone = Telephone([Wait(12), scene.says("yes it is me", 1.5), Wait(6), HangUp()])

    async def story():
        async with line(scene, telephone) as call_backs:
            await call_backs.answer(asks(scene))
            assert spoken(scene)[-1] == Phrase.CALL_BACK_KEPT and not telephone.rung
            assert scene.router.state()["waiting"][0]["call_back"]
            await asyncio.sleep(100)
            assert not telephone.rung  # nobody is at work yet: the place is kept
            async with page(scene):
                call = await joined(scene)
                assert (await scene.types("mei", call, "Hello, this is Mei.")).ok
                await telephone.over()
            return call

    call = run(story())
    assert [number for number, _ in telephone.rung] == [ENGLISH]
    assert [(e.attempt, e.answered, e.agent) for e in scene.log.of(CallBackTried)] == [(1, True, "mei")]
    assert Phrase.CALL_BACK_HELLO in spoken(scene) and Phrase.AGENT_JOINED in spoken(scene)
    # It is one call with one time line, in the caller's language, and the bot greets nobody twice.
    assert len(scene.log.of(CallStarted)) == 1 and scene.log.of(CallBackAsked)[0].by == "platform"
    heard = [(e.text, e.start_s) for e in scene.log.of(UtteranceHeard, call)]
    first_end, second_end = scene.log.of(CallEnded, call)
    assert heard[-1][0] == "yes it is me" and first_end.duration_s < heard[-1][1] < second_end.duration_s
    assert outcomes(scene) == [("ended_unconfirmed", "call_back_agreed"), ("handed_off", "caller_hung_up")]
    first, second = scene.log.of(RecordingClosed, call)
    assert first.name != second.name and second.complete
    assert len(scene.bot.sessions) == 1 and len(scene.log.of(CallSummarised, call)) == 2


def test_the_place_is_that_of_the_caller_who_hung_up(tmp_path):
    scene = wants_a_person(tmp_path)
    telephone = Telephone([Wait(20), HangUp()])

    async def story():
        async with line(scene, telephone) as call_backs:
            await call_backs.answer(asks(scene))
            scene.router.enqueue(
                HandoffPacket(interaction_id="later", language="en", reason="caller_asked"), None
            )
            async with page(scene):
                await asyncio.sleep(60)
                await telephone.over()

    run(story())
    offered = [i for i, e, _ in scene.log.events if isinstance(e, OfferMade)]
    assert offered[0] != "later"


def test_who_does_not_answer_is_tried_three_times_and_the_agent_is_free_at_once(tmp_path):
    scene = wants_a_person(tmp_path)
    telephone = Telephone("busy", "machine", "carrier_away")

    async def story():
        async with line(scene, telephone) as call_backs:
            await call_backs.answer(asks(scene))
            async with page(scene):
                await asyncio.sleep(60)
                assert scene.router.agent_of(scene.log.events[0][0]) is None
                assert scene.router.state()["agents"][0]["state"] == "available"
                await asyncio.sleep(3000)

    run(story(), 7200)
    assert [(e.attempt, e.answered, e.reason) for e in scene.log.of(CallBackTried)] == [
        (1, False, "busy"), (2, False, "machine"), (3, False, "carrier_away"),
    ]  # fmt: skip
    assert not telephone.machines
    times = [at for _, at in telephone.rung]
    assert [round(b - a, -2) for a, b in pairwise(times)] == [900, 900]
    assert [e.why for e in scene.log.of(CallLeftQueue)] == ["call_back_failed"]
    assert len(scene.log.of(CallBackFailed)) == 3


def test_a_telephone_that_is_reached_at_the_second_attempt(tmp_path):
    scene = wants_a_person(tmp_path)
    telephone = Telephone("busy", [Wait(20), HangUp()])

    async def story():
        async with line(scene, telephone) as call_backs:
            await call_backs.answer(asks(scene))
            async with page(scene):
                await joined(scene)
                await telephone.over()

    run(story(), 7200)
    assert [e.answered for e in scene.log.of(CallBackTried)] == [False, True]


def test_a_carrier_that_says_nothing_does_not_hold_the_agent_for_ever(tmp_path):
    scene = wants_a_person(tmp_path)
    telephone = Telephone("never")

    async def story():
        async with line(scene, telephone) as call_backs:
            await call_backs.answer(asks(scene))
            async with page(scene):
                await asyncio.sleep(90)

    run(story())
    assert [(e.answered, e.reason) for e in scene.log.of(CallBackTried)] == [(False, "no_answer")]


def test_a_customer_who_hangs_up_before_the_agent_speaks_leaves_the_agent_in_wrap_up(tmp_path):
    scene = wants_a_person(tmp_path)
    telephone = Telephone([Wait(1), HangUp()])

    async def story():
        async with line(scene, telephone) as call_backs:
            await call_backs.answer(asks(scene))
            async with page(scene):
                while not telephone.legs:
                    await asyncio.sleep(1)
                await telephone.over()
                assert scene.router.state()["agents"][0]["state"] == "wrap_up"

    run(story())


def test_an_agent_who_is_lost_in_a_call_back_gives_the_customer_to_the_next(tmp_path):
    scene = wants_a_person(tmp_path)
    telephone = Telephone([Wait(150), HangUp()])

    async def story():
        async with line(scene, telephone) as call_backs:
            await call_backs.answer(asks(scene))
            async with page(scene):
                await joined(scene)
                await asyncio.sleep(2)
            await asyncio.sleep(65)
            async with page(scene, "jun"):
                assert await joined(scene, times=2)
                await telephone.over()

    run(story())
    assert Phrase.AGENT_LOST in spoken(scene)
    first, *_, last = scene.log.of(HandoffRequested)
    assert (last.reason, last.skills) == (first.reason, first.skills)  # so it is the same queue


def test_a_customer_who_answers_when_no_agent_waits_any_more_is_served_as_a_caller(tmp_path):
    scene = wants_a_person(tmp_path)
    telephone = Telephone([Wait(1)])
    late = SimulatedLeg([Wait(12), HangUp()], caller=ENGLISH, parameters={CALL_BACK: "long ago"})

    async def story():
        async with line(scene, telephone) as call_backs:
            await call_backs.answer(late)

    run(story())
    assert len(scene.log.of(CallStarted)) == 1 and "utter_greet" in spoken(scene)


@pytest.mark.parametrize("number", ["", None])
def test_a_customer_who_was_erased_meanwhile_is_not_rung(tmp_path, number):
    scene = wants_a_person(tmp_path)
    telephone = Telephone([Wait(1)])

    async def story():
        async with line(scene, telephone) as call_backs:
            if number is not None:
                scene.log.emit("x", CallBackAsked(number=number, language="en", by="platform"))
            assert not await call_backs.dial("x", "mei")

    run(story())
    assert not telephone.rung and [e.reason for e in scene.log.of(CallBackTried)] == ["no_number"]
