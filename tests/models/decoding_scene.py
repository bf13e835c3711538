"""A decoder that takes virtual time, and what tests of the scheduler ask of it."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Sequence

import numpy as np

from core.languages import Language
from models.protocols import Pcm, Priority, Recognition, RecognitionRequest
from models.recognition.queue import Job
from models.recognition.scheduler import Answered, Doubt

ENGLISH = {Language.EN: 1.0}


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer when nothing else is to be done."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual = 0.0

    def time(self) -> float:
        return self._virtual

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            heapq.heapify(self._scheduled)
            self._virtual = max(self._virtual, self._scheduled[0]._when)
        super()._run_once()


def virtual(main):
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


class FakeDecoder:
    """Says the first sample of the audio as its text; negative ones need the full window.

    Args:
        early: whether a batch's jobs are answered one after the other, the last first, and not all at the end.
    """

    def __init__(self, seconds: float = 0.1, full_seconds: float = 1.0, early: bool = False) -> None:
        self.seconds, self.full_seconds, self.early = seconds, full_seconds, early
        self.batches: list[list[int]] = []
        self.pressures: list[float] = []
        self.fulls: list[int] = []
        self.broken = False
        self.guess: Recognition | None = None
        self.at_once = self.most_at_once = 0
        self.fulls_at_once = self.most_fulls_at_once = 0

    def group(self, samples: int) -> int:
        return 1 if samples <= 1000 else 2

    async def decode(
        self, jobs: Sequence[Job], pressure: float, answered: Answered
    ) -> Sequence[Recognition | Doubt]:
        assert len({job.group for job in jobs}) == 1
        self.pressures.append(pressure)
        self.batches.append([int(job.audio[0]) for job in jobs])
        for job in reversed(jobs if self.early else []):
            await self._work(self.seconds / len(jobs))
            answered(job, self._found(job))
        if not self.early:
            await self._work(self.seconds)
        if self.broken:
            raise RuntimeError("out of memory")
        return [self._found(job) for job in jobs]

    def _found(self, job: Job) -> Recognition | Doubt:
        return Doubt(self.guess) if job.audio[0] < 0 else self._answer(job)

    async def decode_again(self, job: Job, pressure: float) -> Recognition:
        self.fulls.append(int(job.audio[0]))
        self.fulls_at_once += 1
        self.most_fulls_at_once = max(self.most_fulls_at_once, self.fulls_at_once)
        try:
            await self._work(self.full_seconds)
        finally:
            self.fulls_at_once -= 1
        return self._answer(job)

    async def _work(self, seconds: float) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.at_once -= 1

    @staticmethod
    def _answer(job: Job) -> Recognition:
        return Recognition(str(int(job.audio[0])), Language.EN, {Language.EN: 1.0}, -0.1, 0.9, tokens=1)


def sound(number: int, length: int = 100) -> Pcm:
    return np.full(length, number, dtype=np.int16)


def asks(call: str, priority: Priority = Priority.CONFIRMED, deadline_s: float = 2.0) -> RecognitionRequest:
    return RecognitionRequest(call, ENGLISH, priority=priority, deadline_s=deadline_s)
