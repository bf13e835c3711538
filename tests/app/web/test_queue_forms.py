"""What the forms of queues and hours show is what the plan says, and what they give back is a plan again."""

from dataclasses import fields

import pytest

from app.web.queue_forms import (
    filled,
    names,
    number,
    queue_fields,
    queue_of,
    steps_of,
    steps_text,
    week_of,
    with_hours,
    with_queue,
)
from assist.acd.plan import Overflow, Queue, Thresholds, parse_plan

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
    empty = {name: None if isinstance(value, int | float) else "" for name, value in shown.items()}
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


def test_an_empty_field_goes_back_to_the_default_and_unknown_ones_stay():
    queue = filled({"most_waiting": 5, "last_agent_s": 30}, most_waiting=None, target_s=30, skills=[])
    assert queue == {"last_agent_s": 30, "target_s": 30}


def test_steps_are_written_and_read():
    steps = [{"after_s": 0, "who": "best"}, {"after_s": 20, "who": 3}, {"after_s": 40.5, "who": "any"}]
    assert steps_text(steps) == "0: best, 20: 3, 40.5: any" and steps_of(steps_text(steps)) == steps
    assert steps_of("") == [] and names("a, b，c、d,") == ["a", "b", "c", "d"]
    assert number("12") == 12 and number("x") == "x" and number(3.0) == 3 and number(None) is None
