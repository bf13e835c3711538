"""Whether a platform is after many calls as it was before: memory, tasks, threads, file handles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from prometheus_client.parser import text_string_to_metric_families

GAUGES = {"tetraphone_asyncio_tasks": "tasks", "tetraphone_line_legs": "legs open"}
"""Gauges that are looked at, and what they are called in the report."""
_MEMORY_MIB, _MEMORY_SHARE = 24.0, 0.10
_SLACK = {"threads": 4, "handles": 8, "tasks": 6, "legs open": 0}


@dataclass(frozen=True, slots=True)
class Sample:
    """One look. ``phase``: warm-up, baseline, calls or after; ``values`` by what they are of, ``pids`` by role."""

    phase: str
    at_s: float
    values: dict[str, float]
    pids: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing before and after.

    Attributes:
        most: while calls came and went.
        slope: growth per hour over the second half of the calls (memory only).
        after: None where it could not be seen any more; then nothing tells that it is back.
        allowed: how much more it may be after than before.
    """

    what: str
    before: float
    most: float
    after: float | None
    slope: float | None
    allowed: float
    back: bool


def gauges(texts: Sequence[str]) -> dict[str, float]:
    """The values of ``GAUGES`` in several processes' metrics, by process where that is told."""
    found: dict[str, float] = {}
    for place, text in enumerate(texts):
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name in GAUGES:
                    process = sample.labels.get("process") or ("media" if place == 0 else "")
                    name = f"{process} {GAUGES[sample.name]}".strip()
                    found[name] = found.get(name, 0.0) + sample.value
    return found


def allowed(what: str, before: float) -> float:
    """How much more of it there may be after than before."""
    if what.endswith("MiB"):
        return round(max(_MEMORY_MIB, before * _MEMORY_SHARE), 1)
    return next((slack for name, slack in _SLACK.items() if what.endswith(name)), 0)


def verdicts(samples: Sequence[Sample]) -> list[Verdict]:
    """Compare the rest after the calls with the rest before them, by the median of the looks.

    Raises:
        ValueError: there is no look before or after.
    """
    before = [one.values for one in samples if one.phase == "baseline"]
    after = [one.values for one in samples if one.phase == "after"]
    during = [one for one in samples if one.phase == "calls"]
    if not before or not after:
        raise ValueError("nothing to compare: no look before or after the calls")
    results = []
    for what in sorted({name for one in before for name in one}):
        first = _median([one[what] for one in before if what in one])
        looks = [one[what] for one in after if what in one]
        last = _median(looks) if looks else None
        most = max((one.values[what] for one in during if what in one.values), default=first)
        slack = allowed(what, first)
        slope = _slope(during, what) if what.endswith("MiB") else None
        results.append(
            Verdict(what, first, most, last, slope, slack, last is not None and last - first <= slack)
        )
    return results


def restarted(samples: Sequence[Sample]) -> list[str]:
    """Roles whose process was another one after the calls than at the baseline or in between, or was gone.

    A process that was started anew has all its memory back, and has dropped its calls.
    """
    counted = [one for one in samples if one.phase != "warm-up" and one.pids]
    roles = {role for one in counted for role in one.pids}
    return sorted(role for role in roles if len({one.pids.get(role) for one in counted}) > 1)


def _median(values: Sequence[float]) -> float:
    return round(float(np.median(values)), 1)


def _slope(samples: Sequence[Sample], what: str) -> float | None:
    """Growth per hour, by a straight line through the second half."""
    half = [one for one in samples[len(samples) // 2 :] if what in one.values]
    if len(half) < 5:
        return None
    hours = np.array([one.at_s for one in half]) / 3600
    return round(float(np.polyfit(hours, [one.values[what] for one in half], 1)[0]), 1)
