"""The distributor's shell: offers reach the log, waiting calls their agent, timers fire by themselves."""

from __future__ import annotations

import asyncio

import pytest

from assist.acd.router import UNFINISHED_CODE, AcdRouter
from assist.acd.types import AcdSettings, Refused
from core.events import OfferAnswered, OfferMade, WrapUpDone
from core.handoff import HandoffPacket
from core.languages import Language
from core.log import EventLog

EN = Language.EN


def packet(name: str, **fields: object) -> HandoffPacket:
    return HandoffPacket(interaction_id=name, language=EN, reason="caller_asked", **fields)  # type: ignore[arg-type]


async def kinds(log: EventLog, name: str) -> list[str]:
    await log.flush()
    return [
        f"{one.event.kind}:{one.event.answer}" if isinstance(one.event, OfferAnswered) else one.event.kind
        for one in await log.read(name)
    ]


async def wait_until(condition: object) -> None:
    async with asyncio.timeout(10):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.005)


async def test_from_the_queue_to_an_agent_and_through_wrap_up(log: EventLog) -> None:
    router = AcdRouter(log)
    queued = router.enqueue(packet("a"), "person-1")
    assert queued.place().number == 1 and queued.place().agents_present == 0
    assert router.set_agent_state("joe", "available", [EN], ["orders"]).ok
    state = router.state()
    assert [(a["user"], a["state"], a["interaction_id"]) for a in state["agents"]] == [
        ("joe", "offered", "a")
    ]
    assert state["waiting"][0]["offered_to"] == "joe"
    assert router.answer_offer("joe", state["agents"][0]["offer"]["offer_id"], True).ok
    assert await asyncio.wait_for(queued.agent(), 1) == "joe"
    assert router.agent_of("a") == "joe"
    router.conversation_ended("a")
    assert router.state()["agents"][0]["state"] == "wrap_up"
    assert not router.finish_wrap_up("ann", "a", "resolved", "").ok
    assert router.finish_wrap_up("joe", "a", "resolved", "Order found.").ok
    assert router.state()["agents"][0]["state"] == "available"
    assert await kinds(log, "a") == [
        "call_queued",
        "offer_made",
        "offer_answered:accepted",
        "conversation_ended",
        "wrap_up_done",
        "wrap_up_ended",
    ]
    events = await log.read("a")
    assert isinstance(events[1].event, OfferMade) and "joe speaks en" in events[1].event.reason
    done = events[-2]
    assert isinstance(done.event, WrapUpDone) and done.event.summary == "Order found."
    assert done.person == "person-1"
    router.close()


async def test_an_unanswered_offer_comes_back_and_goes_to_the_next_agent_by_itself(log: EventLog) -> None:
    router = AcdRouter(log, settings=AcdSettings(offer_s=0.05))
    router.set_agent_state("joe", "available", [EN], [])
    queued = router.enqueue(packet("a"), None)
    await wait_until(lambda: router.state()["agents"][0]["state"] == "not_ready")
    router.set_agent_state("ann", "available", [EN], [])
    (offer,) = [agent["offer"] for agent in router.state()["agents"] if agent["user"] == "ann"]
    assert router.answer_offer("ann", offer["offer_id"], True).ok
    assert await asyncio.wait_for(queued.agent(), 1) == "ann"
    assert await kinds(log, "a") == [
        "call_queued",
        "offer_made",
        "offer_answered:not_answered",
        "offer_made",
        "offer_answered:accepted",
    ]
    router.close()


async def test_a_caller_who_leaves_frees_the_agent_and_ends_the_wait(log: EventLog) -> None:
    router = AcdRouter(log)
    router.set_agent_state("joe", "available", [EN], [])
    queued = router.enqueue(packet("a"), None)
    waiter = asyncio.create_task(queued.agent())
    await asyncio.sleep(0)
    router.leave("a")
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert router.state()["agents"][0]["state"] == "available"
    assert await kinds(log, "a") == [
        "call_queued",
        "offer_made",
        "offer_answered:withdrawn",
        "call_left_queue",
    ]
    assert queued.place().number == 1  # the last place known, no error
    router.close()


