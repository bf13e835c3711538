"""The figures of a step, from what is stored of it: calls, sound, events, what the processes used and counted.

A step's folder holds ``job.json``, in ``calls/`` each call's ``.json`` and ``.wav``, ``events.json`` (by the carrier's name of
the call), ``used.json``, and the platform's counters before the step and after it (``metrics-before.txt``, ``metrics.txt``).
Nothing else is needed, so every figure can be worked out again from it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.timings import STAGES, percentile
from evals.bench.capacity import analysis, counters
from evals.bench.capacity.analysis import FILLERS, Turn, Words

EVENTS, USED, JOB = "events.json", "used.json", "job.json"
METRICS_BEFORE, METRICS = "metrics-before.txt", "metrics.txt"
_TIMER_S = 0.05
"""A timer may ring so much early."""
_SLOW_MS, _SLOWER = 1500.0, 1.3
"""In a burst a 95th percentile above both, in milliseconds and beside that before the burst, is harm."""


def step_figures(folder: Path, said: set[str] | None = None) -> dict[str, Any]:
    """Work out one step.

    Args:
        said: first clauses of the replies of the run's earlier steps; this step's are added.

    Raises:
        OSError: the folder is not that of a step, or its sound was not kept.
    """
    job, used = _read(folder / JOB), _read(folder / USED)
    events: dict[str, list[dict[str, Any]]] = _read(folder / EVENTS) if (folder / EVENTS).exists() else {}
    calls = analysis.stored_calls(folder)
    fillers = FILLERS | set(job["fillers"])
    all_turns = analysis.measure(folder, calls, fillers)
    over_at_s = used.get("over_at_s") or math.inf

    def counts(at_s: float) -> bool:
        """Neither the warm-up, nor the time in which calls end and the load falls."""
        return bool(job["warm_up_s"] <= at_s <= over_at_s)

    turns = [turn for turn in all_turns if counts(turn.at_s)]
    in_order = [events[call["call_sid"]] for call in calls if call.get("call_sid") in events]
    words = analysis.words_by_language(calls, events, counts)
    return {
        "step": job["name"],
        "calls_at_once": job["places"],
        "carried": carried(used.get("line", ())),
        "calls": sum(not call["extra"] for call in calls),
        "turns": len(turns),
        "turns_asked": job.get("turns"),
        "short": cut_short(job, used),
        "answered": sum(turn.what == "answered" for turn in turns),
        "gap_ms": analysis.gaps(turns),
        "gap_ms_asked_again": analysis.gaps_asked_again(turns),
        "gap_ms_by_language": {
            language: {"turns": len(group), **analysis.gaps(group)}
            for language in sorted({turn.language for turn in turns})
            if (group := [turn for turn in turns if turn.language == language])
        },
        "stages_ms": stages(in_order),
        "fresh_share": round(analysis.fresh_share(in_order, said), 3) if in_order else None,
        "errors": analysis.errors(calls, turns),
        "words": {
            language: asdict(counted) | {"error": counted.error} for language, counted in words.items()
        },
        "burst": burst(calls, all_turns, job) if job["extra"] else None,
        **_costs(job, used),
        **shares(folder),
        "turns_measured": analysis.as_rows(turns),
    }


def cut_short(job: Mapping[str, Any], used: Mapping[str, Any]) -> bool:
    """Whether the limit of time ended a step before the turns that it was asked for had been answered."""
    limit_s = job.get("limit_s")
    return limit_s is not None and (used.get("over_at_s") or 0.0) >= limit_s - _TIMER_S


def shares(folder: Path) -> dict[str, Any]:
    """What was recognised for nothing, and where what callers heard came from; None where a look at the counters was not
    stored, or the platform does not tell."""
    looks = [
        path.read_text(encoding="utf-8") if path.exists() else ""
        for path in (folder / METRICS_BEFORE, folder / METRICS)
    ]
    grown = counters.growth(*looks)
    return {"recognition": counters.recognition(grown), "speech": counters.speech(grown)}


def began(folder: Path) -> float:
    """When a stored step began, in seconds since 1970; 0.0 where that was not kept."""
    return float(_read(folder / USED).get("began") or 0.0)


def carried(line: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Calls that the platform really led, and its ceiling meanwhile; None where it does not tell.

    Between two calls a place is empty for a moment, so the median lies a little below the calls at once.
    """
    calls = [look["calls"] for look in line if look.get("calls") is not None]
    ceilings = [look["ceiling"] for look in line if look.get("ceiling") is not None]
    if not calls:
        return None
    return {
        "looks": len(calls),
        "median": percentile(calls, 50),
        "least": min(calls),
        "most": max(calls),
        "ceiling_lowest": min(ceilings, default=None),
        "ceiling_last": ceilings[-1] if ceilings else None,
    }


def stages(calls: Sequence[Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, float]]:
    """The platform's own ledger of these calls: percentiles by stage."""
    timed = [event["data"] for events in calls for event in events if event["kind"] == "turn_timed"]
    if not timed:
        return {}
    return {
        stage: {
            f"p{p}": round(percentile([one.get(f"{stage}_ms", 0.0) for one in timed], p), 1) for p in (50, 95)
        }
        for stage in STAGES
    }


