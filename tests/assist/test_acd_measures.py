"""The formulas of docs/service-levels.md on days worked out by hand."""

from __future__ import annotations

import pytest

from assist.acd.agent_times import AgentTime, occupancy
from assist.acd.core import Acd
from assist.acd.measures import Day, QueuedCall, containment, service
from assist.acd.types import AcdSettings
from core.events import Event, OfferMade
from core.languages import Language

EN, ZH = Language.EN, Language.ZH


def call(name: str, waited: float, ending: str, **more: object) -> QueuedCall:
    return QueuedCall(name, "general", EN, 100.0, 100.0 + waited, ending, **more)  # type: ignore[arg-type]


def test_a_day_of_ten_calls_by_hand() -> None:
    """Ten calls ask for a person; the target is 20 s.

    Answered after 0, 10, 20 (within), 21 and 49 s. Abandoned after 30 and 60 s. Hung up after 5 s: short.
    One is called back, one line was lost by us. Counted: 5 + 2 = 7.
    """
    calls = [
        call("a", 0, "answered", talk_s=100, wrap_up_s=20),
        call("b", 10, "answered", talk_s=200, hold_s=30, wrap_up_s=10),
        call("c", 20, "answered", talk_s=60, wrap_up_s=0),
        call("d", 21, "answered", talk_s=100, wrap_up_s=20),
        call("e", 49, "answered", talk_s=100, wrap_up_s=60),
        call("f", 30, "abandoned"),
        call("g", 60, "abandoned"),
        call("h", 5, "short"),
        call("i", 300, "call_back"),
        call("j", 15, "line_lost"),
    ]
    day = service(calls, 20)
    assert (day.queued, day.answered, day.abandoned) == (7, 5, 2)
    assert (day.short, day.call_backs, day.lines_lost) == (1, 1, 1)
    assert day.answered_within_target == 3
    assert day.service_level == pytest.approx(3 / 7)
    assert day.abandonment == pytest.approx(2 / 7)
    assert day.speed_of_answer_s == pytest.approx((0 + 10 + 20 + 21 + 49) / 5)
    assert day.longest_wait_s == 60
    assert day.handle_s == pytest.approx((120 + 240 + 60 + 120 + 160) / 5)


def test_a_wait_that_we_ended_misses_the_target_and_is_no_abandonment() -> None:
    """Two answered in time, one abandoned, one whom nobody came for until the longest wait was over: of four."""
    calls = [
        call("a", 10, "answered"), call("b", 10, "answered"), call("c", 30, "abandoned"), call("d", 600, "unserved"),
    ]  # fmt: skip
    day = service(calls, 20)
    assert (day.queued, day.over, day.unserved, day.abandoned) == (4, 4, 1, 1)
    assert (day.service_level, day.abandonment, day.longest_wait_s) == (0.5, 0.25, 600)


def test_why_a_call_left_the_queue_decides_how_it_counts() -> None:
    day = Played()
    whys = ("caller_left", "nobody_came", "ended_by_us", "line_lost")
    for why in whys:
        day.acd.enqueue(why, EN, [], 0, 0)
    for why in whys:
        day.acd.leave(why, 60, why)  # type: ignore[arg-type]
    day.at(60)
    endings = [one.ending for one in Day.of(day.facts).calls]
    assert endings == ["abandoned", "unserved", "line_lost", "line_lost"]


def test_an_agent_whose_customer_was_not_reached_is_ready_again() -> None:
    day = Played()
    day.acd.enqueue("a", EN, [], 0, 0)
    day.acd.keep_place_for_call_back("a", 1)
    day.acd.set_agent("joe", "available", [EN], [], 10)
    day.at(10)
    day.acd.answer_offer("joe", day.offer, True, 20)
    day.acd.call_back_failed("a", "nobody answered", 50)
    day.at(50)
    joe = Day.of(day.facts).until(100).times["joe"]
    assert (joe.ready_s, joe.busy_s) == (10 + 50, 30)


def test_each_queue_has_its_own_target() -> None:
    calls = [
        QueuedCall("a", "fast", EN, 0, 15, "answered"),
        QueuedCall("b", "slow", EN, 0, 15, "answered"),
    ]
    assert service(calls, {"fast": 10.0, "slow": 60.0}.__getitem__).service_level == 0.5


def test_a_call_that_waits_counts_in_the_longest_wait_but_not_in_shares() -> None:
    calls = [call("a", 10, "answered"), QueuedCall("b", "general", EN, 100.0)]
    now = service(calls, 20, now=400.0)
    assert (now.queued, now.waiting, now.longest_wait_s, now.service_level) == (2, 1, 300.0, 1.0)


