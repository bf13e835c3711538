"""The benchmarks count as their languages count, and their intervals cover what they should."""

import numpy as np
import pytest

from core.languages import Language
from evals.bench.bootstrap import paired_difference, ratio
from evals.bench.clips import real_clips, through_the_line
from evals.bench.errors import edits, units


def test_each_language_is_counted_in_its_own_units():
    assert units("It's 9 O'CLOCK, isn't it?", Language.EN) == ["its", "9", "oclock", "isnt", "it"]
    assert units("開放時間，早上９點。", Language.ZH) == list("开放时间早上9点")
    assert units("これは テスト。", Language.JA) == list("これはテスト")
    assert units("조금만 생각을", Language.KO) == list("조금만생각을")


@pytest.mark.parametrize(
    ("heard", "expected"), [("abc", 0), ("axc", 1), ("ac", 1), ("abcd", 1), ("", 3), ("cab", 2)]
)
def test_edits_are_the_fewest(heard, expected):
    assert edits("abc", heard) == expected


def test_an_interval_covers_the_true_rate_about_as_often_as_it_says():
    rng = np.random.default_rng(5)
    covered = 0
    for seed in range(200):
        lengths = rng.integers(5, 30, 60)
        errors = rng.binomial(lengths, 0.2)
        interval = ratio(errors, lengths, rounds=400, seed=seed)
        covered += interval.low <= 0.2 <= interval.high
    assert covered >= 176  # 95 % of 200, less three standard deviations and the bootstrap's known shortfall


def test_a_paired_interval_sees_a_steady_difference_and_no_other():
    lengths = [10] * 50
    same = [1, 2] * 25
    worse = [count + 1 for count in same]
    assert paired_difference(worse, same, lengths).low > 0.09
    level = paired_difference(same, same[::-1], lengths)
    assert level.low < 0 < level.high
    with pytest.raises(ValueError, match="nothing to measure"):
        ratio([], [])


def test_the_line_takes_away_what_a_telephone_takes_away():
    t = np.arange(16000) / 16000
    low = (8000 * np.sin(2 * np.pi * 1000 * t)).astype(np.int16)
    high = (8000 * np.sin(2 * np.pi * 6000 * t)).astype(np.int16)
    assert np.std(through_the_line(low, 16000).astype(float)) > 5000
    assert np.std(through_the_line(high, 16000).astype(float)) < 200


def test_only_one_persons_real_speech_is_read(tmp_path):
    import soundfile

    soundfile.write(tmp_path / "a.flac", np.zeros(8000, np.int16), 8000)
    rows = [
        "file\ttext\tkind",
        "a.flac\thello\treal",
        "a.flac\thello\tsynthetic",
        "a.flac\thi\treal, 2 channels: x",
    ]
    (tmp_path / "transcripts.tsv").write_text("\n".join(rows), encoding="utf-8")
    assert [clip.text for clip in real_clips(tmp_path, Language.EN)] == ["hello"]
