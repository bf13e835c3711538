"""Voice activity for all calls: one batch per tick, in one worker thread.

A frame alone costs a model four times what it costs within a batch; so hops wait for those of other calls, the longer
the more calls there are to wait for. The model keeps each call's recurrent state in a slot, therefore a batch holds at
most one hop of each call.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from prometheus_client import Counter

from models.protocols import VoiceActivity
from voice_gateway.leg import LINE_RATE, Pcm
from voice_gateway.turns.voice import HOP_SAMPLES

logger = logging.getLogger(__name__)

TICK_S = 0.02
"""Longest wait for the hops of other calls; so often each of them brings sound."""
WAIT_PER_CALL_S = 0.002
BACKLOG_HOPS = 64
"""Hops of one call that may wait (2 s); beyond that the oldest are judged by their loudness."""
LONGEST_GAP_S = 2.0
MOST_FAILED_ROUNDS = 10
LONGEST_ROUND_S = 5.0
"""A round takes milliseconds; one that takes longer than this hangs, and no call is heard."""
_LOUD = 500.0

VAD_HOPS = Counter("tetraphone_vad_hops_total", "Voice activity hops by what judged them", ["by"])
_JUDGED_BY = {by: VAD_HOPS.labels(by) for by in ("model", "loudness")}

OnHop = Callable[[float, float, float], None]


class VadStream:
    """One leg's way into the service: sound in, ``on_hop(probability, start_s, end_s)`` out, in order."""

    def __init__(self, service: VadService, slot: int, on_hop: OnHop) -> None:
        self._service = service
        self.slot = slot
        self._on_hop = on_hop
        self._rest = np.zeros(0, np.int16)
        self._end_s: float | None = None
        self.waiting: deque[tuple[Pcm, float]] = deque()
        self.closed = False
        self.failed: Exception | None = None
        """What ``on_hop`` raised: the call hears nothing more."""

    def push(self, pcm: Pcm, at_s: float) -> None:
        """Add sound that begins at ``at_s``. A gap before it is heard as silence, of at most 2 s."""
        if self.closed:
            return
        if self._end_s is not None:
            gap = round((at_s - self._end_s) * LINE_RATE)
            if gap > LONGEST_GAP_S * LINE_RATE:
                self._rest, gap = np.zeros(0, np.int16), 0
                self._end_s = at_s
            if gap > 0:
                self._rest = np.concatenate((self._rest, np.zeros(gap, np.int16)))
        self._end_s = at_s + len(pcm) / LINE_RATE
        self._rest = np.concatenate((self._rest, pcm))
        start_s = self._end_s - len(self._rest) / LINE_RATE
        while len(self._rest) >= HOP_SAMPLES:
            self.waiting.append((self._rest[:HOP_SAMPLES], start_s))
            self._rest = self._rest[HOP_SAMPLES:]
            start_s += HOP_SAMPLES / LINE_RATE
        while len(self.waiting) > BACKLOG_HOPS:
            hop, hop_s = self.waiting.popleft()
            _JUDGED_BY["loudness"].inc()
            self.deliver(loudness(hop), hop_s)
        if self.waiting:
            self._service.wake()

    def deliver(self, probability: float, start_s: float) -> None:
        if self.closed:
            return
        try:
            self._on_hop(probability, start_s, start_s + HOP_SAMPLES / LINE_RATE)
        except Exception as error:
            # One call's fault stays with that call: it hears nothing more, the others do.
            logger.exception("voice activity: a call's listener failed; its stream is closed")
            self.failed = error
            self.close()

    def close(self) -> None:
        """Give the slot back; nothing is delivered afterwards."""
        if not self.closed:
            self.closed = True
            self.waiting.clear()
            self._service.release(self)


def loudness(hop: Pcm) -> float:
    """A stand-in for the model: 0 or 1 by the root mean square of the samples."""
    return float(np.sqrt(np.mean(hop.astype(np.float32) ** 2)) >= _LOUD)


class OpensStreams(Protocol):
    """Of a ``VadService``, what a listener needs."""

    def open(self, on_hop: OnHop) -> VadStream: ...


class VadService:
    """Owns the model, its thread and the task that feeds it; an asynchronous context manager."""

    def __init__(self, model: VoiceActivity, *, tick_s: float = TICK_S) -> None:
        self._model = model
        self._tick_s = tick_s
        self._streams: dict[int, VadStream] = {}
        self._released: list[int] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failed_rounds = 0
        self._round_began: float | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vad")

    async def __aenter__(self) -> VadService:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="vad-service")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._thread.shutdown(wait=False, cancel_futures=True)

    @property
    def alive(self) -> bool:
        """Whether calls are heard: the task runs, does not fail round after round, and no round hangs."""
        if self._task is None or self._task.done() or self._failed_rounds >= MOST_FAILED_ROUNDS:
            return False
        began = self._round_began
        return began is None or asyncio.get_running_loop().time() - began <= LONGEST_ROUND_S

    def open(self, on_hop: OnHop) -> VadStream:
        """Begin a stream; ``on_hop`` is called on the event loop."""
        stream = VadStream(self, self._model.open(), on_hop)
        self._streams[stream.slot] = stream
        return stream

    def release(self, stream: VadStream) -> None:
        self._streams.pop(stream.slot, None)
        # The slot may be in the batch under way; it goes back between two batches.
        self._released.append(stream.slot)
        self.wake()

    def wake(self) -> None:
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(min(self._tick_s, WAIT_PER_CALL_S * len(self._streams)))
            self._wake.clear()
            try:
                # What comes during a round waits for the next tick: it would be a small batch, and dear.
                most = max((len(stream.waiting) for stream in self._streams.values()), default=0)
                for _ in range(max(most, 1)):
                    await self._round()
                self._failed_rounds = 0
            except Exception:
                # All calls hang on this task: it goes on with the next hops.
                self._failed_rounds += 1
                logger.exception("voice activity: a round failed, %d in a row", self._failed_rounds)

    async def _round(self) -> None:
        """Judge one hop of each call that has one."""
        while self._released:
            self._model.close(self._released.pop())
        batch = [(stream, *stream.waiting.popleft()) for stream in self._ready()]
        if not batch:
            return
        frames = np.stack([hop for _, hop, _ in batch])
        result, by = await self._judge(frames, [stream.slot for stream, _, _ in batch])
        _JUDGED_BY[by].inc(len(batch))
        for (stream, _, start_s), probability in zip(batch, result.tolist(), strict=True):
            stream.deliver(probability, start_s)

    async def _judge(self, frames: NDArray[np.int16], slots: list[int]) -> tuple[NDArray[np.float32], str]:
        loop = asyncio.get_running_loop()
        self._round_began = loop.time()
        try:
            result = await loop.run_in_executor(self._thread, self._model.probabilities, frames, slots)
            if len(result) != len(slots):
                raise ValueError(f"{len(result)} probabilities for {len(slots)} hops")
        except Exception:
            logger.exception("voice activity model failed on %d hops; judged by loudness", len(slots))
            return np.array([loudness(hop) for hop in frames], np.float32), "loudness"
        finally:
            self._round_began = None
        return result, "model"

    def _ready(self) -> list[VadStream]:
        return [stream for stream in self._streams.values() if stream.waiting]
