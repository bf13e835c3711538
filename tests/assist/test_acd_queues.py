"""Queues, hours, overflow, last agents, capacity, call backs, the peak rule, and clocks that jump."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest

from assist.acd.core import Acd
from assist.acd.entry import load_of
from assist.acd.hours import Hours
from assist.acd.plan import Overflow, Peak, Plan, Queue, Step
from assist.acd.types import AcdSettings, Closed, Decision, Refused
from core.events import Event, OfferAnswered, OfferMade
from core.languages import Language
from core.routing_events import (
    CallBackFailed,
    CallLeftQueue,
    CallNotQueued,
    CallOverflowed,
    CallQueued,
    KeptWithSelfService,
    TimeLost,
)

ZH, EN = Language.ZH, Language.EN
ALWAYS = float("inf")
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Hours(BERLIN, (((9 * 60, 17 * 60),),) * 5 + ((),) * 2)
E = TypeVar("E", bound=Event)


def make(plan: Plan | None = None, **settings: float) -> Acd:
    numbers = itertools.count(1)
    settings = {"lease_s": ALWAYS, **settings}
    return Acd(AcdSettings(**settings), plan, make_id=lambda: f"offer{next(numbers)}")  # type: ignore[arg-type]


def plan(*queues: Queue, peak: Peak | None = None) -> Plan:
    return Plan({queue.name: queue for queue in queues}, peak or Peak())


def of(kind: type[E], decisions: list[Decision]) -> list[E]:
    return [event for _, event in decisions if isinstance(event, kind)]


def offers(decisions: list[Decision]) -> list[tuple[str, str]]:
    return [(name, event.agent) for name, event in decisions if isinstance(event, OfferMade)]


def until(acd: Acd, end: float) -> list[Decision]:
    decisions: list[Decision] = []
    while (deadline := acd.next_deadline(end)) is not None and deadline <= end:
        decisions += acd.decide(deadline)
    return decisions + acd.decide(end)


def accept(acd: Acd, user: str, now: float) -> str:
    """The agent accepts what they are offered; returns which call it was."""
    offer = next(offer for offer in acd.offers.values() if offer.agent == user)
    acd.answer_offer(user, offer.offer_id, True, now)
    return offer.interaction_id


def moment(*local: int, fold: int = 0) -> float:
    return datetime(*local, tzinfo=BERLIN, fold=fold).timestamp()  # type: ignore[misc, arg-type]


# --- opening hours ---


def test_out_of_hours_a_call_is_not_queued_and_the_opening_is_told() -> None:
    acd = make(plan(Queue("office", hours=OFFICE, out_of_hours="voicemail")))
    friday_evening = moment(2026, 3, 27, 19, 0)
    with pytest.raises(Closed) as closed:
        acd.enqueue("a", EN, [], 0, friday_evening)
    # The clocks are put forward on the Sunday between.
    assert closed.value.then == "voicemail" and closed.value.opens_at == moment(2026, 3, 30, 9, 0)
    (said,) = of(CallNotQueued, acd.decide(friday_evening))
    assert (said.then, said.opens_at, said.queue) == ("voicemail", closed.value.opens_at, "office")
    assert "a" not in acd.calls


def test_who_waits_at_closing_time_is_still_served() -> None:
    acd = make(plan(Queue("office", hours=OFFICE)))
    acd.enqueue("a", EN, [], 0, moment(2026, 3, 27, 16, 59))
    late = moment(2026, 3, 27, 17, 5)
    until(acd, late)
    acd.set_agent("joe", "available", [EN], [], late)
    assert offers(acd.decide(late)) == [("a", "joe")]


def talking_at(acd: Acd, now: float) -> None:
    """Joe has the call "a"."""
    acd.set_agent("joe", "available", [EN], [], now)
    acd.enqueue("a", EN, [], 0, now)
    acd.decide(now)
    accept(acd, "joe", now)


def test_who_was_with_a_person_is_taken_after_closing_time_whoever_gives_the_call_on() -> None:
    closes = moment(2026, 3, 27, 17, 0)
    for ends in ("conversation_ended", "given_back"):
        acd = make(plan(Queue("office", hours=OFFICE)))
        talking_at(acd, closes - 60)
        acd.set_agent("ann", "available", [EN], [], closes)
        getattr(acd, ends)("a", closes + 300)
        call = acd.enqueue("a", EN, [], 0, closes + 305, to_agent="ann" if ends != "given_back" else "")
        assert call.queue == "office"
        assert offers(acd.decide(closes + 305)) == [("a", "ann")]
        with pytest.raises(Closed):
            acd.enqueue("new", EN, [], 0, closes + 306)


def test_who_waited_before_is_taken_by_a_closed_or_full_queue_too() -> None:
    acd = make(plan(Queue("office", hours=OFFICE, most_waiting=1)))
    late = moment(2026, 3, 27, 16, 59)
    acd.enqueue("a", EN, [], 0, late)
    acd.leave("a", late + 10, "ended_by_us")  # a fault of ours; the call is rescued
    acd.enqueue("b", EN, [], 0, late + 11)
    with pytest.raises(Refused, match="full"):
        acd.enqueue("c", EN, [], 0, late + 12)
    acd.enqueue("a", EN, [], 0, late + 12)
    queued = of(CallQueued, acd.decide(late + 12))[-1]
    assert "1 wait in office" in queued.reason and "was in a queue or with a person before" in queued.reason
    acd.leave("a", late + 20, "ended_by_us")
    acd.enqueue("a", EN, [], 0, late + 600)
    assert "a" in acd.calls


def test_who_was_with_a_person_goes_where_a_closed_queue_overflows_to() -> None:
    office = Queue("office", hours=OFFICE, overflow=Overflow("night", when_closed=True))
    acd = make(plan(Queue("night", reasons=frozenset({"never"})), office))
    closes = moment(2026, 3, 27, 17, 0)
    talking_at(acd, closes - 60)
    acd.conversation_ended("a", closes + 60)
    assert acd.enqueue("a", EN, [], 0, closes + 61).queue == "night"


def test_a_closed_queue_may_overflow_to_an_open_one() -> None:
    night = Queue("night", skills=frozenset({"night"}))
    office = Queue(
        "office", reasons=frozenset({"x"}), hours=OFFICE, overflow=Overflow("night", when_closed=True)
    )
    acd = make(plan(office, night))
    evening = moment(2026, 3, 27, 19, 0)
    acd.enqueue("a", EN, ["orders"], 0, evening, reason="x")
    (queued,) = of(CallQueued, acd.decide(evening))
    assert (queued.queue, queued.skills) == ("night", ("night",))
    assert "office is closed and overflows to night" in queued.reason


def test_opening_hours_follow_the_time_of_day_when_it_is_set_and_waits_do_not() -> None:
    acd = make(plan(Queue("office", hours=OFFICE)))
    noon = moment(2026, 3, 27, 12, 0)
    acd.enqueue("a", EN, [], 0, noon)
    acd.clock_corrected(6 * 3600, noon + 10, "the time of day was set")
    with pytest.raises(Closed):
        acd.enqueue("b", EN, [], 0, noon + 10)
    assert acd.calls["a"].since == noon
    acd.clock_corrected(0, noon + 20, "and set back")
    acd.enqueue("b", EN, [], 0, noon + 20)
    assert acd.in_order()[0].interaction_id == "a"


# --- queues ---


def test_complaints_go_to_their_queue_with_its_skill_and_its_priority() -> None:
    complaints = Queue("complaints", reasons=frozenset({"complaint"}), skills=frozenset({"calm"}), priority=4)
    acd = make(plan(complaints, Queue("general")))
    acd.enqueue("ordinary", EN, [], 0, 0)
    acd.enqueue("angry", EN, ["orders"], 5, 60, reason="complaint")
    call = acd.calls["angry"]
    assert (call.queue, call.priority, call.skills) == ("complaints", 9, {"calm", "orders"})
    assert [one.interaction_id for one in acd.in_order()] == ["angry", "ordinary"]


def test_a_call_that_waits_long_overflows_and_keeps_the_time_it_has_waited() -> None:
    strict = (Step(0, 4),)
    first = Queue("first", reasons=frozenset({"x"}), skills=frozenset({"orders"}), steps=strict,
                  overflow=Overflow("rest", after_s=30))  # fmt: skip
    acd = make(plan(first, Queue("rest")))
    acd.set_agent("best", "available", {EN: 5}, {"orders": 5}, 0)
    acd.set_agent("other", "available", {EN: 5}, {}, 0)
    acd.enqueue("busy", EN, [], 0, 0, reason="x")
    acd.enqueue("a", EN, [], 0, 0, reason="x")
    assert offers(acd.decide(0)) == [("busy", "best")]
    accept(acd, "best", 1)
    decided = until(acd, 30)
    assert [(one.queue, one.to) for one in of(CallOverflowed, decided)] == [("first", "rest")]
    assert offers(decided) == [("a", "other")]
    assert acd.calls["a"].since == 0


def test_a_call_overflows_when_the_other_queue_opens_if_it_was_closed_when_the_time_came() -> None:
    first = Queue(
        "first", reasons=frozenset({"x"}), steps=(Step(0, "any"),), overflow=Overflow("office", after_s=30)
    )
    acd = make(plan(first, Queue("office", hours=OFFICE)))
    opens = moment(2026, 3, 30, 9, 0)
    acd.enqueue("a", EN, [], 0, opens - 3600, reason="x")
    assert not of(CallOverflowed, until(acd, opens - 1))
    assert [event.to for event in of(CallOverflowed, until(acd, opens))] == ["office"]


def test_a_call_that_was_offered_when_its_time_came_overflows_as_soon_as_it_is_back() -> None:
    first = Queue("first", reasons=frozenset({"x"}), overflow=Overflow("rest", after_s=30))
    acd = make(plan(first, Queue("rest")), offer_s=20)
    acd.enqueue("a", EN, [], 0, 0, reason="x")
    acd.set_agent("joe", "available", [EN], [], 25)
    (offer,) = of(OfferMade, acd.decide(25))
    acd.decide(35)
    acd.answer_offer("joe", offer.offer_id, False, 40)
    assert [event.to for event in of(CallOverflowed, until(acd, 40))] == ["rest"]


def test_another_plan_makes_those_overflow_who_have_waited_long_enough_already() -> None:
    acd = make(plan(Queue("first", reasons=frozenset({"x"})), Queue("rest")))
    acd.enqueue("a", EN, [], 0, 0, reason="x")
    until(acd, 100)
    first = Queue("first", reasons=frozenset({"x"}), overflow=Overflow("rest", after_s=30))
    acd.set_plan(plan(first, Queue("rest")), 100)
    assert [event.to for event in of(CallOverflowed, acd.decide(100))] == ["rest"]


def test_a_long_queue_overflows_at_once_and_a_full_one_says_so() -> None:
    first = Queue("first", reasons=frozenset({"x"}), overflow=Overflow("rest", more_than=1))
    acd = make(plan(first, Queue("rest", most_waiting=1)))
    for name in ("a", "b", "c"):
        acd.enqueue(name, EN, [], 0, 0, reason="x")
    assert [call.queue for call in acd.calls.values()] == ["first", "first", "rest"]
    with pytest.raises(Refused, match="full"):
        acd.enqueue("e", EN, [], 0, 0)


def test_another_plan_counts_at_once_for_those_who_wait() -> None:
    acd = make(plan(Queue("general", steps=(Step(0, 5),), skills=frozenset({"x"}))))
    acd.set_agent("best", "break", {EN: 5}, {"x": 5}, 0)
    acd.set_agent("busy", "available", {EN: 5}, {"x": 5}, 0)
    acd.set_agent("weak", "available", {EN: 5}, {"x": 1}, 0)
    acd.enqueue("first", EN, [], 0, 0)
    acd.enqueue("a", EN, [], 0, 0)
    assert offers(acd.decide(0)) == [("first", "busy")]
    acd.set_plan(plan(Queue("general", steps=(Step(0, "any"),))), 1)
    assert offers(acd.decide(1)) == [("a", "weak")]


# --- agents ---


def test_a_caller_is_kept_a_while_for_the_agent_who_had_them_last() -> None:
    acd = make(plan(Queue("general", last_agent_s=15)))
    for user in ("ann", "joe"):
        acd.set_agent(user, "available", [EN], [], 0)
    acd.enqueue("first", EN, [], 0, 0)
    assert offers(acd.decide(0)) == [("first", "ann")]
    accept(acd, "ann", 1)
    acd.enqueue("again", EN, [], 0, 2, last_agent="ann")
    acd.enqueue("other", EN, [], 0, 3)
    assert offers(acd.decide(3)) == [("other", "joe")]  # nobody else is held up
    acd.conversation_ended("first", 9)
    acd.finish_wrap_up("ann", "first", 10)
    decided = acd.decide(10)
    assert offers(decided) == [("again", "ann")]
    assert "ann had the caller last" in of(OfferMade, decided)[0].reason


def test_an_agent_who_is_not_there_is_not_waited_for_and_one_who_is_busy_not_for_long() -> None:
    acd = make(plan(Queue("general", last_agent_s=15)))
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0, last_agent="long gone")
    assert offers(acd.decide(0)) == [("a", "joe")]
    accept(acd, "joe", 1)
    acd.set_agent("ann", "available", [EN], [], 1)
    acd.enqueue("b", EN, [], 0, 2, last_agent="joe")
    assert not offers(until(acd, 16))
    assert offers(until(acd, 17)) == [("b", "ann")]


def test_last_agents_who_went_on_a_break_are_waited_for_no_longer() -> None:
    acd = make(plan(Queue("general", last_agent_s=15)))
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    acd.decide(0)
    accept(acd, "joe", 0)
    acd.set_agent("ann", "available", [EN], [], 1)
    acd.enqueue("b", EN, [], 0, 2, last_agent="joe")
    assert not offers(acd.decide(2))
    acd.set_agent("joe", "break", [EN], [], 5)
    assert offers(acd.decide(5)) == [("b", "ann")]


def test_an_agent_with_room_for_two_takes_two_and_not_three() -> None:
    acd = make()
    acd.set_agent("joe", "available", [EN], [], 0, capacity=2)
    for name in ("a", "b", "c"):
        acd.enqueue(name, EN, [], 0, 0)
    assert offers(acd.decide(0)) == [("a", "joe"), ("b", "joe")]
    for name in ("a", "b"):
        acd.answer_offer("joe", acd.calls[name].offer_id or "", True, 1)
    assert not offers(acd.decide(1))
    acd.conversation_ended("a", 50)
    assert not offers(acd.decide(50))  # wrap-up is work
    acd.finish_wrap_up("joe", "a", 60)
    assert offers(acd.decide(60)) == [("c", "joe")]


def test_an_agent_with_less_at_hand_comes_before_one_who_is_idle_longer() -> None:
    acd = make()
    acd.set_agent("ann", "available", [EN], [], 0, capacity=2)
    acd.set_agent("joe", "available", [EN], [], 5)
    acd.enqueue("a", EN, [], 0, 6)
    acd.enqueue("b", EN, [], 0, 6)
    assert offers(acd.decide(6)) == [("a", "ann"), ("b", "joe")]


# --- call backs ---


def test_a_call_back_keeps_its_place_and_outlives_the_line() -> None:
    acd = make()
    acd.enqueue("a", EN, [], 0, 0)
    acd.enqueue("b", EN, [], 0, 10)
    acd.keep_place_for_call_back("a", 20)
    acd.leave("a", 21)
    assert acd.in_order()[0].interaction_id == "a"
    acd.set_agent("joe", "available", [EN], [], 100)
    decided = until(acd, 100)
    assert offers(decided) == [("a", "joe")]
    assert "to be called back" in of(OfferMade, decided)[0].reason


def test_a_customer_who_is_not_reached_is_tried_again_later_and_the_agent_takes_the_next_at_once() -> None:
    acd = make(call_back_tries=2, call_back_pause_s=600, offer_s=1e6)
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    acd.keep_place_for_call_back("a", 0)
    acd.decide(0)
    assert accept(acd, "joe", 1) == "a"
    acd.enqueue("b", EN, [], 0, 2)
    acd.call_back_failed("a", "nobody answered", 30)
    decided = acd.decide(30)
    assert [one.attempt for one in of(CallBackFailed, decided)] == [1]
    assert offers(decided) == [("b", "joe")]
    accept(acd, "joe", 31)
    assert load_of(acd.state, EN) == 1.0  # the conversation alone: what is tried later is no load yet
    acd.conversation_ended("b", 60)
    acd.finish_wrap_up("joe", "b", 61)
    assert load_of(acd.state, EN) == 0.0
    assert not offers(until(acd, 629))
    assert offers(until(acd, 630)) == [("a", "joe")]
    accept(acd, "joe", 631)
    acd.call_back_failed("a", "nobody answered", 660)
    assert [one.why for one in of(CallLeftQueue, acd.decide(660))] == ["call_back_failed"]
    assert not acd.calls and acd.agents["joe"].state == "available"


def test_call_backs_wait_for_the_opening_hours() -> None:
    acd = make(plan(Queue("office", hours=OFFICE)))
    afternoon = moment(2026, 3, 27, 16, 50)
    acd.enqueue("a", EN, [], 0, afternoon)
    acd.keep_place_for_call_back("a", afternoon)
    closed = moment(2026, 3, 27, 17, 10)
    until(acd, closed)
    acd.set_agent("joe", "available", [EN], [], closed)
    assert not offers(acd.decide(closed))
    monday = moment(2026, 3, 30, 9, 0)
    assert not offers(until(acd, monday - 1))
    assert offers(until(acd, monday)) == [("a", "joe")]


def test_a_killed_process_keeps_call_backs_and_nobody_else() -> None:
    acd = make()
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.set_agent("ann", "available", [EN], [], 1)
    for name in ("back", "waits", "talks", "also waits"):
        acd.enqueue(name, ZH if name == "waits" else EN, [], 0, 2)
    acd.keep_place_for_call_back("back", 2)
    log = acd.decide(2)
    assert offers(log) == [("back", "joe"), ("talks", "ann")]
    accept(acd, "ann", 3)
    log += acd.decide(3)
    again = Acd.rebuilt(log, 10, settings=AcdSettings())
    assert not again.agents["joe"].free
    assert again.talking_with("talks") is not None
    again.lines_lost(10)
    facts = again.decide(10)
    assert {name for name, event in facts if isinstance(event, CallLeftQueue)} == {"waits", "also waits"}
    assert set(again.calls) == {"back"} and again.talking_with("talks") is None
    assert again.agents["ann"].state == "available"


def test_after_hours_of_absence_agents_have_one_lease_to_come_back_and_no_more() -> None:
    acd = make(lease_s=20)
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    log = acd.decide(0)
    accept(acd, "joe", 1)
    acd.conversation_ended("a", 10)
    log += acd.decide(10)
    again = Acd.rebuilt(log, 40_000, settings=AcdSettings(lease_s=20))
    again.lines_lost(40_000)
    assert not of(TimeLost, again.decide(40_000))
    until(again, 40_019)
    assert set(again.agents) == {"joe"}
    until(again, 40_020)
    assert not again.agents


# --- the peak rule ---


def test_above_a_load_simple_matters_stay_with_self_service_and_others_do_not() -> None:
    acd = make(plan(Queue("general"), peak=Peak(1.5, frozenset({"order_status"}))))
    for user in ("ann", "joe"):
        acd.set_agent(user, "available", [EN], [], 0)
    assert acd.stays_with_bot("x", "caller_asked", "order_status", EN, 0) is None
    for number in range(4):
        acd.enqueue(f"c{number}", EN, [], 0, 0)
    acd.decide(0)
    assert load_of(acd.state, EN) == 2.0
    why = acd.stays_with_bot("x", "caller_asked", "order_status", EN, 1)
    assert why is not None and "2.00" in why
    (kept,) = of(KeptWithSelfService, acd.decide(1))
    assert (kept.intent, kept.load, kept.limit) == ("order_status", 2.0, 1.5)
    assert acd.stays_with_bot("x", "caller_asked", "complain", EN, 1) is None
    assert acd.stays_with_bot("x", "caller_asked", "order_status", ZH, 1) is None  # nobody waits in Chinese
    for reason in ("complaint", "not_possible", "bot_failed"):
        assert acd.stays_with_bot("x", reason, "order_status", EN, 1) is None
    for reason in ("no_answer", "answer_rejected"):
        assert acd.stays_with_bot("x", reason, "order_status", EN, 1) is not None


# --- clocks ---


def test_a_clock_that_goes_back_neither_ages_nor_rejuvenates_anybody() -> None:
    acd = make(offer_s=20)
    acd.set_agent("joe", "available", [EN], [], 1000)
    acd.enqueue("a", EN, [], 0, 1000)
    acd.decide(1000)
    acd.decide(400)
    assert acd.state.now == 1000 and acd.next_deadline(400) == 1020
    assert [one.answer for one in of(OfferAnswered, acd.decide(1020))] == ["not_answered"]


def test_a_distributor_that_stood_still_blames_nobody_for_it() -> None:
    acd = make(offer_s=20, lease_s=20, lost_s=60)
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.set_agent("ann", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    acd.decide(0)
    accept(acd, "ann", 5)
    acd.set_agent("joe", "available", [EN], [], 10)
    acd.set_agent("ann", "available", [EN], [], 10)
    acd.enqueue("b", EN, [], 0, 15)
    acd.decide(15)
    decided = acd.decide(130)  # asleep for a hundred seconds after the first deadline at 30
    assert [one.seconds for one in of(TimeLost, decided)] == [110]
    assert not of(OfferAnswered, decided) and set(acd.agents) == {"ann", "joe"}
    assert accept(acd, "joe", 131) == "b"
