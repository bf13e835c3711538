"""From measured steps to machines, and from calls an hour to calls at once."""

import doctest

import pytest

from evals.bench.capacity import sizing
from evals.bench.capacity.sizing import FAILURES, Holds, calls_at_once, erlang_b, failures, holds, machines


def step(calls: int, p95: float, **wrong: int) -> dict:
    errors = dict.fromkeys((*FAILURES, "asked to repeat"), 0) | {
        name.replace("_", " "): count for name, count in wrong.items()
    }
    return {
        "calls_at_once": calls, "burst": None, "gap_ms": {"p95": p95}, "errors": errors,
        "cores_per_call": 0.04, "memory_mib_per_call": 2.0, "memory_mib": 900.0 + 2.0 * calls,
    }  # fmt: skip


def test_a_machine_holds_the_largest_step_that_kept_the_target_and_lost_no_call():
    steps = [step(1, 700), step(10, 900), step(20, 1400), step(40, 1900)]
    assert holds(steps) == Holds(20, 0.04, 2.0, 900.0)
    assert holds([step(10, 900), step(20, 1000, lost=1)]) == Holds(10, 0.04, 2.0, 900.0)
    assert holds([step(10, 1600)]) is None
    assert holds([{**step(10, 900), "gap_ms": {}}]) is None


@pytest.mark.parametrize(
    "wrong",
    ["failed", "lost", "refused", "queued", "no answer", "ended by the platform", "technical problem"],
)
def test_a_step_that_did_not_lead_all_its_calls_and_answer_all_their_turns_is_not_held(wrong):
    assert holds([step(10, 900), step(20, 1000, **{wrong.replace(" ", "_"): 1})]).calls == 10


def test_a_step_cut_short_is_not_held():
    assert holds([step(10, 900), step(20, 1000) | {"short": True}]).calls == 10
    assert holds([step(10, 900), step(20, 1000) | {"short": False}]).calls == 20


def test_asking_again_is_no_failure_and_in_a_burst_callers_may_wait():
    assert holds([step(20, 1000, asked_to_repeat=3)]).calls == 20
    burst = step(20, 1000, queued=30, refused=5) | {"burst": {"extra": 60}}
    assert failures(burst) == 0 and failures(burst | {"errors": burst["errors"] | {"lost": 2}}) == 2


@pytest.mark.parametrize(("calls", "needed"), [(10, 2), (40, 2), (41, 3), (10_000, 251)])
def test_one_machine_may_be_away(calls, needed):
    assert machines(calls, Holds(40, 0.03, 2.0, 900.0)) == needed


def test_blocking_falls_with_every_line_and_the_lines_found_are_just_enough():
    lines = calls_at_once(2000, 120, 0.01)
    traffic = 2000 * 120 / 3600
    assert erlang_b(traffic, lines) <= 0.01 < erlang_b(traffic, lines - 1)


def test_the_examples_of_the_documentation_hold():
    assert doctest.testmod(sizing).failed == 0
