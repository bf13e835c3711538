"""The last seconds of a leg's sound, by media time, so that no first word is cut and nothing is lost."""

from __future__ import annotations

import numpy as np

from voice_gateway.leg import LINE_RATE, Pcm


class SoundMemory:
    """A ring of ``seconds`` of int16 at 8 kHz. What was never written reads as silence."""

    def __init__(self, seconds: float = 32.0) -> None:
        self._size = round(seconds * LINE_RATE)
        self._ring = np.zeros(self._size, np.int16)
        self._end = 0
        """Sample number after the newest one."""

    @property
    def end_s(self) -> float:
        return self._end / LINE_RATE

    def write(self, pcm: Pcm, at_s: float) -> None:
        """Add sound that begins at ``at_s``; a gap before it is silence, what lies in the past is left out."""
        start = round(at_s * LINE_RATE)
        if start < self._end:
            pcm, start = pcm[self._end - start :], self._end
        gap = min(start - self._end, self._size)
        if gap > 0:
            self._put(start - gap, np.zeros(gap, np.int16))
        if len(pcm):
            self._put(start, pcm)
            self._end = start + len(pcm)

    def read(self, start_s: float, end_s: float) -> Pcm:
        """A copy of what was heard between two times, as far as it is still remembered."""
        start = max(round(start_s * LINE_RATE), self._end - self._size, 0)
        end = min(round(end_s * LINE_RATE), self._end)
        if end <= start:
            return np.zeros(0, np.int16)
        place, size = start % self._size, end - start
        return np.concatenate(
            (self._ring[place : place + size], self._ring[: max(0, place + size - self._size)])
        )

    def _put(self, start: int, pcm: Pcm) -> None:
        if len(pcm) > self._size:
            start += len(pcm) - self._size
            pcm = pcm[-self._size :]
        place = start % self._size
        first = min(len(pcm), self._size - place)
        self._ring[place : place + first] = pcm[:first]
        self._ring[: len(pcm) - first] = pcm[first:]
