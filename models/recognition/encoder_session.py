"""Runs Whisper's encoder in ONNX Runtime, with the silence behind an utterance merged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.recognition.decoder_session import Floats, Heard, session_for
from models.recognition.encoder_graph import encoder_graph
from models.recognition.weights import Weights

MERGED = 2
"""Silent positions, of 20 ms each, that one stands for. With more the model now and then breaks off in the middle of a word."""


class EncoderSession:
    """An encoder, loaded. Several threads may use it at once.

    Args:
        weights: as CTranslate2 keeps them.
        threads: of each run.

    Raises:
        UnexpectedModel: the weights are of another kind of model.
    """

    def __init__(self, weights: Weights, threads: int = 1) -> None:
        self._session = session_for(encoder_graph(weights), threads)

    def heard(self, mel: Floats, frames: int) -> Heard:
        """Encode a spectrogram as if it were padded with zeros, but for the first position behind it, which is all silence.

        Args:
            mel: shape (channels, frames of what was said); what is longer than ``frames`` is cut.
            frames: the whole window; of an odd number the last is left out.
        """
        frames -= frames % 2
        said = min(mel.shape[1] + mel.shape[1] % 2, frames)
        sound = np.zeros((1, mel.shape[0], said), np.float32)
        sound[0, :, : mel.shape[1]] = mel[:, :said]
        silent, sizes = merged(said // 2, frames // 2)
        bias = np.log(np.concatenate([np.ones(said // 2), sizes])).astype(np.float32)
        (states,) = self._session.run(["states"], {"mel": sound, "silent": silent, "bias": bias})
        return Heard(states, bias)


def merged(begin: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Of the positions from ``begin`` up to ``end``, those that stand for all of them, and for how many each.

    >>> places, sizes = merged(100, 105)
    >>> places.tolist(), sizes.tolist()
    ([101, 103, 104], [2.0, 2.0, 1.0])
    """
    starts = np.arange(begin, end, MERGED)
    ends = np.minimum(starts + MERGED, end)
    return (starts + ends) // 2, (ends - starts).astype(np.float64)
