"""Voices, trimming and levels, without the model."""

from __future__ import annotations

import numpy as np
import pytest

from core.languages import Language
from models.protocols import BadRequest, ModelError
from models.speech.levels import to_level, to_pcm, trim_silence
from models.speech.voices import STYLE_SHAPE, StyleVectors, find_voice, voice_names

RATE = 24_000


def save(folder, name, value):
    (folder / "voices").mkdir(exist_ok=True)
    np.full(STYLE_SHAPE, value, np.float32).tofile(folder / "voices" / f"{name}.bin")


@pytest.mark.parametrize("language", list(Language))
def test_every_language_has_a_bot_and_two_callers_that_sound_different(language):
    names = voice_names(language)
    assert names[0] == "bot"
    assert len(names) >= 3
    assert len({str(find_voice(language, name).blend) for name in names}) == len(names)
    assert find_voice(language, None) == find_voice(language, "bot")


def test_an_unknown_voice_is_refused_with_the_names_there_are():
    with pytest.raises(BadRequest, match="caller_a"):
        find_voice(Language.EN, "nobody")


def test_styles_are_blended_by_weight(tmp_path):
    save(tmp_path, "jf_alpha", 1.0)
    save(tmp_path, "ef_dora", 3.0)
    style = StyleVectors(tmp_path).blend(find_voice(Language.KO, "bot"))
    assert style.shape == STYLE_SHAPE
    assert np.allclose(style, 2.0)


def test_where_voices_are_missing_a_japanese_one_speaks_and_the_log_says_so_once(tmp_path, caplog):
    np.savez(tmp_path / "voices_ja.npz", jf_alpha=np.full((510, 1, 256), 5.0, np.float32))
    styles = StyleVectors(tmp_path)
    voice = find_voice(Language.ZH, "bot")
    assert np.allclose(styles.blend(voice), 5.0)
    styles.blend(voice)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "jf_alpha speaks instead" in caplog.text


def test_no_voice_file_at_all_names_the_command_that_fetches_them(tmp_path):
    with pytest.raises(ModelError, match="models pull"):
        StyleVectors(tmp_path).blend(find_voice(Language.ZH, "bot"))


def test_a_style_asked_for_by_its_own_name_is_never_replaced(tmp_path):
    save(tmp_path, "jf_alpha", 1.0)
    with pytest.raises(BadRequest, match="zf_xiaoni"):
        StyleVectors(tmp_path).blend(find_voice(Language.ZH, "zf_xiaoni"))


def sound(seconds: float, level: float) -> np.ndarray:
    return (level * np.sin(2 * np.pi * 300 * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def test_silence_around_the_speech_is_cut_to_its_margins():
    audio = np.concatenate([np.zeros(RATE, np.float32), sound(0.5, 0.3), np.zeros(RATE, np.float32)])
    trimmed = trim_silence(audio, RATE, lead_s=0.03, tail_s=0.08)
    assert abs(len(trimmed) / RATE - 0.61) < 0.011
    assert abs(trimmed[0]) < 1e-6
    assert len(trim_silence(np.zeros(RATE, np.float32), RATE)) == 0
    assert len(trim_silence(np.zeros(0, np.float32), RATE)) == 0


@pytest.mark.parametrize("level", [0.01, 0.2, 0.9])
def test_speech_comes_out_at_minus_twenty_dbfs(level):
    out = to_level(sound(1.0, level), RATE)
    assert abs(20 * np.log10(np.sqrt(np.mean(out**2))) + 20) < 0.2


def test_peaks_are_never_clipped():
    audio = sound(1.0, 0.01)
    audio[5_000] = 1.0
    assert np.abs(to_level(audio, RATE)).max() <= 0.93


def test_samples_are_rounded_and_bounded():
    assert to_pcm(np.array([0.0, 1.0, -1.0, 2.0], np.float32)).tolist() == [0, 32767, -32767, 32767]
