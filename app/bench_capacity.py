"""``tetraphone bench capacity``: calls at once in steps, then bursts; a table, JSON, and all that was stored."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import shutil
import tempfile
import time
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
from evals.bench.capacity.figures import EVENTS, USED, began, step_figures, total_words
from evals.bench.capacity.generator import Job
from evals.bench.capacity.resources import Usage, machine
from evals.bench.capacity.sizing import SITES, TARGET_MS, Holds, failures, holds, machines

_FILE_WIDTH = 200
_SETTLED_MIB = 4.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure.

    Attributes:
        calls: calls at once, a step each.
        turns: answered turns after the warm-up that each step needs; one for all steps, or one for each.
        bursts: times the ceiling that ring at once, a step each, with the last of ``calls`` under way.
        ceiling: calls that a throw-away platform admits, whatever happens; None: enough for the largest step, and in
            the bursts as many as it learns.
        server: a running platform's line; '' for a throw-away one. ``web`` and ``token`` give its events.
    """

    calls: Sequence[int]
    turns: Sequence[int] = (500,)
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

    def turns_of(self, step: int) -> int:
        """Answered turns that this step needs."""
        return self.turns[min(step, len(self.turns) - 1)]

    @property
    def admitted(self) -> int:
        """Calls that a throw-away platform admits: all places, and two that begin before another has quite ended."""
        return max(self.calls) + 2 if self.ceiling is None else self.ceiling


async def capacity(settings: Settings, console: Console, wanted: Wanted) -> int:
    """Returns 0 if in every step all calls were admitted and led to their end, and all turns answered."""
    folder = wanted.keep or Path(tempfile.mkdtemp(prefix="tetraphone-capacity-"))
    about = await asyncio.to_thread(machine)
    try:
        store = await callers_recorded(settings, console, wanted.languages)
        clips = real_clips(store, wanted.speech, wanted.languages) if wanted.speech else []
        async with (
            platform_for(settings, console, wanted, folder) as platform,
            changing_orders(platform, wanted.languages, wanted.seed),
        ):
            idle, said = await asyncio.to_thread(idle_memory, platform), set[str]()
            steps = [
                await measure_step(console, platform, job, idle, said)
                for job in jobs(settings, folder, wanted, clips, platform)
            ]
        if wanted.bursts:
            async with (
                platform_for(settings, console, wanted, folder, learned_from(steps)) as platform,
                changing_orders(platform, wanted.languages, wanted.seed),
            ):
                for times in wanted.bursts:
                    # What it has learned by now decides how many it admits.
                    state = await platform.line_state()
                    ceiling = int(state.get("ceiling") or wanted.admitted)
                    job = burst_job(settings, folder, wanted, clips, platform, times, ceiling)
                    steps.append(await measure_step(console, platform, job, idle, said))
        figures = {"machine": about, "seed": wanted.seed, "steps": steps}
        show(console, figures)
        write_figures(wanted.json_file, figures)
        return 1 if any(failures(one) for one in steps) else 0
    except (BenchFailed, RuntimeError) as error:
        console.print(str(error), style="bold red", markup=False)
        return 2
    finally:
        if wanted.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def again(console: Console, folder: Path, json_file: Path | None) -> int:
    """Work out a stored run again; a step that was broken off is left out."""
    said: set[str] = set()
    folders = sorted(
        (path.parent for path in folder.glob(f"*/{USED}")), key=lambda one: (began(one), one.name)
    )
    steps = [step_figures(one, said) for one in folders]
    if not steps:
        console.print(f"{folder} holds no stored run", style="bold red", markup=False)
        return 2
    figures = {"machine": json.loads((folder / "machine.json").read_text()), "steps": steps}
    show(console, figures)
    write_figures(json_file, figures)
    return 0


def learned_from(steps: Sequence[dict[str, Any]]) -> int:
    """The ceiling that a platform would have learned in these steps: the calls of the largest that kept the target.

    Where none did, the calls of the smallest step: it learns from there.
    """
    held = holds(steps)
    return held.calls if held else min(int(one["calls_at_once"]) for one in steps)


