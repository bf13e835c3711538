"""The distributor's shell: offers reach the log, waiting calls their agent, timers fire by themselves."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from assist.acd.hours import Hours
from assist.acd.plan import Plan, Queue
from assist.acd.router import UNFINISHED_CODE, AcdRouter
from assist.acd.types import AcdSettings, Closed, Refused
from core.events import CallBackTried, OfferAnswered, OfferMade, WrapUpDone
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


async def test_an_offer_accepted_twice_counts_once_and_both_get_the_same_answer(log: EventLog) -> None:
    router = AcdRouter(log)
    queued = router.enqueue(packet("a"), None)
    router.set_agent_state("joe", "available", [EN], [])
    offer_id = router.state()["agents"][0]["offer"]["offer_id"]
    first, second = (router.answer_offer("joe", offer_id, True) for _ in range(2))
    assert first.ok and second == first
    assert await asyncio.wait_for(queued.agent(), 1) == "joe"
    assert await kinds(log, "a") == ["call_queued", "offer_made", "offer_answered:accepted"]
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


class SetClock:
    """A time of day that can be set, beside a steady clock that nobody can."""

    def __init__(self) -> None:
        self.day = datetime(2026, 3, 27, 15, 0, tzinfo=UTC)  # a Friday, 16:00 in Berlin
        self.steady = 5000.0

    def now(self) -> datetime:
        return self.day

    def monotonic(self) -> float:
        return self.steady

    def passes(self, seconds: float) -> None:
        self.day += timedelta(seconds=seconds)
        self.steady += seconds


OFFICE = Plan(
    {
        "office": Queue(
            "office",
            hours=Hours(ZoneInfo("Europe/Berlin"), (((9 * 60, 17 * 60),),) * 5 + ((),) * 2),
            out_of_hours="voicemail",
        )
    }
)


async def test_out_of_hours_the_call_is_told_when_the_queue_opens_and_the_log_why(log: EventLog) -> None:
    clock = SetClock()
    router = AcdRouter(log, clock, plan=OFFICE)
    router.enqueue(packet("a"), None)
    clock.passes(2 * 3600)
    with pytest.raises(Closed) as closed:
        router.enqueue(packet("b"), "person-1")
    assert closed.value.then == "voicemail"
    monday = datetime(2026, 3, 30, 9, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert closed.value.opens_at == pytest.approx(monday.timestamp())
    assert await kinds(log, "b") == ["call_not_queued"]
    router.close()


async def test_a_time_of_day_that_is_set_moves_the_hours_and_no_wait(log: EventLog) -> None:
    clock = SetClock()
    router = AcdRouter(log, clock, plan=OFFICE)
    router.enqueue(packet("a"), None)
    clock.day += timedelta(hours=3)
    with pytest.raises(Closed):
        router.enqueue(packet("b"), None)
    clock.day -= timedelta(hours=3)
    router.enqueue(packet("b"), None)
    assert [call.interaction_id for call in router.acd.in_order()] == ["a", "b"]
    assert router.acd.calls["a"].since == router.acd.calls["b"].since
    assert await kinds(log, "acd") == ["clock_corrected", "clock_corrected"]
    router.close()


async def test_a_break_has_one_of_the_plans_reasons(log: EventLog) -> None:
    router = AcdRouter(log)
    assert "lunch, rest" in router.set_agent_state("joe", "break", [EN], [], "karaoke").error
    assert router.set_agent_state("joe", "break", [EN], [], "lunch").ok
    (agent,) = router.state()["agents"]
    assert (agent["state"], agent["break_reason"]) == ("break", "lunch")
    router.close()


async def test_without_an_outgoing_line_a_call_back_leaves_the_queue_for_the_list(log: EventLog) -> None:
    router = AcdRouter(log)
    queued = router.enqueue(packet("a"), None)
    assert router.call_back("a") == "agent"
    with pytest.raises(asyncio.CancelledError):
        await queued.agent()
    assert not router.state()["waiting"]
    assert (await kinds(log, "a"))[-2:] == ["call_queued", "call_left_queue"]
    with pytest.raises(Refused, match="does not wait"):
        router.call_back("a")
    router.close()


async def test_a_call_back_is_dialled_when_an_agent_accepts_and_again_after_a_failure(log: EventLog) -> None:
    dialled: list[tuple[str, str]] = []

    async def dial(name: str, agent: str) -> bool:
        dialled.append((name, agent))
        if len(dialled) == 1:
            raise ConnectionError("the carrier is away")
        return True

    router = AcdRouter(log, settings=AcdSettings(call_back_pause_s=0.05), dial=dial)
    queued = router.enqueue(packet("a"), None)
    assert router.call_back("a") == "platform"
    router.leave("a")  # the caller hangs up
    with pytest.raises(asyncio.CancelledError):
        await queued.agent()
    router.set_agent_state("joe", "available", [EN], [])
    for tries in (1, 2):
        await wait_until(lambda: router.acd.offers)
        (offer,) = router.acd.offers
        assert router.answer_offer("joe", offer, True).ok
        await wait_until(lambda tries=tries: len(dialled) == tries)
    assert dialled == [("a", "joe"), ("a", "joe")]
    assert router.agent_of("a") == "joe"
    router.conversation_ended("a")
    assert router.state()["agents"][0]["state"] == "wrap_up" and not router.state()["waiting"]
    assert (await kinds(log, "a"))[:5] == [
        "call_queued",
        "call_back_kept",
        "offer_made",
        "offer_answered:accepted",
        "call_back_failed",
    ]
    router.close()


async def test_a_customer_who_was_reached_before_the_process_was_killed_is_not_rung_once_more(
    log: EventLog,
) -> None:
    async def dial(name: str, agent: str) -> bool:
        log.emit(name, CallBackTried(attempt=1, answered=name == "reached", agent=agent))
        return True

    killed = AcdRouter(log, dial=dial)
    for user, name in (("joe", "reached"), ("ann", "rung")):
        killed.enqueue(packet(name), f"person of {name}")
        killed.call_back(name)
        killed.set_agent_state(user, "available", {EN: 4}, {"orders": 5})
        killed.answer_offer(user, next(iter(killed.acd.offers)), True)
        await asyncio.sleep(0.01)
    assert {killed.agent_of("reached"), killed.agent_of("rung")} == {"joe", "ann"}
    await log.flush()
    killed.close()

    router = AcdRouter(log, dial=dial)
    await router.restore()
    assert set(router.acd.calls) == {"rung"}
    assert (await kinds(log, "reached"))[-1] == "call_left_queue"
    router.close()


async def test_a_process_that_is_killed_takes_up_its_call_backs_agents_and_last_agents(log: EventLog) -> None:
    async def dial(name: str, agent: str) -> bool:
        return True

    killed = AcdRouter(log, dial=dial)
    killed.set_agent_state("joe", "available", {EN: 4}, {"orders": 5})
    killed.enqueue(packet("talks"), "person-1")
    killed.answer_offer("joe", next(iter(killed.acd.offers)), True)
    for name in ("waits", "back"):
        killed.enqueue(packet(name), "person-2")
    killed.call_back("back")
    await log.flush()
    killed.close()

    router = AcdRouter(log, dial=dial)
    await router.restore()
    assert set(router.acd.calls) == {"back"} and router.agent_of("talks") is None
    (agent,) = router.state()["agents"]
    assert (agent["user"], agent["levels"]) == ("joe", {"en": 4, "orders": 5})
    assert agent["offer"] is None  # nobody knows yet whether joe's page is still there
    router.set_agent_state("joe", "available", {EN: 4}, {"orders": 5})
    assert router.state()["agents"][0]["offer"] is not None
    assert (await kinds(log, "waits"))[-1] == "call_left_queue"
    router.enqueue(packet("talks again"), "person-1")
    assert router.acd.calls["talks again"].last_agent == "joe"
    await log.flush()
    router.close()

    third = AcdRouter(log, dial=dial)
    await third.restore()
    assert set(third.acd.calls) == {"back"}
    third.close()
