"""``tetraphone bench soak``: calls coming and going for as long as told; everything must come back."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from app.bench_capacity import Wanted, jobs, write_figures
from app.bench_load import callers_recorded, changing_orders, run_step
from app.bench_platform import BenchFailed, Platform, throw_away
from app.settings import Settings
from core.languages import Language
from evals.bench.capacity.analysis import stored_calls, was_queued
from evals.bench.capacity.resources import Usage, machine
from evals.bench.soak import Sample, gauges, restarted, verdicts

_EVERY_S = 5.0


async def soak(
    settings: Settings,
    console: Console,
    calls: int,
    minutes: float,
    settle_s: float,
    ceiling: int | None,
    keep: Path | None,
    json_file: Path | None,
) -> int:
    """Returns 0 if memory, tasks, threads and handles are back, and every call was led to its end."""
    about = await asyncio.to_thread(machine)
    with contextlib.ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tetraphone-soak-")))
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        wanted = Wanted(calls=(calls,), turns=(10**9,), warm_up_s=0.0, ceiling=ceiling, keep=folder)
        try:
            await callers_recorded(settings, console, tuple(Language))
            async with (
                throw_away(settings, console, folder / "platform.log", max_calls=wanted.admitted) as platform,
                changing_orders(platform, tuple(Language), "soak"),
            ):
                figures = await _soak(settings, console, platform, wanted, minutes, settle_s)
        except (BenchFailed, RuntimeError) as error:
            console.print(str(error), style="bold red", markup=False)
            return 2
    to_wait = ceiling is not None and ceiling < calls
    figures = {"machine": about, "calls": calls, "minutes": minutes, "to_wait": to_wait, **figures}
    _show(console, figures)
    write_figures(json_file, figures)
    return 0 if passed(figures) else 1


def passed(figures: dict[str, Any]) -> bool:
    """Whether all is back, every process lived through it, and every call was led to its end.

    Calls may have had to wait for a place only where the ceiling asked for was below the calls at once (``to_wait``).
    """
    back = all(one["back"] for one in figures["verdicts"])
    wrong = sum(figures[what] for what in ("failed", "refused", "ended by the platform"))
    if not figures["to_wait"]:
        wrong += figures["queued"]
    return back and not figures["restarted"] and not wrong


async def _soak(
    settings: Settings, console: Console, platform: Platform, wanted: Wanted, minutes: float, settle_s: float
) -> dict[str, Any]:
    samples: list[Sample] = []
    began = asyncio.get_running_loop().time()
    meter = platform.meter()
    meter.begin()

    async def look(phase: str) -> None:
        usage = await asyncio.to_thread(meter.sample)
        seconds = asyncio.get_running_loop().time() - began
        usage = {role: one for role, one in usage.items() if role in meter.present}
        samples.append(_sample(phase, seconds, usage, await _gauges(platform)))

    async def run(calls: int, run_minutes: float, name: str, phase: str) -> Path:
        (job,) = jobs(
            settings,
            wanted.keep or Path(),
            Wanted(calls=(calls,), turns=(10**9,), warm_up_s=0.0),
            (),
            platform,
        )
        fields = asdict(job) | {
            "name": name, "folder": str((wanted.keep or Path()) / name), "churn_s": run_minutes * 60,
            "keep_sound": False,
        }  # fmt: skip
        looking = asyncio.create_task(_every(lambda: look(phase)), name="samples")
        try:
            with console.status(
                f"{name}: {calls} calls coming and going for {run_minutes:.0f} min"
            ) as status:
                await run_step(
                    platform,
                    type(job)(**fields),
                    lambda news: status.update(f"{name}: {news.get('answered', 0)} turns"),
                )
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        return Path(fields["folder"])

    # What is loaded and filled once (caches, pools, arenas) is there before the baseline is taken.
    await run(wanted.calls[0], min(2.0, minutes / 4), "warm-up", "warm-up")
    await _rest(look, settle_s, "baseline")
    folder = await run(wanted.calls[0], minutes, "soak", "calls")
    await _rest(look, settle_s, "after")
    calls = stored_calls(folder)
    return {
        "calls_made": len(calls),
        "failed": sum("failed" in call or call.get("ended_by") == "lost" for call in calls),
        "refused": sum("refused" in call for call in calls),
        "queued": sum(was_queued(call) for call in calls),
        "ended by the platform": sum(
            call.get("ended_by") == "platform" and not was_queued(call) for call in calls
        ),
        "restarted": restarted(samples),
        "verdicts": [asdict(one) for one in verdicts(samples)],
        "samples": [asdict(one) for one in samples],
    }


async def _every(look: Any) -> None:
    while True:
        await look()
        await asyncio.sleep(_EVERY_S)


async def _rest(look: Any, seconds: float, phase: str) -> None:
    """Let the platform rest, and look at it in the last moments."""
    await asyncio.sleep(seconds)
    for _ in range(3):
        await look(phase)
        await asyncio.sleep(1.0)


async def _gauges(platform: Platform) -> dict[str, float]:
    async with platform.client(5) as client:
        with contextlib.suppress(httpx.HTTPError):
            answers = [await client.get(f"{base}/metrics") for base in (platform.line, platform.web)]
            return gauges([answer.text for answer in answers])
    return {}


def _sample(phase: str, seconds: float, usage: dict[str, Usage], found: dict[str, float]) -> Sample:
    values = dict(found)
    for role, one in usage.items():
        if role.startswith("other-"):
            continue  # helpers that come and go with a document
        values[f"{role} memory MiB"] = round(one.memory_mib, 1)
        values[f"{role} threads"] = one.threads
        values[f"{role} handles"] = one.handles
    pids = {role: one.pid for role, one in usage.items() if not role.startswith("other-")}
    return Sample(phase, round(seconds, 1), values, pids)


def _show(console: Console, figures: dict[str, Any]) -> None:
    table = Table(
        "what", "before", "most", "after", "slope an hour", "may grow by", "back?",
        title=f"{figures['calls']} calls at once for {figures['minutes']:g} min: {figures['calls_made']} calls",
    )  # fmt: skip
    for one in figures["verdicts"]:
        table.add_row(
            one["what"], f"{one['before']:g}", f"{one['most']:g}",
            "not to be seen" if one["after"] is None else f"{one['after']:g}",
            "–" if one["slope"] is None else f"{one['slope']:+.1f}", f"{one['allowed']:g}",
            "yes" if one["back"] else "NO", style="" if one["back"] else "red",
        )  # fmt: skip
    console.print(table)
    console.print(
        f"Calls that failed or were lost: {figures['failed']}; refused: {figures['refused']}; hung up while waiting "
        f"for a place: {figures['queued']}; ended by the platform: {figures['ended by the platform']}.",
        highlight=False,
    )
    if figures["restarted"]:
        console.print(
            f"Ended or started anew meanwhile: {', '.join(figures['restarted'])}.", style="bold red"
        )
    back = all(one["back"] for one in figures["verdicts"])
    console.print("Everything came back." if back else "Not everything came back.", style="bold")
