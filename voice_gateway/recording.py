"""A call's recording as the call uses it: nothing here blocks the event loop, and no fault ends the call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, Protocol

from prometheus_client import Counter

from core.crypto import PersonKeys
from core.recordings import RecordingWriter
from voice_gateway.leg import Pcm

logger = logging.getLogger(__name__)

RATE = 8_000
CHANNELS = 2
CALLER, PLATFORM, AGENT, SECOND_AGENT, SUPERVISOR = range(5)
"""Channels. Those of people begin with the first word of theirs that the caller hears."""
_LATE_S = 0.2
"""A second is stored this long after its end at the earliest, for sound that comes late."""
_HOLD_S = 1.0
"""While the caller's own sound of a second has not come (the network stood still, or the clock of their microphone
is slow), it is held back, but no longer than this."""
_KEEP_S = 0.4
"""So often what is not stored yet is kept beside the recording: a kill costs no more than this and a tick."""

LOST = Counter(
    "tetraphone_recording_lost_seconds_total", "Sound that came after its second of the recording was stored"
)

_Step = tuple[Literal["write"], int, float, Pcm] | tuple[Literal["cut"], int, float, None]


class OpenRecording(Protocol):
    """``await open_recording(name, person)``: a new recording under that person's key."""

    def __call__(self, name: str, person: str, channels: int = CHANNELS) -> Awaitable[RecordingWriter]: ...


def recordings_in(folder: Path, keys: PersonKeys) -> OpenRecording:
    """Recordings as files in a folder."""

    async def open_recording(name: str, person: str, channels: int = CHANNELS) -> RecordingWriter:
        key = await keys.key(person)
        return await asyncio.to_thread(
            lambda: RecordingWriter(folder, name, key, person, channels=channels, rate=RATE)
        )

    return open_recording


class CallRecording:
    """The call's channels on its media clock. What comes while a second is being stored waits for it."""

    def __init__(self, writer: RecordingWriter) -> None:
        self._writer: RecordingWriter = writer
        self._steps: list[_Step] = []
        self._storing = asyncio.Lock()
        self._thread: asyncio.Task[None] | None = None
        self._caller_until_s = 0.0
        self._kept_s = 0.0
        self._lost_s = 0.0
        self.fault: str | None = None
        """Why recording stopped before the call did; None if it did not."""

    @property
    def name(self) -> str:
        return self._writer.name

    def write(self, channel: int, at_s: float, pcm: Pcm) -> None:
        if channel == CALLER:
            self._caller_until_s = max(self._caller_until_s, at_s + len(pcm) / RATE)
        self._do(("write", channel, at_s, pcm))

    def cut(self, channel: int, from_s: float) -> None:
        """What was written from there on was never heard."""
        self._do(("cut", channel, from_s, None))

    async def advance(self, now_s: float) -> None:
        """Store the seconds that are over, and whose sound has come; keep the others as they are by now."""
        until_s = max(now_s - _HOLD_S, min(now_s - _LATE_S, self._caller_until_s))
        over = until_s >= self._writer.seconds + 1
        if self.fault is not None or self._storing.locked():
            return
        if over or now_s >= self._kept_s + _KEEP_S:
            self._kept_s = now_s
            await self._store(lambda: self._store_until(until_s, now_s))

    def _store_until(self, until_s: float, now_s: float) -> None:
        self._writer.advance(until_s)
        self._writer.keep(now_s)

    async def close(self, now_s: float) -> float:
        """Store the rest; returns the length in seconds."""
        length: list[float] = []
        await self._store(lambda: length.append(self._writer.close(now_s)))
        if self._lost_s:
            logger.warning("recording %s: %.2f s of sound came too late for it", self.name, self._lost_s)
        return length[0] if length else float(self._writer.seconds)

    async def _store(self, work: Callable[[], None]) -> None:
        # A thread cannot be cancelled: who waits for it may be, but the writer stays taken until it ends.
        self._thread = asyncio.create_task(self._in_thread(work), name=f"store {self.name}")
        await asyncio.shield(self._thread)

    async def _in_thread(self, work: Callable[[], None]) -> None:
        async with self._storing:
            if self.fault is not None:
                return
            try:
                await asyncio.to_thread(work)
            except (OSError, ValueError, RuntimeError) as error:
                self.fault = f"{type(error).__name__}: {error}"
                logger.exception("recording %s stopped; the call goes on", self.name)
        # Before the next one who wants the writer is woken: nothing that came meanwhile is late.
        steps, self._steps = self._steps, []
        for step in steps:
            self._do(step)

    def _do(self, step: _Step) -> None:
        if self.fault is not None:
            return
        if self._storing.locked():
            self._steps.append(step)
        elif step[0] == "write":
            if late := self._writer.write(step[1], step[2], step[3]):
                self._lost_s += late / RATE
                LOST.inc(late / RATE)
        else:
            self._writer.cut(step[1], step[2])
