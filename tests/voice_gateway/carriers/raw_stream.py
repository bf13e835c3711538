"""A stream driven message by message, to send what Twilio never would."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from voice_gateway.audio import g711
from voice_gateway.carriers.twilio_client import StreamOrder, StreamWriter, TwilioClient


class RawStream:
    """An open WebSocket with a numbering writer, not yet started."""

    def __init__(self, socket: ClientConnection, writer: StreamWriter, order: StreamOrder) -> None:
        self.socket = socket
        self.writer = writer
        self.order = order
        self.sent_frames = 0

    async def send(self, *messages: str | bytes) -> None:
        for message in messages:
            await self.socket.send(message)

    async def start(self, **parameters: str) -> None:
        await self.send(self.writer.connected(), self.writer.start({**self.order.parameters, **parameters}))

    async def sound(self, frames: int = 1, level: int = 1_000) -> None:
        """So many frames of a tone, at once."""
        pcm = np.full(160, level, dtype=np.int16)
        for _ in range(frames):
            await self.send(self.writer.media(g711.encode(pcm), self.sent_frames * 20))
            self.sent_frames += 1

    async def closed(self) -> tuple[int | None, str | None]:
        """Wait for the server to close; return code and reason."""
        while True:
            try:
                await self.socket.recv()
            except ConnectionClosed:
                break
        return self.socket.close_code, self.socket.close_reason


async def ring(url: str, call_sid: str, auth_token: str = "") -> StreamOrder:
    client = TwilioClient(url, auth_token=auth_token)
    try:
        return await client.ring({"CallSid": call_sid, "From": "+8613800138000", "To": "+8657900000000"})
    finally:
        await client.close()


@contextlib.asynccontextmanager
async def raw_stream(url: str, call_sid: str = "CA1", *, as_call: str = "") -> AsyncIterator[RawStream]:
    """Ring, connect, and be ready to send anything; ``as_call`` claims to be another call."""
    order = await ring(url, call_sid)
    async with connect(order.url, proxy=None, compression=None, max_size=2**20) as socket:
        yield RawStream(socket, StreamWriter(as_call or call_sid), order)
