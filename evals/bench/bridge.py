"""What bridging costs: so many calls, each of a caller and an agent who speak to each other through the real bridge.

Both legs bring a frame every 20 ms, at a moment of their own and as unevenly as asked for, and look at what they are
given to play: the first two samples of each frame number it. Measured are the time from a frame's leaving its leg to
its reaching the other one, and the processor time beyond that of the same legs without a bridge. Carriers (G.711,
Opus, the network) and recognition are not in it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from core.events import new_id
from core.recordings import RecordingWriter
from core.timings import percentile
from voice_gateway.bridge.control import Control, Seat
from voice_gateway.bridge.lines import AgentLine, AgentLines
from voice_gateway.bridge.outlet import Outlet
from voice_gateway.bridge.sound import SKIPPED, CallSound
from voice_gateway.leg import FRAME_S, FRAME_SAMPLES, CallInfo, Frame, LegClosed, LegEvent, Pcm
from voice_gateway.media_clock import MediaClock
from voice_gateway.recording import CALLER, CallRecording

WARM_UP_S = 2.0
_STAMPS = 20_000
"""Numbers of frames before they begin anew: 400 s."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of ``calls`` bridged at once for ``seconds``.

    Attributes:
        jitter_ms: each frame left its leg up to so much late.
        core_per_call: share of a processor core, that of the legs alone taken off.
        missed: share of ticks at which a frame was not there in time and was made up for.
        dropped: share of frames left out to catch up.
        skipped: ticks that came too late, in all.
    """

    calls: int
    seconds: float
    jitter_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    core_per_call: float
    missed: float
    dropped: float
    skipped: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class NumberedLeg:
    """A leg that numbers what it says, and tells its ``other`` how long each frame was on its way."""

    def __init__(self, jitter_s: float, seed: int) -> None:
        self.id = new_id()
        self.info = CallInfo("bench", self.id, "", "")
        self.other: NumberedLeg | None = None
        self.taken_s: list[float] = []
        self._left_at = [0.0] * _STAMPS
        self._jitter_s = jitter_s
        self._dice = np.random.default_rng(seed)
        self._said = self._dice.integers(-4000, 4000, (50, FRAME_SAMPLES)).astype(np.int16)
        self._said[35:] //= 100  # a pause in every second
        self._over = False

    async def events(self) -> AsyncIterator[LegEvent]:
        loop = asyncio.get_running_loop()
        begin = loop.time() + self._dice.uniform(0.0, FRAME_S)
        number = 0
        while not self._over:
            due = begin + number * FRAME_S + self._dice.uniform(0.0, self._jitter_s)
            await asyncio.sleep(max(0.0, due - loop.time()))
            pcm = self._said[number % 50].copy()
            pcm[0], pcm[1] = number % _STAMPS, -32768
            self._left_at[number % _STAMPS] = loop.time()
            yield Frame(pcm, number * FRAME_S)
            number += 1
        yield LegClosed("closed_by_us")

    async def play(self, pcm: Pcm) -> None:
        # A frame that was made up for has faded from its beginning on, except for its first sample.
        if self.other is not None and pcm[1] == -32768:
            self.taken_s.append(asyncio.get_running_loop().time() - self.other._left_at[int(pcm[0])])

    async def mark(self, name: str) -> None: ...

    async def clear(self) -> None: ...

    async def close(self, *, transfer_to: str | None = None) -> None:
        self._over = True

    async def fail(self) -> None:
        self._over = True


class _Agent:
    """An agent's voice that is heard and recorded, and not recognised."""

    def __init__(self, lines: AgentLines, user: str) -> None:
        self.line: AgentLine = lines.claim(user, lambda: None)

    @property
    def came_at(self) -> float | None:
        return self.line.came_at

    def pull(self) -> Pcm | None:
        return self.line.pull()

    async def send(self, pcm: Pcm, came_at: float | None = None) -> None:
        await self.line.send(pcm, came_at)

    def heard(self, pcm: Pcm, at_s: float) -> None: ...


