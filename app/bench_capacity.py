"""``tetraphone bench capacity``: calls at once in steps, then bursts; a table, JSON, and all that was stored."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from app.bench_load import Step, callers_recorded, changing_orders, real_clips, run_step
from app.bench_platform import BenchFailed, Platform, kept, throw_away
from app.settings import Settings
from core.languages import Language
from evals.bench.capacity.analysis import FILLERS, stored_calls
from evals.bench.capacity.figures import EVENTS, JOB, USED, step_figures, total_words
from evals.bench.capacity.generator import Job
from evals.bench.capacity.resources import Usage, machine
from evals.bench.capacity.sizing import SITES, TARGET_MS, Holds, holds, machines

_FILE_WIDTH = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure.

    Attributes:
        calls: calls at once, a step each.
        turns: answered turns after the warm-up that each step needs.
        bursts: times the ceiling that ring at once, a step each, with the last of ``calls`` under way.
        ceiling: calls that a throw-away platform admits; None: its default.
        server: a running platform's line; '' for a throw-away one. ``web`` and ``token`` give its events.
    """

    calls: Sequence[int]
    turns: int = 500
    warm_up_s: float = 30.0
    limit_s: float = 7200.0
    bursts: Sequence[int] = ()
    ceiling: int | None = None
    languages: Sequence[Language] = tuple(Language)
    server: str = ""
    web: str = ""
    token: str = ""
    auth_token: str = ""
    pid: int | None = None
    speech: Path | None = None
    keep: Path | None = None
    json_file: Path | None = None
    seed: str = "1"


async def capacity(settings: Settings, console: Console, wanted: Wanted) -> int:
    """Returns 0 if every step was measured without a failed or lost call."""
    folder = wanted.keep or Path(tempfile.mkdtemp(prefix="tetraphone-capacity-"))
    about = await asyncio.to_thread(machine)
    try:
        store = await callers_recorded(settings, console, wanted.languages)
        clips = real_clips(store, wanted.speech, wanted.languages) if wanted.speech else []
        async with (
            platform_for(settings, console, wanted, folder) as platform,
            changing_orders(platform, wanted.languages, wanted.seed),
        ):
            steps = [
                await measure_step(console, platform, wanted_job)
                for wanted_job in jobs(settings, folder, wanted, clips, platform)
            ]
        figures = {"machine": about, "seed": wanted.seed, "steps": steps}
        show(console, figures)
        write_figures(wanted.json_file, figures)
        return 1 if any(one["errors"]["failed"] + one["errors"]["lost"] for one in steps) else 0
    except (BenchFailed, RuntimeError) as error:
        console.print(str(error), style="bold red", markup=False)
        return 2
    finally:
        if wanted.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def again(console: Console, folder: Path, json_file: Path | None) -> int:
    """Work out a stored run again."""
    steps = [step_figures(path.parent) for path in sorted(folder.glob(f"*/{JOB}"))]
    if not steps:
        console.print(f"{folder} holds no stored run", style="bold red", markup=False)
        return 2
    figures = {"machine": json.loads((folder / "machine.json").read_text()), "steps": steps}
    show(console, figures)
    write_figures(json_file, figures)
    return 0


