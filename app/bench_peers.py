"""``tetraphone bench peers``: the same calls against this platform and against a peer, one after the other."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from app.bench_capacity import (
    Wanted,
    idle_memory,
    jobs,
    measure_step,
    platform_for,
    store_machine,
    stored_machine,
    stored_steps,
    write_figures,
)
from app.bench_card import turns_told, widen
from app.bench_load import callers_recorded, changing_orders
from app.bench_platform import BenchFailed, Platform, free_port, kept, started
from app.settings import Settings
from core.languages import Language
from evals.bench.capacity.lines import LEADS, VOICES, Recording
from evals.bench.capacity.resources import machine
from evals.bench.peers.ratio import side_by_side
from models.assets import asset_path
from models.threads import usable_cores

PIPECAT = "pipecat-ai[silero,whisper,websocket]==1.14.0"
"""The peer; with ``_ALSO`` it lives in an environment of its own, and is no dependency of this project."""
_ALSO = ("fastapi", "uvicorn", "python-multipart", "soundfile", "websockets")
SET_BY_US = frozenset(
    (
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "OMP_WAIT_POLICY",
        "TOKENIZERS_PARALLELISM",
    )
)  # fmt: skip
"""What ``models.threads.configure`` puts into the environment."""

OURS, THEIRS, PEER = "tetraphone", "pipecat", "peer.json"
"""In the folder of a run: the steps of either side, and what the peer was and how it ran."""


async def peers(
    settings: Settings,
    console: Console,
    calls: Sequence[int],
    turns: int,
    warm_up_s: float,
    limit_s: float,
    languages: Sequence[Language],
    keep: Path | None,
    json_file: Path | None,
) -> int:
    """Returns 0 if every step could be measured on both."""
    folder = keep or Path(tempfile.mkdtemp(prefix="tetraphone-peers-"))
    wanted = Wanted(
        calls=tuple(calls),
        turns=(turns,),
        warm_up_s=warm_up_s,
        limit_s=limit_s,
        languages=languages,
        keep=folder,
    )
    about = await asyncio.to_thread(machine)
    threads = peer_threads()
    figures: dict[str, Any] = {"machine": about, "peer": PIPECAT, "peer_threads": threads}
    ours: list[dict[str, Any]] = []
    theirs: list[dict[str, Any]] = []
    await asyncio.to_thread(store_machine, folder, about)
    await asyncio.to_thread(
        (folder / PEER).write_text, json.dumps({"peer": PIPECAT, "peer_threads": threads}, indent=1)
    )
    try:
        store = await callers_recorded(settings, console, languages)
        reply = store.path(Recording(LEADS[Language.EN][0], Language.EN, VOICES[1]))
        if not reply.exists():
            raise BenchFailed("the peer's reply is a recording in English; add --language en")
        python = await environment(settings, console)
        console.print(f"Pipecat runs with {_told(threads)}, as its library would choose.", highlight=False)
        async with pipecat(settings, python, reply, folder, threads) as peer:
            idle = await asyncio.to_thread(idle_memory, peer)
            for job in jobs(settings, folder / THEIRS, wanted, (), peer):
                theirs.append(await measure_step(console, peer, job, idle, set()))
        async with (
            platform_for(settings, console, wanted, folder) as platform,
            changing_orders(platform, languages, wanted.seed),
        ):
            idle, said = await asyncio.to_thread(idle_memory, platform), set[str]()
            for job in jobs(settings, folder / OURS, wanted, (), platform):
                ours.append(await measure_step(console, platform, job, idle, said))
    except (BenchFailed, RuntimeError) as error:
        console.print(str(error), style="bold red", markup=False)
        return 2
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    figures |= side_by_side(ours, theirs)
    _show(console, figures)
    write_figures(json_file, figures)
    return 0


def again(console: Console, folder: Path, json_file: Path | None) -> int:
    """Work out a stored run again: both sides' steps, and the ratios. Returns 2 if something needed is missing.

    A step that was broken off is left out, and so is what only one side went through.
    """
    try:
        figures = {"machine": stored_machine(folder), **_stored_peer(console, folder)}
        sides = {name: stored_steps(folder / name) for name in (OURS, THEIRS)}
    except BenchFailed as error:
        console.print(str(error), style="bold red", markup=False)
        return 2
    figures |= side_by_side(sides[OURS], sides[THEIRS])
    if figures["alone"]:
        console.print(f"Of one side only, and left out: {', '.join(figures['alone'])}", highlight=False)
    if not figures["ratio"]:
        console.print(
            f"{folder / OURS} and {folder / THEIRS} have no step in common", style="bold red", markup=False
        )
        return 2
    _show(console, figures)
    write_figures(json_file, figures)
    return 0


def _stored_peer(console: Console, folder: Path) -> dict[str, Any]:
    """What the peer was; no figure depends on it, and earlier runs did not store it."""
    path = folder / PEER
    if path.exists():
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return about
    console.print(f"{path} is missing: the peer's version and threads are not told", highlight=False)
    return {"peer": None, "peer_threads": None}


async def environment(settings: Settings, console: Console) -> Path:
    """The Python of the peer's own environment, made the first time.

    Raises:
        BenchFailed: it cannot be made.
    """
    folder = kept(settings) / "pipecat-1.14"
    python = folder / "bin" / "python"
    ready = folder / "complete"
    if ready.exists():
        return python
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        raise BenchFailed("the peer's environment is made with uv, which is not installed")
    with console.status("Installing Pipecat into an environment of its own"):
        for command in (
            [uv, "venv", "-q", "--allow-existing", "--python", sys.executable, str(folder)],
            [uv, "pip", "install", "-q", "-p", str(python), PIPECAT, *_ALSO],
        ):
            process = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
            )
            said, _ = await process.communicate()
            if process.returncode != 0:
                raise BenchFailed(f"Pipecat could not be installed:\n{said.decode()[-800:]}")
    ready.touch()
    return python


def peer_threads() -> dict[str, str]:
    """The peer's thread settings: one a core, which its libraries take where nothing is said."""
    return {"OMP_NUM_THREADS": str(usable_cores())}


