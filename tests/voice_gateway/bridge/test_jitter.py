"""Unit: a party's sound through the jitter buffer: nothing is waited for, and what the network held up is caught up."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voice_gateway.bridge.jitter import (
    APART_TICKS,
    CALM_TICKS,
    CALMEST_TICKS,
    HELD_UP_TICKS,
    MOST_FRAMES,
    JitterBuffer,
)


def frame(level: int = 1000) -> np.ndarray:
    return np.full(160, level, np.int16)


def steadily(buffer: JitterBuffer, ticks: int, level: int = 1000) -> None:
    for _ in range(ticks):
        buffer.push(frame(level))
        assert buffer.pull() is not None


def test_a_frame_leaves_at_the_next_tick():
    buffer = JitterBuffer()
    buffer.push(frame(7))
    assert np.array_equal(buffer.pull(), frame(7)) and len(buffer) == 0


def test_before_the_first_frame_there_is_nothing_and_nothing_is_missed():
    buffer = JitterBuffer()
    assert buffer.pull() is None and buffer.missed == 0


def test_a_missing_frame_is_the_last_one_fading_away_and_then_silence():
    buffer = JitterBuffer()
    buffer.push(frame())
    buffer.pull()
    faded = buffer.pull()
    assert faded[0] == 1000 and faded[-1] == 0 and np.all(np.diff(faded) <= 0)
    assert buffer.pull() is None and buffer.missed == 1


def test_frames_that_came_late_are_played_late_and_none_is_lost():
    buffer = JitterBuffer()
    steadily(buffer, 5)
    buffer.pull()
    buffer.pull()
    for level in (1, 2, 3):
        buffer.push(frame(level))
    assert [int(buffer.pull()[0]) for _ in range(3)] == [1, 2, 3] and buffer.dropped == 0


def test_what_was_left_over_for_long_is_left_out_in_a_moment_of_quiet():
    buffer = JitterBuffer()
    buffer.push(frame())
    steadily(buffer, CALM_TICKS + 20, level=4000)
    assert len(buffer) == 1, "nobody is cut in the middle of a word for 20 ms"
    steadily(buffer, 5, level=3)
    assert len(buffer) == 0 and buffer.dropped == 1


def test_what_a_hold_up_left_behind_is_caught_up_within_a_second_a_frame_at_a_time():
    buffer = JitterBuffer()
    for _ in range(MOST_FRAMES):
        buffer.push(frame())
    lengths = []
    for _ in range(60):
        steadily(buffer, 1, level=4000)
        lengths.append(len(buffer))
    assert lengths[HELD_UP_TICKS - 3] == MOST_FRAMES - 1 and lengths[-1] <= 3
    cuts = [tick for tick, (before, now) in enumerate(pairwise(lengths)) if now < before]
    assert all(later - sooner >= APART_TICKS for sooner, later in pairwise(cuts))


def test_in_a_pause_it_is_caught_up_at_once():
    buffer = JitterBuffer()
    for _ in range(MOST_FRAMES):
        buffer.push(frame(3))
    steadily(buffer, HELD_UP_TICKS + MOST_FRAMES, level=3)
    assert len(buffer) == 1


def test_hold_ups_that_come_again_and_again_do_not_keep_the_sound_late():
    buffer, waiting = JitterBuffer(), []
    for _ in range(20):
        for _ in range(8):
            buffer.pull()
        for _ in range(8):
            buffer.push(frame(4000))
        for _ in range(150):
            steadily(buffer, 1, level=4000)
            waiting.append(len(buffer))
    assert sum(one > 2 for one in waiting) < 0.3 * len(waiting)
    assert waiting[-1] <= 2


def test_what_was_left_out_too_early_is_kept_for_longer_the_next_time():
    buffer = JitterBuffer()

    def hiccup() -> None:
        buffer.pull()
        buffer.push(frame(3))

    def until_short() -> int:
        ticks = 0
        while len(buffer):
            steadily(buffer, 1, level=3)
            ticks += 1
        return ticks

    steadily(buffer, 10, level=3)
    waits = []
    for _ in range(8):
        hiccup()  # a frame is missing, and comes right behind the next tick
        waits.append(until_short())
    assert waits[1] > 1.5 * waits[0] and max(waits) <= CALMEST_TICKS + 1


def test_it_never_holds_more_than_its_bound_and_the_latest_sound_is_kept():
    buffer = JitterBuffer()
    for level in range(30):
        buffer.push(frame(level))
    assert len(buffer) == MOST_FRAMES and int(buffer.pull()[0]) == 30 - MOST_FRAMES


@given(st.lists(st.booleans(), max_size=400))
def test_whatever_the_network_does_order_is_kept_and_the_bound_holds(arrivals):
    buffer, sent, out = JitterBuffer(), 0, []
    for comes in arrivals:
        if comes:
            sent += 1
            buffer.push(frame(sent))
        elif (pcm := buffer.pull()) is not None and pcm[0] == pcm[-1]:
            out.append(int(pcm[0]))
        assert len(buffer) <= MOST_FRAMES
    assert out == sorted(set(out)) and len(out) + buffer.dropped + len(buffer) == sent
