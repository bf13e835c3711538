"""Cutting pieces by the durations of their phonemes."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from models.speech.cutting import LEVEL_SLACK_DB, Recent, borders_in_quiet, boundaries, cut
from models.speech.levels import TARGET_DBFS, spoken_level

RATE = 24_000


def tone(seconds: float, level: float) -> np.ndarray:
    return (level * np.sin(np.arange(round(seconds * RATE)) / 20)).astype(np.float32)


def test_a_segment_reaches_to_the_middle_of_the_pauses_beside_it():
    # pad 4; two tokens of words, mark and space; three of words, mark; pad 2 - in frames of 600 samples.
    durations = np.array([4, 5, 5, 2, 2, 3, 3, 3, 1, 2], np.float32)
    places = boundaries(durations, [4, 4], [2, 3], 30 * 600)
    assert places == [(2 * 600, 16 * 600), (16 * 600, round(28.5 * 600))]


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


@pytest.mark.parametrize("late", [-0.01, 0.0, 0.02, 0.05])
def test_a_border_that_lies_within_the_next_word_moves_into_the_pause_before_it(late):
    audio = np.concatenate([tone(0.3, 0.3), silence(0.06), tone(0.3, 0.3)])
    second = round((0.36 + late) * RATE)
    places = borders_in_quiet(audio, [(0, second), (second, len(audio))], RATE)
    assert [places[0][0], places[1][1]] == [0, len(audio)]
    assert places[0][1] == places[1][0]
    assert 0.30 <= places[1][0] / RATE <= 0.36
    for place in (0, 1):
        assert len(cut(audio, places, place, RATE)) / RATE == pytest.approx(0.3, abs=0.05)


def test_of_words_that_run_into_each_other_neither_is_halved():
    # A stop within the first word is quieter than where the words meet, but too far away.
    audio = np.concatenate([tone(0.2, 0.3), silence(0.05), tone(0.7, 0.3)])
    places = borders_in_quiet(audio, [(0, 9_600), (9_600, len(audio))], RATE)
    assert places[0][1] == pytest.approx(9_600 - 0.03 * RATE, abs=240)


def test_one_segment_has_no_border_to_move():
    assert borders_in_quiet(tone(0.2, 0.3), [(10, 4_000)], RATE) == [(10, 4_000)]
    assert borders_in_quiet(tone(0.0, 0.3), [], RATE) == []


def test_a_piece_is_cut_without_silence_and_brought_near_the_level_of_prompts():
    quiet = np.zeros(RATE // 10, np.float32)
    for level in (0.02, 0.1, 0.5):
        audio = np.concatenate([quiet, tone(0.3, level), quiet])
        piece = cut(audio, [(0, len(audio))], 0, RATE)
        assert 0.3 <= len(piece) / RATE <= 0.36
        assert abs(spoken_level(piece, RATE) - TARGET_DBFS) <= LEVEL_SLACK_DB + 0.1
        assert abs(piece[0]) < 1e-3 and abs(piece[-1]) < 1e-3


def test_silence_stays_silence():
    assert not len(cut(np.zeros(RATE, np.float32), [(0, RATE)], 0, RATE))


def test_what_two_threads_want_is_made_once_and_a_failure_is_not_kept():
    made: list[int] = []
    gate = threading.Event()

    def make() -> int:
        gate.wait(5)
        made.append(1)
        return 7

    recent: Recent[int] = Recent(2)
    got: list[int] = []
    threads = [threading.Thread(target=lambda: got.append(recent.get("a", make))) for _ in range(3)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(5)
    assert got == [7, 7, 7] and made == [1]
    with pytest.raises(ValueError, match="broken"):
        recent.get("b", lambda: (_ for _ in ()).throw(ValueError("broken")))
    assert recent.get("b", lambda: 8) == 8
    recent.get("c", lambda: 9)
    assert recent.get("a", lambda: 10) == 10, "only the latest two are kept"