def peer_environment(ours: dict[str, str], threads: dict[str, str]) -> dict[str, str]:
    """The environment of the peer: without the shares that this platform sets for its own processes."""
    return {name: value for name, value in ours.items() if name not in SET_BY_US} | threads


def _told(threads: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in threads.items())


@asynccontextmanager
async def pipecat(
    settings: Settings, python: Path, reply: Path, folder: Path, threads: dict[str, str]
) -> AsyncIterator[Platform]:
    """The peer, running, with the recogniser's weights that this platform uses.

    Args:
        threads: see ``peer_threads``.

    Raises:
        BenchFailed: it does not get ready.
    """
    script = Path(__file__).parent.parent / "evals" / "bench" / "peers" / "pipecat_peer.py"
    port = free_port()
    packaged = settings.recogniser_model == "whisper-base"
    whisper = asset_path("whisper-base") if packaged else Path(settings.recogniser_model)
    log = folder / "pipecat.log"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    command = (str(python), str(script), str(port), str(whisper), str(reply))
    environment = peer_environment(dict(os.environ), threads)
    line = f"http://127.0.0.1:{port}"
    async with started("Pipecat", command, (line,), log, environment) as pid:
        yield Platform(line, pid=pid)


def _show(console: Console, figures: dict[str, Any]) -> None:
    widen(console)
    table = Table(
        "calls at once", "turns", "ours p50", "p95", "p99", "Pipecat turns", "Pipecat p50", "p95", "p99",
        "ratio p50", "ratio p95", "no answer, cut off", "Pipecat: no answer, cut off", "cores", "Pipecat: cores",
        title="The same calls; Pipecat with the same recogniser and a canned reply",
    )  # fmt: skip
    for ours, theirs, ratio in zip(figures["ours"], figures["theirs"], figures["ratio"], strict=True):
        table.add_row(
            str(ours["calls_at_once"]), turns_told(ours), *_gaps(ours), turns_told(theirs), *_gaps(theirs),
            *(f"{ratio[name]:.2f}" if name in ratio else "–" for name in ("p50", "p95")),
            *(f"{one['errors']['no answer']}, {one['errors']['cut off']}" for one in (ours, theirs)),
            f"{ours['cores']:.2f}", f"{theirs['cores']:.2f}",
        )  # fmt: skip
    console.print(table)


def _gaps(step: dict[str, Any]) -> list[str]:
    return [f"{step['gap_ms'][name]:.0f} ms" if step["gap_ms"] else "–" for name in ("p50", "p95", "p99")]
