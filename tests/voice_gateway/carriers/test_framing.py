"""Frames follow the carrier's clock, whatever arrives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_gateway.audio.framing import Framer
from voice_gateway.leg import FRAME_SAMPLES, LINE_RATE


def sound(samples: int, value: int = 1) -> np.ndarray:
    return np.full(samples, value, dtype=np.int16)


def push_all(framer: Framer, payloads):
    return [frame for pcm, at_ms in payloads for frame in framer.push(pcm, at_ms)]


@given(st.lists(st.integers(1, 900), min_size=1, max_size=30), st.integers(0, 10**9))
def test_payloads_of_any_size_become_whole_frames_without_loss(sizes, first_ms):
    framer, at, payloads = Framer(), 0, []
    for number, size in enumerate(sizes):
        payloads.append((sound(size, number + 1), first_ms + at * 1000 // LINE_RATE))
        at += size
    if len({at_ms for _, at_ms in payloads}) < len(payloads):
        return  # two payloads within one millisecond look like a repetition; no carrier sends those
    frames = push_all(framer, payloads)
    whole = np.concatenate([pcm for pcm, _ in payloads])
    count = whole.size // FRAME_SAMPLES
    assert len(frames) == count
    assert all(frame.pcm.shape == (FRAME_SAMPLES,) for frame in frames)
    if count:
        joined = np.concatenate([frame.pcm for frame in frames])
        assert np.array_equal(joined, whole[: count * FRAME_SAMPLES])
    assert [frame.at_s for frame in frames] == pytest.approx([number * 0.02 for number in range(count)])


def test_timestamps_that_tremble_put_nothing_in_and_leave_nothing_out():
    framer = Framer()
    frames = push_all(framer, [(sound(160), 1000 + n * 20 + (-1) ** n * 8) for n in range(50)])
    assert len(frames) == 50 and framer.counts.filled_samples == 0 and framer.counts.late == 0


def test_a_short_gap_is_filled_with_silence():
    framer = Framer()
    frames = push_all(framer, [(sound(160), 0), (sound(160), 220)])
    assert [frame.at_s for frame in frames] == pytest.approx([n * 0.02 for n in range(12)])
    assert [bool(frame.pcm.any()) for frame in frames] == [True] + [False] * 10 + [True]
    assert framer.counts.filled_samples == 1600


def test_a_long_gap_moves_the_clock_instead():
    framer = Framer()
    frames = push_all(framer, [(sound(240), 0), (sound(160), 5030)])
    assert [frame.at_s for frame in frames] == pytest.approx([0.0, 0.02, 5.03])
    assert frames[1].pcm.tolist() == [1] * 80 + [0] * 80
    assert framer.counts.filled_samples == 0 and framer.clock_s == pytest.approx(5.05)


def test_what_comes_late_or_twice_is_dropped():
    framer = Framer()
    frames = push_all(framer, [(sound(160, n + 1), n * 20) for n in (0, 1, 2, 2, 3, 4, 5, 1, 6)])
    assert [int(frame.pcm[0]) for frame in frames] == [1, 2, 3, 4, 5, 6, 7]
    assert framer.counts.late == 2


def test_one_wild_timestamp_does_not_move_the_clock():
    framer = Framer()
    frames = push_all(framer, [(sound(160), 0), (sound(160), 10**12), (sound(160), 20), (sound(160), 40)])
    assert [frame.at_s for frame in frames] == pytest.approx([0.0, 0.02, 0.04])
    assert framer.counts.wild == 1


def test_a_carrier_that_restarts_its_count_is_followed_and_the_clock_goes_on():
    framer = Framer(believe_after=10)
    before = push_all(framer, [(sound(160), 500_000 + n * 20) for n in range(5)])
    after = push_all(framer, [(sound(160), n * 20) for n in range(20)])
    assert len(before) == 5 and len(after) == 11
    assert after[0].at_s == pytest.approx(0.1) and after[-1].at_s == pytest.approx(0.3)
    assert framer.counts.restarts == 1
