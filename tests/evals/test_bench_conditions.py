"""What a condition does to a recording: how loud the noise is, how many packets are missing, always the same."""

import numpy as np
import pytest

from evals.bench.conditions import CONDITIONS, clean, losing, noisy, parse_condition
from voice_gateway.leg import FRAME_SAMPLES


@pytest.fixture
def speech() -> np.ndarray:
    """Four seconds at 16 kHz, loud and silent by turns."""
    at = np.arange(64000)
    return (8000 * np.sin(at / 6) * (at // 8000 % 2)).astype(np.int16)


def test_clean_sound_at_the_recognisers_rate_is_left_alone(speech):
    assert np.array_equal(clean(speech, 16000), speech)


def test_the_noise_lies_ten_decibels_below_the_speech(speech):
    mixed = noisy(speech, 16000).astype(float)
    loud, still = mixed[9000:15000], mixed[17000:23000]
    assert 20 * np.log10(loud.std() / still.std()) == pytest.approx(10.4, abs=1.5)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.5])
def test_so_many_packets_are_missing(share):
    tone = np.full(8000 * 60, 4000, dtype=np.int16)
    out = losing(share)(tone, 8000)[::2]
    packets = out[: out.size // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    lost = np.mean(np.abs(packets[:, FRAME_SAMPLES // 2]) < 500)
    assert lost == pytest.approx(share, abs=0.02)


def test_the_same_clip_meets_the_same_condition(speech):
    for _, line in CONDITIONS.values():
        assert np.array_equal(line(speech, 16000), line(speech, 16000))


def test_an_unknown_condition_is_told():
    with pytest.raises(ValueError, match="accepted: clean, g711"):
        parse_condition("rain")
