"""The distributor beside the formulas: steady scenarios, played and worked out."""

from __future__ import annotations

from dataclasses import dataclass

from assist.acd.erlang import Queueing, erlang_a, erlang_c
from assist.acd.measures import QueuedCall, occupancy
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
    Scenario("Erlang C, small", 8, 120, 180),
    Scenario("Erlang C, busy", 50, 900, 180),
    Scenario("Erlang A, light", 20, 360, 180, 120),
    Scenario("Erlang A, balanced", 60, 1200, 180, 120),
    Scenario("Erlang A, overloaded", 50, 1200, 180, 120),
    Scenario("Erlang A, large", 400, 8000, 180, 120),
)

TOLERANCES = {
    "waiting": 0.03,
    "abandonment": 0.01,
    "service_level": 0.03,
    "occupancy": 0.01,
    "mean_wait_s": 0.10,
    "mean_speed_of_answer_s": 0.10,
}
"""Shares may differ by so many of one, waits by so many of the formula's wait or by a second."""


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
            off[name] = abs(found - by_formula) / allowed
        return off

    @property
    def agrees(self) -> bool:
        return not self.broken and max(self.deviations().values()) <= 1


def compare(scenario: Scenario, calls: int = 20_000, seed: int = 1, warm_up: float = 0.05) -> Comparison:
    """Play a scenario and work it out.

    Args:
        warm_up: share of the first calls that do not count, as the queue begins empty.
    """
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
        played=_as_the_formulas_count(result, one.target_s, warm_up),
        calls=calls,
        decisions=result.decisions,
        decisions_per_second=result.decisions_per_second,
        broken=len(result.broken),
    )


def _as_the_formulas_count(result: Result, target_s: float, warm_up: float) -> Queueing:
    """The formulas know no short hang-ups: every caller counts."""
    calls = sorted(result.day.calls, key=lambda call: call.queued_at)
    counted: list[QueuedCall] = calls[int(len(calls) * warm_up) :]
    answered = [call for call in counted if call.ending == "answered"]
    waits = [call.waited_s for call in counted]
    total = len(counted)
    return Queueing(
        waiting=sum(wait > 0 for wait in waits) / total,
        mean_wait_s=sum(waits) / total,
        mean_speed_of_answer_s=sum(call.waited_s for call in answered) / len(answered),
        abandonment=1 - len(answered) / total,
        service_level=sum(call.waited_s <= target_s for call in answered) / total,
        occupancy=occupancy(result.day.times.values()) or 0.0,
    )
