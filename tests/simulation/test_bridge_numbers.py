"""Whole calls with a telephone that was rung for the agent, in virtual time: consulting a number, giving it the call."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from bridge_scene import music_in, talk
from telephone import Telephone
from virtual_time import run
from waiting_scene import spoken

from core.commands import Consult, EndConsult, HangUp, Hold, Monitor, Target
from core.events import CallHeld, ConsultEnded, ConsultStarted, LegJoined, LegLeft, TransferAsked
from voice_gateway.carriers import simulated
from voice_gateway.phrases import Phrase

WORKSHOP = Target(kind="number", name="+862155550123")
SHOWN = "****0123"


@asynccontextmanager
async def talk_with_line(folder, *does, **settings):
    """A call of a caller with mei, on a platform that can call out."""
    telephone = Telephone(*(does or ([],)))
    async with talk(folder, calls_out=telephone, **settings) as call:
        call.telephone = telephone
        yield call
    assert all(leg.closed_reason for leg in telephone.legs), "a telephone was left off the hook"


async def consults(call, to=WORKSHOP):
    await call.does(Consult, to=to)
    await asyncio.sleep(9)
    call.lines["number"] = call.telephone.legs[-1]


def state_of(call, user):
    return next(one["state"] for one in call.scene.router.state()["agents"] if one["user"] == user)


def test_a_number_is_consulted_while_the_caller_hears_music(tmp_path):
    async def story():
        async with talk_with_line(tmp_path) as call:
            at = call.mark("caller")
            await call.does(Consult, to=WORKSHOP)
            await asyncio.sleep(3)
            assert call.live.bridge["second"] == "asked" and call.live.bridge["held"]
            await asyncio.sleep(6)
            call.lines["number"] = call.telephone.legs[0]
            assert call.parties()["number"]["name"] == SHOWN and call.live.bridge["second"] == "consult"
            await call.says("mei", "do you have one")
            await call.says("number", "there is one left")
            await call.caller_says("anybody there")
            assert call.heard("number") == ["do you have one"] and call.heard("mei") == ["there is one left"]
            assert call.heard("caller") == [] and music_in(call.sound("caller", at)) > 15
            await call.does(EndConsult, then="back")
            await asyncio.sleep(0.5)
            assert call.lines["number"].closed_reason == "closed_by_us" and "number" not in call.parties()
            await call.says("mei", "one is left")
            await call.caller_says("I take it")
            assert call.heard("caller") == ["one is left"] and call.heard("mei")[-1] == "I take it"
            await call.over()
        assert [number for number, _ in call.telephone.rung] == [WORKSHOP.name] and call.telephone.machines
        (started,) = call.scene.log.of(ConsultStarted)
        assert (started.to_kind, started.to_name, started.by) == ("number", SHOWN, "mei")
        assert [e.then for e in call.scene.log.of(ConsultEnded)] == ["back"]
        assert [e.on for e in call.scene.log.of(CallHeld)] == [True, False]
        parties = [(e.party, e.name) for e in call.scene.log.of(LegJoined)]
        assert ("number", SHOWN) in parties and not [one for one in parties if one[0] == "agent2"]
        assert call.recorded().shape[1] == 3, "nothing of the consultation is kept"

    run(story())


def test_a_number_joins_a_conference_and_leaves_it(tmp_path):
    async def story():
        async with talk_with_line(tmp_path) as call:
            await consults(call)
            await call.does(EndConsult, then="conference")
            await call.says("number", "hello both")
            await call.caller_says("good day")
            assert call.heard("caller") == ["hello both"] and call.heard("mei") == ["hello both", "good day"]
            assert call.heard("number") == ["good day"]
            call.lines["number"].then(simulated.HangUp())
            await asyncio.sleep(1)
            await call.says("mei", "they are gone")
            assert call.heard("caller")[-1] == "they are gone" and not call.live.bridge["held"]
            await call.over()
        assert (SHOWN, "hello both") in call.transcript()
        assert call.recorded().shape[1] == 4
        assert ("number", "hung_up") in [(e.party, e.reason) for e in call.scene.log.of(LegLeft)]

    run(story())


def test_a_number_that_hangs_up_in_a_consultation_leaves_the_caller_on_hold(tmp_path):
    async def story():
        async with talk_with_line(tmp_path) as call:
            await consults(call)
            call.lines["number"].then(simulated.HangUp())
            await asyncio.sleep(1)
            assert call.live.bridge["second"] is None and call.live.bridge["held"]
            await call.does(Hold, on=False)
            await call.says("mei", "they hung up")
            assert call.heard("caller") == ["they hung up"]
            await call.over()
        assert ("number", "hung_up") in [(e.party, e.reason) for e in call.scene.log.of(LegLeft)]

    run(story())


def test_a_call_is_given_to_the_number_and_nothing_of_it_is_kept_from_then_on(tmp_path):
    async def story():
        async with talk_with_line(tmp_path) as call:
            await consults(call)
            await call.does(EndConsult, then="transfer")
            await asyncio.sleep(0.5)
            assert state_of(call, "mei") == "wrap_up" and set(call.parties()) == {"caller", "number"}
            await call.says("number", "workshop here")
            await call.caller_says("my card is 4242")
            assert call.heard("caller") == ["workshop here"] and call.heard("number") == ["my card is 4242"]
            assert call.heard("mei") == []
            # Nobody of us is in it any more, and nobody comes into it.
            assert not (await call.do(Hold, on=True)).ok and not (await call.do(HangUp)).ok
            await call.connects("boss")
            assert not (await call.do(Monitor, "boss", manner="listen")).ok
            await asyncio.sleep(90)
            assert call.live.bridge["parties"]
            call.lines["number"].then(simulated.HangUp())
            await asyncio.sleep(8)
            assert call.answering.done() and spoken(call.scene)[-1] == Phrase.CLOSING
        assert call.transcript() == [] and call.outcome() == ("handed_off", "transferred")
        (asked,) = call.scene.log.of(TransferAsked)
        assert (asked.to_kind, asked.to_name, asked.manner, asked.by) == ("number", SHOWN, "warm", "mei")
        sound = call.recorded()
        assert sound.shape[1] == 3 and not sound[-8000 * 60 : -8000 * 20].any()
        left = [(e.party, e.reason) for e in call.scene.log.of(LegLeft)]
        assert left.count(("agent", "transferred")) == 1 and ("number", "hung_up") in left

    run(story())


def test_a_caller_who_hangs_up_takes_the_number_with_them(tmp_path):
    async def story():
        async with talk_with_line(tmp_path) as call:
            await consults(call)
            await call.does(EndConsult, then="transfer")
            call.caller.then(simulated.HangUp())
            await asyncio.sleep(3)
            assert call.answering.done() and call.lines["number"].closed_reason == "closed_by_us"
        assert call.outcome() == ("handed_off", "caller_hung_up")

    run(story())


@pytest.mark.parametrize(
    ("does", "reason"),
    [("busy", "busy"), ("no_answer", "no_answer"), ("carrier_away", "carrier_away"), ("never", "no_answer")],
)
def test_a_number_that_is_not_reached_leaves_the_caller_on_hold_and_says_why(tmp_path, does, reason):
    async def story():
        async with talk_with_line(tmp_path, does) as call:
            await call.does(Consult, to=WORKSHOP)
            await asyncio.sleep(62)
            assert call.live.bridge["second"] is None and call.live.bridge["held"]
            await call.does(Hold, on=False)
            await call.says("mei", "nobody there")
            assert call.heard("caller") == ["nobody there"]
            await call.over()
        (ended,) = call.scene.log.of(ConsultEnded)
        assert (ended.then, ended.reason) == ("failed", reason)

    run(story())


def test_a_consultation_that_is_ended_while_it_rings_stops_the_ringing(tmp_path):
    async def story():
        async with talk_with_line(tmp_path) as call:
            await call.does(Consult, to=WORKSHOP)
            await asyncio.sleep(3)
            assert not (await call.do(EndConsult, then="transfer")).ok
            await call.does(EndConsult, then="back")
            await asyncio.sleep(10)
            assert call.telephone.stopped == 1 and not call.telephone.legs and not call.live.bridge["held"]

    run(story())


def test_a_caller_who_hangs_up_while_it_rings_stops_the_ringing(tmp_path):
    async def story():
        async with talk_with_line(tmp_path) as call:
            await call.does(Consult, to=WORKSHOP)
            await asyncio.sleep(3)
            call.caller.then(simulated.HangUp())
            await asyncio.sleep(10)
            assert call.telephone.stopped == 1 and not call.telephone.legs

    run(story())


def test_a_telephone_that_is_answered_when_nobody_waits_any_more_is_hung_up_and_greeted_by_nobody(tmp_path):
    async def story():
        async with talk_with_line(tmp_path) as call:
            late = simulated.SimulatedLeg(parameters={"call_back": "leg:long ago"})
            await call.telephone.answer(late)
            assert late.closed_reason == "closed_by_us" and len(call.scene.switchboard.live()) == 1

    run(story())


@pytest.mark.parametrize(
    ("name", "why"), [("0123", "given in full"), ("sip:workshop@example.com", "given in full")]
)
def test_what_is_no_full_number_is_not_rung(tmp_path, name, why):
    async def story():
        async with talk_with_line(tmp_path) as call:
            reply = await call.do(Consult, to=Target(kind="number", name=name))
            assert not reply.ok and why in reply.error and not call.live.bridge["held"]

    run(story())
