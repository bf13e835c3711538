"""Runs the generator against a platform, step by step, and watches what both use meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import soundfile
from rich.console import Console
from rich.progress import track

from app.bench_platform import Platform, kept
from app.common import beside
from app.settings import Settings
from core.db import Database
from core.languages import Language
from evals.bench.capacity.generator import Job
from evals.bench.capacity.lines import Recording, clip_sentence, recordings
from evals.bench.capacity.orders import order_numbers, shuffle
from evals.bench.capacity.resources import Usage
from evals.bench.capacity.speed import read_gb_s
from evals.bench.capacity.voices import CallerRecordings
from evals.bench.clips import listed
from voice_gateway.audio.resample import resample
from voice_gateway.leg import LINE_RATE

SHUFFLE_S = 15.0
_SHORTEST_S, _LONGEST_S = 2.0, 6.0


@dataclass
class Step:
    """What one run of the generator gave."""

    job: Job
    seconds: float = 0.0
    cpu_s: float = 0.0
    late_ms: float = 0.0
    answered: int = 0
    began: float = 0.0
    over_at_s: float = 0.0
    usage: dict[str, Usage] = field(default_factory=dict)
    stolen: float = 0.0
    """Of the machine's time, by its host."""
    read_gb_s: list[float] = field(default_factory=list)
    """How quickly a core read memory before the step and after it, with nobody calling."""
    line: list[dict[str, Any]] = field(default_factory=list)
    """Looks at the line's ``/readyz`` after the warm-up: at_s, calls led, ceiling."""

    @property
    def folder(self) -> Path:
        return Path(self.job.folder)


async def callers_recorded(
    settings: Settings,
    console: Console,
    languages: Sequence[Language],
    wanted: Sequence[Recording] | None = None,
) -> CallerRecordings:
    """The callers' recordings, rendered where they are missing.

    Args:
        wanted: these alone; None: all of the languages.
    """
    store = CallerRecordings(kept(settings) / "callers")
    missing = store.missing(recordings(tuple(languages)) if wanted is None else wanted)
    if missing:
        from models.speech.kokoro import KokoroSynthesiser

        synthesiser = KokoroSynthesiser.from_assets()
        try:
            for recording in track(missing, "Rendering the callers", console=console):
                await store.render([recording], synthesiser, lambda: None)
        finally:
            synthesiser.close()
    return store


def real_clips(store: CallerRecordings, folder: Path, languages: Sequence[Language]) -> list[tuple[str, str]]:
    """Bring real recordings of two to six seconds beside the rendered ones; (language, text) of each."""
    found = []
    for language in languages:
        for row in listed(folder / language.value):
            text = (row["text"] or "").strip()
            if not text or not (row.get("kind") or "real").startswith("real"):
                continue
            pcm, rate = soundfile.read(folder / language.value / row["file"], dtype="int16", always_2d=True)
            if not _SHORTEST_S <= len(pcm) / rate <= _LONGEST_S:
                continue
            path = store.path(clip_sentence(language, text).parts[0])
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                narrow = resample(np.ascontiguousarray(pcm[:, 0]), int(rate), LINE_RATE)
                soundfile.write(path, narrow, LINE_RATE)
            found.append((language.value, text))
    return found


@asynccontextmanager
async def changing_orders(
    platform: Platform, languages: Sequence[Language], seed: str
) -> AsyncIterator[None]:
    """While open, the orders that callers ask for change all the time; of a throw-away platform only."""
    if platform.settings is None:
        yield
        return
    db, numbers = Database(platform.settings.db_url), order_numbers(languages)
    random = Random(seed)  # noqa: S311 (no secret)

    async def keep_changing() -> None:
        while True:
            await asyncio.sleep(SHUFFLE_S)
            await shuffle(db, numbers, random, datetime.now(UTC).date())

    await shuffle(db, numbers, random, datetime.now(UTC).date())
    try:
        async with beside(keep_changing(), "changing orders"):
            yield
    finally:
        await db.close()


def _write(job: Job) -> Path:
    path = Path(job.folder) / "job.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dataclasses.asdict(job), ensure_ascii=False), encoding="utf-8")
    return path


async def run_step(
    platform: Platform,
    job: Job,
    tell: Callable[[dict[str, Any]], None],
) -> Step:
    """Run one job in a process of its own; what the platform uses counts from the end of the warm-up
    until no new call is begun.

    Raises:
        RuntimeError: the generator failed.
    """
    described = await asyncio.to_thread(_write, job)
    quiet = [await asyncio.to_thread(read_gb_s)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "evals.bench.capacity.generator", str(described),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    step, meter, over = Step(job, read_gb_s=quiet), platform.meter(), asyncio.Event()
    clock = asyncio.get_running_loop().time
    began = clock()

    async def over_within(seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), seconds)
        return over.is_set()

    async def watch() -> None:
        if await over_within(job.warm_up_s):
            return
        meter.begin()
        while True:
            last = await over_within(1.0)
            step.usage, step.stolen = await asyncio.to_thread(meter.sample), meter.stolen
            if last:
                return
            step.line.append({"at_s": round(clock() - began, 1), **await platform.line_state()})

    watching = asyncio.create_task(watch(), name="resources")
    try:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            news = json.loads(line)
            if news["event"] == "over":
                over.set()
            if news["event"] == "end":
                step.began, step.over_at_s = news["began"], news["over_at_s"]
                step.seconds, step.cpu_s = news["seconds"], news["cpu_s"]
                step.late_ms, step.answered = news["late_ms"], news["answered"]
            tell(news)
        if await process.wait() != 0:
            raise RuntimeError(f"the generator ended with {process.returncode}")
        await watching
        step.read_gb_s.append(await asyncio.to_thread(read_gb_s))
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        if process.returncode is None:
            process.kill()
            with contextlib.suppress(ProcessLookupError):
                await process.wait()
    return step
