"""``tetraphone bench wall``: how soon wallboards show what happens, and what that costs, with many agents and pages."""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from app.addresses import base_url
from app.bench_capacity import write_figures
from app.migrations import upgrade
from app.settings import Settings, load
from app.web_process import run_web
from core.crypto import PersonKeys
from core.db import Database
from core.identity import Identity, Role
from core.log import EventLog
from evals.bench.capacity.resources import machine
from evals.bench.wall import agents_at_work, measure

READY_S = 60.0
_USER, _PASSWORD = "bench", "a password for one benchmark"


async def wall(
    console: Console,
    agents: int,
    pages: Sequence[int],
    seconds: float,
    every_s: float,
    calls_per_hour: float,
    json_file: Path | None,
) -> int:
    """The real web process over a throw-away database; the line and the models are not there.

    Returns 1 if a page missed a change.
    """
    about = await asyncio.to_thread(machine)
    steps: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="tetraphone-wall-") as folder:
        settings = load(data=Path(folder), web_port=_free_port(), demo=False)
        await asyncio.to_thread(upgrade, settings.db_url)
        db = Database(settings.db_url)
        log = EventLog(db, PersonKeys(db, settings.open_site_key()))
        await log.start()
        try:
            token = await _token(db)
            await agents_at_work(log, agents)
            async with _web(settings, token) as process:
                url = base_url(settings.web_host, settings.web_port)
                for count in pages:
                    console.print(f"{agents} agents, {count} pages, {seconds:.0f} s ...")
                    spent = process.cpu_times()
                    result = await measure(
                        log, url, token, agents=agents, pages=count, seconds=seconds, every_s=every_s,
                        calls_per_hour=calls_per_hour,
                    )  # fmt: skip
                    now = process.cpu_times()
                    used = now.user + now.system - spent.user - spent.system
                    steps.append({"pages": count, **asdict(result), "cpu_share": round(used / seconds, 3)})
        finally:
            await log.close()
            await db.close()
    figures = {
        "machine": about, "agents": agents, "every_s": every_s, "calls_per_hour": calls_per_hour, "steps": steps
    }  # fmt: skip
    _show(console, figures)
    write_figures(json_file, figures)
    return 1 if any(step["lost"] for step in steps) else 0


async def _token(db: Database) -> str:
    identity = Identity(db)
    await identity.add_user(_USER, _PASSWORD, {Role.SUPERVISOR})
    session = await identity.log_in(_USER, _PASSWORD, "token")
    assert session is not None
    return session.secret


@asynccontextmanager
async def _web(settings: Settings, token: str) -> AsyncIterator[psutil.Process]:
    """The web process, once its wallboard answers."""
    worker = multiprocessing.get_context("spawn").Process(target=_serve, args=(settings,), daemon=True)
    worker.start()
    try:
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}) as client:
            async with asyncio.timeout(READY_S):
                while True:
                    try:
                        answer = await client.get(
                            f"{base_url(settings.web_host, settings.web_port)}/api/wall"
                        )
                        if answer.status_code == 200:
                            break
                    except httpx.TransportError:
                        pass
                    await asyncio.sleep(0.2)
        yield psutil.Process(worker.pid)
    finally:
        worker.terminate()
        await asyncio.to_thread(worker.join, 20)


def _serve(settings: Settings) -> None:
    asyncio.run(run_web(settings))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _show(console: Console, figures: dict[str, Any]) -> None:
    table = Table(title=f"Wallboards, {figures['agents']} agents")
    for head in (
        "pages",
        "changes",
        "p50 ms",
        "p95 ms",
        "max ms",
        "updates/s",
        "KiB/s a page",
        "CPU",
        "lost",
    ):
        table.add_column(head, justify="right")
    for step in figures["steps"]:
        table.add_row(
            str(step["pages"]), str(step["changes"]), f"{step['p50_ms']:.0f}", f"{step['p95_ms']:.0f}",
            f"{step['max_ms']:.0f}", f"{step['frames_per_s']:.2f}", f"{step['kib_per_s']:.1f}",
            f"{step['cpu_share'] * 100:.0f} %", str(step["lost"]),
        )  # fmt: skip
    console.print(table)
