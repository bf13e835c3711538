"""Whole calls with more than two people, in virtual time: consultation, conference, warm transfer, supervisors."""

from __future__ import annotations

import asyncio

import pytest
from bridge_scene import at_work, music_in, talk, to_agent, with_agent
from call_scene import AFTER_GREETING
from virtual_time import run

from assist.acd.types import AcdSettings, Refused
from core.commands import AnswerOffer, Consult, EndConsult, HangUp, Hold, Monitor, Mute, Target
from core.events import (
    CallHeld,
    ConsultEnded,
    ConsultStarted,
    LegJoined,
    LegLeft,
    LineFault,
    MonitoringChanged,
    TransferAsked,
)
from core.routing_events import CallQueued, ColleagueAsked, ConversationEnded
from voice_gateway.bridge.control import LOST_S
from voice_gateway.carriers.simulated import SimulatedLeg


async def consults(call, to="jun"):
    await call.does(Consult, to=to_agent(to))
    while call.live.bridge["second"] == "asked":
        await asyncio.sleep(0.5)
    await asyncio.sleep(0.5)


def state_of(call, user):
    return next(one["state"] for one in call.scene.router.state()["agents"] if one["user"] == user)


def test_a_consultation_is_heard_by_the_two_agents_alone(tmp_path):
    async def story():
        async with talk(tmp_path, "jun") as call:
            await consults(call)
            at = call.mark("caller")
            await call.says("mei", "what do we do")
            await call.says("jun", "send a new one")
            await call.caller_says("anybody there")
            assert call.heard("jun") == ["what do we do"] and call.heard("mei") == ["send a new one"]
            assert call.heard("caller") == [] and music_in(call.sound("caller", at)) > 7
            assert state_of(call, "jun") == "talking"
            await call.does(EndConsult, then="back")
            await asyncio.sleep(0.5)
            assert state_of(call, "jun") == "available"
            await call.says("mei", "a new one comes")
            await call.caller_says("thank you")
            assert call.heard("caller") == ["a new one comes"] and call.heard("mei")[-1] == "thank you"
            assert call.heard("jun") == ["what do we do"]
            await call.over()
        assert call.transcript() == [
            ("caller", "anybody there"), ("mei", "a new one comes"), ("caller", "thank you"),
        ]  # fmt: skip
        assert call.recorded().shape[1] == 3, "nothing of the consultation is kept"
        assert [(e.to_kind, e.to_name, e.by) for e in call.scene.log.of(ConsultStarted)] == [
            ("agent", "jun", "mei")
        ]
        assert [e.then for e in call.scene.log.of(ConsultEnded)] == ["back"]
        assert [e.on for e in call.scene.log.of(CallHeld)] == [True, False]

    run(story())


def test_in_a_conference_all_three_hear_each_other_and_each_has_a_channel(tmp_path):
    async def story():
        async with talk(tmp_path, "jun") as call:
            await consults(call)
            await call.does(EndConsult, then="conference")
            await call.caller_says("good day")
            await call.says("mei", "this is jun")
            await call.says("jun", "hello both")
            assert call.heard("caller") == ["this is jun", "hello both"]
            assert call.heard("mei") == ["good day", "hello both"]
            assert call.heard("jun") == ["good day", "this is jun"]
            assert set(call.parties()) == {"caller", "agent", "agent2"}
            # The second agent hangs up: the others talk on.
            await call.does(HangUp, "jun")
            await asyncio.sleep(0.5)
            await call.caller_says("and now")
            assert call.heard("mei")[-1] == "and now" and "and now" not in call.heard("jun")
            assert state_of(call, "jun") == "available"
            await call.over()
        assert call.transcript()[:3] == [
            ("caller", "good day"),
            ("mei", "this is jun"),
            ("jun", "hello both"),
        ]
        assert call.recorded().shape[1] == 4

    run(story())


