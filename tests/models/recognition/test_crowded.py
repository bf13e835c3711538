"""While callers wait for each other's decodes, a search is narrower; otherwise as wide as it was set."""

from __future__ import annotations

import asyncio
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
        threads = ThreadedDecoder(inner, 1, lambda: pressure)
        job = Job(SOUND, RecognitionRequest("call", {EN: 1.0}), group=800, deadline=1.0, submitted=0.0)
        await threads.decode([job], lambda job, answer: None)
        threads.close()
        return inner.asked

    assert asyncio.run(main()) == [width]


@pytest.mark.parametrize(
    ("utilisation", "waiting", "workers", "pressure"),
    [
        (0.3, 0, 2, 0.3),
        (0.3, 1, 2, 0.3),  # a worker will soon be free
        (0.3, 3, 2, 0.75),
        (0.9, 3, 2, 0.9),
        (0.3, 40, 2, 1.0),
        (0.3, 3, 8, 0.3),
    ],
)
def test_those_who_wait_tell_how_hard_the_lanes_are_pressed_before_the_utilisation_does(
    utilisation, waiting, workers, pressure
):
    assert Load(utilisation=utilisation, waiting=waiting, workers=workers).pressure == pressure
