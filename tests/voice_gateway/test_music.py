"""Unit: the music of the wait is calm, quiet, within the telephone band, and has no seam."""

from __future__ import annotations

import numpy as np
import pytest

from voice_gateway.audio.g711 import decode, encode
from voice_gateway.audio.music import FADE_S, Music, music_loop
from voice_gateway.leg import FRAME_SAMPLES, LINE_RATE


def dbfs(pcm: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean((pcm / 32767.0) ** 2))))


def test_the_loop_is_as_quiet_as_it_says_and_never_clips() -> None:
    loop = music_loop()
    assert dbfs(loop) == pytest.approx(-26.0, abs=0.1)
    assert np.abs(loop).max() < 32767 * 10 ** (-10 / 20)


def test_the_loop_is_of_whole_frames() -> None:
    assert music_loop().dtype == np.int16
    assert music_loop().size % FRAME_SAMPLES == 0


def test_the_seam_is_no_louder_than_any_other_place() -> None:
    loop = music_loop().astype(float)
    twice = np.concatenate((loop, loop))
    # A click is energy where the music has none: the third difference stands for it.
    rough = np.abs(np.diff(twice, n=3))
    seam = rough[loop.size - 8 : loop.size + 8].max()
    assert seam < np.quantile(rough, 0.9)


def test_it_lies_within_the_telephone_band() -> None:
    loop = music_loop().astype(float)
    power = np.abs(np.fft.rfft(loop)) ** 2
    pitch = np.fft.rfftfreq(loop.size, 1 / LINE_RATE)
    inside = power[(pitch > 300) & (pitch < 3400)].sum()
    assert inside / power.sum() > 0.9


def test_it_never_falls_silent() -> None:
    tenths = music_loop().reshape(-1, LINE_RATE // 10)
    assert min(dbfs(one) for one in tenths) > -42.0


def test_g711_leaves_it_clean() -> None:
    loop = music_loop()
    error = decode(encode(loop)).astype(float) - loop
    assert dbfs(error) < dbfs(loop) - 30


def test_it_begins_softly_and_goes_on_where_it_was_left() -> None:
    music = Music()
    first = music.take(LINE_RATE)
    assert first[0] == 0
    assert np.abs(first[:160]).max() < np.abs(music_loop()[:1600]).max() / 4
    assert np.array_equal(
        first[round(FADE_S * LINE_RATE) :], music_loop()[round(FADE_S * LINE_RATE) : LINE_RATE]
    )
    assert np.array_equal(music.take(160), music_loop()[LINE_RATE : LINE_RATE + 160])


def test_the_last_sound_before_a_line_fades_out() -> None:
    music = Music()
    music.take(LINE_RATE)
    last = music.take(LINE_RATE, last=True)
    assert last[-1] == 0
    assert dbfs(last[-400:]) < dbfs(last[:4000]) - 12


def test_it_runs_on_around_the_seam() -> None:
    music = Music()
    whole = music_loop().size
    music.take(whole - 80)
    assert np.array_equal(music.take(160), np.concatenate((music_loop()[-80:], music_loop()[:80])))
