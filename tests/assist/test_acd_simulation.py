"""The real distributor in simulated time, beside the formulas and over a whole day."""

from __future__ import annotations

import pytest

from assist.acd.agent_times import occupancy
from assist.acd.by_the_book import SCENARIOS, Scenario, compare
from assist.acd.measures import service
from assist.acd.plan import Peak, Plan, load_plan
from assist.acd.simulated_day import DayPlan, at_work, day_callers, day_workers
from assist.acd.simulation import HOUR, NEVER, Caller, Result, Simulation, Worker, steady_workers
from core.languages import Language
from core.routing_events import KeptWithSelfService

EN = Language.EN


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_steady_scenario_agrees_with_its_formula(scenario: Scenario) -> None:
    """Each figure within its tolerance (``by_the_book.TOLERANCES``), and no invariant broken."""
    found = compare(scenario, calls=8_000)
    assert found.broken == 0
    assert found.agrees, {name: round(off, 2) for name, off in found.deviations().items() if off > 1}


def test_the_comparison_notices_one_agent_too_few() -> None:
    """A distributor that left one agent of eight unused would be far off the formula."""
    eight = SCENARIOS[0]
    seven = compare(Scenario("one is missing", 7, eight.calls_per_hour, eight.handle_s), calls=10_000)
    formula = compare(eight, calls=1_000).formula
    assert abs(seven.played.service_level - formula.service_level) > 0.03


def play(day: DayPlan) -> Result:
    return Simulation(day_workers(day), plan=load_plan(), seed=day.seed).play(day_callers(day))


def test_the_day_of_the_command_line_keeps_every_invariant_and_loses_nobody() -> None:
    """10,000 calls and 1,000 agents, with patience, breaks, rejected and unanswered offers, call backs."""
    day = DayPlan()
    result = play(day)
    assert result.broken == []
    calls = result.day.calls
    assert len(calls) + result.kept + result.refused == 10_000
    totals = service(calls, 20)
    assert totals.waiting == 0
    assert totals.answered + totals.abandoned + totals.short + totals.call_backs == len(calls)
    assert totals.answered > 9_000 and totals.abandonment is not None and totals.abandonment < 0.05
    worked = occupancy(result.day.times.values())
    assert worked is not None and 0.05 < worked < 0.2
    assert result.decisions > 50_000 and result.decisions_per_second > 0


def test_the_same_seed_is_the_same_day_and_another_seed_another() -> None:
    day = DayPlan(calls=400, agents=20)
    first, again = play(day), play(day)
    assert list(first.day.calls) == list(again.day.calls)
    assert list(play(DayPlan(calls=400, agents=20, seed=2)).day.calls) != list(first.day.calls)


def test_fewer_agents_serve_worse() -> None:
    def level(agents: int) -> float:
        return service(play(DayPlan(calls=1_000, agents=agents)).day.calls, 20).service_level or 0.0

    assert level(20) < level(40) < level(120)


def test_arrivals_follow_the_profile_of_the_day_and_shifts_cover_it() -> None:
    day = DayPlan()
    callers, workers = day_callers(day), day_workers(day)
    assert len(callers) == 10_000 and callers == sorted(callers, key=lambda caller: caller.at)
    night = sum(caller.at < 6 * HOUR for caller in callers)
    noon = sum(10 * HOUR <= caller.at < 12 * HOUR for caller in callers)
    assert noon > 3 * night > 0
    assert at_work(workers, 11 * HOUR) > 5 * at_work(workers, 3 * HOUR) > 0


def test_a_queue_with_nobody_in_it_loses_its_callers_to_their_patience_and_keeps_the_others_waiting() -> None:
    callers = [
        Caller("a", 0.0, EN, patience_s=30.0),
        Caller("b", 0.0, EN, patience_s=3.0),
        Caller("c", 1.0, EN),
    ]
    result = Simulation([]).play(callers)
    endings = {call.interaction_id: call.ending for call in result.day.calls}
    assert endings == {"a": "abandoned", "b": "short", "c": "waiting"}


def test_an_agent_who_never_answers_gets_one_offer_and_the_next_agent_the_call() -> None:
    sleeper = Worker("asleep", {EN: 5}, misses=1.0)
    awake = Worker("awake", {EN: 4})
    result = Simulation([sleeper, awake]).play([Caller("a", 10.0, EN, talk_s=60.0)], until_s=200.0)
    (call,) = result.day.calls
    assert (call.ending, call.agent, call.waited_s) == ("answered", "awake", pytest.approx(20.0))
    assert result.day.times["asleep"].not_ready_s == pytest.approx(200 - 30)


def test_the_peak_rule_that_is_played_is_the_one_that_callers_meet() -> None:
    """Of a simple matter in a long queue exactly those stay with the bot whom it still has something to offer."""
    plan = Plan(peak=Peak(1.5, frozenset({"order_status"})))
    waiting = [Caller(f"w{number}", 0.0, EN) for number in range(3)]
    reasons = ("caller_asked", "no_answer", "answer_rejected", "not_possible", "complaint", "bot_failed")
    asking = [Caller(reason, 1.0, EN, reason=reason, intent="order_status") for reason in reasons]
    other = Caller("another matter", 1.0, EN, intent="return_item")
    result = Simulation([], plan=plan, keep_facts=True).play([*waiting, *asking, other])
    kept = {name for name, event in result.facts if isinstance(event, KeptWithSelfService)}
    assert kept == {"caller_asked", "no_answer", "answer_rejected"} and result.kept == 3


def test_nobody_hangs_up_who_has_endless_patience() -> None:
    callers = [Caller(f"c{number}", float(number), EN, talk_s=50.0, patience_s=NEVER) for number in range(50)]
    totals = service(Simulation(steady_workers(2)).play(callers).day.calls, 20)
    assert (totals.answered, totals.abandoned) == (50, 0)
    assert totals.longest_wait_s == pytest.approx(24 * 50 - 48)
