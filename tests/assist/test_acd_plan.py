"""Queues and opening hours from YAML: what is read, and what is said about what is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from assist.acd.plan import STEPS, PlanError, Step, load_plan, parse_plan

GOOD = """
hours:
  office:
    zone: Europe/Berlin
    week: {mon-thu: "09:00-18:00", fri: "09:00-12:30, 13:30-17:00"}
    holidays: [2026-12-25, 2026-12-28..2026-12-30]
    special: {2026-12-24: "09:00-12:00"}
queues:
  gold:
    takes: {intents: [upgrade], reasons: [complaint], skills: [vip]}
    skills: [vip]
    priority: 4
    target_s: 10
    target_share: 0.9
    hours: office
    out_of_hours: voicemail
    steps: [{after_s: 0, who: 5}, {after_s: 15, who: any}]
    overflow: {to: rest, after_s: 45, more_than: 10, when_closed: true}
    most_waiting: 50
    last_agent_s: 30
  rest: {}
peak: {load: 2, intents: [order_status]}
break_reasons: [lunch]
"""


def test_everything_is_read() -> None:
    plan = parse_plan(yaml.safe_load(GOOD))
    gold, rest = plan.queues["gold"], plan.queues["rest"]
    assert (gold.priority, gold.target_s, gold.target_share, gold.out_of_hours) == (4, 10, 0.9, "voicemail")
    assert gold.steps == (Step(0, 5), Step(15, "any")) and rest.steps == STEPS
    assert gold.overflow is not None and gold.overflow.to == "rest" and gold.overflow.when_closed
    assert gold.hours is not None and date(2026, 12, 29) in gold.hours.holidays
    assert gold.hours.spans(date(2026, 12, 24)) == ((540, 720),)
    assert gold.hours.spans(date(2026, 3, 6)) == ((540, 750), (810, 1020))
    assert plan.break_reasons == ("lunch",) and plan.peak.load == 2


def test_the_first_queue_that_takes_a_call_gets_it_and_the_last_takes_the_rest() -> None:
    plan = parse_plan(yaml.safe_load(GOOD))
    assert plan.queue_for("complaint", "", ()).name == "gold"
    assert plan.queue_for("", "upgrade", ()).name == "gold"
    assert plan.queue_for("", "", ("orders", "vip")).name == "gold"
    assert plan.queue_for("caller_asked", "greet", ("orders",)).name == "rest"


def test_the_plan_that_ships_is_right_and_always_open() -> None:
    plan = load_plan()
    assert list(plan.queues) == ["complaints", "general"]
    assert all(queue.hours is not None and queue.hours.week[6] for queue in plan.queues.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("queues: {}", "queues: accepted: at least one queue"),
        ("queues: {a: {prority: 3}}", "queues.a.prority: accepted: alerts, hours, last_agent_s"),
        ("queues: {a: {priority: high}}", "queues.a.priority: accepted: a whole number"),
        ("queues: {a: {target_s: 0}}", "queues.a.target_s: accepted: a number from 1"),
        ("queues: {a: {target_share: 80}}", "queues.a.target_share: accepted: a number from 0 to 1"),
        ("queues: {a: {hours: office}}", "queues.a.hours: accepted: one of (none are defined)"),
        ("queues: {a: {out_of_hours: music}}", "queues.a.out_of_hours: accepted: voicemail, told_so"),
        ("queues: {a: {alerts: {waiting: 2.5}}}", "queues.a.alerts.waiting: accepted: a whole number"),
        (
            "queues: {a: {alerts: {service_level: 80}}}",
            "queues.a.alerts.service_level: accepted: a number from 0 to 1",
        ),
        ("queues: {a: {alerts: {asa: 9}}}", "queues.a.alerts.asa: accepted: abandonment, longest_wait_s"),
        ("queues: {a: {skills: orders}}", "queues.a.skills: accepted: a list"),
        (
            "queues: {a: {steps: [{after_s: 5, who: best}]}}",
            "queues.a.steps: accepted: times that begin with 0",
        ),
        ("queues: {a: {steps: [{after_s: 0, who: 6}]}}", "queues.a.steps[0].who: accepted: best, any"),
        (
            "queues: {a: {overflow: {to: a, after_s: 5}}}",
            "queues.a.overflow.to: accepted: queues that do not",
        ),
        ("queues: {a: {overflow: {to: b, after_s: 5}}}", "queues.a.overflow.to: accepted: another queue"),
        ("queues: {a: {overflow: {to: b}}, b: {}}", "queues.a.overflow: accepted: at least one of after_s"),
        ("{hours: {h: {zone: Mars/Olympus}}, queues: {a: }}", "hours.h.zone: accepted: a time zone"),
        (
            '{hours: {h: {zone: UTC, week: {mon-fry: "9:00-17:00"}}}, queues: {a: }}',
            "hours.h.week: accepted: mon",
        ),
        (
            '{hours: {h: {zone: UTC, week: {mon: "9-17"}}}, queues: {a: }}',
            "hours.h.week.mon: accepted: closed",
        ),
        (
            '{hours: {h: {zone: UTC, week: {mon: "09:00-25:00"}}}, queues: {a: }}',
            "hours.h.week.mon: accepted",
        ),
        (
            "{hours: {h: {zone: UTC, holidays: [Christmas]}}, queues: {a: }}",
            "hours.h.holidays: accepted: dates",
        ),
        ("{queues: {a: }, peak: {load: many}}", "peak.load: accepted: a number"),
        ("{queues: {a: }, queue: {}}", "queue: accepted: break_reasons, hours, peak, queues"),
        ("- a", "the file: accepted: settings with names"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_accepted(text: str, said: str) -> None:
    with pytest.raises(PlanError) as error:
        parse_plan(yaml.safe_load(text))
    assert said in str(error.value)


def test_all_that_is_wrong_is_told_at_once_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "queues.yaml"
    path.write_text("queues: {a: {priority: x, target_s: -1}}")
    with pytest.raises(PlanError) as error:
        load_plan(path)
    lines = str(error.value).splitlines()
    assert len(lines) == 2 and all(line.startswith(f"{path}: queues.a.") for line in lines)
    path.write_text("queues: [")
    with pytest.raises(PlanError, match="not YAML"):
        load_plan(path)
    with pytest.raises(PlanError, match="cannot be read"):
        load_plan(tmp_path / "none.yaml")


def test_two_queues_that_overflow_into_each_other_are_refused() -> None:
    with pytest.raises(PlanError, match="circle"):
        parse_plan(
            {
                "queues": {
                    "a": {"overflow": {"to": "b", "after_s": 5}},
                    "b": {"overflow": {"to": "a", "after_s": 5}},
                }
            }
        )
