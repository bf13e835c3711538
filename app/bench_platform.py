"""A platform to be measured: a throw-away one with a data folder and ports of its own, or one that runs."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import socket
import ssl
import sys
import tempfile
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
from rich.console import Console

from app.bot import fixed_phrases
from app.ceiling import keep_ceiling
from app.demo_data import DEMO_PASSWORD
from app.prepare import answer_phrases, knowledge_files, prepare, publish_documents, render_ahead
from app.settings import Settings
from bots.engine.bot import Bot
from core.languages import Language
from evals.bench.capacity.lines import DOCUMENTS, groups_of
from evals.bench.capacity.resources import Meter, tree

READY_S = 300.0
END_S = 90.0


class BenchFailed(Exception):
    """The measurement cannot go on; the message says why."""


@dataclass
class Platform:
    """What a benchmark needs of a platform.

    Attributes:
        line: base address of the line.
        web: base address of the API; '' where events are not to be had.
        pid: its supervisor; None where its processes are not to be seen from here.
        settings: of a throw-away platform; None of a running one.
    """

    line: str
    web: str = ""
    token: str = ""
    pid: int | None = None
    settings: Settings | None = None
    headers: dict[str, str] = field(default_factory=dict)
    _tls: ssl.SSLContext = field(default_factory=httpx.create_ssl_context, repr=False)

    def client(self, timeout_s: float, **more: Any) -> httpx.AsyncClient:
        """Asks it; the certificate authorities are loaded once, for to load them costs more than most answers."""
        return httpx.AsyncClient(timeout=timeout_s, verify=self._tls, **more)

    def meter(self) -> Meter:
        pid = self.pid
        return Meter(lambda: tree(pid) if pid is not None and psutil.pid_exists(pid) else {})

    async def line_state(self) -> dict[str, Any]:
        """Calls that the line leads now, and its ceiling, as far as it tells."""
        async with self.client(5) as client:
            try:
                answer = (await client.get(f"{self.line}/readyz")).json()
            except (httpx.HTTPError, ValueError):
                return {}
        if not isinstance(answer, dict):
            return {}
        return {name: answer[name] for name in ("calls", "ceiling", "max_calls") if name in answer}

    async def log_in(self, user: str = "root", password: str = DEMO_PASSWORD) -> None:
        async with self.client(30) as client:
            answer = await client.post(f"{self.web}/api/login", json={"username": user, "password": password})
            answer.raise_for_status()
            self.token = answer.json()["token"]

    async def events(self, call_sids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
        """The events of calls by the carrier's name for them; of calls that the platform knows."""
        if not self.web or not self.token:
            return {}
        wanted, found = set(call_sids), {}
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.client(60, base_url=self.web, headers=headers) as client:
            offset = 0
            while wanted:
                page = (await client.get(f"/api/calls?limit=200&offset={offset}&brief=1")).json()["calls"]
                for call in page:
                    events = (await client.get(f"/api/calls/{call['id']}/events")).json()["events"]
                    sid = next(
                        (e["data"]["carrier_call_id"] for e in events if e["kind"] == "call_started"), ""
                    )
                    if sid in wanted:
                        wanted.discard(sid)
                        found[sid] = events
                if len(page) < 200:
                    break
                offset += 200
        return found

    async def metrics(self) -> str:
        """The line's and the web's (with the models') metrics as text; '' where they are not given."""
        texts = []
        async with self.client(10) as client:
            for base in filter(None, (self.line, self.web)):
                with contextlib.suppress(httpx.HTTPError):
                    answer = await client.get(f"{base}/metrics")
                    texts.append(answer.text if answer.status_code == 200 else "")
        return "\n".join(texts)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kept(settings: Settings) -> Path:
    """Where benchmarks keep what takes long to make and never differs."""
    return settings.model_cache / "bench"


@asynccontextmanager
async def started(
    what: str,
    command: Sequence[str],
    lines: Sequence[str],
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[int]:
    """A server of a benchmark, ready; its process id.

    Args:
        what: its name for a message.
        command: program and arguments.
        lines: base addresses that are asked whether it is ready.
        log: file that takes what it prints.
        environment: of it; this process's where None.

    Raises:
        BenchFailed: it does not get ready.
    """
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=output, stderr=output, env=environment, process_group=0
        )
    try:
        await _until_ready(what, lines, process, log)
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), END_S)
            except TimeoutError:
                process.kill()
                await process.wait()


