"""One recogniser for all calls: batches across calls, and full-window decodes in a lane of their own.

The scheduler lives on the event loop; the decoder it is given does the work elsewhere (threads in production, a
coroutine in virtual time in tests). Every request ends in exactly one way: its recognition, :class:`Overloaded`,
:class:`Superseded`, its own cancellation, or the decoder's error.

Of the decoder's workers a full window, which takes as long as ten short ones, may hold one, and never the last:
short utterances do not wait behind it. Where there is one worker only, it begins when nothing else waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Protocol

from models.protocols import (
    RECOGNISER_RATE,
    ModelError,
    Overloaded,
    Pcm,
    Priority,
    Recognition,
    RecognitionRequest,
    Superseded,
)
from models.recognition.load import Load, LoadMeter
from models.recognition.queue import Job, WaitingLine

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Doubt:
    """The short window's answer is not believed and the full one is wanted.

    Attributes:
        guess: what the short window heard, if it was only improbable; kept if the full window is less sure still.
    """

    guess: Recognition | None = None


Answered = Callable[[Job, Recognition | Doubt], None]
"""Told of a job of the batch in work that its answer is there, while its neighbours are still decoded."""


class BatchDecoder(Protocol):
    """What the scheduler needs of a model."""

    def group(self, samples: int) -> int:
        """The group of audio of this length; one batch holds one group."""
        ...

    async def decode(
        self, jobs: Sequence[Job], pressure: float, answered: Answered
    ) -> Sequence[Recognition | Doubt]:
        """Decode a batch with the short window; a doubt where only the full window will do.

        Args:
            pressure: how hard the workers are pressed, 0 to 1 (:attr:`models.recognition.load.Load.pressure`).
            answered: may be told of a job as soon as its answer is there; on the event loop, before this returns.

        Returns:
            The answers of all jobs in their order, also those told before.
        """
        ...

    async def decode_again(self, job: Job, pressure: float) -> Recognition:
        """Decode one job with a longer window, the full one if need be."""
        ...


class DecodeFailed(ModelError):
    """The decoder broke on this batch; the next may well succeed."""


@dataclass
class SchedulerCounts:
    """What has happened since the start; for metrics.

    Attributes:
        batches: decodes, full windows included.
        decoded: utterances answered.
        full_windows: utterances that the short window's guard sent on.
        overloaded: requests refused, or thrown out for a caller who waits.
        no_capacity: partial requests refused because there was no spare capacity.
        superseded: requests replaced by a newer one of their call.
        joined: requests that joined a job of the same audio; confirmed speculations for the most part.
        withdrawn: jobs given up before they were begun.
        discarded: jobs decoded for nothing: nobody waited any more when their answer was there.
        discarded_batches: batches all of whose jobs were.
        failed: jobs on which the decoder broke, before their answer was there.
    """

    batches: int = 0
    decoded: int = 0
    full_windows: int = 0
    overloaded: int = 0
    no_capacity: int = 0
    superseded: int = 0
    joined: int = 0
    withdrawn: int = 0
    discarded: int = 0
    discarded_batches: int = 0
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
        even: whether a batch takes no more than its worker's share of those who wait at that moment. Two processor cores
            with half of them each are done sooner than one with all; a GPU, whose kernels take turns, has them all at once.
        workers: decodes that may be in work at once, the full window's among them.
        patience: see :class:`WaitingLine`.
        partial_limit: utilisation from which partial requests are refused at the door, as they are while anything
            else waits; None takes them as they come. One that was let in is not starved.
        clock: seconds, monotonic; None means the event loop's.
    """

    def __init__(
        self,
        decoder: BatchDecoder,
        max_waiting: int = 128,
        max_batch: int = 8,
        even: bool = False,
        workers: int = 2,
        patience: int = 6,
        partial_limit: float | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.counts = SchedulerCounts()
        self._decoder = decoder
        self._max_waiting, self._max_batch, self._workers = max_waiting, max_batch, workers
        self._even = even
        self._patience, self._partial_limit = patience, partial_limit
        self._clock = clock
        self._meter = LoadMeter(workers)
        self._line = WaitingLine(patience)
        self._fallbacks = WaitingLine(patience)
        self._in_work: set[Job] = set()
        self._tasks: dict[asyncio.Task[None], float] = {}
        """Decodes in work, and when each began."""
        self._full_in_work = False
        self._pump_is_due = False
        self._running = False

    async def __aenter__(self) -> Scheduler:
        self._running = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for job in [*self._line, *self._fallbacks, *self._in_work]:
            self._refuse(job, Overloaded("the recogniser is shutting down"))

    @property
    def waiting(self) -> int:
        """Jobs that wait, fallbacks included."""
        return len(self._line) + len(self._fallbacks)

    def load(self) -> Load:
        """How busy it is at this moment."""
        utilisation = self._meter.utilisation(self._now())
        limit = 1.0 if self._partial_limit is None else self._partial_limit
        return Load(
            utilisation=utilisation,
            waiting=self.waiting,
            workers=self._workers,
            cost=self._meter.cost,
            queue_p95_s=self._meter.queue_p95_s,
            discarded_share=self._meter.discarded_share,
            spare=not self.waiting and self._meter.busy < self._workers and utilisation <= limit,
        )

    @property
    def busy_s(self) -> float:
        """Worker seconds spent on decoding since the start."""
        self._meter.utilisation(self._now())
        return self._meter.busy_s

    @property
    def discarded_s(self) -> float:
        """Of ``busy_s``, what was for nothing."""
        return self._meter.discarded_s

    @property
    def in_work_s(self) -> float:
        """For how long the oldest of the decodes in work has been; 0 where none is."""
        now = self._now()
        return max((now - began for began in self._tasks.values()), default=0.0)

    async def submit(self, audio: Pcm, request: RecognitionRequest) -> Recognition:
        """Wait for the recognition of ``audio``; cancelling the wait withdraws the request.

        A speculative or partial request takes the place of the call's older one of its class, a confirmed request
        that of both. A request for exactly the audio that is already in line or in work joins it (and raises its
        priority), so confirming a speculation costs nothing.

        Raises:
            Overloaded: the line is full, there is no spare capacity for a partial one, or the scheduler closed.
            Superseded: a newer request of the call took this one's place.
            DecodeFailed: the decoder broke.
        """
        if not self._running:
            raise Overloaded("the recogniser is not running")
        answer: asyncio.Future[Recognition] = asyncio.get_running_loop().create_future()
        job = self._join(audio, request) or self._enter(audio, request)
        job.answers.append(answer)
        self._pump_soon()
        try:
            return await answer
        finally:
            if not job.wanted and (self._line.remove(job) or self._fallbacks.remove(job)):
                self.counts.withdrawn += 1  # nobody waits any more: it is not decoded

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
        if request.priority is Priority.PARTIAL and self._partial_limit is not None and not self.load().spare:
            self.counts.no_capacity += 1
            raise Overloaded("there is no spare capacity for partial transcripts")
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

    # --- who is decoded next ---

    def _pump_soon(self) -> None:
        """Look for work once what asks at this moment has asked, so that it may share a batch."""
        if not self._pump_is_due:
            self._pump_is_due = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        self._pump_is_due = False
        share = -(-len(self._line) // self._workers)
        size = min(share, self._max_batch) if self._even else self._max_batch
        pressure = self.load().pressure
        while self._running and self._meter.busy < self._workers:
            batch, full = self._next(size)
            if not batch:
                return
            self._begin(batch, full, pressure)

    def _next(self, size: int) -> tuple[list[Job], bool]:
        """The next batch of ``size`` at most, and whether it is a fallback for the full window."""
        if self._full_is_due() and (batch := self._fallbacks.take(1)):
            return batch, True
        if batch := self._line.take(size, self._busy_calls()):
            for job in self._fallbacks:
                job.passed_over += 1
            return batch, False
        # A call's fallback is itself in work, so the lane of fallbacks need not ask who is busy.
        return ([], False) if self._full_in_work else (self._fallbacks.take(1), True)

    def _full_is_due(self) -> bool:
        """Whether a fallback goes before short ones: a caller waits for it and a worker is left for them."""
        return not self._full_in_work and any(
            job.passed_over >= self._patience or (self._workers > 1 and job.priority is Priority.CONFIRMED)
            for job in self._fallbacks
        )

    def _busy_calls(self) -> frozenset[str]:
        busy = [*self._in_work, *self._fallbacks]
        return frozenset(job.call_id for job in busy if job.priority is Priority.CONFIRMED)

    def _begin(self, batch: list[Job], full: bool, pressure: float) -> None:
        now = self._now()
        self._meter.begins(now)
        self._in_work.update(batch)
        self._full_in_work = self._full_in_work or full
        for job in batch:
            if job.started is None:
                job.started = now
                if job.priority is not Priority.PARTIAL:
                    self._meter.waited(now - job.submitted)
        task = asyncio.create_task(self._work(batch, full, pressure, now), name="recognise")
        self._tasks[task] = now
        task.add_done_callback(self._tasks.pop)

    async def _work(self, batch: list[Job], full: bool, pressure: float, started: float) -> None:
        left = set(batch)
        unwanted = 0

        def leaves(job: Job) -> None:
            nonlocal unwanted
            left.remove(job)
            self._in_work.remove(job)
            unwanted += job.given_up

        def answered(job: Job, result: Recognition | Doubt) -> None:
            if job in left:  # a job told early may be in work again by now, with the full window
                leaves(job)
                job.decode_s += self._now() - started
                self._settle(job, result, full)
                self._pump_soon()

        def give_up(error: ModelError) -> None:
            for job in [*left]:
                leaves(job)
                self._refuse(job, error)

        try:
            results: Sequence[Recognition | Doubt] = (
                [await self._decoder.decode_again(batch[0], pressure)]
                if full
                else await self._decoder.decode(batch, pressure, answered)
            )
            if len(results) != len(batch):
                raise DecodeFailed(f"{len(results)} results for {len(batch)} utterances")
        except asyncio.CancelledError:
            give_up(Overloaded("the recogniser is shutting down"))
            raise
        except Exception as error:
            log.exception("decoding a batch of %d failed", len(batch))
            self.counts.failed += len(left)
            give_up(DecodeFailed(f"the recogniser failed: {type(error).__name__}"))
        else:
            for job, result in zip(batch, results, strict=True):
                answered(job, result)
        finally:
            self._full_in_work = self._full_in_work and not full
            self._over(batch, started, unwanted)
            self._pump_soon()

    def _over(self, batch: list[Job], started: float, unwanted: int) -> None:
        """Account for a decode that has ended, and for which so many jobs it was in vain."""
        now = self._now()
        heard = [len(job.audio) / RECOGNISER_RATE for job in batch]
        self._meter.ends(now, now - started, heard, unwanted)
        self.counts.batches += 1
        self.counts.discarded += unwanted
        self.counts.discarded_batches += unwanted == len(batch)

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
