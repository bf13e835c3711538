"""How busy the recogniser is and what its work costs, learned from the work itself.

Pure state that is told the time. Whoever admits calls or offers partial transcripts reads :class:`Load`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

_REMEMBERED = 256
_SMOOTHING = 0.05


@dataclass(frozen=True)
class Load:
    """One moment of a recogniser.

    Attributes:
        utilisation: share of its workers' time that was used over the last seconds, 0..1.
        waiting: utterances that wait.
        workers: decodes that may be in work at once.
        cost: seconds of one worker per second of audio, fallbacks included; 0 before anything was decoded.
        queue_p95_s: 95th percentile of the time that recent confirmed and speculative utterances waited.
        discarded_share: share of all decoding whose answer nobody wanted any more, since the start.
        spare: whether work that could as well be left undone (partial transcripts) may be asked for.
    """

    utilisation: float = 0.0
    waiting: int = 0
    workers: int = 1
    cost: float = 0.0
    queue_p95_s: float = 0.0
    discarded_share: float = 0.0
    spare: bool = True

    @property
    def pressure(self) -> float:
        """How hard it is pressed when the next is begun, 0 to 1: its utilisation, or more where several wait.

        The utilisation takes seconds to tell that several callers have ended at once; those who wait beside the first
        tell it now.
        """
        return max(self.utilisation, min(1.0, max(0, self.waiting - 1) / (2 * self.workers)))


class LoadMeter:
    """Measures utilisation, cost and waiting times.

    Args:
        workers: decodes that may be in work at once.
        window_s: the utilisation is an average over about so many seconds.
    """

    def __init__(self, workers: int, window_s: float = 5.0) -> None:
        self._workers, self._window_s = workers, window_s
        self._busy = 0
        self._utilisation = 0.0
        self._at: float | None = None
        self._waits: deque[float] = deque(maxlen=_REMEMBERED)
        self.cost = 0.0
        self.busy_s = 0.0
        self.discarded_s = 0.0

    def _pass(self, now: float) -> None:
        if self._at is not None and now > self._at:
            passed = now - self._at
            keep = math.exp(-passed / self._window_s)
            self._utilisation = keep * self._utilisation + (1 - keep) * self._busy / self._workers
            self.busy_s += passed * self._busy
        self._at = now if self._at is None else max(now, self._at)

    def begins(self, now: float) -> None:
        """A decode begins on one worker."""
        self._pass(now)
        self._busy += 1

    def ends(self, now: float, seconds: float, audio_s: Sequence[float], unwanted: int = 0) -> None:
        """A decode of so many seconds has ended.

        Args:
            audio_s: seconds of each utterance in it.
            unwanted: how many of them nobody waits for any more.
        """
        self._pass(now)
        self._busy -= 1
        heard = sum(audio_s)
        if heard > 0:
            cost = seconds / heard
            self.cost = cost if self.cost == 0 else self.cost + _SMOOTHING * (cost - self.cost)
        if audio_s:
            self.discarded_s += seconds * unwanted / len(audio_s)

    def waited(self, seconds: float) -> None:
        """An utterance whose answer a caller waits for, or perhaps does, has begun to be decoded."""
        self._waits.append(seconds)

    def utilisation(self, now: float) -> float:
        """Share of the workers' time used lately, 0..1."""
        self._pass(now)
        return self._utilisation

    @property
    def busy(self) -> int:
        """Workers that decode at this moment."""
        return self._busy

    @property
    def discarded_share(self) -> float:
        """Share of all decoding that was for nothing."""
        return self.discarded_s / self.busy_s if self.busy_s > 0 else 0.0

    @property
    def queue_p95_s(self) -> float:
        """95th percentile of the latest waits."""
        waits = sorted(self._waits)
        return waits[min(len(waits) - 1, int(len(waits) * 0.95))] if waits else 0.0
