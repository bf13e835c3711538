"""One party's sound on its way into the mix: frames come when the network brings them, and leave one per tick.

Nothing is waited for in advance: where a frame is missing, the last one fades away in its place, and the late ones
that follow make the buffer as long as the jitter has proved to be. Where frames were left over at every single tick
for a while, that much is left out again, in a moment of quiet if there is one: the last of them after seconds, what a
hold-up has left behind after a fifth of a second. Pure: ticks are its only clock.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from voice_gateway.leg import FRAME_SAMPLES, Pcm

MOST_FRAMES = 10
"""0.2 s: beyond that the oldest goes."""
CALM_TICKS = 100
"""So long a spare frame was not needed before it is left out; doubled where that proved too early."""
HELD_UP_TICKS = 10
"""Where several are spare for so long, all but one of them are left out, each time anew: a hold-up every few seconds
would otherwise keep the sound as late as it was for good."""
CALMEST_TICKS = 3_000
QUIET = 500
"""Peak of a frame that nobody misses."""
MUCH = 2
"""So many spare frames are not kept until it is quiet,"""
APART_TICKS = 4
"""but go one at a time, so that words stay words."""
_FADE = np.linspace(1.0, 0.0, FRAME_SAMPLES)


class JitterBuffer:
    """Frames of 160 samples in, at any time; one out per tick.

    Attributes:
        dropped: frames left out, for lack of room or to catch up.
        missed: ticks at which sound had been coming and no frame was there.
        came_at: when the packet of the frame pulled last came in; None where that is not known, or there was none.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self.missed = 0
        self.came_at: float | None = None
        self._frames: deque[tuple[Pcm, float | None]] = deque()
        self._last: Pcm | None = None
        self._calm_ticks = CALM_TICKS
        self._since_cut = CALMEST_TICKS
        self._excess = 0
        self._ticks = 0
        self._spare = MOST_FRAMES

    def __len__(self) -> int:
        return len(self._frames)

    def push(self, pcm: Pcm, came_at: float | None = None) -> None:
        if len(self._frames) >= MOST_FRAMES:
            self._frames.popleft()
            self.dropped += 1
        self._frames.append((pcm, came_at))

    def pull(self) -> Pcm | None:
        """The next 20 ms; None where there is nothing to hear."""
        self._since_cut += 1
        self.came_at = None
        if not self._frames:
            return self._miss()
        frame, self.came_at = self._frames.popleft()
        self._last = frame
        self._spare = min(self._spare, len(self._frames))
        self._ticks += 1
        several = self._spare > 1
        if self._ticks >= (HELD_UP_TICKS if several else self._calm_ticks):
            self._excess = self._spare - several
            self._begin_window()
        if self._excess and self._frames:
            self._catch_up()
        return frame

    def clear(self) -> None:
        """Forget what waits: it is from before this conversation."""
        self._frames.clear()
        self._last = None
        self._excess = 0
        self._begin_window()

    def _miss(self) -> Pcm | None:
        last, self._last = self._last, None
        if last is None:
            return None
        self.missed += 1
        self._excess = 0
        self._begin_window()
        if self._since_cut < 2 * self._calm_ticks:
            # What was left out last time would have been needed: be slower to do so again.
            self._calm_ticks = min(2 * self._calm_ticks, CALMEST_TICKS)
            self._since_cut = CALMEST_TICKS
        return (last * _FADE).astype(np.int16)

    def _catch_up(self) -> None:
        much = self._excess >= MUCH and self._since_cut >= APART_TICKS
        if much or int(np.abs(self._frames[0][0]).max()) < QUIET:
            self._frames.popleft()
            self.dropped += 1
            self._excess -= 1
            self._since_cut = 0

    def _begin_window(self) -> None:
        self._ticks = 0
        self._spare = MOST_FRAMES
