"""What the browser is to play, and when each frame of it is sent. Pure: told the time.

A browser plays what it gets; nothing waits there that could be thrown away. So the sound waits here and leaves in
real time. Sound that somebody speaks at this moment is marked by nobody and comes in real time by itself: it may
leave as soon as it comes, and the browser's own buffer evens it out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from voice_gateway.leg import FRAME_S, FRAME_SAMPLES, LINE_RATE, Pcm

KEEPALIVE_S = 0.4
"""While there is nothing to play, silence is sent this often, as Opus itself does."""
TAIL_FRAMES = 10
"""So much silence follows sound without a pause, so that the browser does not make up what might have come."""
LAG_S = 0.06
"""Sound that comes later than this after the last has begun anew."""
LIVE_LIMIT_S = 0.1
"""More live sound than this does not wait: all but the newest is left out, so that a talk does not fall behind. Up to
this it is sent before its time: what a hold-up has left here would otherwise stay, and delay all that follows; a
browser that has too much plays it a little faster."""
LIVE_PIECE = 3 * FRAME_SAMPLES
"""Longer pieces are no live sound."""

_SILENCE: Pcm = np.zeros(FRAME_SAMPLES, dtype=np.int16)


@dataclass(slots=True)
class Outgoing:
    """A frame to be sent now: 160 samples, their place on the leg's own timeline in frames, marks that have passed.

    ``came_at``: when the oldest of its sound came in to us, where that is known.
    """

    pcm: Pcm
    frame: int
    marks: list[str]
    came_at: float | None = None


class Playout:
    """One leg's sound on its way out. All times are seconds on one clock that never jumps.

    Args:
        limit_s: most sound waiting; see ``room``.
    """

    def __init__(self, limit_s: float = 120.0) -> None:
        self._limit = int(limit_s * LINE_RATE)
        self._waiting: deque[tuple[Pcm, float | None] | str] = deque()
        self._samples = 0
        self._marks = 0
        self._prepared = False
        self._frame = 0
        self._begun_at: float | None = None
        """When frame 0 was, or would have been, due."""
        self._last_at = float("-inf")
        self._silent = TAIL_FRAMES
        self.left_out = 0
        """Samples of live sound that were left out."""

    @property
    def waiting_s(self) -> float:
        return self._samples / LINE_RATE

    @property
    def live(self) -> bool:
        """Whether what waits is somebody speaking now: short pieces, and nobody waits for a mark."""
        return not self._marks and not self._prepared

    def room(self, samples: int) -> bool:
        """Whether so much more may be added."""
        return self._samples + samples <= self._limit

    def add(self, pcm: Pcm, came_at: float | None = None) -> None:
        if pcm.size:
            self._waiting.append((pcm, came_at))
            self._samples += pcm.size
            self._prepared |= pcm.size > LIVE_PIECE

    def mark(self, name: str) -> None:
        self._waiting.append(name)
        self._marks += 1

    def clear(self) -> list[str]:
        """Throw everything away; return the marks that pass by it."""
        marks = [one for one in self._waiting if isinstance(one, str)]
        self._waiting.clear()
        self._samples = self._marks = 0
        self._prepared = False
        return marks

    def wait(self, now: float) -> float:
        """Seconds until there is something to send, unless something is added before."""
        if not self._waiting:
            return max(0.0, self._last_at + self._patience_s() - now)
        lead = LIVE_LIMIT_S if self.live and self._samples >= FRAME_SAMPLES else 0.0
        return max(0.0, self._due(now) - lead - now)

    def next(self, now: float) -> Outgoing | None:
        """The frame that is to be sent now, if one is."""
        if self.wait(now) > 0.0:
            return None
        pcm, marks, came_at = _SILENCE, list[str](), None
        if not self._waiting:
            self._silent += 1
        else:
            self._silent = 0
            self._forget_old()
            pcm, marks, came_at = self._take()
        self._place(now)
        self._last_at = now
        self._frame += 1
        return Outgoing(pcm, self._frame - 1, marks, came_at)

    def _patience_s(self) -> float:
        """How long after the last frame silence is sent, where there is no sound."""
        if self._silent >= TAIL_FRAMES:
            return KEEPALIVE_S
        return FRAME_S if self._silent else FRAME_S + LAG_S

    def _due(self, now: float) -> float:
        if self._begun_at is None:
            return now
        due = self._begun_at + self._frame * FRAME_S
        return due if due > now - LAG_S else now

    def _place(self, now: float) -> None:
        """Where nothing was sent for a while, the timeline moves on as far as the clock did."""
        if self._begun_at is None:
            self._begun_at = now
        behind = now - (self._begun_at + self._frame * FRAME_S)
        if behind >= LAG_S:
            self._frame += int(behind / FRAME_S)

    def _forget_old(self) -> None:
        if not self.live or self._samples <= LIVE_LIMIT_S * LINE_RATE:
            return
        while len(self._waiting) > 1:
            oldest = self._waiting.popleft()[0]  # live: there are no marks among it
            self._samples -= len(oldest)
            self.left_out += len(oldest)

    def _take(self) -> tuple[Pcm, list[str], float | None]:
        """The next 160 samples, filled up with silence, the marks up to their end, and when the oldest came in."""
        pieces: list[Pcm] = []
        came: list[float] = []
        marks: list[str] = []
        missing = FRAME_SAMPLES
        while self._waiting:
            one = self._waiting[0]
            if isinstance(one, str):
                marks.append(one)
                self._marks -= 1
                self._waiting.popleft()
                continue
            if not missing:
                break
            pcm, came_at = one
            pieces.append(pcm[:missing])
            if came_at is not None:
                came.append(came_at)
            self._samples -= pieces[-1].size
            missing -= pieces[-1].size
            if pieces[-1].size == pcm.size:
                self._waiting.popleft()
            else:
                self._waiting[0] = pcm[pieces[-1].size :], came_at
        self._prepared &= bool(self._waiting)
        if missing:
            pieces.append(np.zeros(missing, dtype=np.int16))
        return np.concatenate(pieces) if len(pieces) > 1 else pieces[0], marks, min(came, default=None)
