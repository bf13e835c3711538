"""What a page's microphone took in and what it played, as levels on the machine's clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy.ndimage import minimum_filter1d

from evals.bench.conversation import STEP_MS, Levels

SCRIPT = (Path(__file__).parent / "conversation_ears.js").read_text(encoding="utf-8")
"""To be run in the page before its own."""
_RATE = 48.0
"""Samples in a millisecond."""
_BLOCK = 128
_AROUND = 200
"""Messages (8 s) among which the one that was told soonest sets the clock."""

Side = Literal["spoken", "heard"]


class Ears:
    """Collects what the script in one page has heard. Times are milliseconds since 1970."""

    def __init__(self) -> None:
        self._told: dict[Side, list[tuple[float, float, list[float]]]] = {"spoken": [], "heard": []}

    async def collect(self, page: Any) -> None:
        """To be called every few seconds, so that the page does not keep too much."""
        taken = await page.evaluate("window.tpEars.take()")
        for side, told in self._told.items():
            told.extend(tuple(one) for one in taken[side])

    def levels(self, side: Side, begin_ms: float, end_ms: float) -> Levels:
        """Level for every ``STEP_MS`` in between; 0 where nothing was told."""
        grid = np.arange(begin_ms, end_ms, STEP_MS)
        told = [one for one in self._told[side] if begin_ms - 5_000 < one[0] < end_ms + 5_000]
        if len(told) < 2:
            return np.zeros(grid.size)
        told.sort(key=lambda one: one[0])
        at, first = (np.array([one[place] for one in told]) for place in (0, 1))
        values = np.array([one[2] for one in told])
        length = values.shape[1] * _BLOCK / _RATE
        # A message is told some time after its last sample, never before.
        offset = minimum_filter1d(at - (first / _RATE + length), _AROUND, mode="nearest")
        times = offset[:, None] + first[:, None] / _RATE + (np.arange(values.shape[1]) + 0.5) * _BLOCK / _RATE
        times, values = times.ravel(), values.ravel()
        cells = np.floor((times - begin_ms) / STEP_MS).astype(int)
        inside = (cells >= 0) & (cells < grid.size)
        levels = np.zeros(grid.size)
        # Two connections of one page may sound at once while one takes over from the other.
        np.maximum.at(levels, cells[inside], values[inside])
        return _without_holes(levels, np.isin(np.arange(grid.size), cells[inside]))


def _without_holes(levels: Levels, known: np.ndarray[Any, np.dtype[np.bool_]]) -> Levels:
    """Blocks of 2.67 ms leave a step of 2.5 ms out now and then; it is as loud as the one before."""
    empty = ~known
    empty[1:] &= known[:-1]
    holes = np.flatnonzero(empty)
    levels[holes[holes > 0]] = levels[holes[holes > 0] - 1]
    return levels