@asynccontextmanager
async def platform_for(
    settings: Settings, console: Console, wanted: Wanted, folder: Path, learned: int | None = None
) -> AsyncIterator[Platform]:
    """The platform to be measured: the one named, or a throw-away one.

    Args:
        learned: the ceiling that a throw-away one begins with and learns from, unless one was asked for; None: it admits
            the largest step's calls, however late replies come.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    await asyncio.to_thread(
        (folder / "machine.json").write_text, json.dumps(machine(), ensure_ascii=False, indent=1)
    )
    if wanted.server:
        yield Platform(wanted.server.rstrip("/"), wanted.web.rstrip("/"), wanted.token, wanted.pid)
        return
    log = "platform.log" if learned is None else "platform-bursts.log"
    async with throw_away(
        settings, console, folder / log, languages=wanted.languages, max_calls=wanted.admitted,
        learned=None if wanted.ceiling is not None else learned,
    ) as platform:  # fmt: skip
        yield platform


def jobs(
    settings: Settings, folder: Path, wanted: Wanted, clips: Sequence[tuple[str, str]], platform: Platform
) -> list[Job]:
    """One job a step of the ramp."""
    return [
        _job(settings, folder, wanted, clips, platform, f"calls-{calls:03}", calls, wanted.turns_of(step))
        for step, calls in enumerate(wanted.calls)
    ]


def burst_job(
    settings: Settings,
    folder: Path,
    wanted: Wanted,
    clips: Sequence[tuple[str, str]],
    platform: Platform,
    times: int,
    ceiling: int,
) -> Job:
    """With the last step's calls under way, as far as the ceiling admits them, so many more ring at once that
    ``times`` the ceiling want to be led."""
    under_way = min(wanted.calls[-1], ceiling)
    turns = max(10, wanted.turns_of(len(wanted.calls) - 1) // 4)
    job = _job(settings, folder, wanted, clips, platform, f"burst-{times}x", under_way, turns)
    extra = max(1, times * ceiling - under_way)
    return dataclasses.replace(job, extra=extra, extra_after_s=wanted.warm_up_s + 30.0)


def _job(
    settings: Settings,
    folder: Path,
    wanted: Wanted,
    clips: Sequence[tuple[str, str]],
    platform: Platform,
    name: str,
    calls: int,
    turns: int,
) -> Job:
    return Job(
        server=platform.line,
        folder=str(folder / name),
        recordings=str(kept(settings) / "callers"),
        seed=wanted.seed,
        name=name,
        places=calls,
        turns=turns,
        warm_up_s=wanted.warm_up_s,
        limit_s=wanted.limit_s,
        languages=tuple(one.value for one in wanted.languages),
        fillers=tuple(sorted(FILLERS)),
        auth_token=wanted.auth_token,
        clips=tuple(clips),
    )


async def measure_step(
    console: Console, platform: Platform, job: Job, idle: float | None, said: set[str]
) -> dict[str, Any]:
    """Run one step, store what is known of it, and work out its figures.

    Args:
        idle: memory in MiB before the first call of all; what is loaded or filled by calls is their cost.
        said: first clauses of the run's replies so far; this step's are added.
    """
    with console.status(f"{job.name}: 0 of {job.turns} turns") as status:

        def tell(news: dict[str, Any]) -> None:
            if news["event"] == "call":
                status.update(f"{job.name}: {news['answered']} of {job.turns} turns")

        step = await run_step(platform, job, tell)
    calls = await asyncio.to_thread(stored_calls, step.folder)
    events = await platform.events([call["call_sid"] for call in calls if "call_sid" in call])
    metrics = await platform.metrics()
    await asyncio.to_thread(_store, step, events, metrics, idle)
    figures = await asyncio.to_thread(step_figures, step.folder, said)
    console.print(
        f"{job.name}: {figures['answered']} turns, gap {_ms(figures['gap_ms'], 'p50')} median, "
        f"{_ms(figures['gap_ms'], 'p95')} p95; {step.stolen:.0%} of the machine's time was stolen by its host",
        highlight=False,
    )
    return figures


def idle_memory(platform: Platform, looks: int = 15, pause_s: float = 2.0) -> float | None:
    """Memory of all processes before the first call, in MiB, once it has settled: models load when all else is ready.

    None where the processes cannot be seen.
    """
    known: float | None = None
    for _ in range(looks):
        meter = platform.meter()
        meter.begin()
        now = sum(one.memory_mib for one in meter.sample().values())
        if not now or (known is not None and abs(now - known) < _SETTLED_MIB):
            return now or None
        known = now
        time.sleep(pause_s)
    return known


def _store(step: Step, events: dict[str, Any], metrics: str, idle: float | None) -> None:
    used = {
        "processes": {role: dataclasses.asdict(one) for role, one in _merged(step.usage).items()},
        "stolen_share": round(step.stolen, 3),
        "read_gb_s": [round(one, 1) for one in step.read_gb_s],
        "idle_memory_mib": idle,
        "began": step.began,
        "seconds": step.seconds,
        "over_at_s": step.over_at_s,
        "line": step.line,
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


def _ms(gaps: dict[str, float], name: str) -> str:
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
            one["step"], str(one["calls_at_once"]), *_carried(one["carried"]), str(one["turns"]),
            *(_ms(one["gap_ms"], name) for name in ("p50", "p90", "p95", "p99")),
            _ms(one["gap_ms_asked_again"], "p50"), fresh, wrong or "none",
        )  # fmt: skip
    return table


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
