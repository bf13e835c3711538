"""``tetraphone bench desks``: how soon agents' pages show what happens, and what that costs, with many of them open."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import psutil
import socketio
from argon2 import PasswordHasher
from rich.console import Console
from rich.table import Table

from app.bench_capacity import write_figures
from app.bench_load import callers_recorded
from app.bench_platform import BenchFailed, Platform, throw_away
from app.settings import Settings
from core.crypto import PersonKeys
from core.db import Database
from core.events import Recorded
from core.identity import Identity, Role
from core.languages import Language
from core.log import EventLog
from evals.bench.capacity.lines import CALLER_PREFIX, fixed_sentences, recordings
from evals.bench.capacity.resources import machine
from evals.bench.capacity.voices import CallerRecordings
from evals.bench.desks import (
    Delay,
    Desk,
    DeskLoad,
    Wallboard,
    change_states,
    own_states,
    queue_lengths,
    rings,
    sentences,
    summed,
    take_offers,
    until_shown,
    wallboard_rows,
)
from evals.bench.wall import follow_page
from voice_gateway.caller import AudioTurn, CallerScript, CallRefused, KeysTurn, place_call

_AT_ONCE = 10
"""Pages that are opened at once."""
_SETTLED_S = 30.0
_THINKS_S = 1.0
"""An agent presses so long after the page has begun to ring."""
_PAUSE_S = 4.0
"""A caller goes on after it where nobody answers."""
_APART_S = 3.0
_SENTENCES = 8
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Nobody logs in with these passwords but the benchmark itself."""
_NO_WRAP_UP_S = 90.0
_LOG_SHOWN = 40_000
"""Characters of the platform's log that are shown where it failed."""


async def desks(settings: Settings, console: Console, load: DeskLoad, json_file: Path | None) -> int:
    """Measure; 1 where a page missed something or was lost, 2 where it cannot be measured."""
    about = await asyncio.to_thread(machine)
    languages = tuple(Language)
    with tempfile.TemporaryDirectory(prefix="tetraphone-desks-") as folder:
        log_file = Path(folder) / "platform.log"
        try:
            sounds = await callers_recorded(settings, console, languages, recordings(languages))
            async with throw_away(settings, console, log_file, max_calls=2 * load.calls + 2) as platform:
                figures = await _measured(console, platform, sounds, load)
        except BenchFailed as error:
            console.print(str(error), style="bold red", markup=False)
            said = await asyncio.to_thread(log_file.read_text, errors="replace") if log_file.exists() else ""
            console.print(said[-_LOG_SHOWN:], markup=False, highlight=False)
            return 2
    figures = {"machine": about, **asdict(load), **figures}
    _show(console, figures)
    write_figures(json_file, figures)
    return 1 if figures["pages_lost"] or any(one["lost"] for one in figures["delays"]) else 0


async def _measured(
    console: Console, platform: Platform, sounds: CallerRecordings, load: DeskLoad
) -> dict[str, Any]:
    assert platform.settings is not None
    db = Database(platform.settings.db_url)
    log = EventLog(db, PersonKeys(db, platform.settings.open_site_key()))
    facts: list[Recorded] = []
    try:
        opened = await _opened(console, platform, db, load.agents)
        boards = [Wallboard() for _ in range(load.walls)]
        async with _following(log, facts), _walls(platform, boards):
            await _all_show(opened, "available")
            for desk in opened:
                desk.presses.clear()
                desk.changes = 0
            console.print(f"{load.agents} pages, {load.calls} calls, {load.seconds:.0f} s ...", markup=False)
            costs = await _work(platform, sounds, opened, load)
            delays = _delays_at_work(facts, opened, boards)
            console.print(f"All on break; {load.rounds} callers wait, one after another ...", markup=False)
            await until_shown(opened, lambda shown: shown.mode == "idle", _NO_WRAP_UP_S)
            await _all_show(opened, "break")
            facts.clear()
            for number, language in zip(range(load.rounds), cycle(Language), strict=False):
                await _call(platform, sounds, language, number, said=0)
            await asyncio.sleep(_PAUSE_S)
            delays.append(summed("a caller waits, or no longer: every page", queue_lengths(facts, opened)))
        lost = sum(not desk.page.connected for desk in opened)
        await asyncio.gather(*(desk.page.close() for desk in opened))
    finally:
        await log.close()
        await db.close()
    return {"delays": [asdict(one) for one in delays], "pages_lost": lost, **costs}


async def _opened(console: Console, platform: Platform, db: Database, agents: int) -> list[Desk]:
    """Agents, each with the page open and connected.

    Raises:
        BenchFailed: a page cannot be opened.
    """
    sessions = await logged_in(Identity(db, hasher=QUICK_HASHER), agents)
    found = [Desk(user) for user in sessions]
    room = asyncio.Semaphore(_AT_ONCE)
    async with platform.client(30) as client:

        async def one(desk: Desk) -> None:
            async with room:
                try:
                    await desk.page.open(client, platform.web, "/desk", sessions[desk.user])
                except (httpx.HTTPError, socketio.exceptions.ConnectionError, ValueError) as error:
                    raise BenchFailed(f"the page of {desk.user} cannot be opened: {error}") from error

        await asyncio.gather(*(one(desk) for desk in found))
    return found


async def logged_in(identity: Identity, agents: int) -> dict[str, str]:
    """Agents who speak every language, by user name, with the secrets of their sessions."""
    password, sessions = secrets.token_urlsafe(16), dict[str, str]()
    languages, skills = tuple(language.value for language in Language), ("general", "complaints", "orders")
    for user in (f"agent{number:04}" for number in range(agents)):
        await identity.add_user(user, password, {Role.AGENT}, languages=languages, skills=skills)
        session = await identity.log_in(user, password, "page")
        assert session is not None
        sessions[user] = session.secret
    return sessions


