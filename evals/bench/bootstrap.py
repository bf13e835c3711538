"""Intervals: percentile bootstrap over clips (Efron 1979) and Wilson's for counts (1927)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


def ratio(top: Sequence[float], bottom: Sequence[float], rounds: int = 5000, seed: int = 1) -> Interval:
    """Interval of sum(top) / sum(bottom), resampling pairs: an error rate over clips of many lengths."""
    return _over_clips(np.asarray(top, float), np.asarray(bottom, float), rounds, seed)


def paired_difference(
    first: Sequence[float],
    second: Sequence[float],
    bottom: Sequence[float],
    rounds: int = 5000,
    seed: int = 1,
) -> Interval:
    """Interval of the difference of two such rates over the same clips, first minus second."""
    return _over_clips(
        np.asarray(first, float) - np.asarray(second, float), np.asarray(bottom, float), rounds, seed
    )


def proportion(hits: int, of: int) -> Interval:
    """Wilson's 95 % interval of ``hits`` among ``of``.

    >>> proportion(9, 10)
    Interval(value=0.9, low=0.596, high=0.982)
    """
    if of <= 0:
        raise ValueError("nothing to measure: no cases")
    z = 1.959964
    rate = hits / of
    middle = (rate + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(rate * (1 - rate) / of + z * z / (4 * of * of))
    return Interval(rate, round(max(0.0, middle - half), 3), round(min(1.0, middle + half), 3))


def _over_clips(top: np.ndarray, bottom: np.ndarray, rounds: int, seed: int) -> Interval:
    if len(top) == 0 or bottom.sum() == 0:
        raise ValueError("nothing to measure: no clip has a reference")
    picks = np.random.default_rng(seed).integers(0, len(top), (rounds, len(top)))
    below = bottom[picks].sum(1)
    rates = top[picks].sum(1)[below > 0] / below[below > 0]
    low, high = np.percentile(rates, [2.5, 97.5])
    return Interval(float(top.sum() / bottom.sum()), float(low), float(high))
