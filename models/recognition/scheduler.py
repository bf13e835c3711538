"""One recogniser for all calls: batches across calls, and full-window decodes in a lane of their own.

The scheduler lives on the event loop; the decoder it is given does the work elsewhere (threads in production, a
coroutine in virtual time in tests). Every request ends in exactly one way: its recognition, :class:`Overloaded`,
:class:`Superseded`, its own cancellation, or the decoder's error.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Protocol

from models.protocols import (
    ModelError,
    Overloaded,
    Pcm,
    Priority,
    Recognition,
    RecognitionRequest,
    Superseded,
)
from models.recognition.queue import Job, WaitingLine

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Doubt:
    """The short window's answer is not believed and the full one is wanted.

    Attributes:
        guess: what the short window heard, if it was only improbable; kept if the full window is less sure still.
    """

    guess: Recognition | None = None


class BatchDecoder(Protocol):
    """What the scheduler needs of a model."""

    def group(self, samples: int) -> int:
        """The group of audio of this length; one batch holds one group."""
        ...

    async def decode(self, jobs: Sequence[Job]) -> Sequence[Recognition | Doubt]:
        """Decode a batch with the short window; a doubt where only the full window will do."""
        ...

    async def decode_full(self, job: Job) -> Recognition:
        """Decode one job with the full window."""
        ...


class DecodeFailed(ModelError):
    """The decoder broke on this batch; the next may well succeed."""


@dataclass
class SchedulerCounts:
    """What has happened since the start; for metrics."""

    batches: int = 0
    decoded: int = 0
    full_windows: int = 0
    overloaded: int = 0
    superseded: int = 0
    joined: int = 0
    failed: int = 0


class Scheduler:
    """Collects requests of all calls and feeds the decoder.

    There is no waiting for a batch to fill: an idle decoder starts at once, and while it works the next batch
    gathers by itself.

    Args:
        decoder: the model.
        max_waiting: jobs that may wait, fallbacks included. When full, a confirmed request takes the place of the
            least urgent partial or speculative one; any other is refused.
        max_batch: the largest batch.
        short_lanes: batches that may be in work at once.
        patience: see :class:`WaitingLine`.
        clock: seconds, monotonic; None means the event loop's.
    """

    def __init__(
        self,
        decoder: BatchDecoder,
        max_waiting: int = 128,
        max_batch: int = 8,
        short_lanes: int = 1,
        patience: int = 6,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.counts = SchedulerCounts()
        self._decoder = decoder
        self._max_waiting, self._max_batch, self._short_lanes = max_waiting, max_batch, short_lanes
        self._clock = clock
        self._line = WaitingLine(patience)
        self._fallbacks = WaitingLine(patience)
        self._in_work: set[Job] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._news = asyncio.Condition()
        self._closed = False

    async def __aenter__(self) -> Scheduler:
        lanes = [self._short_lane() for _ in range(self._short_lanes)] + [self._full_lane()]
        self._tasks = [asyncio.create_task(lane, name="recognition lane") for lane in lanes]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for job in [*self._line, *self._fallbacks, *self._in_work]:
            self._refuse(job, Overloaded("the recogniser is shutting down"))

    @property
    def waiting(self) -> int:
        """Jobs that wait, fallbacks included."""
        return len(self._line) + len(self._fallbacks)

    async def submit(self, audio: Pcm, request: RecognitionRequest) -> Recognition:
        """Wait for the recognition of ``audio``; cancelling the wait withdraws the request.

        A speculative or partial request takes the place of the call's older one of its class, a confirmed request
        that of both. A request for exactly the audio that is already in line or in work joins it (and raises its
        priority), so confirming a speculation costs nothing.

        Raises:
            Overloaded: the line is full, or the scheduler closed.
            Superseded: a newer request of the call took this one's place.
            DecodeFailed: the decoder broke.
        """
        if self._closed or not self._tasks:
            raise Overloaded("the recogniser is not running")
        answer: asyncio.Future[Recognition] = asyncio.get_running_loop().create_future()
        job = self._join(audio, request) or self._enter(audio, request)
        job.answers.append(answer)
        try:
            async with self._news:
                self._news.notify_all()
            return await answer
        finally:
            if not job.wanted:  # nobody waits any more: do not decode it
                self._line.remove(job)
                self._fallbacks.remove(job)

    def _join(self, audio: Pcm, request: RecognitionRequest) -> Job | None:
        everyone: list[Job] = [*self._line, *self._fallbacks, *self._in_work]
        for job in everyone:
            if job.wanted and job.same_audio(audio, request):
                self.counts.joined += 1
                if request.priority.rank < job.priority.rank:
                    job.priority = request.priority
                job.deadline = min(job.deadline, self._now() + request.deadline_s)
                return job
        return None

    def _enter(self, audio: Pcm, request: RecognitionRequest) -> Job:
        for older in [*self._line, *self._fallbacks]:
            if older.call_id == request.call_id and self._replaces(request.priority, older.priority):
                self._drop(older, Superseded("a newer request of the call took its place"))
                self.counts.superseded += 1
        if self.waiting >= self._max_waiting:
            spare = self._line.least_urgent() if request.priority is Priority.CONFIRMED else None
            self.counts.overloaded += 1
            if spare is None:
                raise Overloaded(f"{self.waiting} utterances wait already")
            self._drop(spare, Overloaded("gave way to a caller who waits for an answer"))
        now = self._now()
        job = Job(
            audio=audio,
            request=request,
            group=self._decoder.group(len(audio)),
            deadline=now + request.deadline_s,
            submitted=now,
            priority=request.priority,
        )
        self._line.add(job)
        return job

    @staticmethod
    def _replaces(newer: Priority, older: Priority) -> bool:
        return older is not Priority.CONFIRMED and (newer is older or newer is Priority.CONFIRMED)

    def _drop(self, job: Job, error: ModelError) -> None:
        self._line.remove(job)
        self._fallbacks.remove(job)
        self._refuse(job, error)

    @staticmethod
    def _refuse(job: Job, error: ModelError) -> None:
        for answer in job.answers:
            if not answer.done():
                answer.set_exception(error)

    def _now(self) -> float:
        return self._clock() if self._clock else asyncio.get_running_loop().time()

    async def _next(self, line: WaitingLine, size: int) -> list[Job]:
        async with self._news:
            while True:
                # A call's fallback is itself in work, so the lane of fallbacks need not ask who is busy.
                busy = self._busy_calls() if line is self._line else frozenset()
                if batch := line.take(size, busy):
                    return batch
                await self._news.wait()

    def _busy_calls(self) -> frozenset[str]:
        busy = [*self._in_work, *self._fallbacks]
        return frozenset(job.call_id for job in busy if job.priority is Priority.CONFIRMED)

    async def _short_lane(self) -> None:
        while True:
            batch = await self._next(self._line, self._max_batch)
            await self._work(batch, full=False)

    async def _full_lane(self) -> None:
        while True:
            batch = await self._next(self._fallbacks, 1)
            await self._work(batch, full=True)

    async def _work(self, batch: list[Job], full: bool) -> None:
        started = self._now()
        self._in_work.update(batch)
        for job in batch:
            job.started = started if job.started is None else job.started
        results: Sequence[Recognition | Doubt]
        try:
            results = (
                [await self._decoder.decode_full(batch[0])] if full else await self._decoder.decode(batch)
            )
            if len(results) != len(batch):
                raise DecodeFailed(f"{len(results)} results for {len(batch)} utterances")
        except asyncio.CancelledError:
            for job in batch:
                self._refuse(job, Overloaded("the recogniser is shutting down"))
            raise
        except Exception as error:
            log.exception("decoding a batch of %d failed", len(batch))
            self.counts.failed += len(batch)
            for job in batch:
                self._refuse(job, DecodeFailed(f"the recogniser failed: {type(error).__name__}"))
            results = []
        finally:
            self._in_work.difference_update(batch)
        took = self._now() - started
        self.counts.batches += 1
        for job, result in zip(batch, results, strict=False):
            job.decode_s += took
            self._settle(job, result, full)
        async with self._news:  # a call may have become free
            self._news.notify_all()

    def _settle(self, job: Job, result: Recognition | Doubt, full: bool) -> None:
        if isinstance(result, Doubt) and job.priority is not Priority.PARTIAL:
            if job.wanted:
                job.guess = result.guess
                self.counts.full_windows += 1
                job.passed_over = 0
                self._fallbacks.add(job)
            return
        if isinstance(result, Doubt):  # of speech that still goes on, the next partial will tell more
            weights = {language: weight for language, weight in job.request.languages.items() if weight > 0}
            scores = {language: weight / sum(weights.values()) for language, weight in weights.items()}
            result = Recognition("", max(scores, key=lambda one: scores[one]), scores, 0.0, 0.0)
        if full and job.guess and job.guess.mean_logprob > result.mean_logprob:
            result = job.guess
        self.counts.decoded += 1
        queued = (job.started or job.submitted) - job.submitted
        result = replace(result, full_window=full, queue_ms=queued * 1000, decode_ms=job.decode_s * 1000)
        for answer in job.answers:
            if not answer.done():
                answer.set_result(result)
