"""The encoder's graph against the same encoder computed plainly, every silent position by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.recognition.decoder_shape import UnexpectedModel
from models.recognition.encoder_session import MERGED, EncoderSession, merged
from models.recognition.encoder_shape import check_encoder
from tests.models.recognition.tiny_whisper import (
    CHANNELS,
    HEARD,
    LAYERS,
    SIZE,
    PlainEncoder,
    apart,
    tiny_weights,
)

CLOSE = 0.1
"""What eight bits cost."""


@pytest.fixture(scope="module")
def weights():
    return tiny_weights()


def mel(frames: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((CHANNELS, frames)).astype(np.float32)


def padded(sound: np.ndarray, frames: int) -> np.ndarray:
    return np.pad(sound, ((0, 0), (0, frames - sound.shape[1])))


@pytest.mark.parametrize(("frames", "window"), [(40, 40), (39, 40), (50, 40), (50, 41)])
def test_what_fills_its_window_becomes_the_plain_states(weights, frames, window):
    heard = EncoderSession(weights).heard(mel(frames), window)
    wanted = PlainEncoder(weights).states(padded(mel(frames)[:, :40], 40))
    assert heard.positions == 20 and not heard.bias.any()
    assert apart(heard.states[0], wanted) < CLOSE


def test_silence_that_is_all_alike_changes_what_was_said_as_much_when_it_is_merged(weights):
    """Without places in time merged positions are equal, and what was said becomes the same."""
    placeless = weights | {"encoder/position_encodings/encodings": np.zeros((HEARD, SIZE), np.float16)}
    heard = EncoderSession(placeless).heard(mel(30), 2 * HEARD)
    wanted = PlainEncoder(placeless).states(padded(mel(30), 2 * HEARD))
    alone = PlainEncoder(placeless).states(mel(30))
    assert heard.positions == 15 + (HEARD - 15 + MERGED - 1) // MERGED
    assert np.exp(heard.bias).sum() == pytest.approx(HEARD)
    assert apart(heard.states[0, :15], wanted[:15]) < CLOSE < apart(alone, wanted[:15])
    assert apart(heard.states[0, 15], wanted[20]) < CLOSE


def test_merged_positions_keep_their_places(weights):
    heard = EncoderSession(weights).heard(mel(30), 2 * HEARD)
    wanted = PlainEncoder(weights).states(padded(mel(30), 2 * HEARD))
    places, _ = merged(15, HEARD)
    right, wrong = (
        apart(heard.states[0, 15:], wanted[places]),
        apart(heard.states[0, 15:], wanted[places - 2]),
    )
    assert right < 0.35 < wrong


@given(st.integers(0, 1500), st.integers(0, 1500))
def test_merged_positions_stand_for_all_of_them(begin, length):
    places, sizes = merged(begin, begin + length)
    assert sizes.sum() == length and all(0 < size <= MERGED for size in sizes)
    starts = begin + np.concatenate([[0], np.cumsum(sizes)[:-1]]) if length else np.zeros(0)
    assert all(
        start <= place < start + size for start, place, size in zip(starts, places, sizes, strict=True)
    )


def test_another_kind_of_encoder_is_refused_by_name(weights):
    assert check_encoder(weights) == LAYERS
    with pytest.raises(UnexpectedModel, match="conv1"):
        check_encoder({name: value for name, value in weights.items() if "conv1" not in name})
    path = "encoder/layer_1/ffn/linear_1/weight"
    with pytest.raises(UnexpectedModel, match="layer_1/ffn/linear_1"):
        check_encoder(weights | {path: weights[path].astype(np.int8)})
    with pytest.raises(UnexpectedModel, match="no encoder"):
        check_encoder({name: value for name, value in weights.items() if "encoder/layer_0" not in name})
