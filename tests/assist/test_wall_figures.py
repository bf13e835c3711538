"""The wallboard's figures on days worked out by hand: docs/wallboard.md and docs/service-levels.md say the same."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from wall_facts import EN, PLAN, ZH, Played

from assist.acd.measures import service
from assist.acd.simulated_day import DayPlan, day_callers, day_workers
from assist.acd.simulation import Simulation
from assist.wall.calendar import QUARTER_S, Calendar
from assist.wall.charts import charts, shown_quarters
from assist.wall.clock import FloorClock
from assist.wall.figures import figures
from core import events as ev
from core.events import Event
from core.languages import Language
from core.routing_events import (
    CallLeftQueue,
    CallOverflowed,
    ClockCorrected,
    ColleagueAnswered,
    ColleagueAsked,
    ConversationEnded,
    ConversationPassed,
    WrapUpEnded,
)
from core.wall_events import ComplaintTakenUp


def moment(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


NINE = moment("2026-03-10 09:00")


def morning() -> Played:
    """Six calls from nine o'clock on, target 20 s.

    mei speaks Chinese, joe English; both from 9:00:00 on, joe on a break from 9:10:00.
    a (en) queued 9:00:10, accepted by joe 9:00:20 (10 s), talks 100 s, wraps up 30 s.
    b (zh) queued 9:00:30, accepted by mei 9:01:10 (40 s), talks 200 s, no wrap-up.
    c (en) queued 9:01:00, hangs up 9:01:50 (50 s): abandoned.
    d (en) queued 9:02:00, hangs up 9:02:03: short.
    e (en) is resolved by the bot. f (en) queued 9:16:00 and waits.
    """
    day = Played()
    day.agent("mei", NINE, languages={ZH: 5}, skills={"complaints": 4})
    day.agent("joe", NINE)
    for name, at, language in (
        ("a", 0, EN), ("b", 20, ZH), ("c", 50, EN), ("d", 110, EN), ("e", 200, EN), ("f", 950, EN)
    ):  # fmt: skip
        day.begins(name, NINE + at, language)
    day.queued("a", NINE + 10)
    day.accepted("a", "joe", NINE + 20)
    day.queued("b", NINE + 30, language=ZH)
    day.queued("c", NINE + 60)
    day.accepted("b", "mei", NINE + 70)
    day.leaves("c", NINE + 110)
    day.ends("c", NINE + 110, "abandoned")
    day.talked("a", "joe", NINE + 120, 100, 30)
    day.ends("a", NINE + 120, "resolved")
    day.queued("d", NINE + 120)
    day.leaves("d", NINE + 123)
    day.ends("d", NINE + 123, "abandoned")
    day.ends("e", NINE + 260, "resolved")
    day.talked("b", "mei", NINE + 270, 200, 0)
    day.agent("joe", NINE + 600, "break", break_reason="lunch")
    day.queued("f", NINE + 960)
    return day


def test_a_morning_by_hand() -> None:
    now = morning().at(NINE + 1000)
    day = now.total.day
    # Answered a and b, abandoned c, d is short, f waits. Within 20 s: a. 1 of 3.
    assert (day.answered, day.abandoned, day.short, day.waiting) == (2, 1, 1, 1)
    assert day.service_level == pytest.approx(1 / 3) and day.abandonment == pytest.approx(1 / 3)
    assert day.speed_of_answer_s == pytest.approx((10 + 40) / 2)
    assert day.handle_s == pytest.approx((130 + 200) / 2)
    assert day.longest_wait_s == 50
    assert (now.total.waiting, now.total.oldest) == (1, NINE + 960)
    # Six calls today; a, b's call goes on, c, d, e ended: four ended, of which e without a person.
    assert now.total.calls == 6 and now.total.containment == pytest.approx(1 / 4)
    # joe: busy 20 to 150 = 130 s, ready 0 to 20 and 150 to 600 = 470 s, then on a break.
    # mei: busy 70 to 270 = 200 s, ready 70 s and 270 to 1000 = 800 s in all.
    assert now.total.occupancy == pytest.approx((130 + 200) / (130 + 470 + 200 + 800))
    assert [(one.user, one.state, one.since) for one in now.agents] == [
        ("joe", "break", NINE + 600),
        ("mei", "available", NINE + 270),
    ]


def test_the_same_morning_by_language_and_queue() -> None:
    now = morning().at(NINE + 1000)
    assert now.languages["zh"].day.service_level == 0.0 and now.languages["zh"].day.answered == 1
    assert now.languages["en"].day.service_level == pytest.approx(1 / 2)
    assert now.languages["en"].occupancy == pytest.approx(130 / 600)
    assert now.languages["zh"].calls == 1 and now.languages["en"].containment == pytest.approx(1 / 4)
    assert now.languages["ko"].day.service_level is None and now.languages["ko"].occupancy is None
    # Only mei may take complaints.
    assert now.queues["complaints"].agents == 1 and now.queues["general"].agents == 2
    assert now.queues["complaints"].occupancy == pytest.approx(200 / 1000)
    assert now.queues["complaints"].day.queued == 0


def test_quarter_hours_hold_the_calls_that_were_queued_in_them() -> None:
    now = morning().at(NINE + 1000)
    quarters = {one.begins: one.service for one in now.quarters}
    first, second = quarters[int(NINE)], quarters[int(NINE) + QUARTER_S]
    assert (first.answered, first.abandoned, first.short, first.waiting) == (2, 1, 1, 0)
    assert (second.queued, second.waiting, second.service_level) == (1, 1, None)
    # The last half hour of the queue is both quarters; two hours later nothing is left of it.
    recent = now.queues["general"].recent
    assert recent is not None and recent.answered == 2
    later = morning().at(NINE + 7200).queues["general"].recent
    assert later is not None and later.answered == 0


def test_an_overflowed_call_counts_where_it_ended() -> None:
    day = Played()
    day.queued("a", NINE, "complaints")
    day.fact("a", CallOverflowed(queue="complaints", to="general", at=NINE + 90, reason=""), NINE + 90)
    day.leaves("a", NINE + 100)
    now = day.at(NINE + 101)
    assert now.queues["general"].day.abandoned == 1 and now.queues["complaints"].day.abandoned == 0


def test_read_again_from_the_log_everything_is_the_same() -> None:
    day = morning()
    at = NINE + 1000
    day.at(at)  # looking changes nothing
    assert day.at(at) == figures(day.again(), at)


def test_a_simulated_day_has_the_figures_that_its_calls_have() -> None:
    plan = DayPlan(calls=1500, agents=120)
    simulated = Simulation(day_workers(plan), seed=1, keep_facts=True).play(day_callers(plan), 43_200)
    day = Played()
    begins = moment("2026-03-10 00:00")
    day.facts((name, shifted(event, begins)) for name, event in simulated.facts)
    now = day.at(begins + 43_200)
    wanted = service(simulated.day.calls, 20.0, now=43_200)
    got = now.total.day
    assert (got.answered, got.abandoned, got.short, got.waiting, got.answered_within_target) == (
        wanted.answered, wanted.abandoned, wanted.short, wanted.waiting, wanted.answered_within_target
    )  # fmt: skip
    assert got.speed_of_answer_s == pytest.approx(wanted.speed_of_answer_s, abs=1e-5)
    assert got.handle_s == pytest.approx(wanted.handle_s, abs=1e-5)
    assert sum(one.service.answered for one in now.quarters) == wanted.answered > 300
    assert sum(group.day.answered for group in now.languages.values()) == wanted.answered


def shifted(event: Event, by: float) -> Event:
    """The same fact at another time."""
    times = ("at", "since", "until", "prefer_until", "wrap_up_until", "again_at")
    return event.model_copy(
        update={name: getattr(event, name) + by for name in times if hasattr(event, name)}
    )


# --- midnight ---


def test_midnight_begins_another_day_and_a_call_stays_in_the_day_in_which_it_was_queued() -> None:
    midnight = moment("2026-03-11 00:00")
    day = Played()
    day.agent("joe", midnight - 600)
    day.begins("late", midnight - 60)
    day.queued("late", midnight - 30)
    before = day.at(midnight - 1)
    assert (before.total.day.waiting, before.total.calls) == (1, 1)
    after = day.at(midnight + 5)
    # It still waits, and is seen to; but it is yesterday's.
    assert (after.total.waiting, after.total.oldest) == (1, midnight - 30)
    assert (after.total.day.queued, after.total.calls) == (0, 0)
    day.accepted("late", "joe", midnight + 10)
    today = day.at(midnight + 110)
    assert today.total.day.answered == 0 and len(today.agents) == 1
    # Joe was ready for 10 s and busy for 100 s of the new day; the ten minutes before are yesterday's.
    assert today.total.occupancy == pytest.approx(100 / 110)
    day.floor.tidy(midnight + 110)
    assert day.at(midnight + 110) == today


def test_the_day_begins_at_the_sites_midnight() -> None:
    shanghai = moment("2026-03-11 00:00", "Asia/Shanghai")
    day = Played("Asia/Shanghai")
    day.queued("a", shanghai - 10)
    day.leaves("a", shanghai - 1)
    day.queued("b", shanghai + 10)
    assert day.at(shanghai + 20).total.day.queued == 1
    assert str(day.at(shanghai + 20).day) == "2026-03-11"


# --- summer time ---


@pytest.mark.parametrize(("day", "quarters"), [("2026-03-29", 92), ("2026-10-25", 100), ("2026-06-01", 96)])
def test_a_day_has_as_many_quarter_hours_as_it_lasts(day: str, quarters: int) -> None:
    berlin = Calendar(ZoneInfo("Europe/Berlin"))
    date = datetime.fromisoformat(day).date()
    assert (berlin.ends(date) - berlin.begins(date)) / QUARTER_S == quarters


def test_the_hour_that_comes_twice_has_its_quarters_twice() -> None:
    """In Berlin on 25 October 2026 the clock goes from 3:00 back to 2:00."""
    first = moment("2026-10-25 00:30")  # 2:30 in summer time
    day = Played("Europe/Berlin")
    for number, at in enumerate((first, first + 3600)):
        day.queued(f"c{number}", at)
        day.leaves(f"c{number}", at + 60)
    now = day.at(first + 7200)
    assert now.total.day.abandoned == 2
    busy = [one for one in now.quarters if one.service.abandoned]
    assert [day.floor.calendar.clock(one.begins) for one in busy] == ["02:30", "02:30"]
    assert busy[1].begins - busy[0].begins == 3600


def test_a_day_whose_midnight_is_skipped_begins_when_the_clock_has_jumped() -> None:
    """In Santiago on 6 September 2026 the clock goes from 0:00 to 1:00."""
    santiago = Calendar(ZoneInfo("America/Santiago"))
    date = datetime(2026, 9, 6).date()
    begins = santiago.begins(date)
    assert datetime.fromtimestamp(begins, UTC) == datetime(2026, 9, 6, 4, tzinfo=UTC)
    assert santiago.day(begins) == date and santiago.day(begins - 1) != date
    assert santiago.ends(date) - begins == 23 * 3600


# --- clocks that jump ---


def test_a_clock_that_is_set_moves_the_day_but_no_wait() -> None:
    day = Played()
    day.queued("a", NINE)
    day.fact("acd", ClockCorrected(offset_s=-36_000, at=NINE + 10), NINE + 10)
    day.offset = -36_000  # it is 23:00 of the day before
    day.queued("b", NINE + 20)
    now = day.at(NINE + 30)
    assert str(now.day) == "2026-03-09" and now.total.waiting == 2
    assert now.total.oldest == NINE  # a has waited 30 s, as by any clock
    assert now.total.day.queued == 2  # what goes on has its place by the clock as corrected
    day.leaves("b", NINE + 35)
    day.fact("acd", ClockCorrected(offset_s=0, at=NINE + 40), NINE + 40)
    day.offset = 0.0
    back = day.at(NINE + 50)
    assert str(back.day) == "2026-03-10" and back.total.oldest == NINE
    assert (back.total.day.queued, back.total.day.abandoned) == (1, 0)  # what is over stays where it ended
    assert back == figures(day.again(), NINE + 50)


def test_the_present_follows_the_distributor_and_not_the_time_of_day() -> None:
    clock = FloorClock()
    clock.start(1000.0, steady=50.0)
    assert clock.now(60.0) == 1010.0
    clock.heard(1020.1, age_s=0.1, steady=70.0)  # as expected, to the tenth
    assert clock.now(71.0) == 1021.0
    clock.heard(1031.0, age_s=3600.0, steady=81.0)  # the time of day was put on by an hour meanwhile
    assert clock.now(81.0) == 1031.0
    clock.heard(1041.0, age_s=-3600.0, steady=91.0)  # and put back
    assert clock.now(91.0) == 1041.0
    clock.heard(5000.0, age_s=0.2, steady=100.0)  # the distributor was started again, on a clock of its own
    assert clock.now(101.0) == pytest.approx(5001.2)


def test_the_present_is_never_before_the_latest_fact() -> None:
    clock = FloorClock()
    clock.heard(1000.0, 0.0, steady=10.0)
    clock.heard(1001.5, 0.0, steady=10.2)
    assert clock.now(10.3) == 1001.5


# --- complaints ---


def test_the_clock_of_a_complaint_runs_until_a_supervisor_is_there() -> None:
    day = Played()
    for name, at in (("a", 0), ("b", 10), ("c", 20), ("d", 900)):
        day.begins(name, NINE + at)
        day.complains(name, NINE + at)
    day.fact("a", ComplaintTakenUp(by="sam"), NINE + 300)
    day.fact("b", ev.MonitoringChanged(supervisor="sam", manner="listen"), NINE + 1000)
    day.ends("c", NINE + 60, "abandoned")
    now = day.at(NINE + 1100)
    shown = {one.id: one for one in now.complaints}
    assert (shown["a"].taken_by, shown["a"].taken_at) == ("sam", NINE + 300)
    assert shown["b"].taken_at == NINE + 1000 and shown["c"].over and shown["c"].taken_at is None
    # a in time; b after 990 s and c after 1080 s too late; d has time left. 1 of 3.
    assert now.complaints_in_time == pytest.approx(1 / 3)
    # What waits stands first, the oldest on top.
    assert [one.id for one in now.complaints] == ["c", "d", "a", "b"]


def test_stopping_to_listen_takes_no_complaint_up() -> None:
    day = Played()
    day.begins("a", NINE)
    day.complains("a", NINE)
    day.fact("a", ev.MonitoringChanged(supervisor="sam", manner="stop"), NINE + 5)
    assert day.at(NINE + 6).complaints[0].taken_at is None


# --- what goes on ---


def test_a_call_is_seen_with_whom_it_is_and_who_listens() -> None:
    day = Played()
    day.agent("joe", NINE)
    day.begins("a", NINE)
    assert day.at(NINE + 1).calls[0].stage == "bot"
    day.queued("a", NINE + 2)
    assert (day.at(NINE + 3).calls[0].stage, day.at(NINE + 3).calls[0].queue) == ("queue", "general")
    day.accepted("a", "joe", NINE + 4)
    day.fact("a", ev.CallHeld(on=True, by="joe"), NINE + 5)
    day.fact("a", ev.MonitoringChanged(supervisor="sam", manner="whisper"), NINE + 6)
    now = day.at(NINE + 7)
    assert (now.calls[0].stage, now.calls[0].agent, now.calls[0].monitors) == (
        "agent",
        "joe",
        {"sam": "whisper"},
    )
    assert now.agents[0].held and now.agents[0].call_id == "a"
    day.fact("a", ev.MonitoringChanged(supervisor="sam", manner="stop"), NINE + 8)
    day.fact("a", ev.CallHeld(on=False, by="joe"), NINE + 8)
    assert day.at(NINE + 9).calls[0].monitors == {} and not day.at(NINE + 9).agents[0].held
    day.ends("a", NINE + 10)
    assert day.at(NINE + 11).calls == []


def test_facts_about_the_unknown_change_nothing() -> None:
    day = Played()
    before = day.at(NINE)
    day.leaves("ghost", NINE)
    day.ends("ghost", NINE)
    day.talked("ghost", "nobody", NINE, 10, 0)
    day.fact("ghost", ev.CallHeld(on=True, by="x"), NINE)
    day.fact("ghost", ComplaintTakenUp(by="x"), NINE)
    assert day.at(NINE) == before


# --- charts ---


def test_charts_say_their_figures_in_words_and_escape_nothing_wrong() -> None:
    now = morning().at(NINE + 1000)
    clock = Calendar(ZoneInfo("UTC")).clock
    for language in Language:
        drawn = charts(now, clock, 0.8, language)
        assert drawn.count('role="img"') == 2 and drawn.count("<title>") == 3
    drawn = charts(now, clock, 0.8, EN)
    assert "09:00: offered 4, answered 2, abandoned 1, unserved 0, service level 33\u202f%" in drawn
    assert '<th scope="row">09:00</th><td>4</td><td>2</td><td>1</td><td>0</td><td>33\u202f%</td>' in drawn
    assert clock(shown_quarters(now.quarters)[0].begins) == "01:30"


def test_a_call_that_nobody_came_for_is_drawn_and_said_as_such() -> None:
    day = Played()
    day.begins("alone", NINE)
    day.queued("alone", NINE)
    day.leaves("alone", NINE + 600, "nobody_came")
    drawn = charts(day.at(NINE + 700), Calendar(ZoneInfo("UTC")).clock, 0.8, EN)
    assert "09:00: offered 1, answered 0, abandoned 0, unserved 1, service level 0\u202f%" in drawn
    assert 'class="wall-unserved"' in drawn and 'class="wall-other"' not in drawn
    assert "<td>1</td><td>0</td><td>0</td><td>1</td><td>0\u202f%</td>" in drawn


def test_an_empty_day_is_drawn_too() -> None:
    begins = moment("2026-03-10 00:00")
    drawn = charts(Played().at(begins), Calendar(ZoneInfo("UTC")).clock, 0.8, EN)
    assert drawn.count("<svg") == 2 and "offered 0" in drawn
    assert PLAN.queues["general"].target_s == 20


def test_a_call_that_is_passed_on_is_another_agents_and_both_agents_time_counts() -> None:
    """joe has a from 0 to 100 s and wraps up 20 s; ann, asked to come at 60 s, takes it over at 100 s until 160."""
    day = Played()
    day.agent("joe", NINE)
    day.agent("ann", NINE)
    day.begins("a", NINE)
    day.queued("a", NINE)
    day.accepted("a", "joe", NINE)
    asked = ColleagueAsked(offer_id="x", agent="ann", by="joe", language=EN, at=NINE + 55, until=NINE + 75)
    day.fact("a", asked, NINE + 55)
    came = ColleagueAnswered(offer_id="x", agent="ann", answer="accepted", at=NINE + 60)
    day.fact("a", came, NINE + 60)
    assert {one.user: one.state for one in day.at(NINE + 61).agents} == {
        "ann": "consulting",
        "joe": "talking",
    }
    ended = ConversationEnded(agent="joe", why="over", talk_s=100, wrap_up_until=NINE + 120, at=NINE + 100)
    day.fact("a", ended, NINE + 100)
    passed = ConversationPassed(agent="joe", to="ann", queue="general", language=EN, at=NINE + 100)
    day.fact("a", passed, NINE + 100)
    day.fact("a", WrapUpEnded(agent="joe", wrap_up_s=20, by="agent", at=NINE + 120), NINE + 120)
    now = day.at(NINE + 130)
    assert (now.calls[0].stage, now.calls[0].agent) == ("agent", "ann")
    assert {one.user: one.state for one in now.agents} == {"ann": "talking", "joe": "available"}
    day.talked("a", "ann", NINE + 160, 60, 0)
    over = day.at(NINE + 200)
    # One call, answered once; handled 100 + 20 by joe and 60 by ann. Busy 120 of joe, 100 of ann; ready the rest.
    assert (over.total.day.answered, over.total.day.handle_s) == (1, 180)
    assert over.total.occupancy == pytest.approx((120 + 100) / 400)
    assert over.calls[0].stage == "bot"


def test_a_call_back_that_agents_make_by_hand_is_counted_apart() -> None:
    day = Played()
    day.queued("a", NINE)
    event = CallLeftQueue(queue="general", waited_s=30, why="call_back_listed", at=NINE + 30)
    day.fact("a", event, NINE + 30)
    now = day.at(NINE + 31).total.day
    assert (now.call_backs, now.abandoned, now.queued) == (1, 0, 0)


def test_a_fact_that_was_logged_without_its_time_keeps_nobody_busy() -> None:
    day = Played()
    day.agent("ann", NINE)
    day.begins("a", NINE)
    event = ev.OfferAnswered(offer_id="old", agent="joe", answer="accepted")
    day.fact("a", event, NINE + 10)
    now = day.at(NINE + 100)
    assert now.total.occupancy == 0.0
    assert (now.calls[0].stage, now.calls[0].agent, now.calls[0].stage_since) == ("agent", "joe", NINE + 10)
