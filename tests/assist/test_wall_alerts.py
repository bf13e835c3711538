"""Alerts: when they are raised, when they end, and that a restart raises nothing twice."""

from __future__ import annotations

import pytest
from wall_facts import EN, Played

from assist.acd.plan import Plan, Queue, Thresholds
from assist.wall.alerts import END_AFTER_S, RAISE_AFTER_S, SHOWN_AFTER_END_S, Alerts, breaches
from core.wall_events import AlertAcknowledged, AlertEnded, AlertRaised, ComplaintTakenUp

NINE = 1_773_133_200.0
LIMITS = Thresholds(waiting=1, longest_wait_s=60, service_level=0.8, abandonment=0.2)
PLAN = Plan({"general": Queue("general", alerts=LIMITS)})


def found(day: Played, at: float, plan: Plan = PLAN) -> set[tuple[str, str]]:
    return {one.key for one in breaches(day.at(at), plan)}


def test_each_threshold_is_passed_only_beyond_it() -> None:
    day = Played(plan=PLAN)
    day.queued("a", NINE)
    assert found(day, NINE + 60) == set()  # one waits, sixty seconds: at the limits
    assert found(day, NINE + 60.5) == {("general", "longest_wait_s")}
    day.queued("b", NINE + 61)
    assert found(day, NINE + 62) == {("general", "longest_wait_s"), ("general", "waiting")}


def test_shares_count_from_five_calls_on() -> None:
    day = Played(plan=PLAN)
    for number in range(4):
        day.queued(f"c{number}", NINE)
        day.leaves(f"c{number}", NINE + 10)
    assert found(day, NINE + 11) == set()
    day.queued("c4", NINE)
    day.leaves("c4", NINE + 10)
    assert found(day, NINE + 11) == {("general", "service_level"), ("general", "abandonment")}
    # Half an hour later nobody has called: the moment is not judged by what was.
    assert found(day, NINE + 1900) == set()


def test_without_thresholds_nothing_is_wrong() -> None:
    plan = Plan({"general": Queue("general")})
    day = Played(plan=plan)
    for number in range(20):
        day.queued(f"c{number}", NINE)
    assert found(day, NINE + 5000, plan) == set()


def test_a_complaint_is_an_alert_after_fifteen_minutes_without_a_supervisor() -> None:
    day = Played(plan=PLAN)
    day.begins("a", NINE, EN)
    day.complains("a", NINE)
    assert found(day, NINE + 900) == set()
    assert found(day, NINE + 901) == {("a", "complaint_s")}
    day.fact("a", ComplaintTakenUp(by="sam"), NINE + 905)
    assert found(day, NINE + 910) == set()


class Judged:
    """Alerts judged second by second, as the wallboard does."""

    def __init__(self) -> None:
        self.alerts = Alerts()
        self.log: list[AlertRaised | AlertEnded | AlertAcknowledged] = []

    def second(self, day: Played, at: float) -> list[str]:
        events = self.alerts.judge(list(breaches(day.at(at), PLAN)), at)
        for event in events:
            self.log.append(event)
            self.alerts.apply(event)
        return [event.kind for event in events]


def test_an_alert_is_raised_once_and_ends_once() -> None:
    day, judged = Played(plan=PLAN), Judged()
    day.queued("a", NINE)
    kinds = [(second, kind) for second in range(55, 80) for kind in judged.second(day, NINE + second)]
    assert kinds == [(61 + RAISE_AFTER_S, "alert_raised")]
    raised = judged.log[0]
    assert isinstance(raised, AlertRaised)
    assert (raised.subject, raised.measure, raised.value, raised.limit) == (
        "general",
        "longest_wait_s",
        64.0,
        60,
    )
    day.leaves("a", NINE + 80)
    kinds = [(second, kind) for second in range(80, 130) for kind in judged.second(day, NINE + second)]
    assert kinds == [(80 + END_AFTER_S, "alert_ended")]


def test_a_figure_that_flickers_is_one_alert() -> None:
    day, judged = Played(plan=PLAN), Judged()
    for number in range(3):
        day.queued(f"c{number}", NINE)
    day.leaves("c0", NINE + 1)
    at = NINE + 1
    for number in range(10):  # two and one wait in turns, ten seconds each
        for second in range(10):
            judged.second(day, at + second)
        at += 10
        if number % 2:
            day.queued(f"again{number}", at)
        else:
            day.leaves("c1" if number == 0 else f"again{number - 1}", at)
    assert [
        one.measure for one in judged.log if isinstance(one, AlertRaised) and one.measure == "waiting"
    ] == ["waiting"]
    assert not any(isinstance(one, AlertEnded) for one in judged.log)


def test_a_moments_breach_is_no_alert() -> None:
    day, judged = Played(plan=PLAN), Judged()
    day.queued("a", NINE)
    day.queued("b", NINE)
    assert judged.second(day, NINE) == [] and judged.second(day, NINE + 2) == []
    day.leaves("b", NINE + 2)
    assert judged.second(day, NINE + 4) == []
    day.queued("c", NINE + 5)
    assert judged.second(day, NINE + 5) == []


def test_a_restart_raises_nothing_twice_and_remembers_who_acknowledged() -> None:
    day, judged = Played(plan=PLAN), Judged()
    day.queued("a", NINE)
    for second in range(60, 70):
        judged.second(day, NINE + second)
    raised = judged.log[0]
    judged.log.append(AlertAcknowledged(alert_id=raised.alert_id, by="sam", at=NINE + 70))
    again = Judged()
    for event in judged.log:
        again.alerts.apply(event)
        again.alerts.apply(event)  # a fact read twice changes nothing
    assert [second for second in range(70, 90) if again.second(day, NINE + second)] == []
    (alert,) = again.alerts.shown(NINE + 90)
    assert (alert.by, alert.ended_at) == ("sam", None)


def test_what_is_over_and_seen_goes_and_what_nobody_saw_stays_half_an_hour() -> None:
    alerts = Alerts()
    for name in ("seen", "unseen"):
        alerts.apply(
            AlertRaised(alert_id=name, subject="general", measure="waiting", value=3, limit=1, at=NINE)
        )
    alerts.apply(AlertAcknowledged(alert_id="seen", by="sam", at=NINE + 5))
    assert [one.id for one in alerts.shown(NINE + 6)] == ["unseen", "seen"]
    for name in ("seen", "unseen"):
        alerts.apply(AlertEnded(alert_id=name, at=NINE + 10))
    assert [one.id for one in alerts.shown(NINE + 11)] == ["unseen"]
    assert alerts.shown(NINE + 10 + SHOWN_AFTER_END_S) == []


@pytest.mark.parametrize(
    "event", [AlertEnded(alert_id="x", at=1), AlertAcknowledged(alert_id="x", by="y", at=1)]
)
def test_facts_about_unknown_alerts_change_nothing(event: AlertEnded | AlertAcknowledged) -> None:
    alerts = Alerts()
    alerts.apply(event)
    assert alerts.shown(2) == [] and alerts.get("x") is None
