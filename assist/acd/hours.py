"""Opening hours: pure, in local time, and right where clocks are put forward or back.

A site is open while the wall clock of its zone shows a time within a span. So an hour that the clock
shows twice in autumn is open both times, and one that it skips in spring is not there at all. A span
that ends at or before its beginning (22:00-06:00) runs past midnight and belongs to the day on which
it begins: a night shift that began before a holiday ends as usual.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
LOOK_AHEAD_DAYS = 370

Span = tuple[int, int]
"""Minutes since midnight: first minute open, first minute closed; an end <= beginning is the next day."""

ALL_DAY: tuple[Span, ...] = ((0, DAY_MINUTES),)


@dataclass(frozen=True)
class Hours:
    """When a queue is open.

    Attributes:
        zone: whose wall clock counts.
        week: spans of Monday to Sunday.
        holidays: days that are closed whatever the week says.
        special: days with spans of their own; they go before the week and the holidays.
    """

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...] = (ALL_DAY,) * 7
    holidays: frozenset[date] = frozenset()
    special: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def spans(self, day: date) -> tuple[Span, ...]:
        """The spans that begin on this local day."""
        if (special := self.special.get(day)) is not None:
            return special
        return () if day in self.holidays else self.week[day.weekday()]

    def is_open(self, at: datetime) -> bool:
        """Whether the site is open; ``at`` must know its zone."""
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        today = any(
            start <= minute < end if start < end else minute >= start
            for start, end in self.spans(local.date())
        )
        if today:
            return True
        yesterday = self.spans(local.date() - timedelta(days=1))
        return any(minute < end for start, end in yesterday if end <= start)

    def next_change(self, at: datetime) -> datetime | None:
        """When the site next opens (if it is closed) or closes, in UTC; None: not within a year.

        Where the same day opens another span the moment one ends, nothing changes.
        """
        now_open = self.is_open(at)
        first = at.astimezone(self.zone).date() - timedelta(days=1)
        of_day = sorted(self._moments(first))
        for offset in range(1, LOOK_AHEAD_DAYS):
            # A night belongs to the day before: two days are looked at together.
            of_next = sorted(self._moments(first + timedelta(days=offset)))
            for moment in sorted({*of_day, *of_next}):
                if moment > at and self.is_open(moment) != now_open:
                    return moment
            of_day = of_next
        return None

    def _moments(self, day: date) -> Iterator[datetime]:
        """Every moment of this local day (in UTC) at which the answer may change."""
        for start, end in self.spans(day):
            yield from self._instants(day, start)
            yield from self._instants(day, end + DAY_MINUTES if end <= start else end)
        yield from self._instants(day, 0)  # a holiday, or its end, changes things at midnight
        if (shift := self._clock_shift(day)) is not None:
            yield shift

    def _instants(self, day: date, minute: int) -> Iterator[datetime]:
        day += timedelta(days=minute // DAY_MINUTES)
        clock = time(minute % DAY_MINUTES // 60, minute % 60)
        for fold in (0, 1):  # an hour may come twice, or never: then the shift itself is the moment
            moment = datetime.combine(day, clock, self.zone).replace(fold=fold).astimezone(UTC)
            if moment.astimezone(self.zone).time() == clock:
                yield moment

    def _clock_shift(self, day: date) -> datetime | None:
        """When the clock is put forward or back on this day; to the second, in UTC."""
        low = datetime.combine(day, time(), self.zone).astimezone(UTC)
        high = datetime.combine(day + timedelta(days=1), time(), self.zone).astimezone(UTC)
        before = self._offset(low)
        if self._offset(high) == before:
            return None
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            middle = middle.replace(microsecond=0)
            if self._offset(middle) == before:
                low = middle
            else:
                high = middle
        return high

    def _offset(self, at: datetime) -> timedelta | None:
        return at.astimezone(self.zone).utcoffset()
