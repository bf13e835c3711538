"""While callers wait for each other's decodes, a search is narrower; otherwise as wide as it was set."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from core.languages import Language
from models.protocols import RECOGNISER_RATE, RecognitionRequest
from models.recognition.decoding import BEAMS, Decoded, Utterance, WindowedDecoder
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
        self, batch: Sequence[Utterance], frames: int, beam: int, cap: int
    ) -> list[tuple[dict[Language, float], Language, Decoded]]:
        self.asked.append(beam)
        return [({EN: 1.0}, EN, Decoded("yes please", 3, -0.1, 0.0)) for _ in batch]


@pytest.mark.parametrize(
    ("beam", "utilisation", "width"),
    [
        (5, 0.0, 5),
        (5, BEAMS[-1][0] - 0.01, 5),
        *((5, begin, limit) for begin, limit in BEAMS),
        (2, BEAMS[-1][0], 2),  # never wider than it was set
    ],
)
def test_how_wide_a_search_is(beam, utilisation, width):
    async def main() -> list[int]:
        inner = Widths(beam)
        threads = ThreadedDecoder(inner, 1, lambda: utilisation)
        job = Job(SOUND, RecognitionRequest("call", {EN: 1.0}), group=800, deadline=1.0, submitted=0.0)
        await threads.decode([job])
        threads.close()
        return inner.asked

    assert asyncio.run(main()) == [width]