def test_shares_of_nothing_are_not_zero() -> None:
    empty = service([], 20)
    assert (empty.service_level, empty.abandonment, empty.speed_of_answer_s, empty.handle_s) == (None,) * 4
    assert containment(0, 0) is None and containment(41, 50) == 0.82
    assert AgentTime().occupancy is None and occupancy([]) is None


def test_occupancy_leaves_breaks_out() -> None:
    """8 hours: 5 busy, 2 ready, 1 on a break; and a colleague with 1 busy, 3 ready. 6 of 11 hours."""
    first = AgentTime(busy_s=5 * 3600, ready_s=2 * 3600, break_s=3600)
    assert first.occupancy == pytest.approx(5 / 7)
    assert occupancy([first, AgentTime(busy_s=3600, ready_s=3 * 3600)]) == pytest.approx(6 / 11)


class Played:
    """A short day through the real distributor; its facts are what is measured."""

    def __init__(self) -> None:
        self.acd = Acd(AcdSettings(lease_s=float("inf"), offer_s=30, wrap_up_s=60, gap_s=float("inf")))
        self.facts: list[tuple[str, Event]] = []
        self.offer = ""

    def at(self, now: float) -> None:
        while (deadline := self.acd.next_deadline(now)) is not None and deadline <= now:
            self.take(self.acd.decide(deadline))
        self.take(self.acd.decide(now))

    def take(self, decisions: list) -> None:
        self.facts += decisions
        for _, event in decisions:
            if isinstance(event, OfferMade):
                self.offer = event.offer_id


def test_a_morning_through_the_distributor_by_hand() -> None:
    """One agent, four calls.

    0 s: joe is ready. 10 s: a is queued, offered, and accepted at 14: waited 4. Talks until 114, wraps up
    until 134. 20 s: b is queued and hangs up at 50: abandoned. 60 s: c is queued and hangs up at 63: short.
    100 s: d is queued; offered at 134, not answered until 164: joe is not ready; he goes on a break at 200
    and is back at 300: d is offered and accepted at 310: waited 210. They talk until 400; wrap-up ends by
    itself at 460. The day ends at 500.
    Joe: busy 14-134 and 310-460 = 270 s; ready 0-14, 134-164, 300-310, 460-500 = 94 s; not ready 164-200 =
    36 s; break 200-300 = 100 s.
    """
    day = Played()
    acd = day.acd
    acd.set_agent("joe", "available", [EN], [], 0)
    day.at(0)
    acd.enqueue("a", EN, [], 0, 10)
    day.at(10)
    acd.answer_offer("joe", day.offer, True, 14)
    day.at(14)
    acd.enqueue("b", EN, [], 0, 20)
    day.at(20)
    acd.leave("b", 50)
    day.at(50)
    acd.enqueue("c", EN, [], 0, 60)
    day.at(60)
    acd.leave("c", 63)
    day.at(63)
    acd.enqueue("d", EN, [], 0, 100)
    day.at(100)
    acd.conversation_ended("a", 114)
    day.at(114)
    acd.finish_wrap_up("joe", "a", 134)
    day.at(134)
    day.at(200)
    acd.set_agent("joe", "break", [EN], [], 200, reason="lunch")
    day.at(200)
    acd.set_agent("joe", "available", [EN], [], 300)
    day.at(300)
    acd.answer_offer("joe", day.offer, True, 310)
    day.at(310)
    acd.conversation_ended("d", 400)
    day.at(500)
    measured = Day.of(day.facts).until(500)
    endings = {one.interaction_id: (one.ending, one.waited_s) for one in measured.calls}
    assert endings == {
        "a": ("answered", 4),
        "b": ("abandoned", 30),
        "c": ("short", 3),
        "d": ("answered", 210),
    }
    totals = service(measured.calls, 20)
    assert totals.service_level == pytest.approx(1 / 3)
    assert totals.abandonment == pytest.approx(1 / 3)
    assert totals.speed_of_answer_s == pytest.approx((4 + 210) / 2)
    assert totals.handle_s == pytest.approx(((100 + 20) + (90 + 60)) / 2)
    joe = measured.times["joe"]
    assert (joe.busy_s, joe.ready_s, joe.not_ready_s, joe.break_s) == (270, 94, 36, 100)
    assert joe.occupancy == pytest.approx(270 / 364)
