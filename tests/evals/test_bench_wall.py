"""The wallboard's benchmark counts right: what pages showed of what happened, worked out by hand."""

from __future__ import annotations

import json

from evals.bench.wall import Page, summed


def seen(**at: float) -> Page:
    page = Page(frames=4, bytes=8192)
    page.seen_s = {int(number[1:]): moment for number, moment in at.items()}
    return page


def test_delays_are_counted_over_all_pages() -> None:
    changes = [(0, "a", 10.0), (1, "b", 11.0)]
    result = summed(changes, [seen(n0=10.2, n1=11.4), seen(n0=10.6, n1=11.8)], 4.0)
    assert (result.changes, result.shown, result.superseded, result.lost) == (2, 4, 0, 0)
    assert (result.p50_ms, result.max_ms) == (500.0, 800.0)
    assert (result.frames_per_s, result.kib_per_s) == (1.0, 2.0)


def test_a_change_that_a_later_one_overtook_is_not_lost() -> None:
    changes = [(0, "a", 10.0), (1, "a", 10.1), (2, "b", 10.2)]
    result = summed(changes, [seen(n1=10.9)], 1.0)
    # Of a the first was overtaken by the second; b's never came.
    assert (result.shown, result.superseded, result.lost) == (1, 1, 1)


def test_a_row_tells_which_change_it_shows() -> None:
    page = Page()
    parts = {"agents/agent0001": "<tr>Break (r17)</tr>", "agents/agent0002": None, "tiles": "(r99)"}
    page.take(json.dumps({"reset": False, "parts": parts}))
    assert set(page.seen_s) == {17} and page.rows == 1 and page.there.is_set()
