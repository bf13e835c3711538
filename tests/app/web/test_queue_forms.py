"""What the forms of queues and hours show is what the plan says, and what they give back is a plan again."""

from app.web.queue_forms import filled, names, number, steps_of, steps_text, week_of, with_hours, with_queue
from assist.acd.plan import parse_plan

PLAN = {
    "hours": {"office": {"zone": "Europe/Berlin", "week": {"mon-thu": "09:00-18:00", "fri": "09:00-12:30"}}},
    "queues": {"general": {"hours": "office"}},
}


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
