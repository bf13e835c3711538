"""A call's recording as the call uses it: nothing here blocks the event loop, and no fault ends the call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from prometheus_client import Counter

from core.crypto import PersonKeys
from core.recordings import RecordingWriter
from voice_gateway.leg import Pcm
from voice_gateway.storing import STORING

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

_Write = tuple[Literal["write"], int, float, Pcm]
_Step = _Write | tuple[Literal["cut"], int, float, None]


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
    """The call's channels on its media clock. What comes is placed when the next seconds are stored, all in one go."""

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
        self._later(("write", channel, at_s, pcm))

    def cut(self, channel: int, from_s: float) -> None:
        """What was written from there on was never heard."""
        self._later(("cut", channel, from_s, None))

    def _later(self, step: _Step) -> None:
        if self.fault is None:
            self._steps.append(step)

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
            steps, self._steps = self._steps, []

            def place_and_store() -> None:
                self._place(steps)
                work()

            try:
                await STORING.do(place_and_store)
            except (OSError, ValueError, RuntimeError) as error:
                self.fault = f"{type(error).__name__}: {error}"
                self._steps.clear()
                logger.exception("recording %s stopped; the call goes on", self.name)

    def _place(self, steps: list[_Step]) -> None:
        """In the thread: put what has come where it belongs."""
        for step in joined(steps):
            if step[0] == "cut":
                self._writer.cut(step[1], step[2])
            elif late := self._writer.write(step[1], step[2], step[3]):
                self._lost_s += late / RATE
                LOST.inc(late / RATE)


def joined(steps: Iterable[_Step]) -> Iterator[_Step]:
    """The same steps with those frames of a channel in one that follow each other; each channel's are in order."""
    runs: dict[int, list[_Write]] = {}

    def join(channel: int) -> Iterator[_Step]:
        if run := runs.pop(channel, None):
            yield "write", channel, run[0][2], np.concatenate([pcm for _, _, _, pcm in run])

    for step in steps:
        channel = step[1]
        if step[0] == "cut":
            yield from join(channel)
            yield step
            continue
        if (run := runs.get(channel)) and _end_of(run[-1]) != round(step[2] * RATE):
            yield from join(channel)
        runs.setdefault(channel, []).append(step)
    for channel in list(runs):
        yield from join(channel)


def _end_of(write: _Write) -> int:
    _, _, at_s, pcm = write
    return round(at_s * RATE) + len(pcm)
