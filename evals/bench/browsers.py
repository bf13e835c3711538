"""What browsers cost: so many WebRTC legs on a line of their own process, each hearing its own voice come back.

The line runs in a process of its own, as it does in the platform, and answers each leg by sending every frame back.
The callers stand in one other process: they send packets prepared beforehand, silence and every half second a short
loud tone, and look at what comes back without decoding it. Measured are the processor time of the line's process,
how late its event loop is, and the time from a loud packet's leaving to the first loud one's return.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import psutil
import uvicorn
import uvloop
import websockets
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcconfiguration import RTCBundlePolicy
from av.packet import Packet

from core.tickets import Ticket, TicketGate, issue
from core.timings import percentile
from voice_gateway.carriers.webrtc_lines import WebRtcLines
from voice_gateway.carriers.webrtc_settings import WebRtcSettings
from voice_gateway.carriers.webrtc_sound import OPUS_FRAME, OPUS_RATE, OpusWriter
from voice_gateway.leg import FRAME_S, FRAME_SAMPLES, LINE_RATE, CallLeg, Frame
from voice_gateway.line import build_line_app, line_server_config

_KEY = b"b" * 32
_CYCLE = 25
"""Frames from one loud tone to the next."""
_LOUD = 3
_LOUD_BYTES = 40
"""A packet of silence is far smaller than this, one of the tone far larger."""
_TOGETHER = 5
"""Callers connecting at once."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of ``legs`` legs over ``seconds``. ``idle_core`` is the line's process before the first one came."""

    legs: int
    seconds: float
    core: float
    """Cores that the line's process used."""
    core_per_leg: float
    idle_core: float
    lag_p95_ms: float
    """How late the line's event loop woke up."""
    lag_p99_ms: float
    back_p50_ms: float
    """From a caller's loud packet to the first loud one that came back."""
    back_p95_ms: float
    echoes: int
    memory_per_leg_mb: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


async def measure(legs: int, seconds: float) -> Cost:
    """Connect ``legs`` callers, let them speak for ``seconds``, and hang up.

    Raises:
        RuntimeError: if a caller was not let in or not connected.
    """
    async with _line(legs) as (url, process, asked):
        idle = await _used(process, 2.0)
        memory = process.memory_info().rss
        callers = [_Caller(url) for _ in range(legs)]
        try:
            for at in range(0, legs, _TOGETHER):
                await asyncio.gather(*(caller.connect() for caller in callers[at : at + _TOGETHER]))
            await asyncio.sleep(1.0)
            for caller in callers:
                caller.delays.clear()
            asked.send("begin")
            core = await _used(process, seconds)
            asked.send("end")
            lags = await asyncio.to_thread(asked.recv)
            grown = process.memory_info().rss - memory
        finally:
            await asyncio.gather(*(caller.close() for caller in callers))
    delays = [delay for caller in callers for delay in caller.delays]
    return Cost(
        legs=legs,
        seconds=seconds,
        core=round(core, 3),
        core_per_leg=round((core - idle) / legs, 5),
        idle_core=round(idle, 4),
        lag_p95_ms=round(percentile(lags, 95) * 1_000, 1),
        lag_p99_ms=round(percentile(lags, 99) * 1_000, 1),
        back_p50_ms=round(percentile(delays, 50) * 1_000, 1),
        back_p95_ms=round(percentile(delays, 95) * 1_000, 1),
        echoes=len(delays),
        memory_per_leg_mb=round(grown / legs / 2**20, 2),
    )


async def _used(process: psutil.Process, seconds: float) -> float:
    """Cores that a process uses while we wait."""
    before, began = process.cpu_times(), time.monotonic()
    await asyncio.sleep(seconds)
    after, passed = process.cpu_times(), time.monotonic() - began
    return float(after.user + after.system - before.user - before.system) / passed


# --- the line ---


@asynccontextmanager
async def _line(legs: int) -> AsyncIterator[tuple[str, psutil.Process, Connection]]:
    listening = socket.create_server(("127.0.0.1", 0), backlog=legs)
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(listening, theirs, legs))
    process.start()
    try:
        if not await asyncio.to_thread(ours.poll, 60.0):
            raise RuntimeError("the line did not start within a minute")
        ours.recv()
        yield f"ws://127.0.0.1:{listening.getsockname()[1]}/phone/line", psutil.Process(process.pid), ours
    finally:
        process.terminate()
        await asyncio.to_thread(process.join, 20.0)
        listening.close()


def _serve(listening: socket.socket, told: Connection, legs: int) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve_until_told(listening, told, legs))