def test_a_warm_transfer_gives_the_call_to_the_second_agent(tmp_path):
    async def story():
        async with talk(tmp_path, "jun") as call:
            await consults(call)
            await call.does(EndConsult, then="transfer")
            await asyncio.sleep(0.5)
            assert call.live.agent == "jun" and state_of(call, "mei") == "wrap_up"
            await call.says("jun", "I have you now")
            await call.caller_says("good")
            assert call.heard("caller") == ["I have you now"] and call.heard("jun") == ["good"]
            assert call.heard("mei") == []
            assert not (await call.do(Hold, on=True)).ok
            await call.does(Hold, "jun", on=True)
            await call.over("jun")
        assert [(e.to_name, e.manner) for e in call.scene.log.of(TransferAsked)] == [("jun", "warm")]
        agents = [(e.party, e.name) for e in call.scene.log.of(LegJoined) if e.party.startswith("agent")]
        assert agents == [("agent", "mei"), ("agent2", "jun"), ("agent", "jun")]
        assert call.outcome() == ("handed_off", "agent_closed")

    run(story())


def test_somebody_of_a_queue_is_consulted(tmp_path):
    async def story():
        async with talk(tmp_path, "jun") as call:
            await call.does(Consult, to=Target(kind="queue", name="general"))
            await asyncio.sleep(3)
            assert call.parties()["agent2"]["name"] == "jun"

    run(story())


def test_an_agent_without_sound_cannot_be_consulted(tmp_path):
    async def story():
        async with talk(tmp_path) as call, at_work(call.scene, "jun"):
            await asyncio.sleep(1)
            reply = await call.do(Consult, to=to_agent("jun"))
            assert not reply.ok and "jun has no sound connected" in reply.error

    run(story())


