"""The three real processes with the real models, started once for all tests of this folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app import settings as settings_module
from app.common import Common, open_common
from app.demo_data import DEMO_PASSWORD
from app.demo_script import CallerLine
from app.demo_voices import CallerVoices
from app.prepare import prepare_quietly, render_ahead_quietly
from app.settings import Settings
from app.supervisor import Supervisor
from core.events import CallStarted
from core.languages import parse_language
from core.views import CallView
from voice_gateway.caller import AudioTurn, CallReport, place_call

READY_S = 400.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Platform:
    """A running platform and the ways in."""

    settings: Settings
    supervisor: Supervisor
    common: Common
    voices: CallerVoices
    running: asyncio.Task[None]
    tokens: dict[str, str] = field(default_factory=dict)
    position: int = 0
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def line(self) -> str:
        return f"http://127.0.0.1:{self.settings.line_port}"

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.settings.web_port}"

    async def say(self, text: str, language: str, voice: str = "caller_a") -> AudioTurn:
        """A turn of a caller, rendered once."""
        line = CallerLine(text, parse_language(language), voice)
        await self.voices.render_quietly([line])
        return self.voices.turn(line)

    async def call(self, turns: list[Any], **options: Any) -> CallReport:
        return await place_call(self.line, turns, **options)

    async def view(self, call_sid: str, *, until: str = "score", limit_s: float = 120.0) -> CallView:
        """The call's view once it has what is asked for (an attribute that is not None)."""
        async with asyncio.timeout(limit_s):
            while True:
                view = await self.find(call_sid)
                if view is not None and getattr(view, until) is not None:
                    return view
                await asyncio.sleep(0.2)

    async def find(self, call_sid: str) -> CallView | None:
        while batch := await self.common.log.read_from(self.position, 2000):
            self.position = batch[-1].position
            for recorded in batch:
                if isinstance(recorded.event, CallStarted):
                    self.ids[recorded.event.carrier_call_id] = recorded.interaction_id
        if call_sid not in self.ids:
            return None
        return CallView.of(await self.common.log.read(self.ids[call_sid]))

    @contextlib.asynccontextmanager
    async def api(self, user: str = "root") -> AsyncIterator[httpx.AsyncClient]:
        """A client of the API, logged in."""
        async with httpx.AsyncClient(base_url=self.web, timeout=60) as client:
            if user not in self.tokens:
                answer = await client.post("/api/login", json={"username": user, "password": DEMO_PASSWORD})
                assert answer.status_code == 200, answer.text
                self.tokens[user] = answer.json()["token"]
            client.headers["authorization"] = f"Bearer {self.tokens[user]}"
            yield client

    async def kill(self, role: str) -> int:
        """Kill a process as a crash would, and return the process id it had."""
        pid = self.supervisor.pid(role)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        return pid

    async def back(self, role: str, old_pid: int) -> None:
        """Wait until the role runs again under another process id and the whole is ready."""
        async with asyncio.timeout(READY_S):
            while self.supervisor.pid(role) in (None, old_pid):
                await asyncio.sleep(0.1)
        await self.ready()

    async def ready(self) -> None:
        async with asyncio.timeout(READY_S), httpx.AsyncClient(timeout=5) as client:
            for base in (self.line, self.web):
                while True:
                    assert not self.running.done(), "the platform ended by itself"
                    with contextlib.suppress(httpx.HTTPError):
                        if (await client.get(f"{base}/readyz")).status_code == 200:
                            break
                    await asyncio.sleep(0.2)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def platform(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> AsyncIterator[Platform]:
    data = tmp_path_factory.mktemp("platform")
    # Rendered prompts and callers are kept between runs: they depend on nothing but their words.
    kept = model_cache.parent / "test-phrases"
    kept.mkdir(exist_ok=True)
    (data / "phrases").symlink_to(kept)
    environment = {
        "TETRAPHONE_DATA": str(data),
        "TETRAPHONE_WEB_PORT": str(free_port()),
        "TETRAPHONE_LINE_PORT": str(free_port()),
        "TETRAPHONE_DEMO": "1",
        "TETRAPHONE_LOG_LEVEL": "WARNING",
        "TETRAPHONE_FALLBACK_NUMBER": "+8657911112222",
        "TETRAPHONE_MODELS_WAIT_S": "200",
        "TETRAPHONE_RENDER_AHEAD": "0",
    }
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        settings = settings_module.load()
        await asyncio.to_thread(prepare_quietly, settings)
        await render_ahead_quietly(settings)
        supervisor = Supervisor()
        running = asyncio.create_task(supervisor.run())
        try:
            async with open_common(settings) as common:
                voices = CallerVoices(model_cache.parent / "test-callers")
                platform = Platform(settings, supervisor, common, voices, running)
                await platform.ready()
                yield platform
        finally:
            supervisor.stop()
            await asyncio.wait({running}, timeout=40)
    finally:
        for name in environment:
            os.environ.pop(name, None)
        os.environ.update({name: value for name, value in before.items() if name in environment})
