"""Who is decoded next: a bounded waiting line with classes, deadlines and one turn for the patient.

Pure state: no clock, no task, no thread. The line is told deadlines and asked for batches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from models.protocols import Pcm, Priority, Recognition, RecognitionRequest

_arrivals = count()


@dataclass(eq=False)
class Job:
    """One piece of audio on its way through the recogniser.

    Attributes:
        audio: int16, 16 kHz.
        request: as it was made; a repeat by the same call may have raised the priority since.
        group: jobs of one batch have the same group (their length, roughly).
        deadline: on the scheduler's clock, in seconds.
        submitted: on the scheduler's clock.
        guess: what the short window heard where its guard asked for the full one.
        answers: those who wait; more than one when a call asked for the same audio twice.
    """

    audio: Pcm
    request: RecognitionRequest
    group: int
    deadline: float
    submitted: float
    priority: Priority = Priority.CONFIRMED
    answers: list[asyncio.Future[Recognition]] = field(default_factory=list)
    passed_over: int = 0
    started: float | None = None
    guess: Recognition | None = None
    decode_s: float = 0.0
    order: int = field(default_factory=lambda: next(_arrivals))

    @property
    def call_id(self) -> str:
        """Whose audio it is."""
        return self.request.call_id

    @property
    def wanted(self) -> bool:
        """Whether anybody still waits for the answer."""
        return any(not answer.done() for answer in self.answers)

    @property
    def given_up(self) -> bool:
        """Whether all who waited for the answer have turned away before it was there."""
        return all(answer.cancelled() for answer in self.answers)

    def same_audio(self, audio: Pcm, request: RecognitionRequest) -> bool:
        """Whether a new request asks for exactly what this job will answer."""
        mine = self.request
        if mine.call_id != request.call_id or len(self.audio) != len(audio):
            return False
        if request.words and not mine.words:
            return False
        if dict(mine.languages) != dict(request.languages) or list(mine.bias) != list(request.bias):
            return False
        return bool(np.array_equal(self.audio, audio))


class WaitingLine:
    """Jobs not yet begun.

    The most urgent class goes first, within it the earliest deadline. A batch is filled with jobs of its leader's
    group. Confirmed jobs of one call go one after another, in the order of their arrival. A job that ``patience``
    batches have passed over leads the next batch but one at the latest, so no class starves.

    Args:
        patience: batches that may pass a job over before it is given a turn of its own.
    """

    def __init__(self, patience: int = 6) -> None:
        self._jobs: list[Job] = []
        self._patience = patience
        self._last_was_patient = False

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job]:
        return iter(list(self._jobs))

    def add(self, job: Job) -> None:
        """Put a job in line."""
        self._jobs.append(job)

    def remove(self, job: Job) -> bool:
        """Take a job out; False when it is not in line (any more)."""
        if job not in self._jobs:
            return False
        self._jobs.remove(job)
        return True

    def least_urgent(self) -> Job | None:
        """The waiting job that is missed least: never a confirmed one."""
        spare = [job for job in self._jobs if job.priority is not Priority.CONFIRMED]
        return max(spare, key=lambda job: (job.priority.rank, job.deadline, job.order), default=None)

    def take(self, size: int, busy_calls: frozenset[str] = frozenset(), mixed: bool = False) -> list[Job]:
        """Return the next batch, at most ``size`` jobs, and take it out of the line.

        Args:
            size: the largest batch.
            busy_calls: calls with a confirmed job in work; their next confirmed job waits for it.
            mixed: whether jobs of different groups may share the batch.
        """
        ready = self._ready(busy_calls)
        if not ready:
            return []
        patient = [job for job in ready if job.passed_over >= self._patience]
        if patient and not self._last_was_patient:
            leader = min(patient, key=lambda job: job.order)
            self._last_was_patient = True
        else:
            leader = ready[0]
            self._last_was_patient = False
        batch = [leader]
        for job in ready:
            if len(batch) >= size:
                break
            if job is not leader and (mixed or job.group == leader.group):
                batch.append(job)
        for job in batch:
            self._jobs.remove(job)
        for job in ready:
            if job not in batch:
                job.passed_over += 1
        return batch

    def _ready(self, busy_calls: frozenset[str]) -> list[Job]:
        first: dict[str, Job] = {}
        for job in self._jobs:  # in order of arrival
            if job.priority is Priority.CONFIRMED:
                first.setdefault(job.call_id, job)
        ready = [
            job
            for job in self._jobs
            if job.priority is not Priority.CONFIRMED
            or (first[job.call_id] is job and job.call_id not in busy_calls)
        ]
        return sorted(ready, key=lambda job: (job.priority.rank, job.deadline, job.order))