@asynccontextmanager
async def platform_for(
    settings: Settings, console: Console, wanted: Wanted, folder: Path
) -> AsyncIterator[Platform]:
    """The platform to be measured: the one named, or a throw-away one."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    await asyncio.to_thread(
        (folder / "machine.json").write_text, json.dumps(machine(), ensure_ascii=False, indent=1)
    )
    if wanted.server:
        yield Platform(wanted.server.rstrip("/"), wanted.web.rstrip("/"), wanted.token, wanted.pid)
        return
    async with throw_away(
        settings, console, folder / "platform.log", languages=wanted.languages, max_calls=wanted.ceiling
    ) as platform:
        yield platform


def jobs(
    settings: Settings, folder: Path, wanted: Wanted, clips: Sequence[tuple[str, str]], platform: Platform
) -> list[Job]:
    """One job a step: the ramp, then the bursts upon its last step."""

    def job(name: str, calls: int, **more: Any) -> Job:
        return Job(
            server=platform.line,
            folder=str(folder / name),
            recordings=str(kept(settings) / "callers"),
            seed=wanted.seed,
            name=name,
            places=calls,
            turns=more.pop("turns", wanted.turns),
            warm_up_s=wanted.warm_up_s,
            limit_s=wanted.limit_s,
            languages=tuple(one.value for one in wanted.languages),
            fillers=tuple(sorted(FILLERS)),
            auth_token=wanted.auth_token,
            clips=tuple(clips),
            **more,
        )

    wanted_jobs = [job(f"calls-{calls:03}", calls) for calls in wanted.calls]
    under_way = wanted.calls[-1]
    ceiling = wanted.ceiling or (platform.settings or settings).max_calls
    for times in wanted.bursts:
        extra = times * ceiling - under_way
        wanted_jobs.append(
            job(
                f"burst-{times}x",
                under_way,
                extra=max(1, extra),
                extra_after_s=wanted.warm_up_s + 30.0,
                turns=max(10, wanted.turns // 4),
            )
        )
    return wanted_jobs


async def measure_step(console: Console, platform: Platform, job: Job) -> dict[str, Any]:
    """Run one step, store what is known of it, and work out its figures."""
    idle = await asyncio.to_thread(_idle_memory, platform)
    with console.status(f"{job.name}: 0 of {job.turns} turns") as status:

        def tell(news: dict[str, Any]) -> None:
            if news["event"] == "call":
                status.update(f"{job.name}: {news['answered']} of {job.turns} turns")

        step = await run_step(platform, job, tell)
    calls = await asyncio.to_thread(stored_calls, step.folder)
    events = await platform.events([call["call_sid"] for call in calls if "call_sid" in call])
    metrics = await platform.metrics()
    await asyncio.to_thread(_store, step, events, metrics, idle)
    figures = await asyncio.to_thread(step_figures, step.folder)
    console.print(
        f"{job.name}: {figures['answered']} turns, gap {_ms(figures['gap_ms'], 'p50')} median, "
        f"{_ms(figures['gap_ms'], 'p95')} p95",
        highlight=False,
    )
    return figures


def _idle_memory(platform: Platform) -> float | None:
    meter = platform.meter()
    meter.begin()
    usage = meter.sample()
    return sum(one.memory_mib for one in usage.values()) or None


def _store(step: Step, events: dict[str, Any], metrics: str, idle: float | None) -> None:
    used = {
        "processes": {role: dataclasses.asdict(one) for role, one in _merged(step.usage).items()},
        "idle_memory_mib": idle,
        "seconds": step.seconds,
        "generator_cpu_s": step.cpu_s,
        "generator_late_ms": step.late_ms,
    }
    (step.folder / USED).write_text(json.dumps(used, indent=1))
    (step.folder / EVENTS).write_text(json.dumps(events, ensure_ascii=False), encoding="utf-8")
    (step.folder / "metrics.txt").write_text(metrics, encoding="utf-8")


def _merged(usage: dict[str, Usage]) -> dict[str, Usage]:
    """Helper processes (of unknown role) count as one."""
    merged: dict[str, Usage] = {}
    for role, one in usage.items():
        name = "other" if role.startswith("other-") else role
        if name not in merged:
            merged[name] = dataclasses.replace(one)
            continue
        known = merged[name]
        known.cpu_s += one.cpu_s
        known.memory_mib += one.memory_mib
        known.most_memory_mib += one.most_memory_mib
    return merged


def write_figures(path: Path | None, figures: dict[str, Any]) -> None:
    """As JSON, where a file was asked for."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


# --- tables ---------------------------------------------------------------------------------------


def show(console: Console, figures: dict[str, Any]) -> None:
    """Print the capacity card."""
    if not console.is_terminal:
        console.width = max(console.width, _FILE_WIDTH)  # nothing is squeezed in a file
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
    for one in steps:
        if one["burst"]:
            console.print(_burst_table(one))
    held = holds(steps)
    if held is None:
        console.print(f"No step kept its 95th percentile under {TARGET_MS:.0f} ms without losing a call.")
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


def _ms(gaps: dict[str, float], name: str) -> str:
    return f"{gaps[name]:.0f} ms" if name in gaps else "–"


def _gaps_table(steps: Sequence[dict[str, Any]]) -> Table:
    table = Table(
        "step", "calls at once", "turns", "p50", "p90", "p95", "p99", "new replies", "errors",
        title="From the caller's last sound to the answer's first, from the audio",
    )  # fmt: skip
    for one in steps:
        wrong = ", ".join(f"{count} {name}" for name, count in one["errors"].items() if count)
        fresh = "–" if one["fresh_share"] is None else f"{100 * one['fresh_share']:.0f} %"
        table.add_row(
            one["step"], str(one["calls_at_once"]), str(one["turns"]),
            *(_ms(one["gap_ms"], name) for name in ("p50", "p90", "p95", "p99")), fresh, wrong or "none",
        )  # fmt: skip
    return table


def _cost_table(steps: Sequence[dict[str, Any]]) -> Table:
    roles = list(dict.fromkeys(role for one in steps for role in one["processes"]))
    table = Table(
        "step", "cores", "a call", "MiB", "a call", *(f"{role}: cores, MiB" for role in roles),
        "generator: cores", "frames late by", title="What it took, the generator apart",
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
                one["step"], language, str(gaps["turns"]), _ms(gaps, "p50"), _ms(gaps, "p95"),
                *(str(counted[name]) for name in ("said", "lost", "wrong", "added")),
                f"{100 * counted['error']:.1f} %",
            )  # fmt: skip
        if one["words"]:
            total = total_words(one)
            table.add_row(
                one["step"], "all", str(one["turns"]), _ms(one["gap_ms"], "p50"), _ms(one["gap_ms"], "p95"),
                str(total.said), str(total.lost), str(total.wrong), str(total.added),
                f"{100 * total.error:.1f} %",
            )  # fmt: skip
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
            f"{gaps['turns']} turns, p50 {_ms(gaps, 'p50')}, p95 {_ms(gaps, 'p95')}",
        )
    table.add_row("their turns without an answer", str(burst["unanswered_during"]))
    table.add_row("calls under way that were harmed", str(burst["admitted_harmed"]))
    for fate, count in burst["became"].items():
        table.add_row(f"of the new: {fate}", str(count))
    for words, count in burst["heard"].items():
        table.add_row(f"they heard ({count})", words)
    return table
