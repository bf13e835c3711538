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
from soundfile import LibsndfileError

from app.bench_card import ms, show
from app.bench_load import Step, callers_recorded, changing_orders, real_clips, run_step
from app.bench_platform import BenchFailed, Platform, kept, throw_away
from app.settings import Settings
from core.languages import Language
from evals.bench.capacity.analysis import FILLERS, stored_calls
from evals.bench.capacity.figures import EVENTS, METRICS, METRICS_BEFORE, USED, began, step_figures
from evals.bench.capacity.generator import Job
from evals.bench.capacity.resources import Usage, machine
from evals.bench.capacity.sizing import failures, holds

MACHINE = "machine.json"
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
    await asyncio.to_thread(store_machine, folder, about)
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
    """Work out a stored run again; a step that was broken off is left out. Returns 2 if something needed is missing."""
    try:
        figures = {"machine": stored_machine(folder), "steps": stored_steps(folder)}
    except BenchFailed as error:
        console.print(str(error), style="bold red", markup=False)
        return 2
    show(console, figures)
    write_figures(json_file, figures)
    return 0


def stored_steps(folder: Path) -> list[dict[str, Any]]:
    """The figures of the steps stored in a folder, in the order in which they were run.

    Raises:
        BenchFailed: there are none, or something of one is missing; the message says what.
    """
    folders = sorted(
        (path.parent for path in folder.glob(f"*/{USED}")), key=lambda one: (began(one), one.name)
    )
    if not folders:
        raise BenchFailed(f"{folder} holds no stored run: no {USED} in a folder of a step")
    said: set[str] = set()
    try:
        return [step_figures(one, said) for one in folders]
    except (OSError, LibsndfileError) as error:
        raise BenchFailed(f"something of a stored step is missing: {error}") from error


def stored_machine(folder: Path) -> dict[str, Any]:
    """The machine that a stored run was of.

    Raises:
        BenchFailed: it was not stored.
    """
    path = folder / MACHINE
    if not path.exists():
        raise BenchFailed(f"{path} is missing: it tells what machine was measured")
    about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return about


def store_machine(folder: Path, about: dict[str, Any]) -> None:
    """Beside the steps, as it was before the first of them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MACHINE).write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")


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

    The platform's counters are read before the step and after it, and never while it is measured.

    Args:
        idle: memory in MiB before the first call of all; what is loaded or filled by calls is their cost.
        said: first clauses of the run's replies so far; this step's are added.
    """
    counted = await platform.metrics()
    with console.status(f"{job.name}: 0 of {job.turns} turns") as status:

        def tell(news: dict[str, Any]) -> None:
            if news["event"] == "call":
                status.update(f"{job.name}: {news['answered']} of {job.turns} turns")

        step = await run_step(platform, job, tell)
    calls = await asyncio.to_thread(stored_calls, step.folder)
    events = await platform.events([call["call_sid"] for call in calls if "call_sid" in call])
    looks = {METRICS_BEFORE: counted, METRICS: await platform.metrics()}
    await asyncio.to_thread(_store, step, events, looks, idle)
    figures = await asyncio.to_thread(step_figures, step.folder, said)
    console.print(
        f"{job.name}: {figures['answered']} turns, gap {ms(figures['gap_ms'], 'p50')} median, "
        f"{ms(figures['gap_ms'], 'p95')} p95; {step.stolen:.0%} of the machine's time was stolen by its host",
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


def _store(step: Step, events: dict[str, Any], looks: dict[str, str], idle: float | None) -> None:
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
    for name, metrics in looks.items():
        (step.folder / name).write_text(metrics, encoding="utf-8")


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
