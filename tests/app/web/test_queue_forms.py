"""What the forms of queues and hours show is what the plan says, and what they give back is a plan again."""

from dataclasses import fields

import pytest

from app.web.queue_forms import (
    break_reasons_of,
    filled,
    names,
    number,
    peak_of,
    queue_fields,
    queue_of,
    steps_of,
    steps_text,
    week_of,
    with_break_reason,
    with_hours,
    with_peak,
    with_queue,
    without_break_reason,
)
from assist.acd.plan import Overflow, Peak, Plan, PlanError, Queue, Thresholds, parse_plan

PLAN = {
    "hours": {"office": {"zone": "Europe/Berlin", "week": {"mon-thu": "09:00-18:00", "fri": "09:00-12:30"}}},
    "queues": {"general": {"hours": "office"}},
}


EVERYTHING = {
    "takes": {"reasons": ["complaint"], "intents": ["refund"], "skills": ["billing"]},
    "skills": ["complaints"],
    "priority": 2,
    "target_s": 45,
    "target_share": 0.925,
    "hours": "office",
    "out_of_hours": "voicemail",
    "no_answer": "voicemail",
    "steps": [{"after_s": 0, "who": 4}, {"after_s": 12.5, "who": "any"}],
    "overflow": {"to": "general", "after_s": 90, "more_than": 20, "when_closed": True},
    "most_waiting": 0,
    "last_agent_s": 0,
    "alerts": {"waiting": 0, "longest_wait_s": 120, "service_level": 0.7, "abandonment": 0.125},
}


def read(queue):
    plan = {**PLAN, "queues": {"one": queue, **PLAN["queues"]}}
    return parse_plan(plan).queues["one"]


def test_a_form_shows_and_gives_back_everything_that_can_be_set_about_a_queue():
    full, plain = read(EVERYTHING), Queue("one")
    for kind, value in ((Queue, full), (Overflow, full.overflow), (Thresholds, full.alerts)):
        usual = {Queue: plain, Overflow: Overflow(""), Thresholds: Thresholds()}[kind]
        alike = [one.name for one in fields(kind) if getattr(value, one.name) == getattr(usual, one.name)]
        assert alike in ([], ["name"]), "EVERYTHING is to set this as well"
    # From the fields alone, so that nothing is kept that the form does not show.
    assert read(queue_of(queue_fields(EVERYTHING), {})) == full


@pytest.mark.parametrize("queue", [EVERYTHING, {}, {"priority": 3}, {"target_s": 20, "skills": ["x"]}])
def test_a_form_that_is_saved_as_it_was_shown_changes_nothing(queue):
    assert queue_of(queue_fields(queue), queue) == queue


def test_emptied_fields_go_back_to_the_default():
    shown = queue_fields(EVERYTHING)
    kinds = {list: [], str: ""}
    empty = {name: kinds.get(type(value)) for name, value in shown.items()}
    empty |= {"out_of_hours": "told_so", "no_answer": "told_so"}
    assert read(queue_of(empty, EVERYTHING)) == Queue("one")


def test_a_week_is_shown_day_by_day():
    week = week_of(PLAN["hours"]["office"])
    assert [week[day] for day in ("mon", "thu", "fri", "sat")] == ["09:00-18:00"] * 2 + [
        "09:00-12:30",
        "closed",
    ]
    assert set(week_of({"zone": "UTC"}).values()) == {"00:00-24:00"}
    assert week_of({"week": {"sat-mon": "10:00-12:00"}})["sun"] == "10:00-12:00"
    assert week_of({"week": {"sat-mon": "10:00-12:00"}})["tue"] == "closed"


def test_hours_go_back_into_the_plan():
    plan = with_hours(
        PLAN, "office", "Asia/Tokyo", week_of(PLAN["hours"]["office"]), "2026-12-25\n\n2026-12-28..2026-12-31",
        "2026-12-24: 09:00-12:00",
    )  # fmt: skip
    read = parse_plan(plan)
    assert len(read.queues["general"].hours.holidays) == 5 and len(read.queues["general"].hours.special) == 1
    assert read.queues["general"].hours.week == parse_plan(PLAN).queues["general"].hours.week
    assert PLAN["hours"]["office"]["zone"] == "Europe/Berlin"  # what was shown is not changed on the way


def test_a_new_queue_stands_before_the_one_that_takes_the_rest():
    plan = with_queue(PLAN, "billing", {"takes": {"skills": ["billing"]}})
    assert list(parse_plan(plan).queues) == ["billing", "general"]
    again = with_queue(plan, "billing", {"takes": {"skills": ["invoices"]}})
    assert list(again["queues"]) == ["billing", "general"]


def test_reasons_of_a_break_are_added_renamed_in_their_place_and_removed():
    assert break_reasons_of(PLAN) == list(Plan().break_reasons)
    plan = with_break_reason(PLAN, None, " fire drill ")
    assert parse_plan(plan).break_reasons == (*Plan().break_reasons, "fire drill")
    plan = with_break_reason(plan, "rest", "coffee")
    assert break_reasons_of(plan)[:3] == ["lunch", "coffee", "meeting"]
    for reason in break_reasons_of(plan):
        plan = without_break_reason(plan, reason)
    assert parse_plan(plan).break_reasons == ()


@pytest.mark.parametrize("wrong", ["lunch", "x" * 61, "  "])
def test_a_reason_that_is_there_already_or_too_long_or_empty_is_refused(wrong):
    with pytest.raises(PlanError, match="break_reasons"):
        parse_plan(with_break_reason(PLAN, None, wrong))


def test_the_peak_rule_is_shown_and_given_back():
    assert peak_of(PLAN) == (1.5, [])
    plan = with_peak(PLAN, 2.0, "order_status, track_parcel")
    assert parse_plan(plan).peak == Peak(2.0, frozenset({"order_status", "track_parcel"}))
    assert peak_of(plan) == (2, ["order_status", "track_parcel"])
    assert parse_plan(with_peak(plan, None, "")).peak == Peak()
    with pytest.raises(PlanError, match=r"peak\.load"):
        parse_plan(with_peak(plan, 0, ""))


def test_an_empty_field_goes_back_to_the_default_and_unknown_ones_stay():
    queue = filled({"most_waiting": 5, "last_agent_s": 30}, most_waiting=None, target_s=30, skills=[])
    assert queue == {"last_agent_s": 30, "target_s": 30}


def test_steps_are_written_and_read():
    steps = [{"after_s": 0, "who": "best"}, {"after_s": 20, "who": 3}, {"after_s": 40.5, "who": "any"}]
    assert steps_text(steps) == "0: best, 20: 3, 40.5: any" and steps_of(steps_text(steps)) == steps
    assert steps_of("") == [] and names("a, b，c、d,") == ["a", "b", "c", "d"]
    assert number("12") == 12 and number("x") == "x" and number(3.0) == 3 and number(None) is None