def burst(
    calls: Sequence[Mapping[str, Any]], turns: Sequence[Turn], job: Mapping[str, Any]
) -> dict[str, Any]:
    """How those under way fared while many more rang, and what became of these.

    The burst lasts from the first extra call until the last of them is gone.
    """
    extras = [call for call in calls if call["extra"]]
    if not extras:
        return {"extra": 0}
    begin = min(call["began_s"] for call in extras)
    end = max(call["began_s"] + call.get("duration_s", 1.0) for call in extras)
    during = [turn for turn in turns if begin <= turn.at_s <= end]
    before = [turn for turn in turns if job["warm_up_s"] <= turn.at_s < begin]
    admitted = [call for call in calls if not call["extra"] and call["began_s"] < begin]
    gap_before, gap_during = analysis.gaps(before), analysis.gaps(during)
    limit_ms = max(_SLOW_MS, _SLOWER * gap_before.get("p95", 0.0))
    return {
        "extra": len(extras),
        "seconds": round(end - begin, 1),
        "became": _counted(_fate(call) for call in extras),
        "heard": _counted(_told(call) for call in extras),
        "gap_ms_before": {"turns": len(before), **gap_before},
        "gap_ms_during": {"turns": len(during), **gap_during},
        "p95_limit_ms": limit_ms,
        "slowed": gap_during.get("p95", 0.0) > limit_ms,
        "cut_off_before": _share_cut_off(before),
        "cut_off_during": _share_cut_off(during),
        "unanswered_during": sum(turn.what in ("no_answer", "fault") for turn in during),
        "admitted_harmed": len(_harmed(admitted, before, during, limit_ms)),
    }


def _harmed(
    admitted: Sequence[Mapping[str, Any]], before: Sequence[Turn], during: Sequence[Turn], limit_ms: float
) -> set[str]:
    """Calls under way that a burst did harm to, by name.

    They failed, were lost or ended by the platform, or a turn of theirs was not answered; and, where the turns of all of them
    together were slower or more often cut off than before, those whose turns these were. A slow turn now and then and
    a pause taken for the end happen without a burst too.
    """
    ended = {
        call["name"] for call in admitted if "failed" in call or call.get("ended_by") in ("lost", "platform")
    }
    told = {"no_answer", "fault"}
    if _share_cut_off(during) > _share_cut_off(before):
        told |= {"cut_off"}
    turned = {turn.call for turn in during if turn.what in told}
    slowed = analysis.gaps(during).get("p95", 0.0) > limit_ms
    slow = {turn.call for turn in during if slowed and (turn.gap_ms or 0.0) > limit_ms}
    return ended | ((turned | slow) & {call["name"] for call in admitted})


def _share_cut_off(turns: Sequence[Turn]) -> float:
    return round(sum(turn.what == "cut_off" for turn in turns) / len(turns), 3) if turns else 0.0


def _fate(call: Mapping[str, Any]) -> str:
    """What became of a call that rang in a burst."""
    if "refused" in call:
        return "told at once that the lines are busy" if call.get("told") else "refused without a word"
    if "failed" in call:
        return "failed"
    names = [line["name"] for line in call["lines"]]
    if any("busy" in name for name in names):
        return "told by voice that the lines are busy"
    if call["greeting_s"] is None:
        return "heard nothing"
    if analysis.was_queued(call):
        return "queued"
    if any(name in analysis.HANDED_OVER for name in names):
        return "admitted, then to a person"
    return "admitted" if call["ended_by"] == "caller" else f"ended ({call['ended_by']})"


def _told(call: Mapping[str, Any]) -> str:
    if "refused" in call:
        return str(call.get("told") or call["refused"])
    return ", ".join(dict.fromkeys(line["name"] for line in call.get("lines", ()))) or "-"


def _counted(words: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def _costs(job: Mapping[str, Any], used: Mapping[str, Any]) -> dict[str, Any]:
    """What the platform and the generator used; per call where the platform could be seen when idle."""
    processes = used["processes"]
    cores = sum(one["cpu_s"] / one["seconds"] for one in processes.values() if one["seconds"])
    memory = sum(one["most_memory_mib"] for one in processes.values())
    idle = used.get("idle_memory_mib")
    places = job["places"]
    return {
        "processes": {
            role: {
                "cores": round(one["cpu_s"] / one["seconds"], 3) if one["seconds"] else 0.0,
                "memory_mib": round(one["most_memory_mib"], 1),
                "threads": one["threads"],
                "handles": one["handles"],
            }
            for role, one in processes.items()
        },
        "stolen_share": used.get("stolen_share"),
        "read_gb_s": used.get("read_gb_s", []),
        "cores": round(cores, 3),
        "cores_per_call": round(cores / places, 4),
        "memory_mib": round(memory, 1),
        "memory_mib_per_call": round((memory - idle) / places, 2) if idle else None,
        "generator": {
            "cores": round(used["generator_cpu_s"] / used["seconds"], 3) if used["seconds"] else 0.0,
            "late_ms": round(used["generator_late_ms"], 1),
        },
    }


def total_words(figures: Mapping[str, Any]) -> Words:
    """All languages' words together."""
    total = Words()
    for one in figures["words"].values():
        total = total + Words(one["said"], one["lost"], one["added"], one["wrong"])
    return total


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