async def _serve_until_told(listening: socket.socket, told: Connection, legs: int) -> None:
    async def echo(leg: CallLeg) -> None:
        async for event in leg.events():
            if isinstance(event, Frame):
                await leg.play(event.pcm)

    lines = WebRtcLines(
        WebRtcSettings(max_legs=legs, connect_timeout_s=60.0),
        TicketGate(_KEY),
        answer=echo,
        register=lambda user, leg: None,
    )
    app = build_line_app(echo, browsers=lines.routes())
    server = uvicorn.Server(
        line_server_config(app, "127.0.0.1", 0, log_level="error", timeout_graceful_shutdown=2)
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 (uvicorn tells in no other way)
        await asyncio.sleep(0.01)
    told.send("ready")
    watching = asyncio.create_task(_tell_lags(told))
    await serving
    watching.cancel()


async def _tell_lags(told: Connection) -> None:
    """How late a timer of 20 ms was, each time, from ``begin`` to ``end``."""
    loop = asyncio.get_running_loop()
    lags: list[float] = []
    while True:
        due = loop.time() + FRAME_S
        await asyncio.sleep(FRAME_S)
        lags.append(max(0.0, loop.time() - due))
        if told.poll():
            if told.recv() == "begin":
                lags.clear()
            else:
                told.send(lags)
                return


# --- the callers ---


def _prepared() -> list[bytes]:
    """One cycle of packets."""
    writer = OpusWriter()
    time_s = np.arange(FRAME_SAMPLES * _LOUD) / LINE_RATE
    loud = (9_000 * np.sin(2 * np.pi * 600 * time_s)).astype(np.int16)
    silence = np.zeros(FRAME_SAMPLES * (_CYCLE - _LOUD), dtype=np.int16)
    sound = np.concatenate((silence, loud))
    return [writer.write(sound[at : at + FRAME_SAMPLES]) for at in range(0, sound.size, FRAME_SAMPLES)]


class _Voice(MediaStreamTrack):
    """Prepared packets in real time; ``loud_at`` is when the first loud one of this cycle left."""

    kind = "audio"
    packets = _prepared()

    def __init__(self) -> None:
        super().__init__()
        self.loud_at: float | None = None
        self._begun: float | None = None
        self._frame = 0

    async def recv(self) -> Packet[Any]:
        loop = asyncio.get_running_loop()
        self._begun = self._begun or loop.time()
        await asyncio.sleep(max(0.0, self._begun + self._frame * FRAME_S - loop.time()))
        place = self._frame % _CYCLE
        if place == _CYCLE - _LOUD:
            self.loud_at = loop.time()
        packet = Packet(self.packets[place])
        packet.pts, packet.time_base = self._frame * OPUS_FRAME, Fraction(1, OPUS_RATE)
        self._frame += 1
        return packet


class _Caller:
    """One browser, as cheap as it can be. ``delays``: how long each loud tone took to come back, in seconds."""

    def __init__(self, url: str) -> None:
        self.delays: list[float] = []
        self._url = url
        self._voice = _Voice()
        self._pc: RTCPeerConnection | None = None
        self._ws: websockets.ClientConnection | None = None
        self._draining: asyncio.Task[None] | None = None
        self._heard = asyncio.Event()

    async def connect(self) -> None:
        self._ws = await websockets.connect(self._url, proxy=None)
        await self._say("hello", ticket=issue(_KEY, Ticket("phone", ""), time.time()))
        await self._next("welcome")
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        transceiver = self._pc.addTransceiver(self._voice, "sendrecv")
        transceiver.receiver.receive = self._receive(transceiver)  # type: ignore[method-assign]
        await self._pc.setLocalDescription(await self._pc.createOffer())
        await self._say("offer", sdp=self._pc.localDescription.sdp)
        answer = await self._next("answer")
        await self._pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        async with asyncio.timeout(60):
            await self._heard.wait()
        self._draining = asyncio.create_task(self._drain())

    async def close(self) -> None:
        if self._draining is not None:
            self._draining.cancel()
        if self._ws is not None:
            await self._ws.close()
        if self._pc is not None:
            await self._pc.close()

    async def _say(self, kind: str, **fields: str) -> None:
        assert self._ws is not None
        await self._ws.send(json.dumps({"type": kind, **fields}))

    async def _next(self, kind: str) -> dict[str, Any]:
        assert self._ws is not None
        async with asyncio.timeout(60):
            while True:
                message: dict[str, Any] = json.loads(await self._ws.recv())
                if message["type"] == kind:
                    return message
                if message["type"] == "bye":
                    raise RuntimeError(f"a caller was not let in: {message['reason']}")

    async def _drain(self) -> None:
        assert self._ws is not None
        async for _ in self._ws:
            pass

    def _receive(self, transceiver: Any) -> Any:
        """In place of ``aiortc``'s receiver, which would decode."""

        async def receive(parameters: Any) -> None:
            transceiver.receiver.transport._register_rtp_receiver(self, parameters)

        return receive

    async def _handle_rtp_packet(self, packet: Any, arrival_time_ms: int) -> None:
        self._heard.set()
        if len(packet.payload) > _LOUD_BYTES and self._voice.loud_at is not None:
            self.delays.append(asyncio.get_running_loop().time() - self._voice.loud_at)
            self._voice.loud_at = None

    async def _handle_rtcp_packet(self, packet: object) -> None:
        """Reports are of no interest here."""

    def _handle_disconnect(self) -> None:
        """The end of the measurement."""
