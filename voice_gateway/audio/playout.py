"""What the far end plays, and when: a playout buffer on a clock that the caller of its methods holds.

Used by whoever stands in for a carrier (the simulated leg, the client that places calls): sound is
played one piece after another in real time, a mark passes when all before it was played, a clear
throws away what was not.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from voice_gateway.leg import LINE_RATE, Pcm

AUDIBLE = 300
"""Samples at least this far from zero are heard on a telephone; below is line noise (-41 dB)."""


@dataclass(slots=True)
class Heard:
    """A piece of sound as it was played: when it began (seconds on the holder's clock), and what."""

    start_s: float
    pcm: Pcm

    @property
    def end_s(self) -> float:
        return self.start_s + self.pcm.size / LINE_RATE


class PlayoutBuffer:
    """Plays in real time. All times are seconds on one clock of the holder's choice, never decreasing."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        """Everything given to play and not cleared, in order; the last piece may still be playing."""
        self._free_at = 0.0
        self._audible_until = 0.0
        self._marks: list[tuple[float, str]] = []

    def add(self, pcm: Pcm, now: float) -> None:
        """Play behind what is already waiting, or at once if nothing is."""
        if pcm.size == 0:
            return
        start = max(self._free_at, now)
        self.heard.append(Heard(start, np.array(pcm, dtype=np.int16)))
        self._free_at = start + pcm.size / LINE_RATE
        loud = np.flatnonzero(_loud(pcm))
        if loud.size:
            self._audible_until = start + (int(loud[-1]) + 1) / LINE_RATE

    def mark(self, name: str, now: float) -> None:
        self._marks.append((max(self._free_at, now), name))

    def clear(self, now: float) -> None:
        """Throw away what was not yet played; the marks waiting pass at once."""
        while self.heard and self.heard[-1].start_s >= now:
            self.heard.pop()
        if self.heard and self.heard[-1].end_s > now:
            last = self.heard[-1]
            last.pcm = last.pcm[: round((now - last.start_s) * LINE_RATE)]
        self._free_at = min(self._free_at, now)
        self._audible_until = min(self._audible_until, now)
        self._marks = [(min(at, now), name) for at, name in self._marks]

    def passed(self, now: float) -> list[str]:
        """The marks that have passed since the last question, in order."""
        due = [name for at, name in self._marks if at <= now]
        self._marks = self._marks[len(due) :]
        return due

    def playing(self, now: float) -> bool:
        return self._free_at > now

    @property
    def ends_at(self) -> float:
        """When the last sound ended or will end; 0.0 before the first."""
        return self._free_at

    @property
    def audible_until(self) -> float:
        """When the last audible sample was or will be played; 0.0 before the first."""
        return self._audible_until

    def audible_between(self, start_s: float, end_s: float) -> list[tuple[float, float]]:
        """Pieces of time in which something audible was played, merged over pauses under 0.3 s."""
        spans: list[tuple[float, float]] = []
        for piece in self._from(start_s):
            if piece.start_s >= end_s:
                break
            for a, b in audible_spans(piece.pcm):
                begin, end = max(piece.start_s + a, start_s), min(piece.start_s + b, end_s)
                if end <= begin:
                    continue
                if spans and begin - spans[-1][1] < 0.3:
                    spans[-1] = (spans[-1][0], end)
                else:
                    spans.append((begin, end))
        return spans

    def first_audible(self, start_s: float, end_s: float = float("inf")) -> float | None:
        """When the first audible sample at or after ``start_s`` was played; None if none was."""
        for piece in self._from(start_s):
            if piece.start_s >= end_s:
                break
            skip = max(0, int((start_s - piece.start_s) * LINE_RATE))
            loud = np.flatnonzero(_loud(piece.pcm[skip:]))
            if loud.size:
                at = piece.start_s + (skip + int(loud[0])) / LINE_RATE
                return at if at < end_s else None
        return None

    def _from(self, start_s: float) -> list[Heard]:
        """Pieces that end after ``start_s``; calls are long, and this is asked at every frame."""
        first = bisect_right(self.heard, start_s, key=lambda piece: piece.end_s)
        return self.heard[first:]

    def recording(self, until_s: float) -> Pcm:
        """All that was played from 0 to ``until_s`` as one int16 track, silence in between."""
        track = np.zeros(max(0, round(until_s * LINE_RATE)), dtype=np.int16)
        for piece in self.heard:
            at = round(piece.start_s * LINE_RATE)
            fits = min(piece.pcm.size, track.size - at)
            if fits > 0:
                track[at : at + fits] = piece.pcm[:fits]
        return track


def _loud(pcm: Pcm) -> np.ndarray:
    return np.abs(pcm.astype(np.int32)) >= AUDIBLE


def audible_spans(pcm: Pcm, *, pause_s: float = 0.3) -> list[tuple[float, float]]:
    """Where a recording is audible, in seconds from its start; pauses under ``pause_s`` do not divide."""
    loud = np.flatnonzero(_loud(pcm))
    if loud.size == 0:
        return []
    breaks = np.flatnonzero(np.diff(loud) > pause_s * LINE_RATE)
    starts = np.concatenate(([loud[0]], loud[breaks + 1]))
    ends = np.concatenate((loud[breaks], [loud[-1]])) + 1
    return [(a / LINE_RATE, b / LINE_RATE) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]


def voiced_until(pcm: Pcm) -> float:
    """Where the speaker's last sound ends, in seconds; the recording's own noise does not count.

    A 20 ms piece is voiced if it is within 26 dB of the recording's loud pieces (95th percentile).
    Returns 0.0 for a recording without sound.
    """
    size = LINE_RATE // 50
    count = pcm.size // size
    if count == 0:
        return pcm.size / LINE_RATE if _loud(pcm).any() else 0.0
    level = np.sqrt(np.mean(pcm[: count * size].reshape(count, size).astype(np.float64) ** 2, axis=1))
    voiced = np.flatnonzero(level > max(0.05 * float(np.percentile(level, 95)), 50.0))
    return (int(voiced[-1]) + 1) * size / LINE_RATE if voiced.size else 0.0
