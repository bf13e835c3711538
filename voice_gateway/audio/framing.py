"""Payloads of any size, with the carrier's timestamps, to 20 ms frames on one media clock.

The clock is the carrier's: a gap in its timestamps is a gap in the sound. A short one is filled with
silence, so that recordings and recogniser hear the true length; a long one moves the clock. What
comes late or twice is dropped. A timestamp that makes no sense is dropped too, unless what follows
continues from it: then the carrier has really restarted its count, and the clock goes on from
where it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voice_gateway.leg import FRAME_SAMPLES, LINE_RATE, Frame, Pcm

_EMPTY: Pcm = np.zeros(0, dtype=np.int16)


@dataclass(slots=True)
class FramingCounts:
    """What became of the payloads of one leg."""

    accepted: int = 0
    late: int = 0
    """Arrived after its place was taken: out of order, or a second time."""
    wild: int = 0
    """Timestamp too far from the clock to be believed."""
    restarts: int = 0
    filled_samples: int = 0
    jumped_samples: int = 0


class Framer:
    """Cuts one leg's sound into frames of 160 samples. ``counts`` tells what was left out or put in.

    Args:
        jitter_s: timestamps this far from where the sound stands count as continuous.
        fill_s: a gap up to this long is filled with silence; a longer one moves the clock.
        wild_s: a timestamp further away than this, either way, is not believed on its own.
        believe_after: so many dropped payloads in a row that continue each other are a new count.
    """

    def __init__(
        self, *, jitter_s: float = 0.04, fill_s: float = 1.0, wild_s: float = 30.0, believe_after: int = 10
    ) -> None:
        self.counts = FramingCounts()
        self._jitter = int(jitter_s * LINE_RATE)
        self._fill = int(fill_s * LINE_RATE)
        self._wild = int(wild_s * LINE_RATE)
        self._believe_after = believe_after
        self._rest = _EMPTY
        self._clock = 0
        """Samples on the media clock up to the end of what was accepted."""
        self._offset: int | None = None
        """Media clock minus carrier's clock, in samples; None before the first payload."""
        self._last_timestamp: int | None = None
        self._suspect: tuple[int, int] | None = None
        """Carrier's time that would follow the last unbelievable payload, and how many came in a row."""

    @property
    def clock_s(self) -> float:
        """Where the sound stands, in seconds from the first sample."""
        return self._clock / LINE_RATE

    @property
    def waiting(self) -> int:
        """Samples kept for the next frame."""
        return self._rest.size

    def push(self, pcm: Pcm, timestamp_ms: int) -> list[Frame]:
        """Take a payload that begins at the carrier's ``timestamp_ms``; return the frames now whole."""
        begins = timestamp_ms * LINE_RATE // 1000
        if self._offset is None:
            self._offset = -begins
        ahead = begins + self._offset - self._clock
        repeated = self._last_timestamp is not None and timestamp_ms <= self._last_timestamp
        if repeated or ahead < -self._jitter or ahead > self._wild:
            if not self._restarted(begins, pcm.size):
                return []
            self._offset = self._clock - begins
            self.counts.restarts += 1
            ahead = 0
        self._suspect = None
        self._last_timestamp = timestamp_ms
        self.counts.accepted += 1
        frames: list[Frame] = []
        if ahead > self._fill:
            frames += self._jump(ahead)
        elif ahead > self._jitter:
            self.counts.filled_samples += ahead
            frames += self._cut(np.zeros(ahead, dtype=np.int16))
        return frames + self._cut(pcm)

    def _restarted(self, begins: int, size: int) -> bool:
        """Whether enough payloads in a row continue from an unbelievable one: the count began anew."""
        expected, run = self._suspect or (None, 0)
        follows = expected is not None and abs(begins - expected) <= self._jitter
        run = run + 1 if follows else 1
        self._suspect = (begins + size, run)
        if run >= self._believe_after:
            return True
        if abs(begins + (self._offset or 0) - self._clock) > self._wild:
            self.counts.wild += 1
        else:
            self.counts.late += 1
        return False

    def _jump(self, ahead: int) -> list[Frame]:
        """Finish the frame under way with silence, then go on at the new place."""
        target = self._clock + ahead
        frames = (
            self._cut(np.zeros(FRAME_SAMPLES - self._rest.size, dtype=np.int16)) if self._rest.size else []
        )
        self.counts.jumped_samples += target - self._clock
        self._clock = target
        return frames

    def _cut(self, pcm: Pcm) -> list[Frame]:
        starts = self._clock - self._rest.size
        self._clock += pcm.size
        whole = np.concatenate((self._rest, pcm)) if self._rest.size else pcm
        count = whole.size // FRAME_SAMPLES
        self._rest = whole[count * FRAME_SAMPLES :]
        return [
            Frame(
                whole[i * FRAME_SAMPLES : (i + 1) * FRAME_SAMPLES], (starts + i * FRAME_SAMPLES) / LINE_RATE
            )
            for i in range(count)
        ]
