"""The benchmarks count as their languages count, and their intervals cover what they should."""

import numpy as np
import pytest

from core.languages import Language
from evals.bench.bootstrap import paired_difference, proportion, ratio
from evals.bench.clips import (
    SpeechUnreadable,
    clips_without_speech,
    real_clips,
    rendered_clips,
    through_the_line,
)
from evals.bench.digits import SPOKEN
from evals.bench.errors import edits, units
from models.protocols import Speech


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


def test_digits_count_one_by_one_however_they_are_grouped():
    assert units("order H104 227", Language.EN) == units("Order H 1-0-4-2-2-7", Language.EN)
    assert len(units("104227", Language.KO)) == 6
    assert units("我要一零四六六一这单", Language.ZH) == units("我要104661这单", Language.ZH)


@pytest.mark.parametrize("language", list(Language))
def test_a_digit_is_the_same_as_a_figure_and_as_a_word(language):
    for digit, word in enumerate(SPOKEN[language]):
        if language is not Language.JA:  # kana are ordinary words
            assert units(word, language) == [str(digit)]


def test_a_proportion_never_claims_certainty():
    whole = proportion(20, 20)
    assert whole.value == 1.0 and whole.high == 1.0 and 0.8 < whole.low < 0.9
    none = proportion(0, 20)
    assert none.low == 0.0 and none.high == pytest.approx(1 - whole.low)
    with pytest.raises(ValueError, match="no cases"):
        proportion(0, 0)


def test_a_list_without_the_needed_columns_is_told(tmp_path):
    (tmp_path / "transcripts.tsv").write_text("name\twords\na.wav\thello\n", encoding="utf-8")
    with pytest.raises(SpeechUnreadable, match="file, text"):
        list(real_clips(tmp_path, Language.EN))
    (tmp_path / "transcripts.tsv").write_text("file\ttext\na.wav\thello\n", encoding="utf-8")
    with pytest.raises(SpeechUnreadable, match=r"a\.wav"):
        list(real_clips(tmp_path, Language.EN))
    assert list(real_clips(tmp_path / "absent", Language.EN)) == []


def test_clips_without_speech_need_no_list(tmp_path):
    import soundfile

    soundfile.write(tmp_path / "hum.wav", np.full(8000, 300, np.int16), 8000)
    (tmp_path / "notes.txt").write_text("not a sound")
    (clip,) = clips_without_speech(tmp_path)
    assert (clip.name, round(clip.seconds, 2)) == ("hum.wav", 1.0)


class _Hum:
    """Says everything as one second of a tone, and remembers who said it."""

    def __init__(self):
        self.voices = []

    async def synthesise(self, text, language, voice=None):
        self.voices.append(voice)
        wave = 8000 * np.sin(2 * np.pi * 400 * np.arange(24000) / 24000)
        return Speech(wave.astype(np.int16), 24000)


async def test_rendered_sentences_rotate_their_voices_and_are_quiet_around():
    hum = _Hum()
    clips = await rendered_clips(hum, Language.EN, ["a", "b", "c", "d", "e"])
    assert hum.voices == ["caller_a", "caller_b", "caller_c", "bot", "caller_a"]
    clip = clips[0]
    assert len(clip.audio) == pytest.approx(1.5 * 16000, abs=50)
    assert np.abs(clip.audio[:4000]).max() < 200 and np.abs(clip.audio[-2400:]).max() < 200
    assert np.abs(clip.audio[8000:16000]).max() > 5000
