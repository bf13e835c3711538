"""From the measured cost of a call to the machines of a site."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TARGET_MS = 1500.0
"""95th percentile of the gap that a site is to keep."""
SITES = (10, 50, 100, 500, 1_000, 5_000, 10_000)


FAILURES = ("failed", "lost", "refused", "queued", "no answer", "ended by the platform", "technical problem")
"""Errors of which a step that a machine is said to hold has none. Callers who were not admitted were not held."""
_OF_THE_BURST = frozenset({"refused", "queued"})


def failures(step: Mapping[str, Any]) -> int:
    """Calls and turns of a step that went wrong; in a burst waiting for a place is what is to happen."""
    errors = step["errors"]
    return sum(errors.get(name, 0) for name in FAILURES if not (step["burst"] and name in _OF_THE_BURST))


@dataclass(frozen=True, slots=True)
class Holds:
    """What one machine of the measured kind holds.

    Attributes:
        calls: the largest whole step that kept the target, its calls all admitted and all their turns answered.
        cores_per_call, memory_mib_per_call: of that step.
        memory_mib: of the platform without calls.
    """

    calls: int
    cores_per_call: float
    memory_mib_per_call: float
    memory_mib: float


def holds(steps: Sequence[Mapping[str, Any]], target_ms: float = TARGET_MS) -> Holds | None:
    """What the machine held; None where no step kept the target.

    A step that its limit cut short of the turns asked for tells too little to be held.
    """
    kept = [
        step
        for step in steps
        if not step["burst"] and not step.get("short")
        and step["gap_ms"] and step["gap_ms"]["p95"] <= target_ms and not failures(step)
    ]  # fmt: skip
    if not kept:
        return None
    best = max(kept, key=lambda step: int(step["calls_at_once"]))
    each = best["memory_mib_per_call"] or 0.0
    return Holds(
        best["calls_at_once"],
        best["cores_per_call"],
        each,
        round(best["memory_mib"] - each * best["calls_at_once"], 1),
    )


def machines(calls: int, each: Holds, spare: int = 1) -> int:
    """Machines of this kind that hold so many calls at once, with ``spare`` of them away.

    >>> machines(100, Holds(40, 0.03, 2.0, 900.0))
    4
    """
    return math.ceil(calls / each.calls) + spare


def erlang_b(traffic: float, lines: int) -> float:
    """The share of calls that find all lines taken, where ``traffic`` is calls times their mean length.

    >>> round(erlang_b(10.0, 18), 4)
    0.0071
    """
    blocked = 1.0
    for number in range(1, lines + 1):
        blocked = traffic * blocked / (number + traffic * blocked)
    return blocked


def calls_at_once(calls_an_hour: float, mean_s: float, refused: float = 0.01) -> int:
    """Calls at once that a site must hold so that at most the share ``refused`` rings in vain.

    >>> calls_at_once(2000, 120)
    82
    """
    traffic, lines, blocked = calls_an_hour * mean_s / 3600, 0, 1.0
    while blocked > refused:
        lines += 1
        blocked = traffic * blocked / (lines + traffic * blocked)
    return lines
