"""What time it is by the distributor's clock, for a reader in another process; pure, told the time.

The reader's own steady clock goes on from where the distributor's facts put it. Only where a fresh fact shows that the
two have parted (the distributor was started again, a machine was suspended) is it set anew; the time of day plays no
part, so setting it moves no wait.
"""

from __future__ import annotations

PARTED_S = 2.0
FRESH_S = 5.0
"""An older fact (by the time of day, which may have been set meanwhile) is no measure of the present."""


class FloorClock:
    def __init__(self) -> None:
        self._ahead: float | None = None
        self._latest = 0.0

    def heard(self, at: float, age_s: float, steady: float) -> None:
        """A fact of the distributor came.

        Args:
            at: its moment by the distributor's clock.
            age_s: how long ago it was written, by the time of day.
            steady: the reader's own clock, which never jumps.
        """
        ahead = at + max(age_s, 0.0) - steady
        if self._ahead is None:
            self._ahead, self._latest = ahead, at
        elif age_s < FRESH_S:
            if abs(ahead - self._ahead) > PARTED_S:
                self._ahead, self._latest = ahead, at
            self._latest = max(self._latest, at)

    def start(self, at: float, steady: float) -> None:
        """Where no fact has come yet: begin with a guess."""
        if self._ahead is None:
            self._ahead = at - steady

    def now(self, steady: float) -> float:
        """The present; never before the latest fact."""
        return max(steady + (self._ahead or 0.0), self._latest)
