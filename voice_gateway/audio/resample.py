"""From one rate to another, with soxr: whole recordings, or a stream piece by piece."""

from __future__ import annotations

import numpy as np
import soxr

from voice_gateway.leg import LINE_RATE, Pcm

RECOGNISER_RATE = 16_000


def resample(pcm: Pcm, from_rate: int, to_rate: int) -> Pcm:
    """Resample a whole int16 mono recording; the result lasts as long as the original."""
    if from_rate == to_rate or pcm.size == 0:
        return np.asarray(pcm, dtype=np.int16)
    return np.asarray(soxr.resample(np.asarray(pcm, dtype=np.int16), from_rate, to_rate), dtype=np.int16)


class StreamResampler:
    """Resamples a stream: what goes in piece by piece comes out as if it had been one recording.

    The filter holds back a few milliseconds, which ``push(last=True)`` gives out; after that the
    resampler begins anew.
    """

    def __init__(self, from_rate: int = LINE_RATE, to_rate: int = RECOGNISER_RATE) -> None:
        self._stream = soxr.ResampleStream(from_rate, to_rate, 1, dtype="int16", quality="MQ")

    def push(self, pcm: Pcm, *, last: bool = False) -> Pcm:
        """Return what can be given out after these int16 samples; possibly nothing yet."""
        out = np.asarray(
            self._stream.resample_chunk(np.asarray(pcm, dtype=np.int16), last=last), dtype=np.int16
        )
        if last:
            self._stream.clear()
        return out
