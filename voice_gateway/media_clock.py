"""The call's clock: seconds on the caller's leg, from the carrier's timestamps, readable between frames."""

from __future__ import annotations

_MAY_LAG_S = 2.0


class MediaClock:
    """Maps steady time to media time.

    The frame that came soonest after it was spoken sets the relation, so that frames held up on their
    way (or in a busy event loop) do not set the clock back. Where the sound falls behind for good,
    because the carrier stopped for a while, the clock follows it.
    """

    def __init__(self) -> None:
        self._offset: float | None = None
        self.last_frame_end_s = 0.0
        self.last_frame_at: float | None = None

    def frame(self, end_s: float, steady: float) -> None:
        """A frame that ends at ``end_s`` on the leg arrived at ``steady``."""
        offset = steady - end_s
        if self._offset is None or offset < self._offset or offset > self._offset + _MAY_LAG_S:
            self._offset = offset
        self.last_frame_end_s = max(self.last_frame_end_s, end_s)
        self.last_frame_at = steady

    def now(self, steady: float) -> float:
        """Media time at ``steady``; 0 before the first frame."""
        return 0.0 if self._offset is None else max(0.0, steady - self._offset)
