"""The distributor beside the formulas: steady scenarios, played and worked out."""

from __future__ import annotations

from dataclasses import dataclass

from assist.acd.erlang import Queueing, erlang_a, erlang_c
from assist.acd.simulation import NEVER, Result, Simulation, steady_callers, steady_workers


@dataclass(frozen=True, slots=True)
class Scenario:
    """Agents alike, random arrivals, exponential times; ``patience_s`` ``inf``: nobody hangs up (Erlang C)."""

    name: str
    agents: int
    calls_per_hour: float
    handle_s: float
    patience_s: float = NEVER
    target_s: float = 20.0


SCENARIOS = (
    Scenario("Erlang C, small", 8, 110, 180),
    Scenario("Erlang C, busy", 28, 450, 180),
    Scenario("Erlang A, light", 20, 360, 180, 120),
    Scenario("Erlang A, balanced", 60, 1200, 180, 120),
    Scenario("Erlang A, overloaded", 50, 1200, 180, 120),
    Scenario("Erlang A, large", 250, 5000, 180, 120),
)

TOLERANCES = {
    "waiting": 0.04,
    "abandonment": 0.01,
    "service_level": 0.04,
    "occupancy": 0.01,
    "mean_wait_s": 0.15,
    "mean_speed_of_answer_s": 0.15,
}
"""Shares may differ by so many of one, waits by so many of the formula's wait or by a second."""


WITHOUT_PATIENCE = 2
"""Where nobody hangs up, waits may differ by so many times that: one bad hour weighs on the whole mean."""

FILLING = 10
"""The queue begins empty; after so many mean handling times it is as it stays."""


@dataclass(frozen=True, slots=True)
class Comparison:
    scenario: Scenario
    formula: Queueing
    played: Queueing
    calls: int
    decisions: int
    decisions_per_second: float
    broken: int

    def deviations(self) -> dict[str, float]:
        """By figure: how far it is off, as a part of what is tolerated."""
        off = {}
        for name, tolerated in TOLERANCES.items():
            by_formula, found = getattr(self.formula, name), getattr(self.played, name)
            allowed = max(tolerated * by_formula, 1.0) if name.endswith("_s") else tolerated
            if name.endswith("_s") and self.scenario.patience_s == NEVER:
                allowed *= WITHOUT_PATIENCE
            off[name] = abs(found - by_formula) / allowed
        return off

    @property
    def agrees(self) -> bool:
        return not self.broken and max(self.deviations().values()) <= 1


def compare(scenario: Scenario, calls: int = 20_000, seed: int = 1) -> Comparison:
    """Play a scenario and work it out. What happens while the empty queue fills does not count."""
    one = scenario
    callers = steady_callers(calls, 3600 / one.calls_per_hour, one.handle_s, one.patience_s, seed)
    result = Simulation(steady_workers(one.agents), seed=seed).play(callers)
    if one.patience_s == NEVER:
        formula = erlang_c(one.calls_per_hour / 3600, one.handle_s, one.agents, one.target_s)
    else:
        formula = erlang_a(one.calls_per_hour / 3600, one.handle_s, one.agents, one.patience_s, one.target_s)
    return Comparison(
        scenario=one,
        formula=formula,
        played=_as_the_formulas_count(result, one, FILLING * one.handle_s, callers[-1].at),
        calls=calls,
        decisions=result.decisions,
        decisions_per_second=result.decisions_per_second,
        broken=len(result.broken),
    )


def _as_the_formulas_count(result: Result, scenario: Scenario, start: float, end: float) -> Queueing:
    """Of what came and happened between start and end. The formulas know no short hang-ups: all callers count."""
    counted = [call for call in result.day.calls if start <= call.queued_at <= end]
    answered = [call for call in counted if call.ending == "answered"]
    waits = [call.waited_s for call in counted]
    total = len(counted)
    busy_s = sum(
        max(min(call.left_at + call.talk_s, end) - max(call.left_at, start), 0.0)
        for call in result.day.calls
        if call.ending == "answered" and call.left_at is not None
    )
    return Queueing(
        waiting=sum(wait > 0 for wait in waits) / total,
        mean_wait_s=sum(waits) / total,
        mean_speed_of_answer_s=sum(call.waited_s for call in answered) / len(answered),
        abandonment=1 - len(answered) / total,
        service_level=sum(call.waited_s <= scenario.target_s for call in answered) / total,
        occupancy=busy_s / (scenario.agents * (end - start)),
    )
