"""How pieces are moved in pitch so that they meet, on tones whose pitch is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.languages import Language
from models.speech.composition import as_heard, plan
from models.speech.levels import spoken_level
from models.speech.melody import (
    LIMIT_SEMITONES,
    NATURAL_SEMITONES,
    shifts,
    transposed,
)
from models.speech.pitch import Ends, contour, ends_of

RATE = 8_000


def voiced(first_hz, last_hz=None, seconds=0.4):
    """A buzz of ten harmonics that glides from one pitch to another."""
    hertz = np.geomspace(first_hz, last_hz or first_hz, round(seconds * RATE))
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    return (4_000 * sum(np.sin(k * phase) / k for k in range(1, 11))).astype(np.int16)


def semitones(left_hz, right_hz):
    return 12 * np.log2(right_hz / left_hz)


def jumps(ends):
    return [semitones(left.last_hz, right.first_hz) for left, right in pairwise(ends)]


@pytest.mark.parametrize(("first", "last"), [(100, 100), (180, 260), (320, 210), (400, 380)])
def test_the_pitch_at_both_ends_is_found_within_a_fifth_of_a_semitone(first, last):
    # The outermost 50 ms with their windows lie 45 ms within.
    slope = semitones(first, last) * 0.045 / 0.4
    found = ends_of(voiced(first, last), RATE)
    assert semitones(first, found.first_hz) == pytest.approx(slope, abs=0.2)
    assert semitones(last, found.last_hz) == pytest.approx(-slope, abs=0.2)


def test_silence_and_hiss_around_a_voice_do_not_count():
    hiss = np.random.default_rng(1).normal(0, 800, 1_200).astype(np.int16)
    quiet = np.zeros(800, np.int16)
    found = ends_of(np.concatenate([quiet, hiss, voiced(200), hiss, quiet]), RATE)
    assert (found.first_hz, found.last_hz) == (pytest.approx(200, rel=0.02), pytest.approx(200, rel=0.02))
    for sound in (hiss, quiet, quiet[:0], quiet[:10]):
        assert ends_of(sound, RATE) is None


def test_a_stretch_in_another_octave_is_not_taken_for_the_end():
    creak = voiced(112, seconds=0.06)
    found = ends_of(np.concatenate([creak, voiced(220), creak]), RATE)
    assert (found.first_hz, found.last_hz) == (pytest.approx(220, rel=0.03), pytest.approx(220, rel=0.03))


def test_what_meets_within_natural_limits_is_left_alone():
    ends = [Ends(200, 220), Ends(200, 200), Ends(210, 190)]
    assert max(map(abs, jumps(ends))) < NATURAL_SEMITONES
    assert shifts(ends, [False, True, False]) == [0.0, 0.0, 0.0]


def test_a_number_moves_towards_its_carrier_which_stays():
    high = [Ends(200, 200), Ends(250, 250), Ends(200, 180)]
    assert shifts(high, [False, True, False]) == [0.0, pytest.approx(-LIMIT_SEMITONES), 0.0]
    # A little too high: by what is too much, and no further.
    (_, down, _) = shifts([Ends(200, 200), Ends(230, 230), Ends(200, 180)], [False, True, False])
    assert down == pytest.approx(NATURAL_SEMITONES - semitones(200, 230), abs=0.05)


def test_a_number_between_a_high_and_a_low_carrier_stays_between_them():
    assert shifts([Ends(300, 300), Ends(220, 220), Ends(161, 161)], [False, True, False])[1] == pytest.approx(
        0, abs=0.05
    )


def test_pieces_that_may_move_meet_half_way():
    ends = [Ends(200, 200), Ends(200, 260), Ends(220, 200), Ends(200, 200)]
    moved = shifts(ends, [False, True, True, False])
    assert moved[1] == pytest.approx(-moved[2], abs=0.05) and moved[1] < 0


def test_pieces_without_pitch_are_met_by_anything():
    assert shifts([None, Ends(300, 300), None], [False, True, False]) == [0.0, 0.0, 0.0]
    assert shifts([], []) == []


pitches = st.floats(80, 400)


@given(st.lists(st.tuples(st.none() | st.builds(Ends, pitches, pitches), st.booleans()), max_size=12))
def test_nothing_moves_beyond_the_limit_and_joints_as_a_whole_only_get_better(pieces):
    ends, moving = [end for end, _ in pieces], [may for _, may in pieces]
    moved = shifts(ends, moving)
    assert all(abs(by) <= LIMIT_SEMITONES for by in moved)
    assert all(by == 0.0 for by, may in zip(moved, moving, strict=True) if not may)
    before = after = 0.0
    for (left, right), (a, b) in zip(pairwise(ends), pairwise(moved), strict=True):
        if left and right:
            jump = semitones(left.last_hz, right.first_hz)
            before += max(0.0, abs(jump) - NATURAL_SEMITONES) ** 2
            after += max(0.0, abs(jump + b - a) - NATURAL_SEMITONES) ** 2
    assert after <= before + 1e-6


@pytest.mark.parametrize("by", [-1.5, -0.5, 0.5, 1.5])
def test_a_transposed_piece_has_its_melody_its_level_and_nearly_its_length(by):
    sound = voiced(200, 220)
    moved = transposed(sound, by, RATE)
    before, after = ends_of(sound, RATE), ends_of(moved, RATE)
    assert semitones(before.first_hz, after.first_hz) == pytest.approx(by, abs=0.15)
    assert semitones(before.last_hz, after.last_hz) == pytest.approx(by, abs=0.15)
    levels = [spoken_level((one / 32768).astype(np.float32), RATE) for one in (sound, moved)]
    assert levels[1] == pytest.approx(levels[0], abs=0.3)
    assert len(moved) == pytest.approx(len(sound), rel=0.092)
    assert moved.dtype == np.int16


def test_what_nobody_would_hear_is_not_computed():
    sound = voiced(200)
    assert transposed(sound, 0.2, RATE) is sound
    assert not len(transposed(sound[:0], 1.0, RATE))


def test_a_contour_has_a_value_every_ten_milliseconds():
    found = contour(voiced(200, seconds=0.5), RATE)
    assert len(found) == 47 and (found > 0).all()


COMPOSED = [
    (Language.ZH, "您的包裹预计11月24日送达。", False),
    (Language.EN, "Is November 24 convenient?", True),
    (Language.JA, "お届けは11月24日の予定です。", True),
    (Language.KO, "상품은 11월 24일 도착 예정입니다.", True),
    (Language.ZH, "订单 1 0 4 2 2 7 已经发货。", False),
    (Language.EN, "Order 1 0 4 2 2 7 has shipped.", False),
    (Language.JA, "ご注文 1 0 4 2 2 7 は発送済みです。", False),
    (Language.KO, "주문 1 0 4 2 2 7 건은 발송되었습니다.", False),
]


@pytest.mark.parametrize(("language", "clause", "moves"), COMPOSED)
def test_dates_move_towards_their_carrier_but_neither_figures_nor_anything_chinese(language, clause, moves):
    parts = plan(clause, language).parts
    sounds = [voiced(250 if part.unit else 200) for part in parts]
    heard = as_heard(parts, sounds, RATE, language)
    for part, sound, was in zip(parts, heard, sounds, strict=True):
        by = semitones(ends_of(was, RATE).first_hz, ends_of(sound, RATE).first_hz)
        assert by == pytest.approx(-LIMIT_SEMITONES if part.unit and moves else 0.0, abs=0.15)
