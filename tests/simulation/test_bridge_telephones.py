"""Whole calls of an agent who speaks by telephone, in virtual time: it rings for each call, and is hung up after it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from bridge_scene import at_work, music_in, talk, to_agent
from telephone import Telephone
from virtual_time import run
from waiting_scene import spoken

from core.commands import Consult, EndConsult, RingPhone
from core.events import ConsultEnded, LineFault, OfferMade, UtteranceSpoken
from core.routing_events import CallQueued
from voice_gateway.bridge.control import LOST_S
from voice_gateway.carriers import simulated
from voice_gateway.phrases import Phrase

HOME = "+4930123456"


@asynccontextmanager
async def by_telephone(folder, *does, **options):
    """A call that mei has just accepted; her telephone rings. ``does``: what it does, each time."""
    telephone = Telephone(*(does or ([],)))
    async with talk(folder, connected=False, phone=HOME, calls_out=telephone, **options) as call:
        call.telephone = telephone
        yield call
    assert all(leg.closed_reason for leg in telephone.legs), "a telephone was left off the hook"


async def answered(call, seconds=9):
    await asyncio.sleep(seconds)
    call.lines["mei"] = call.telephone.legs[-1]
    await asyncio.sleep(3)


def reasons(call):
    return [e.detail for e in call.scene.log.of(LineFault) if e.what == "agent_phone_not_reached"]


def test_the_telephone_of_an_agent_rings_when_they_accept_and_the_caller_hears_music_until_they_answer(
    tmp_path,
):
    async def story():
        async with by_telephone(tmp_path) as call:
            at = call.mark("caller")
            assert call.live.bridge["lost"]["phone"] == "rings" and call.live.bridge["held"]
            await asyncio.sleep(5)
            assert Phrase.AGENT_JOINED not in spoken(call.scene) and music_in(call.sound("caller", at)) > 4
            await answered(call, 3)
            assert Phrase.AGENT_JOINED in spoken(call.scene) and call.live.bridge["lost"] is None
            await call.says("mei", "good day")
            await call.caller_says("hello")
            assert call.heard("caller") == ["good day"] and call.heard("mei") == ["hello"]
            assert call.parties()["agent"]["sound"]
            await call.over()
            await asyncio.sleep(1)
            assert call.lines["mei"].closed_reason == "closed_by_us"
        assert [number for number, _ in call.telephone.rung] == [HOME] and not call.telephone.machines
        assert call.transcript() == [("mei", "good day"), ("caller", "hello")]
        assert call.recorded()[:, 2].any() and not reasons(call)

    run(story())


def test_a_telephone_that_is_not_reached_keeps_the_caller_on_music_and_can_be_rung_again(tmp_path):
    async def story():
        async with by_telephone(tmp_path, "busy", []) as call:
            at = call.mark("caller")
            await asyncio.sleep(12)
            lost = call.live.bridge["lost"]
            assert reasons(call) == ["busy"] and lost["phone"] == "ready"
            assert LOST_S - 20 < lost["left_s"] < LOST_S - 10
            await call.does(RingPhone)
            assert not (await call.do(RingPhone)).ok, "it rings already"
            assert call.live.bridge["lost"]["left_s"] == LOST_S
            await answered(call)
            assert music_in(call.sound("caller", at)) > 15
            await call.says("mei", "here I am")
            assert call.heard("caller") == ["here I am"] and Phrase.AGENT_JOINED in spoken(call.scene)
            assert not (await call.do(RingPhone)).ok, "there is sound"

    run(story())


@pytest.mark.parametrize(("does", "why"), [("no_answer", "no_answer"), ("number_refused", "number_refused")])
def test_an_agent_who_cannot_be_reached_by_telephone_gives_the_caller_back(tmp_path, does, why):
    async def story():
        async with by_telephone(tmp_path, does) as call:
            await asyncio.sleep(LOST_S + 15)
            assert reasons(call)[0] == why and Phrase.AGENT_LOST in spoken(call.scene)
            # The caller is at the head of the queue, and not offered to who cannot be reached.
            assert [queued.returned for queued in call.scene.log.of(CallQueued)] == [False, True]
            assert len(call.scene.log.of(OfferMade)) == 1
            call.caller.then(simulated.HangUp())
            await asyncio.sleep(3)
            assert call.answering.done()

    run(story())


def test_an_agent_who_hangs_up_the_telephone_may_have_it_rung_again(tmp_path):
    async def story():
        async with by_telephone(tmp_path) as call:
            await answered(call)
            call.lines["mei"].then(simulated.HangUp())
            await asyncio.sleep(8)
            assert Phrase.LINE_LOST in spoken(call.scene) and call.live.bridge["lost"]["phone"] == "ready"
            await call.does(RingPhone)
            await answered(call)
            await call.says("mei", "back again")
            assert call.heard("caller") == ["back again"]
            assert spoken(call.scene).count(Phrase.AGENT_JOINED) == 1

    run(story())


def test_a_caller_who_hangs_up_stops_the_ringing(tmp_path):
    async def story():
        async with by_telephone(tmp_path) as call:
            call.caller.then(simulated.HangUp())
            await asyncio.sleep(10)
            assert call.telephone.stopped == 1 and not call.telephone.legs

    run(story())


def test_who_has_sound_is_not_rung(tmp_path):
    async def story():
        telephone = Telephone([])
        async with talk(tmp_path, phone=HOME, calls_out=telephone) as call:
            await call.says("mei", "good day")
            assert call.heard("caller") == ["good day"] and not telephone.rung

    run(story())


def test_where_no_carrier_calls_out_the_agent_types_and_is_told_why(tmp_path):
    async def story():
        async with talk(tmp_path, connected=False, phone=HOME) as call:
            assert call.live.bridge["lost"] is None and not call.live.bridge["held"]
            reply = await call.do(RingPhone)
            assert not reply.ok and "no carrier here calls out" in reply.error
            assert (await call.scene.types("mei", call.id, "Good day.")).ok
            await asyncio.sleep(3)
            await call.over()
        said = [one.text for one in call.scene.log.of(UtteranceSpoken) if one.speaker == "agent"]
        assert said == ["Good day."]

    run(story())


@pytest.mark.parametrize(("does", "why"), [([], ""), ("busy", "busy")])
def test_a_colleague_is_consulted_by_telephone(tmp_path, does, why):
    async def story():
        telephone = Telephone(does)
        async with talk(tmp_path, calls_out=telephone) as call, at_work(call.scene, "jun", phone=HOME):
            await asyncio.sleep(1)
            await call.does(Consult, to=to_agent("jun"))
            await asyncio.sleep(12)
            if not why:
                call.lines["jun"] = telephone.legs[0]
                await call.says("jun", "send a new one")
                assert call.heard("mei") == ["send a new one"] and call.heard("caller") == []
                await call.does(EndConsult, then="back")
                await asyncio.sleep(1)
                assert telephone.legs[0].closed_reason
            assert call.live.bridge["second"] is None and call.live.bridge["held"] == bool(why)
            agents = {one["user"]: one["state"] for one in call.scene.router.state()["agents"]}
            assert agents["jun"] == "available"
            await call.over()
        (ended,) = call.scene.log.of(ConsultEnded)
        assert ended.reason == why

    run(story())