@asynccontextmanager
async def throw_away(
    settings: Settings,
    console: Console,
    log: Path,
    *,
    languages: Sequence[Language] = tuple(Language),
    max_calls: int | None = None,
    learned: int | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[Platform]:
    """Start a demo platform for one measurement; its data is gone afterwards.

    It has what callers will hear and renders nothing ahead, as one some hours old has nothing left to render: beside few
    calls that would cost them time, and in a rest it would be measured at one or another point of that work.

    Args:
        languages: that callers will speak; what the bot answers to them is rendered before.
        max_calls: calls that are admitted, however late replies come: that is what is to be measured.
        learned: the ceiling that it has learned before; it goes on learning, with ``max_calls`` as the limit. None: it
            learns nothing.
        host: address that it listens on.

    Raises:
        BenchFailed: it does not get ready.
    """
    data = Path(tempfile.mkdtemp(prefix="tetraphone-bench-"))
    changes: dict[str, Any] = {
        "data": data,
        "web_port": free_port(),
        "line_port": free_port(),
        "web_host": host,
        "line_host": host,
        "demo": True,
        "render_ahead": False,
        "log_level": "WARNING",
        "database_url": "",
        "twilio_auth_token": "",
    }
    if max_calls is not None:
        changes |= {"max_calls": max_calls, "learn_ceiling": learned is not None}
    environment = {f"TETRAPHONE_{name.upper()}": str(value) for name, value in changes.items()}
    before = dict(os.environ)
    os.environ.update(environment | {"TETRAPHONE_DEMO": "1"})
    try:
        from app.settings import load

        own = load()
        if learned is not None:
            keep_ceiling(own, learned)
        await _prepared(own, console)
        await _phrases(own, console, languages)
        line, web = f"http://127.0.0.1:{own.line_port}", f"http://127.0.0.1:{own.web_port}"
        serve = (sys.executable, "-m", "app.cli", "serve")
        async with started("the platform", serve, (line, web), log) as pid:
            platform = Platform(line, web, pid=pid, settings=own)
            await platform.log_in()
            yield platform
    finally:
        for name in (*environment, "TETRAPHONE_DEMO"):
            os.environ.pop(name, None)
        os.environ.update(before)
        shutil.rmtree(data, ignore_errors=True)


async def _prepared(settings: Settings, console: Console) -> None:
    """Schema, demo data and published documents: made once for all benchmarks of a day, then copied."""
    store = kept(settings) / "prepared" / await asyncio.to_thread(_made_of, settings)
    if await asyncio.to_thread((store / "documents.sha256").exists):
        await asyncio.to_thread(shutil.copytree, store, settings.data, dirs_exist_ok=True)
        await asyncio.to_thread(prepare, settings, console)
        return
    await asyncio.to_thread(prepare, settings, console)
    await publish_documents(settings, console)

    def keep() -> None:
        for old in store.parent.glob("*"):
            shutil.rmtree(old, ignore_errors=True)
        fresh = store.with_suffix(f".{os.getpid()}")
        shutil.copytree(settings.data, fresh)
        fresh.rename(store)

    await asyncio.to_thread(keep)


_MAKES_IT = ("app/migrations", "bots/connectors", "core/db.py", "kb_ingest", "models/embedding")


def _made_of(settings: Settings) -> str:
    """Changes with what the prepared data depends on: its documents, the code that makes it, and the day of the
    demo's orders. What is new in schema and demo data beyond that, ``prepare`` adds."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256(datetime.now(UTC).date().isoformat().encode())
    paths = [root / name for name in _MAKES_IT]
    code = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))]
    for path in sorted([*code, *knowledge_files(settings)]):
        digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


async def _phrases(settings: Settings, console: Console, languages: Sequence[Language]) -> None:
    """What a platform some hours old has rendered: the bot's lines, the answers of the documents that callers ask
    about, and the groups of digits in their numbers; nothing that a call had rendered."""
    store, pinned = kept(settings) / "phrases", settings.phrases / "pinned"
    store.mkdir(parents=True, exist_ok=True)
    pinned.mkdir(parents=True, exist_ok=True)
    for path in store.iterdir():
        shutil.copy2(path, pinned / path.name)
    bot = Bot.load(settings.bot_folder, settings.nlu_folder)
    phrases = fixed_phrases(settings, bot)
    documents = {language: [f"{name}.{language.value}.md" for name in DOCUMENTS] for language in languages}
    phrases += await answer_phrases(settings, bot, documents)
    korean = bot.spoken.voices.get(Language.KO)
    phrases += [(" ".join(digits), Language.KO, korean) for digits in groups_of(Language.KO)]
    phrases = [phrase for phrase in phrases if phrase[1] in languages]
    try:
        await render_ahead(settings, console, phrases, "Rendering the bot's prompts", bot.spoken.names)
    finally:
        for path in pinned.iterdir():
            if path.suffix == ".wav" and not (store / path.name).exists():
                shutil.copy2(path, store / path.name)


async def _until_ready(
    what: str, lines: Sequence[str], process: asyncio.subprocess.Process, log: Path
) -> None:
    """Wait until every line answers that it is ready.

    Raises:
        BenchFailed: the process ended meanwhile, or the time is over.
    """
    async with httpx.AsyncClient(timeout=3) as client:
        for _ in range(int(READY_S * 2)):
            if process.returncode is not None:
                said = await asyncio.to_thread(log.read_text)
                raise BenchFailed(f"{what} ended while it was starting:\n{said[-1500:]}")
            with contextlib.suppress(httpx.HTTPError):
                answers = [await client.get(f"{base}/readyz") for base in lines]
                if all(answer.status_code == 200 for answer in answers):
                    return
            await asyncio.sleep(0.5)
    raise BenchFailed(f"{what} is not ready after {READY_S:.0f} s; its log: {log}")
