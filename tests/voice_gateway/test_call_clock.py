"""All calls tick at the same moments, and a clock's rounding never makes them tick without end."""

from __future__ import annotations

import pytest

from voice_gateway.call import until_next


@pytest.mark.parametrize(
    ("now_s", "left_s"),
    [(1.25, 0.25), (1.5, 0.5), (0.0, 0.5), (1.4999, 0.5001), (1.5 - 1e-12, 0.5)],
)
def test_the_next_moment_is_always_ahead(now_s, left_s):
    assert until_next(0.5, now_s) == pytest.approx(left_s, abs=1e-5)


def test_a_clock_that_waits_gets_ahead_by_a_tick_each_time():
    now, ticks = 0.7, 0
    while now < 100:
        now += until_next(0.2, now)
        ticks += 1
    assert ticks == pytest.approx(99.3 / 0.2, abs=2)