def test_a_colleague_who_does_not_answer_leaves_the_caller_on_hold(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.connects("jun")
            async with at_work(call.scene, "jun", accept=False):
                await asyncio.sleep(1)
                await call.does(Consult, to=to_agent("jun"))
                await asyncio.sleep(21)
                assert call.live.bridge["second"] is None and call.live.bridge["held"]
                assert state_of(call, "jun") == "not_ready"
                await call.does(Hold, on=False)
                await call.says("mei", "here again")
                assert call.heard("caller") == ["here again"]
                await call.over()
        (ended,) = call.scene.log.of(ConsultEnded)
        assert (ended.then, ended.reason) == ("failed", "not_answered")

    run(story())


def test_a_colleague_who_rejects_leaves_the_caller_on_hold(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.connects("jun")
            async with at_work(call.scene, "jun", accept=False):
                await asyncio.sleep(1)
                await call.does(Consult, to=to_agent("jun"))
                (asked,) = call.scene.log.of(ColleagueAsked)
                reply = await call.scene.command(AnswerOffer, "jun", offer_id=asked.offer_id, accept=False)
                assert reply.ok, reply.error
                await asyncio.sleep(1)
                assert call.live.bridge["second"] is None and call.live.bridge["held"]
                await call.over()
        (ended,) = call.scene.log.of(ConsultEnded)
        assert (ended.then, ended.reason) == ("failed", "rejected")

    run(story())


def test_an_asked_colleague_may_be_asked_no_more(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.connects("jun")
            async with at_work(call.scene, "jun", accept=False):
                await asyncio.sleep(1)
                await call.does(Consult, to=to_agent("jun"))
                reply = await call.do(EndConsult, then="transfer")
                assert not reply.ok and "jun has not answered yet" in reply.error
                await call.does(EndConsult, then="back")
                assert state_of(call, "jun") == "available" and not call.live.bridge["held"]

    run(story())


def test_a_colleague_whose_line_is_lost_leaves_and_the_caller_stays_on_hold(tmp_path):
    async def story():
        async with talk(tmp_path, "jun") as call:
            await consults(call)
            await call.lines["jun"].fail()
            await asyncio.sleep(1)
            assert call.live.bridge["second"] is None and call.live.bridge["held"]
            await call.over()
        assert ("agent2", "line_lost") in [(e.party, e.reason) for e in call.scene.log.of(LegLeft)]

    run(story())


def test_a_colleague_who_is_lost_in_a_conference_leaves_the_others_talking(tmp_path):
    async def story():
        async with talk(tmp_path, "jun") as call:
            await consults(call)
            await call.does(EndConsult, then="conference")
            await call.lines["jun"].fail()
            await asyncio.sleep(1)
            assert set(call.parties()) == {"caller", "agent"} and not call.live.bridge["held"]
            await call.says("mei", "jun is gone")
            await call.caller_says("I hear you")
            assert call.heard("caller") == ["jun is gone"] and call.heard("mei") == ["I hear you"]
            await call.over()
        assert ("agent2", "line_lost") in [(e.party, e.reason) for e in call.scene.log.of(LegLeft)]

    run(story())


def test_in_a_conference_the_second_agent_has_the_call_if_the_first_is_lost(tmp_path):
    async def story():
        async with talk(tmp_path, "jun") as call:
            await consults(call)
            await call.does(EndConsult, then="conference")
            await call.lines["mei"].fail()
            await asyncio.sleep(5)
            assert not call.live.bridge["held"]
            await call.caller_says("hello")
            assert call.heard("jun") == ["hello"]
            await asyncio.sleep(LOST_S)
            assert call.live.agent == "jun"
            await call.over("jun")

    run(story())


@pytest.mark.parametrize("lost_s", [30.0, LOST_S, 200.0])
def test_the_bridge_alone_decides_whose_call_it_is_when_the_agents_page_is_gone_too(tmp_path, lost_s):
    """Whether the distributor would have given the agent up before the bridge, with it, or after it."""

    async def story():
        async with talk(tmp_path, "jun") as call:
            acd = call.scene.router.acd
            acd.settings = acd.state.settings = AcdSettings(lost_s=lost_s)
            await consults(call)
            await call.does(EndConsult, then="conference")
            call.pages["mei"].cancel()
            await call.lines["mei"].fail()
            await asyncio.sleep(LOST_S - 5)
            assert (call.live.stage, call.live.agent) == ("agent", "mei")
            await call.caller_says("hello")
            await asyncio.sleep(10)
            assert (call.live.stage, call.live.agent) == ("agent", "jun")
            assert acd.talking_with(call.id).user == "jun"
            await call.says("jun", "here I am")
            assert call.heard("jun") == ["hello"] and call.heard("caller") == ["here I am"]
            await call.over("jun")
        assert len(call.scene.log.of(CallQueued)) == 1
        assert [(e.agent, e.why) for e in call.scene.log.of(ConversationEnded)] == [
            ("mei", "over"),
            ("jun", "over"),
        ]

    run(story())


def test_where_the_colleague_cannot_have_the_call_the_caller_goes_back_to_the_queue(tmp_path, monkeypatch):
    def refuses(*_):
        raise Refused("jun has another call at hand.")

    async def story():
        async with talk(tmp_path, "jun") as call:
            await consults(call)
            await call.does(EndConsult, then="conference")
            monkeypatch.setattr(call.scene.router, "pass_on", refuses)
            await call.lines["mei"].fail()
            while len(call.scene.log.of(CallQueued)) < 2:
                await asyncio.sleep(0.5)
            assert "not_passed_on" in [e.what for e in call.scene.log.of(LineFault)]
            await with_agent(call.scene, times=2)  # jun is free again, and is offered it
            assert call.live.agent == "jun"
            await call.over("jun")

    run(story())


# --- supervisors ---


def test_a_supervisor_listens_unheard(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.connects("boss")
            await call.does(Monitor, "boss", manner="listen")
            await call.caller_says("my lamp")
            await call.says("mei", "which one")
            await call.says("boss", "hm hm")
            assert call.heard("boss") == ["my lamp", "which one"]
            assert call.heard("caller") == ["which one"] and call.heard("mei") == ["my lamp"]
            assert call.live.bridge["monitors"] == [{"name": "boss", "manner": "listen"}]
            assert "supervisor" not in call.parties(), "agents are not told"
            await call.does(Monitor, "boss", manner="stop")
            await call.caller_says("the red one")
            assert "the red one" not in call.heard("boss")
            await call.over()
        assert [e.manner for e in call.scene.log.of(MonitoringChanged)] == ["listen", "stop"]
        assert not [e for e in call.scene.log.of(LegJoined) if e.party == "supervisor"]

    run(story())


def test_agents_see_who_listens_where_the_site_says_so(tmp_path):
    async def story():
        async with talk(tmp_path, announce_monitoring=True) as call:
            await call.connects("boss")
            await call.does(Monitor, "boss", manner="listen")
            assert call.parties()["supervisor"]["name"] == "boss"

    run(story())


def test_a_whisper_is_for_the_agent_and_barging_in_for_all(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.connects("boss")
            await call.does(Monitor, "boss", manner="whisper")
            await call.says("boss", "offer a voucher")
            assert call.heard("mei") == ["offer a voucher"] and call.heard("caller") == []
            await call.does(Monitor, "boss", manner="barge")
            await call.says("boss", "I am the manager")
            assert call.heard("mei")[-1] == "I am the manager" and call.heard("caller") == [
                "I am the manager"
            ]
            await call.does(Mute, "boss", on=True)
            await call.says("boss", "unheard")
            assert "unheard" not in call.heard("caller")
            await call.over()
        assert call.transcript() == [("boss", "I am the manager")]
        sound = call.recorded()
        assert sound.shape[1] == 5 and sound[:, 4].any()

    run(story())


def test_a_supervisor_takes_over_and_the_agent_wraps_up(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.connects("boss")
            await call.does(Monitor, "boss", manner="take_over")
            await asyncio.sleep(0.5)
            assert call.live.agent == "boss" and state_of(call, "mei") == "wrap_up"
            await call.says("boss", "let me help")
            await call.caller_says("please")
            assert call.heard("caller") == ["let me help"] and call.heard("boss") == ["please"]
            assert call.heard("mei") == []
            # Their page says nothing of them; their line keeps the call theirs.
            await asyncio.sleep(90)
            assert (call.live.stage, call.live.agent) == ("agent", "boss")
            await call.over("boss")
        assert [e.manner for e in call.scene.log.of(MonitoringChanged)] == ["listen", "take_over"]
        assert call.outcome() == ("handed_off", "agent_closed")

    run(story())


@pytest.mark.parametrize(("connected", "why"), [(False, "no sound"), (True, "Another supervisor")])
def test_monitoring_that_makes_no_sense_is_refused(tmp_path, connected, why):
    async def story():
        async with talk(tmp_path) as call:
            if connected:
                await call.connects("boss")
                await call.does(Monitor, "boss", manner="listen")
                await call.connects("chief")
            reply = await call.do(Monitor, "chief" if connected else "boss", manner="barge")
            assert not reply.ok and why in reply.error

    run(story())


def test_a_supervisor_whose_line_is_in_a_call_hears_no_other(tmp_path):
    async def story():
        async with talk(tmp_path, "jun") as call:
            other = SimulatedLeg([*AFTER_GREETING, call.scene.says("a person")], caller="+14155550111")
            answering = asyncio.create_task(call.scene.switchboard.answer(other))
            second = ""
            while not second:
                await asyncio.sleep(0.5)
                joined = [
                    i for i, e, _ in call.scene.log.events if isinstance(e, LegJoined) and e.name == "jun"
                ]
                second = joined[0] if joined else ""
            await asyncio.sleep(2)
            for manner in ("listen", "whisper", "barge", "take_over"):
                reply = await call.do(Monitor, "jun", manner=manner)
                assert not reply.ok and "another conversation" in reply.error
            assert not call.scene.log.of(MonitoringChanged)
            await call.scene.hangs_up("jun", second)
            await answering
            await call.over()

    run(story())


def test_a_call_without_an_agent_cannot_be_listened_to(tmp_path):
    async def story():
        async with talk(tmp_path) as call:
            await call.over()
            reply = await call.do(Monitor, "boss", manner="listen")
            assert not reply.ok and "No agent has this call" in reply.error

    run(story())
