"""What a platform's counters tell of a step: how far they went on between two looks at ``/metrics``.

One look is before the first call and one after the last, so the warm-up and the ends of the calls are in it, as they are
not in the gaps: nothing is asked of the platform while it is measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

SOURCES = ("cached", "composed", "synthesised")
"""Of speech, in the order of what it costs."""
Labels = tuple[tuple[str, str], ...]
Counters = Mapping[str, Mapping[Labels, float]]


def counters(text: str) -> Counters:
    """All counters of an exposition by family, one without a sample yet too; none where the text is something else."""
    found: dict[str, dict[Labels, float]] = {}
    try:
        families = list(text_string_to_metric_families(text))
    except ValueError:
        return {}  # a page of a proxy, say: no reason to lose a measured step
    for family in families:
        if family.type == "counter":
            samples = found.setdefault(family.name, {})
            for one in family.samples:
                if one.name == f"{family.name}_total":
                    samples[tuple(sorted(one.labels.items()))] = one.value
    return found


def growth(before: str, after: str) -> Counters:
    """By how much each counter has grown.

    One that is not in both looks, or of which a sample fell or is gone, is left out: its process was away or was started
    anew in between, and nobody knows what it counted.
    """
    first, last = counters(before), counters(after)
    return {
        name: {labels: value - first[name].get(labels, 0.0) for labels, value in samples.items()}
        for name, samples in last.items()
        if name in first and all(samples.get(labels, -1.0) >= value for labels, value in first[name].items())
    }


def recognition(grown: Counters) -> dict[str, Any] | None:
    """What was decoded, and how much of it for nothing; None where it is not known.

    Returns:
        jobs (by what happened to them, as ``models.recognition.scheduler.SchedulerCounts`` names it), decode_s and
        discarded_s (worker seconds), discarded_share.
    """
    names = ("jobs", "decode_seconds", "discarded_seconds")
    families = [grown.get(f"tetraphone_recognition_{name}") for name in names]
    if not all(families):
        return None
    jobs, busy, discarded = (family or {} for family in families)
    busy_s, discarded_s = sum(busy.values()), sum(discarded.values())
    return {
        "jobs": {what: int(count) for what, count in _by(jobs, "what").items()},
        "decode_s": round(busy_s, 2),
        "discarded_s": round(discarded_s, 2),
        "discarded_share": round(discarded_s / busy_s, 4) if busy_s else 0.0,
    }


def speech(grown: Counters) -> dict[str, Any] | None:
    """Where what callers heard came from: seconds and clauses by source, and each source's share of the seconds; None
    where it is not known, or nothing was spoken."""
    seconds, clauses = (grown.get(f"tetraphone_speech_{name}") for name in ("seconds", "clauses"))
    if seconds is None or clauses is None or not (total_s := sum(seconds.values())):
        return None
    seconds_by, clauses_by = (dict.fromkeys(SOURCES, 0.0) | _by(one, "source") for one in (seconds, clauses))
    return {
        "seconds": {source: round(value, 1) for source, value in seconds_by.items()},
        "clauses": {source: int(count) for source, count in clauses_by.items()},
        "share": {source: round(value / total_s, 4) for source, value in seconds_by.items()},
    }


def _by(samples: Mapping[Labels, float], label: str) -> dict[str, float]:
    """The sums by one label, whatever the others say."""
    sums: dict[str, float] = {}
    for labels, value in samples.items():
        name = dict(labels).get(label, "")
        sums[name] = sums.get(name, 0.0) + value
    return sums
