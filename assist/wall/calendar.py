"""The site's days and their quarter hours; pure.

A day lasts from one midnight of the site's zone to the next: 23 or 25 hours where the clock is changed. Where
midnight itself is skipped the day begins when the clock has jumped. Quarter hours are counted from 1970, so each is
900 seconds, also around a change of the clock, and has one place on the chart.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

QUARTER_S = 900


class Calendar:
    """
    Args:
        zone: whose midnight begins the day.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.begins = lru_cache(16)(self._begins)
        """Of a day: seconds since 1970."""

    def day(self, wall: float) -> date:
        """The day of a moment, in seconds since 1970."""
        return datetime.fromtimestamp(wall, self.zone).date()

    def ends(self, day: date) -> float:
        return self.begins(day + timedelta(days=1))

    def quarter(self, wall: float) -> int:
        """The beginning of the quarter hour that a moment lies in."""
        return int(wall // QUARTER_S) * QUARTER_S

    def clock(self, wall: float) -> str:
        """The time of day, ``09:45``."""
        return datetime.fromtimestamp(wall, self.zone).strftime("%H:%M")

    def _begins(self, day: date) -> float:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC).timestamp()
