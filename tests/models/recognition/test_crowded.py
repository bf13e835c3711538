"""What is done where several callers wait: narrower searches, and each is answered when its own has ended."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from core.languages import Language
from models.protocols import RECOGNISER_RATE, RecognitionRequest
from models.recognition.decoding import BEAMS, Decoded, Reading, Utterance, WindowedDecoder
from models.recognition.load import Load
from models.recognition.queue import Job
from models.recognition.recogniser import ThreadedDecoder

EN = Language.EN
SOUND = np.random.default_rng(1).normal(0, 3000, 2 * RECOGNISER_RATE).astype(np.int16)


class Widths(WindowedDecoder):
    """Notes how wide each search is."""

    def __init__(self, beam: int) -> None:
        super().__init__(beam=beam, mend=False)
        self.asked: list[int] = []

    def _hear(
        self, batch: Sequence[Utterance], frames: Sequence[int], beam: int, caps: Sequence[int]
    ) -> Iterator[Reading]:
        self.asked.append(beam)
        for place in range(len(batch)):
            yield Reading(place, {EN: 1.0}, EN, Decoded("yes please", 3, -0.1, 0.0))


@pytest.mark.parametrize(
    ("beam", "pressure", "width"),
    [
        (5, 0.0, 5),
        (5, BEAMS[-1][0] - 0.01, 5),
        *((5, begin, limit) for begin, limit in BEAMS),
        (2, BEAMS[-1][0], 2),  # never wider than it was set
    ],
)
def test_how_wide_a_search_is(beam, pressure, width):
    async def main() -> list[int]:
        inner = Widths(beam)
        threads = ThreadedDecoder(inner, 1)
        job = Job(SOUND, RecognitionRequest("call", {EN: 1.0}), group=800, deadline=1.0, submitted=0.0)
        await threads.decode([job], pressure, lambda job, answer: None)
        threads.close()
        return inner.asked

    assert asyncio.run(main()) == [width]


@pytest.mark.parametrize(
    ("utilisation", "waiting", "workers", "pressure"),
    [
        (0.3, 0, 2, 0.3),
        (0.3, 1, 2, 0.3),  # a worker is free for it
        (0.3, 4, 2, 0.75),
        (0.9, 4, 2, 0.9),
        (0.3, 40, 2, 1.0),
        (0.3, 4, 8, 0.3),
    ],
)
def test_those_who_wait_tell_how_hard_the_lanes_are_pressed_before_the_utilisation_does(
    utilisation, waiting, workers, pressure
):
    assert Load(utilisation=utilisation, waiting=waiting, workers=workers).pressure == pressure


class OneAfterTheOther(WindowedDecoder):
    """Hears the second of a batch first, and the first once it may."""

    def __init__(self) -> None:
        super().__init__(mend=False)
        self.may = threading.Event()

    def _hear(
        self, batch: Sequence[Utterance], frames: Sequence[int], beam: int, caps: Sequence[int]
    ) -> Iterator[Reading]:
        yield Reading(1, {EN: 1.0}, EN, Decoded("the second", 3, -0.1, 0.0))
        assert self.may.wait(20)
        yield Reading(0, {EN: 1.0}, EN, Decoded("the first", 3, -0.1, 0.0))


async def test_a_thread_tells_of_each_answer_while_it_works_on_the_next():
    decoder = OneAfterTheOther()
    threads, told = ThreadedDecoder(decoder, 1), asyncio.Queue()
    jobs = [
        Job(SOUND, RecognitionRequest(call, {EN: 1.0}), group=800, deadline=1.0, submitted=0.0)
        for call in ("one", "another")
    ]
    work = asyncio.create_task(threads.decode(jobs, 0.0, lambda *one: told.put_nowait(one)))
    try:
        job, answer = await asyncio.wait_for(told.get(), 20)
        assert (job.call_id, answer.text) == ("another", "the second") and not work.done()
    finally:
        decoder.may.set()
    assert [one.text for one in await work] == ["the first", "the second"]
    assert told.get_nowait()[0].call_id == "one"
    threads.close()
