"""The end-of-turn model and the sound that it is given."""

from __future__ import annotations

import numpy as np
import pytest

from models.protocols import EndOfTurn
from models.turn.smart_turn import SmartTurn, _mel_bands, features


def tone(seconds: float) -> np.ndarray:
    t = np.arange(round(seconds * 16_000)) / 16_000
    return (6000 * np.sin(2 * np.pi * 440 * t)).astype(np.int16)


def test_the_features_are_whispers():
    """Another implementation of the same spectrum, over the same normalised samples."""
    from faster_whisper.feature_extractor import FeatureExtractor

    sound = np.random.default_rng(0).normal(0, 3000, 48_000).astype(np.int16)
    samples = np.pad(sound / 32768.0, (80_000, 0))
    samples = ((samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)).astype(np.float32)
    theirs = FeatureExtractor()(samples, chunk_length=8, padding=0)[:, :800]
    assert np.abs(features(sound) - theirs).max() < 1e-3


def test_only_the_last_eight_seconds_count_and_shorter_sound_ends_at_the_same_place():
    long = np.random.default_rng(1).normal(0, 3000, 16_000 * 12).astype(np.int16)
    assert np.array_equal(features(long), features(long[-128_000:]))
    short = features(tone(1.0))
    assert short.shape == (80, 800)
    assert short[:, -90:].max() > short[:, :600].max() + 0.5


def in_double_precision(audio: np.ndarray) -> np.ndarray:
    """The same spectrum, step by step and with no thought of speed."""
    samples = np.zeros(128_000)
    samples[-len(audio) :] = audio[-128_000:] / 32768.0
    samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    padded = np.pad(samples, 200, mode="reflect")
    frames = np.stack([padded[at : at + 400] for at in range(0, 128_000, 160)])
    power = np.abs(np.fft.rfft(frames * np.hanning(401)[:-1], axis=-1)) ** 2
    spectrum = np.log10(np.maximum(_mel_bands() @ power.T, 1e-10))
    return ((np.maximum(spectrum, spectrum.max() - 8.0) + 4.0) / 4.0).astype(np.float32)


@pytest.mark.parametrize("seconds", [0.3, 1.0, 5.0, 12.0])
def test_the_spectrum_is_as_exact_as_the_quantised_network_needs_it(seconds):
    assert np.abs(features(tone(seconds)) - in_double_precision(tone(seconds))).max() < 1e-6


@pytest.mark.models
def test_the_packaged_model_tells_a_sentence_from_its_beginning(spoken_line):
    import soundfile

    from core.languages import Language
    from voice_gateway.audio.resample import resample

    model = SmartTurn()
    assert isinstance(model, EndOfTurn)
    pcm, rate = soundfile.read(
        spoken_line("I would like to know where my parcel is.", Language.EN), dtype="int16"
    )
    whole = resample(pcm, rate, 16_000)
    quiet = np.zeros(3200, np.int16)
    finished = model.finished(np.concatenate([whole, quiet]))
    broken_off = model.finished(np.concatenate([whole[: len(whole) // 3], quiet]))
    assert finished > 0.5 and finished > broken_off
    with pytest.raises(ValueError, match="int16"):
        model.finished(whole.astype(np.float32))
