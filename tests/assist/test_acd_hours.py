"""Opening hours: holidays, nights, and the days on which clocks are put forward or back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from assist.acd.hours import Hours, Span

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE: tuple[Span, ...] = ((9 * 60, 17 * 60),)
NIGHT: tuple[Span, ...] = ((22 * 60, 6 * 60),)


def at(zone: ZoneInfo, *moment: int, fold: int = 0) -> datetime:
    return datetime(*moment, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[misc, arg-type]


def weekdays(spans: tuple[Span, ...]) -> tuple[tuple[Span, ...], ...]:
    return (spans,) * 5 + ((),) * 2


def test_open_from_the_first_minute_to_the_last_in_local_time() -> None:
    hours = Hours(BERLIN, weekdays(OFFICE))
    assert not hours.is_open(at(BERLIN, 2026, 3, 4, 8, 59))
    assert hours.is_open(at(BERLIN, 2026, 3, 4, 9, 0))
    assert hours.is_open(at(BERLIN, 2026, 3, 4, 16, 59))
    assert not hours.is_open(at(BERLIN, 2026, 3, 4, 17, 0))
    assert not hours.is_open(at(BERLIN, 2026, 3, 7, 12, 0))


def test_nine_o_clock_is_another_moment_in_summer() -> None:
    hours = Hours(BERLIN, weekdays(OFFICE))
    assert not hours.is_open(datetime(2026, 1, 7, 7, 30, tzinfo=UTC))
    assert hours.is_open(datetime(2026, 1, 7, 8, 0, tzinfo=UTC))
    assert hours.is_open(datetime(2026, 7, 8, 7, 0, tzinfo=UTC))


def test_a_holiday_is_closed_a_special_day_has_its_own_hours_and_next_opening_passes_over_both() -> None:
    christmas = frozenset({date(2026, 12, 24), date(2026, 12, 25)})
    hours = Hours(BERLIN, weekdays(OFFICE), christmas, {date(2026, 12, 24): ((9 * 60, 12 * 60),)})
    assert hours.is_open(at(BERLIN, 2026, 12, 24, 11, 0))
    assert not hours.is_open(at(BERLIN, 2026, 12, 24, 13, 0))
    assert not hours.is_open(at(BERLIN, 2026, 12, 25, 11, 0))
    assert hours.next_change(at(BERLIN, 2026, 12, 24, 13, 0)) == at(BERLIN, 2026, 12, 28, 9, 0)


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    hours = Hours(BERLIN, (NIGHT,) * 7, frozenset({date(2026, 3, 5)}))
    assert hours.is_open(at(BERLIN, 2026, 3, 5, 5, 59))  # began on the 4th
    assert not hours.is_open(at(BERLIN, 2026, 3, 5, 6, 0))
    assert not hours.is_open(at(BERLIN, 2026, 3, 5, 23, 0))
    assert not hours.is_open(at(BERLIN, 2026, 3, 6, 5, 0))
    assert hours.is_open(at(BERLIN, 2026, 3, 6, 22, 0))


def test_an_hour_that_comes_twice_is_open_twice() -> None:
    hours = Hours(BERLIN, (((2 * 60, 3 * 60),),) * 7)
    assert hours.is_open(at(BERLIN, 2026, 10, 25, 2, 30, fold=0))
    assert hours.is_open(at(BERLIN, 2026, 10, 25, 2, 30, fold=1))
    opens = at(BERLIN, 2026, 10, 25, 2, 0)
    assert hours.next_change(opens - timedelta(minutes=5)) == opens
    assert hours.next_change(opens) == opens + timedelta(hours=2)


def test_an_hour_that_never_comes_is_not_open() -> None:
    hours = Hours(BERLIN, (((2 * 60, 3 * 60),),) * 7)
    before = at(BERLIN, 2026, 3, 29, 1, 30)
    assert hours.next_change(before) == at(BERLIN, 2026, 3, 30, 2, 0)
    assert not any(hours.is_open(before + timedelta(minutes=minute)) for minute in range(0, 120, 5))


def test_a_time_that_the_clock_skips_opens_when_the_clock_has_passed_it() -> None:
    hours = Hours(BERLIN, (((2 * 60 + 30, 9 * 60),),) * 7)
    shift = at(BERLIN, 2026, 3, 29, 3, 0)
    assert not hours.is_open(shift - timedelta(seconds=1))
    assert hours.is_open(shift)
    assert hours.next_change(shift - timedelta(hours=1)) == shift


def test_always_and_never_do_not_change() -> None:
    now = datetime(2026, 3, 4, tzinfo=UTC)
    assert Hours(BERLIN).is_open(now) and Hours(BERLIN).next_change(now) is None
    never = Hours(BERLIN, ((),) * 7)
    assert not never.is_open(now) and never.next_change(now) is None


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),  # by half an hour
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("Asia/Shanghai", date(2026, 6, 1)),
    ],
)
@pytest.mark.parametrize(
    "spans", [((60, 150),), ((90, 125), (135, 180)), ((23 * 60, 135),), ((0, 24 * 60),), ((150, 165),)]
)
def test_the_next_change_is_what_a_watch_of_every_minute_finds(
    zone: str, day: date, spans: tuple[Span, ...]
) -> None:
    week: list[tuple[Span, ...]] = [()] * 7
    week[day.weekday()] = week[day.weekday() - 1] = spans
    hours = Hours(ZoneInfo(zone), tuple(week))
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) - timedelta(hours=3)
    minutes = [start + timedelta(minutes=number) for number in range(33 * 60)]
    open_at = [hours.is_open(minute) for minute in minutes]
    changes = [
        b
        for a, b, before, now in zip(minutes, minutes[1:], open_at, open_at[1:], strict=False)
        if before != now
    ]
    found = []
    moment = start
    while (change := hours.next_change(moment)) is not None and change <= minutes[-1]:
        found.append(change)
        moment = change
    assert found == changes
