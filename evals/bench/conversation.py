"""What a conversation over the bridge is judged by: delays, words, and who hears whom. Pure.

Sound is compared by its envelope: the level of every 2.5 ms, on one clock for all browsers, since they run on one
machine. What one microphone took in is looked for in what another browser played, a window at a time; where it is
found, its place is the delay. So it needs no clicks, and holds for speech that a codec has changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.languages import Language
from core.timings import percentile
from evals.bench.errors import units

STEP_MS = 2.5
WINDOW_S = 2.0
HOP_S = 0.5
LONGEST_S = 1.5
"""Delays are looked for up to here."""
ALIKE = 0.65
"""From this correlation on, the one sound is taken for the other."""
LOUD = 0.004
"""Level (full scale is 1) of speech or music; line noise and silence are below."""
_SPOKEN = 0.25
"""Share of a window that speech must fill for the window to count."""
_FLOOR = 1e-3

_NEXT_MS = 2_000.0

Levels = NDArray[np.float64]
Span = tuple[float, float]
"""Milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Match:
    """A window of a microphone's sound, looked for in what was played elsewhere.

    ``at_s``: its beginning, from that of the levels; ``alike``: correlation at the best place.
    """

    at_s: float
    delay_ms: float
    alike: float


def _windows(spoken: Levels, others: Sequence[Levels]) -> list[int]:
    """Where windows begin in which this microphone speaks and no other does."""
    length, hop = int(WINDOW_S * 1_000 / STEP_MS), int(HOP_S * 1_000 / STEP_MS)
    last = len(spoken) - length - int(LONGEST_S * 1_000 / STEP_MS)
    return [
        at
        for at in range(0, last, hop)
        if np.mean(spoken[at : at + length] > LOUD) >= _SPOKEN
        and all(np.mean(other[at : at + length] > LOUD) < 0.05 for other in others)
    ]


def matches(spoken: Levels, heard: Levels, others: Sequence[Levels] = ()) -> list[Match]:
    """Every window in which ``spoken`` speaks alone, looked for in ``heard``; all have levels of the same moments.

    Args:
        others: what the other microphones took in.
    """
    length, reach = int(WINDOW_S * 1_000 / STEP_MS), int(LONGEST_S * 1_000 / STEP_MS)
    mine, theirs = (np.log10(np.maximum(one, _FLOOR)) for one in (spoken, heard))
    found = []
    for at in _windows(spoken, others):
        pattern = mine[at : at + length] - mine[at : at + length].mean()
        place = theirs[at : at + length + reach]
        sums = np.concatenate(([0.0], np.cumsum(place)))
        squares = np.concatenate(([0.0], np.cumsum(place**2)))
        mean = (sums[length:] - sums[:-length]) / length
        spread = np.sqrt(np.maximum((squares[length:] - squares[:-length]) / length - mean**2, 1e-6))
        alike = np.correlate(place, pattern, "valid") / length / (spread * max(pattern.std(), 1e-3))
        best = int(np.argmax(alike))
        found.append(Match(at * STEP_MS / 1_000, best * STEP_MS, float(alike[best])))
    return found


def joined(spans: Sequence[Span]) -> list[Span]:
    """Spans that follow each other as one, so that what lies across their border counts too."""
    found: list[Span] = []
    for begin, end in spans:
        if found and begin - found[-1][1] < _NEXT_MS:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found


@dataclass(frozen=True, slots=True)
class Heard:
    """How one person's sound reached another.

    Attributes:
        windows: in which that person spoke alone.
        arrived: share of them that was found again.
        p50_ms: from the microphone to the other browser's sound.
    """

    windows: int
    arrived: float
    p50_ms: float
    p95_ms: float

    @property
    def well(self) -> bool:
        """Whether it was really heard: most windows, and enough of them to tell."""
        return self.windows >= 3 and self.arrived >= 0.7

    @property
    def not_at_all(self) -> bool:
        return self.windows >= 3 and self.arrived <= 0.1


def heard(found: Sequence[Match]) -> Heard:
    delays = [one.delay_ms for one in found if one.alike >= ALIKE]
    if not delays:
        return Heard(len(found), 0.0, 0.0, 0.0)
    return Heard(
        len(found),
        round(len(delays) / len(found), 3),
        round(percentile(delays, 50), 1),
        round(percentile(delays, 95), 1),
    )


def loud_share(levels: Levels) -> float:
    """Of the time, how much there was something to hear."""
    return float(np.mean(levels > LOUD)) if levels.size else 0.0


# --- words ---


@dataclass(frozen=True, slots=True)
class Words:
    """Errors in a transcript; ``length``: units of the known text that it covers, words in English, else characters."""

    errors: int
    length: int

    @property
    def rate(self) -> float:
        return self.errors / self.length if self.length else 1.0


def words(known: str, transcript: str, language: Language) -> Words:
    """The transcript against that part of the known text which fits it best: it may begin and end anywhere in it.

    What was left out in the middle counts, as does what was never said.
    """
    reference, said = units(known, language), units(transcript, language)
    # Row by row over the transcript; a column is how far we are in the known text. (errors, -covered) of the best way.
    row = [(0, 0)] * (len(reference) + 1)
    for one in said:
        diagonal, row[0] = row[0], (row[0][0] + 1, 0)
        for j, expected in enumerate(reference, 1):
            above = row[j]
            row[j] = min(
                (diagonal[0] + (one != expected), diagonal[1] - 1),
                (above[0] + 1, above[1]),
                (row[j - 1][0] + 1, row[j - 1][1] - 1),
            )
            diagonal = above
    errors, covered = min(row)
    return Words(errors, -covered)


# --- histograms ---

_BUCKET = re.compile(r"^(\w+)_bucket\{(.*)\} ([0-9.e+]+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')
Buckets = Mapping[float, float]


def buckets(metrics: str, name: str, **labels: str) -> dict[float, float]:
    """A histogram in the text of ``/metrics``: upper bound to cumulative count; empty where it is not there."""
    found = {}
    for match in _BUCKET.finditer(metrics):
        fields = dict(_LABEL.findall(match[2]))
        if match[1] == name and labels.items() <= fields.items():
            found[float(fields["le"])] = float(match[3])
    return found


def between(before: Buckets, after: Buckets) -> dict[float, float]:
    """What came in between two looks at a histogram."""
    return {bound: count - before.get(bound, 0.0) for bound, count in after.items()}


def together(several: Sequence[Buckets]) -> dict[float, float]:
    """What came in in all of several stretches."""
    found: dict[float, float] = {}
    for one in several:
        for bound, count in one.items():
            found[bound] = found.get(bound, 0.0) + count
    return found


def quantile(of: Buckets, share: float) -> float:
    """Linear within its bucket; the last finite bound where it is beyond, NaN where nothing was counted."""
    bounds = sorted(of)
    if not bounds or not of[bounds[-1]]:
        return float("nan")
    wanted, below, low = share * of[bounds[-1]], 0.0, 0.0
    for bound in bounds:
        if of[bound] >= wanted:
            inside = of[bound] - below
            return low if np.isinf(bound) else low + (bound - low) * (wanted - below) / inside
        below, low = of[bound], bound
    return low
