"""A real server of the line on loopback, and conversations to put behind it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import numpy as np
import uvicorn
from prometheus_client import REGISTRY

from voice_gateway.carriers.twilio_settings import TwilioSettings
from voice_gateway.leg import CallLeg, Frame, KeyPress, LegClosed, LegFault, MarkPassed
from voice_gateway.line import build_line_app, line_server_config


def tone(seconds: float, hertz: float = 440.0, level: int = 8_000) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(8_000 * seconds)) / 8_000)).astype(np.int16)


def count(name: str, **labels: str) -> float:
    """The present value of a counter."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


@dataclass
class Conversation:
    """What one leg's events were."""

    leg: CallLeg | None = None
    frames: list[Frame] = field(default_factory=list)
    keys: list[KeyPress] = field(default_factory=list)
    faults: list[LegFault] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    closed: LegClosed | None = None

    def take(self, event) -> None:
        match event:
            case Frame():
                self.frames.append(event)
            case KeyPress():
                self.keys.append(event)
            case LegFault():
                self.faults.append(event)
            case MarkPassed(name):
                self.marks.append(name)
            case LegClosed():
                self.closed = event


class Listener:
    """An answer that only listens, and keeps what it heard by CallSid."""

    def __init__(self) -> None:
        self.calls: defaultdict[str, Conversation] = defaultdict(Conversation)

    async def __call__(self, leg: CallLeg) -> None:
        call = self.calls[leg.info.carrier_call_id]
        call.leg = leg
        async for event in leg.events():
            call.take(event)


@dataclass
class Line:
    url: str
    app: object
    server: uvicorn.Server

    @property
    def streams(self):
        return self.app.state.twilio

    async def post(self, path: str, headers: dict[str, str] | None = None, **form: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.post(self.url + path, data=form, headers=headers)


@contextlib.asynccontextmanager
async def line(answer, settings: TwilioSettings | None = None, **options) -> AsyncIterator[Line]:
    app = build_line_app(answer, settings, **options)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = uvicorn.Server(line_server_config(app, "127.0.0.1", port, log_level="error"))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield Line(f"http://127.0.0.1:{port}", app, server)
    finally:
        server.should_exit = True
        await task
        listening.close()


async def until(condition, limit_s: float = 10.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.01)
