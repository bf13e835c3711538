"""A browser's part of the softphone, played by ``aiortc``: known sound in, what comes back is kept."""

from __future__ import annotations

import asyncio
import contextlib
import json
from fractions import Fraction

import numpy as np
import websockets
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

RATE = 48_000
FRAME = 960


class Microphone(MediaStreamTrack):
    """Real-time sound of one pitch; it may be stopped and changed."""

    kind = "audio"

    def __init__(self, hertz: float = 440.0, level: int = 8_000) -> None:
        super().__init__()
        self.hertz, self.level = hertz, level
        self._at = 0
        self._begun: float | None = None

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        self._begun = self._begun or loop.time()
        await asyncio.sleep(max(0.0, self._begun + self._at / RATE - loop.time()))
        place = np.arange(self._at, self._at + FRAME) / RATE
        pcm = (self.level * np.sin(2 * np.pi * self.hertz * place)).astype(np.int16)
        frame = AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._at, Fraction(1, RATE)
        self._at += FRAME
        return frame


class Browser:
    """One tab. ``connect`` as often as the network is lost."""

    def __init__(self, url: str, *, hertz: float = 440.0) -> None:
        self.url = url
        self.hertz = hertz
        self.microphone = Microphone(hertz)
        self.heard: list[np.ndarray] = []
        """Mono at 48 kHz, 20 ms each, as they were decoded."""
        self.told: list[dict] = []
        self.welcome: dict = {}
        self.pc: RTCPeerConnection | None = None
        self.ws: websockets.ClientConnection | None = None
        self._tasks: list[asyncio.Task] = []

    async def hello(self, **fields) -> dict:
        """Open the WebSocket and say who comes; returns the line's first message."""
        self.ws = await websockets.connect(self.url, proxy=None)
        await self.say("hello", **fields)
        return await self.next()

    async def say(self, kind: str, **fields) -> None:
        await self.ws.send(json.dumps({"type": kind, **fields}))

    async def next(self, kind: str | None = None) -> dict:
        async with asyncio.timeout(15):
            while True:
                message = json.loads(await self.ws.recv())
                self.told.append(message)
                if kind is None or message["type"] == kind:
                    return message

    async def connect(self, **fields) -> None:
        self.welcome = await self.hello(**fields)
        assert self.welcome["type"] == "welcome", self.welcome
        await self.offer()

    async def offer(self) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.microphone = Microphone(self.hertz)
        self.pc.addTrack(self.microphone)
        self.keys = self.pc.createDataChannel("keys")
        self.pc.on("track", lambda track: self._own(self._listen(track)))
        await self.pc.setLocalDescription(await self.pc.createOffer())
        await self.say("offer", sdp=self.pc.localDescription.sdp)
        answer = await self.next("answer")
        await self.pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))

    async def lose_network(self) -> None:
        """Everything stops at once, and nobody is told."""
        pc, ws = self.pc, self.ws
        for transceiver in pc.getTransceivers():
            ice = transceiver.receiver.transport.transport._connection
            for protocol in ice._protocols:
                protocol.transport.abort()
        ws.transport.abort()
        with contextlib.suppress(Exception):
            async with asyncio.timeout(2):
                await pc.close()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.ws is not None:
            await self.ws.close()
        if self.pc is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(2):
                    await self.pc.close()

    def sound(self) -> np.ndarray:
        return np.concatenate(self.heard) if self.heard else np.zeros(0, np.int16)

    def loud_after(self, frames: int) -> bool:
        """Whether anything audible came after so many frames."""
        return any(np.abs(one.astype(int)).max() > 1_000 for one in self.heard[frames:])

    def _own(self, work) -> None:
        self._tasks.append(asyncio.ensure_future(work))

    async def _listen(self, track) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                pcm = frame.to_ndarray().reshape(-1, len(frame.layout.channels))
                self.heard.append(pcm[:, 0].copy())


def pitch(pcm: np.ndarray, rate: int) -> float:
    """The strongest frequency."""
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(pcm.size)))
    return float(np.fft.rfftfreq(pcm.size, 1 / rate)[int(spectrum.argmax())])
