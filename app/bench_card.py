"""The capacity card: what a run found, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from evals.bench.capacity.counters import SOURCES
from evals.bench.capacity.figures import total_words
from evals.bench.capacity.sizing import SITES, TARGET_MS, Holds, holds, machines

_FILE_WIDTH = 200


def show(console: Console, figures: dict[str, Any]) -> None:
    """Print the capacity card."""
    widen(console)
    about = figures["machine"]
    console.print(
        f"{about['processor']}, {about['cores']} cores, {about['memory_gib']} GiB, {about['system']}, "
        f"Python {about['python']}, load before {about['load_before']}",
        highlight=False,
    )
    steps = figures["steps"]
    console.print(_gaps_table(steps))
    console.print(_cost_table(steps))
    console.print(_words_table(steps))
    if any(one["recognition"] or one["speech"] for one in steps):
        console.print(_shares_table(steps))
    for one in steps:
        if one["burst"]:
            console.print(_burst_table(one))
    held = holds(steps)
    if held is None:
        console.print(
            f"No step kept its 95th percentile under {TARGET_MS:.0f} ms with all calls admitted and answered."
        )
    else:
        console.print(_sizing_table(held))


def _sizing_table(held: Holds) -> Table:
    table = Table(
        "calls at once", "machines like this (one may be away)", "cores kept busy", "memory of each, MiB",
        title=f"One machine like this holds {held.calls} calls with a p95 under {TARGET_MS:.0f} ms",
    )  # fmt: skip
    for calls in SITES:
        share = min(calls, held.calls)
        table.add_row(
            f"{calls:,}", f"{machines(calls, held):,}", f"{calls * held.cores_per_call:,.1f}",
            f"{held.memory_mib + share * held.memory_mib_per_call:,.0f}",
        )  # fmt: skip
    return table


def widen(console: Console) -> None:
    """In a file nothing need be squeezed."""
    if not console.is_terminal:
        console.width = max(console.width, _FILE_WIDTH)


def ms(gaps: dict[str, float], name: str) -> str:
    """A percentile of the gaps in milliseconds, or a dash where nothing was answered."""
    return f"{gaps[name]:.0f} ms" if name in gaps else "–"


def _carried(carried: dict[str, Any] | None) -> tuple[str, str]:
    """Calls really led, and the ceiling: a platform may lower it in the midst of a step."""
    if carried is None:
        return "–", "–"
    lowest = carried["ceiling_lowest"]
    return f"{carried['median']:g}, {carried['least']}", "–" if lowest is None else str(lowest)


def _gaps_table(steps: Sequence[dict[str, Any]]) -> Table:
    table = Table(
        "step", "calls at once", "led: median, least", "ceiling, lowest", "turns", "p50", "p90", "p95", "p99",
        "asked again, p50", "new replies", "errors",
        title="From the caller's last sound to the answer's first, from the audio",
    )  # fmt: skip
    for one in steps:
        wrong = ", ".join(f"{count} {name}" for name, count in one["errors"].items() if count)
        fresh = "–" if one["fresh_share"] is None else f"{100 * one['fresh_share']:.0f} %"
        table.add_row(
            one["step"], str(one["calls_at_once"]), *_carried(one["carried"]), turns_told(one),
            *(ms(one["gap_ms"], name) for name in ("p50", "p90", "p95", "p99")),
            ms(one["gap_ms_asked_again"], "p50"), fresh, wrong or "none",
        )  # fmt: skip
    return table


def turns_told(step: dict[str, Any]) -> str:
    """Turns of a step, and where its limit cut it short, of how many."""
    return f"{step['turns']}, SHORT of {step['turns_asked']}" if step["short"] else str(step["turns"])


def _cost_table(steps: Sequence[dict[str, Any]]) -> Table:
    roles = list(dict.fromkeys(role for one in steps for role in one["processes"]))
    table = Table(
        "step", "cores", "a call", "MiB", "a call", *(f"{role}: cores, MiB" for role in roles),
        "generator: cores", "frames late by", "reads, GB/s", title="What it took, the generator apart",
    )  # fmt: skip
    for one in steps:
        each = one["memory_mib_per_call"]
        table.add_row(
            one["step"], f"{one['cores']:.2f}", f"{one['cores_per_call']:.3f}", f"{one['memory_mib']:.0f}",
            "–" if each is None else f"{each:.1f}",
            *(
                f"{one['processes'][role]['cores']:.2f}, {one['processes'][role]['memory_mib']:.0f}"
                if role in one["processes"]
                else "–"
                for role in roles
            ),
            f"{one['generator']['cores']:.2f}", f"{one['generator']['late_ms']:.0f} ms",
            ", ".join(f"{speed:.1f}" for speed in one["read_gb_s"]) or "–",
        )  # fmt: skip
    return table


def _words_table(steps: Sequence[dict[str, Any]]) -> Table:
    table = Table(
        "step", "language", "turns", "p50", "p95", "said", "lost", "wrong", "added", "error",
        title="Words (English) and characters: what was said and what was recognised",
    )  # fmt: skip
    for one in steps:
        for language, counted in one["words"].items():
            gaps = one["gap_ms_by_language"].get(language, {"turns": 0})
            table.add_row(
                one["step"], language, str(gaps["turns"]), ms(gaps, "p50"), ms(gaps, "p95"),
                *(str(counted[name]) for name in ("said", "lost", "wrong", "added")),
                f"{100 * counted['error']:.1f} %",
            )  # fmt: skip
        if one["words"]:
            total = total_words(one)
            table.add_row(
                one["step"], "all", str(one["turns"]), ms(one["gap_ms"], "p50"), ms(one["gap_ms"], "p95"),
                str(total.said), str(total.lost), str(total.wrong), str(total.added),
                f"{100 * total.error:.1f} %",
            )  # fmt: skip
    return table


def _shares_table(steps: Sequence[dict[str, Any]]) -> Table:
    table = Table(
        "step", "utterances", "decodes", "worker s", "discarded", "again, longer window",
        "speech, s", *SOURCES, "clauses, likewise",
        title="Recognition and speech from a step's first call to its last: what was for nothing, and what the cache held",
    )  # fmt: skip
    for one in steps:
        heard, spoken = one["recognition"], one["speech"]
        recognition = ["–"] * 5
        if heard:
            counts = (str(heard["jobs"].get(what, 0)) for what in ("decoded", "batches", "full_windows"))
            utterances, decodes, longer = counts
            recognition = [
                utterances, decodes, f"{heard['decode_s']:.0f}", f"{heard['discarded_share']:.1%}", longer
            ]  # fmt: skip
        speech = ["–"] * 5
        if spoken:
            clauses = ", ".join(str(spoken["clauses"][source]) for source in SOURCES)
            shares = (f"{spoken['share'][source]:.1%}" for source in SOURCES)
            speech = [f"{sum(spoken['seconds'].values()):.0f}", *shares, clauses]
        table.add_row(one["step"], *recognition, *speech)
    return table


def _burst_table(step: dict[str, Any]) -> Table:
    burst = step["burst"]
    table = Table("what", "figure", title=f"{step['step']}: {burst['extra']} more calls ring at once")
    if not burst["extra"]:
        return table
    for name, text in (("before", "gap_ms_before"), ("during", "gap_ms_during")):
        gaps = burst[text]
        table.add_row(
            f"calls under way, {name}",
            f"{gaps['turns']} turns, p50 {ms(gaps, 'p50')}, p95 {ms(gaps, 'p95')}",
        )
    table.add_row(f"slowed (p95 above {burst['p95_limit_ms']:.0f} ms)", "YES" if burst["slowed"] else "no")
    table.add_row(
        "their turns cut off, before and during",
        f"{burst['cut_off_before']:.1%}, {burst['cut_off_during']:.1%}",
    )
    table.add_row("their turns without an answer", str(burst["unanswered_during"]))
    table.add_row("calls under way that were harmed", str(burst["admitted_harmed"]))
    for fate, count in burst["became"].items():
        table.add_row(f"of the new: {fate}", str(count))
    for words, count in burst["heard"].items():
        table.add_row(f"they heard ({count})", words)
    return table