class _Call:
    """One bridged call: what ``Call`` and ``Bridge`` do with sound."""

    def __init__(self, lines: AgentLines, folder: Path | None, jitter_s: float, seed: int) -> None:
        self.caller, self.agent = NumberedLeg(jitter_s, 2 * seed), NumberedLeg(jitter_s, 2 * seed + 1)
        self.caller.other, self.agent.other = self.agent, self.caller
        user = f"agent{seed}"
        lines.register(user, self.agent)
        self.voice = _Agent(lines, user)
        self._clock = MediaClock()
        self._recording = (
            CallRecording(RecordingWriter(folder, self.caller.id, bytes(32), "bench")) if folder else None
        )
        control = Control(user, 0.0)
        control.line_back(0.0)
        seats: dict[Seat, Any] = {"agent": self.voice}
        outlet = Outlet(self.caller, lambda name: None)
        outlet.join_mix()
        self.sound = CallSound(
            self.caller, outlet, control, seats,
            recording=lambda: self._recording, media_now=self.media_now, watch=lambda: None,
        )  # fmt: skip

    def media_now(self) -> float:
        return self._clock.now(asyncio.get_running_loop().time())

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        async for event in self.caller.events():
            if isinstance(event, Frame):
                self._clock.frame(event.at_s + FRAME_S, loop.time())
                self.sound.caller_said(event)
                if self._recording is not None:
                    self._recording.write(CALLER, event.at_s, event.pcm)

    async def store(self) -> None:
        while self._recording is not None:
            await asyncio.sleep(0.2)
            await self._recording.advance(self.media_now())


async def measure(calls: int, seconds: float, jitter_ms: float = 5.0, *, record: bool = True) -> Cost:
    """Bridge so many calls for so long.

    Args:
        jitter_ms: how unevenly frames leave their legs.
        record: also write each party's channel to a file, as calls do.
    """
    loop = asyncio.get_running_loop()
    idle = await _legs_alone(calls, min(seconds, 10.0), jitter_ms / 1000)
    skipped = SKIPPED._value.get()
    lines = AgentLines()
    with TemporaryDirectory() as folder:
        bridged = [_Call(lines, Path(folder) if record else None, jitter_ms / 1000, n) for n in range(calls)]
        async with AsyncExitStack() as stack:
            for call in bridged:
                for work in (call.listen(), call.sound.run(), call.store()):
                    stack.callback(asyncio.create_task(work).cancel)
            await asyncio.sleep(WARM_UP_S)
            for call in bridged:
                call.caller.taken_s.clear()
                call.agent.taken_s.clear()
            used, began = time.process_time(), loop.time()
            await asyncio.sleep(seconds)
            used, lasted = time.process_time() - used, loop.time() - began
        await lines.close()
    taken = [one * 1000 for call in bridged for leg in (call.caller, call.agent) for one in leg.taken_s]
    buffers = [buffer for call in bridged for buffer in (call.voice.line.buffer, call.sound.caller_buffer)]
    frames = 2 * calls * (lasted + WARM_UP_S) / FRAME_S
    return Cost(
        calls=calls,
        seconds=round(lasted, 1),
        jitter_ms=jitter_ms,
        p50_ms=round(percentile(taken, 50), 1),
        p95_ms=round(percentile(taken, 95), 1),
        p99_ms=round(percentile(taken, 99), 1),
        core_per_call=(used / lasted - idle) / calls,
        missed=sum(buffer.missed for buffer in buffers) / frames,
        dropped=sum(buffer.dropped for buffer in buffers) / frames,
        skipped=int(SKIPPED._value.get() - skipped),
    )


async def _legs_alone(calls: int, seconds: float, jitter_s: float) -> float:
    """Share of a core that the same legs use when nobody bridges them."""

    loop = asyncio.get_running_loop()

    async def consume(leg: NumberedLeg) -> None:
        async for _ in leg.events():
            pass

    tasks = [asyncio.create_task(consume(NumberedLeg(jitter_s, n))) for n in range(2 * calls)]
    await asyncio.sleep(0.5)
    used, began = time.process_time(), loop.time()
    await asyncio.sleep(seconds)
    core = (time.process_time() - used) / (loop.time() - began)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return core
