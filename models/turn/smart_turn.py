"""Smart Turn 3.2: tells a finished sentence from an unfinished one by its sound, in 23 languages.

The network hears the last 8 s, as Whisper would (80 mel bands, 10 ms apart), and gives the probability that the
speaker has finished. One run costs 40 to 90 ms of one core whatever the length of the speech, and a batch costs
as much as its members one by one; so it is asked seldom, and one question at a time.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.assets import asset_path
from models.protocols import RECOGNISER_RATE, Pcm
from models.threads import onnx_options

ASSET = "smart-turn/smart-turn-v3.2-cpu.onnx"
WINDOW_S = 8.0
_SAMPLES = round(WINDOW_S * RECOGNISER_RATE)
_FFT = 400
_HOP = 160
_MELS = 80
_WINDOW = np.hanning(_FFT + 1)[:-1]


class SmartTurn:
    """The packaged ``EndOfTurn``. Runs on the thread that calls it, with one thread of its own making.

    Args:
        model: another model file than the packaged one.
    """

    def __init__(self, model: Path | None = None) -> None:
        from onnxruntime import InferenceSession

        path = model or asset_path(ASSET)
        self._session = InferenceSession(str(path), onnx_options(1), providers=["CPUExecutionProvider"])

    def finished(self, audio: Pcm) -> float:
        """Return the probability, 0 to 1, that the speaker has finished.

        Args:
            audio: int16 at 16 kHz, ending where the pause has come to; only its last 8 s count.
        """
        if audio.ndim != 1 or audio.dtype != np.int16:
            raise ValueError(f"expected int16 mono, got {audio.dtype} of shape {audio.shape}")
        answer = self._session.run(None, {"input_features": features(audio)[None]})[0]
        return float(np.asarray(answer).reshape(-1)[0])


def features(audio: Pcm) -> NDArray[np.float32]:
    """The logarithmic mel spectrum of the last 8 s, shape (80, 800); shorter sound has silence before it.

    In double precision: what single precision rounds away the network, which is quantised, answers with another
    probability (0.38 for 0.55 on one spoken sentence broken off).
    """
    samples = np.zeros(_SAMPLES, np.float64)
    tail = audio[-_SAMPLES:]
    if len(tail):
        samples[-len(tail) :] = tail / 32768.0
    samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    padded = np.pad(samples, _FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP][: _SAMPLES // _HOP]
    power = np.abs(np.fft.rfft(frames * _WINDOW, axis=-1)) ** 2
    spectrum = np.log10(np.maximum(_mel_bands() @ power.T, 1e-10))
    spectrum = np.maximum(spectrum, spectrum.max() - 8.0)
    return np.asarray((spectrum + 4.0) / 4.0, np.float32)


@cache
def _mel_bands() -> NDArray[np.float64]:
    """Triangles of equal area on the Slaney mel scale, 0 to 8 kHz, shape (80, 201)."""
    edges = _hertz(np.linspace(0.0, _mel(RECOGNISER_RATE / 2), _MELS + 2))
    bins = np.linspace(0.0, RECOGNISER_RATE / 2, _FFT // 2 + 1)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None])


_LOG_STEP = np.log(6.4) / 27.0


def _mel(hertz: float) -> float:
    """Linear below 1 kHz (mel 15), logarithmic above."""
    return 15.0 + float(np.log(hertz / 1000.0) / _LOG_STEP) if hertz >= 1000.0 else 3.0 * hertz / 200.0


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel >= 15.0, 1000.0 * np.exp(_LOG_STEP * (mel - 15.0)), 200.0 * mel / 3.0)