async def test_wrap_up_ends_by_itself_and_the_late_summary_is_kept(log: EventLog) -> None:
    router = AcdRouter(log, settings=AcdSettings(wrap_up_s=0.05))
    router.set_agent_state("joe", "available", [EN], [])
    router.enqueue(packet("a"), None)
    router.answer_offer("joe", router.state()["agents"][0]["offer"]["offer_id"], True)
    router.conversation_ended("a")
    await wait_until(lambda: router.state()["agents"][0]["state"] == "available")
    assert router.finish_wrap_up("joe", "a", "resolved", "Late, but here: 4111 1111 1111 1111.").ok
    await log.flush()
    done = [one.event for one in await log.read("a") if isinstance(one.event, WrapUpDone)]
    assert [(one.code, one.summary) for one in done] == [
        (UNFINISHED_CODE, ""),
        ("resolved", "Late, but here: ****1111."),
    ]
    router.close()


async def test_a_call_whose_agent_is_lost_is_told_and_returns_to_the_head(log: EventLog) -> None:
    router = AcdRouter(log, settings=AcdSettings(lease_s=0.05, lost_s=0.1))
    router.set_agent_state("joe", "available", [EN], [])
    queued = router.enqueue(packet("a"), None)
    router.answer_offer("joe", router.state()["agents"][0]["offer"]["offer_id"], True)
    await asyncio.wait_for(queued.agent_lost(), 10)
    assert router.agent_of("a") is None
    router.enqueue(packet("vip", priority=9), None)
    again = router.enqueue(packet("a"), None)
    assert again is not queued and again.place().number == 1
    router.close()


async def test_a_call_with_an_agent_cannot_be_queued(log: EventLog) -> None:
    router = AcdRouter(log)
    router.set_agent_state("joe", "available", [EN], [])
    router.enqueue(packet("a"), None)
    router.answer_offer("joe", router.state()["agents"][0]["offer"]["offer_id"], True)
    with pytest.raises(Refused):
        router.enqueue(packet("a"), None)
    router.close()


async def test_commands_about_nothing_are_refused_with_a_sentence(log: EventLog) -> None:
    router = AcdRouter(log)
    assert "no longer open" in router.answer_offer("joe", "nonsense", True).error
    assert "no open wrap-up" in router.finish_wrap_up("joe", "nonsense", "x", "").error
    assert "available, break, offline" in router.set_agent_state("joe", "dancing", [EN], []).error
    router.leave("nonsense")
    router.conversation_ended("nonsense")
    assert router.state()["agents"] == []
    router.close()


async def test_after_a_turn_that_failed_the_next_one_comes(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assist.acd.router.AFTER_FAILURE_S", 0.01)
    router = AcdRouter(log, settings=AcdSettings(offer_s=0.05))
    router.set_agent_state("joe", "available", [EN], [])
    router.enqueue(packet("a"), None)
    decide, failures = router.acd.decide, iter([True, True])

    def decide_at_last(now: float) -> object:
        if next(failures, False):
            raise RuntimeError("no decision this time")
        return decide(now)

    monkeypatch.setattr(router.acd, "decide", decide_at_last)
    await wait_until(lambda: not router.acd.offers)
    assert "offer_answered:not_answered" in await kinds(log, "a")
    router.close()


async def test_one_decision_that_cannot_be_carried_out_stops_no_other(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = AcdRouter(log)
    router.enqueue(packet("a"), None)
    emit = log.emit

    def refuse_one(interaction_id: str, *rest: object, **fields: object) -> str:
        if interaction_id == "a":
            raise RuntimeError("cannot be written")
        return emit(interaction_id, *rest, **fields)  # type: ignore[arg-type]

    monkeypatch.setattr(log, "emit", refuse_one)
    router.set_agent_state("joe", "available", [EN], [])
    router.enqueue(packet("b"), None)
    router.set_agent_state("ann", "available", [EN], [])
    assert await kinds(log, "b") == ["call_queued", "offer_made"]
    router.close()