@asynccontextmanager
async def _following(log: EventLog, facts: list[Recorded]) -> AsyncIterator[None]:
    """Facts are gathered as they come."""

    async def follow(position: int) -> None:
        async for recorded in log.follow(position):
            facts.append(recorded)

    task = asyncio.create_task(follow(await log.last_position()), name="facts")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _walls(platform: Platform, boards: Sequence[Wallboard]) -> AsyncIterator[None]:
    """Wallboards are open."""
    never = asyncio.Event()
    tasks = [
        asyncio.create_task(follow_page(platform.web, platform.token, language, board, never), name="wall")
        for language, board in zip(cycle(Language), boards, strict=False)
    ]
    try:
        for board in boards:
            await asyncio.wait_for(board.there.wait(), _SETTLED_S)
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _work(
    platform: Platform, sounds: CallerRecordings, opened: Sequence[Desk], load: DeskLoad
) -> dict[str, Any]:
    """Agents change their states and talk with callers; what that costs."""
    over, languages = asyncio.Event(), cycle(Language)
    own, meter = psutil.Process(), platform.meter()
    meter.begin()
    began, before = time.time(), own.cpu_times()
    until = began + load.seconds

    async def place(number: int) -> None:
        await asyncio.sleep(number * _APART_S)
        while time.time() < until:
            await _call(platform, sounds, next(languages), number, _SENTENCES)

    answering = asyncio.create_task(take_offers(opened, _THINKS_S, over), name="accepting")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(change_states(opened, until, load.every_s, seed=1))
            for number in range(load.calls):
                group.create_task(place(number))
    except* BenchFailed as failed:
        raise BenchFailed(str(failed.exceptions[0])) from failed
    finally:
        over.set()
        await answering
    usage, after, seconds = await asyncio.to_thread(meter.sample), own.cpu_times(), time.time() - began
    return {
        "updates_per_s": round(sum(desk.changes for desk in opened) / seconds, 1),
        "cores": {role: round(one.cores, 3) for role, one in usage.items()},
        "memory_mib": {role: round(one.memory_mib) for role, one in usage.items()},
        "own_cores": round((after.user + after.system - before.user - before.system) / seconds, 3),
        "stolen": round(meter.stolen, 3),
    }


async def _call(
    platform: Platform,
    sounds: CallerRecordings,
    language: Language,
    number: int,
    said: int,
) -> None:
    """One caller asks for a person by a key, then says so many sentences, whoever answers."""
    spoken = fixed_sentences(language)
    turns = [KeysTurn("0", answer_after_s=0.5)] + [
        AudioTurn(sounds.sentence(one), one.text) for one in (spoken * said)[:said]
    ]
    script = CallerScript(
        turns,
        caller=f"{CALLER_PREFIX[language]}{5550000 + number}",
        quiet_s=_PAUSE_S,
        reply_limit_s=_PAUSE_S,
        linger_s=_PAUSE_S,
    )
    try:
        await place_call(platform.line, script)
    except CallRefused as error:
        raise BenchFailed(f"a call was refused: {error}") from error


async def _all_show(opened: Sequence[Desk], state: str) -> None:
    """All agents choose a state.

    Raises:
        BenchFailed: a page does not show it.
    """
    for desk in opened:
        if desk.now.state != state:
            await desk.choose(state)
    if missing := await until_shown(opened, lambda shown: shown.state == state, _SETTLED_S):
        first = ", ".join(f"{desk.user}: {desk.now.state} ({desk.now.mode})" for desk in missing[:5])
        raise BenchFailed(f"{len(missing)} pages do not show {state}; {first}")


def _delays_at_work(
    facts: Sequence[Recorded], opened: Sequence[Desk], boards: Sequence[Wallboard]
) -> list[Delay]:
    by_name = {desk.user: desk for desk in opened}
    return [
        summed("an agent chooses a state: the agent's page", own_states(opened)),
        summed("the same: the row on each wallboard", wallboard_rows(opened, boards)),
        summed("an offer: the page rings", rings(facts, by_name)),
        summed("a caller's sentence: the agent's page", sentences(facts, by_name)),
    ]


def _show(console: Console, figures: dict[str, Any]) -> None:
    table = Table(
        title=f"{figures['agents']} agents' pages, {figures['walls']} wallboards, {figures['calls']} calls"
    )
    for head in ("from what to where", "shown", "p50 ms", "p95 ms", "max ms", "lost"):
        table.add_column(head, justify="left" if head.startswith("from") else "right")
    for one in figures["delays"]:
        table.add_row(
            one["what"], str(one["shown"]), f"{one['p50_ms']:.0f}", f"{one['p95_ms']:.0f}",
            f"{one['max_ms']:.0f}", str(one["lost"]),
        )  # fmt: skip
    console.print(table)
    cores = ", ".join(f"{role} {used:.2f}" for role, used in sorted(figures["cores"].items()))
    memory = ", ".join(f"{role} {used}" for role, used in sorted(figures["memory_mib"].items()))
    console.print(
        f"{figures['updates_per_s']} updates a second over all pages; {figures['pages_lost']} pages lost. "
        f"Cores: {cores}; the pages' readers and the callers {figures['own_cores']:.2f}. MiB: {memory}. "
        f"The host took {figures['stolen'] * 100:.0f} %.",
        markup=False,
    )
