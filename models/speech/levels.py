"""Trimming and levelling of synthesised audio: float32 in -1..1, mono."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

TARGET_DBFS = -20.0
"""Mean level of the spoken parts; what telephone prompts are usually recorded at."""

_PEAK = 0.92
_FLOOR = 10 ** (-42 / 20)  # relative to the loudest frame
_FRAME_S = 0.01

Floats = NDArray[np.float32]


def frame_size(rate: int) -> int:
    """Samples in 10 ms."""
    return max(1, int(rate * _FRAME_S))


def frame_levels(audio: Floats, rate: int) -> NDArray[np.float64]:
    """The root mean square of every 10 ms, the last filled up with silence."""
    size = frame_size(rate)
    count = -(-len(audio) // size)
    padded = np.zeros(count * size, np.float64)
    padded[: len(audio)] = audio
    levels: NDArray[np.float64] = np.sqrt((padded.reshape(count, size) ** 2).mean(axis=1))
    return levels


def trim_silence(audio: Floats, rate: int, lead_s: float = 0.03, tail_s: float = 0.08) -> Floats:
    """``audio`` with at most ``lead_s`` of silence before the speech and ``tail_s`` after it.

    Silence is what lies 42 dB below the loudest 10 ms. Audio without any sound comes back empty.
    """
    levels = frame_levels(audio, rate)
    if not len(levels) or levels.max() < 1e-4:
        return audio[:0]
    loud = np.flatnonzero(levels > levels.max() * _FLOOR)
    size = frame_size(rate)
    first = max(0, int(loud[0]) * size - int(lead_s * rate))
    last = min(len(audio), (int(loud[-1]) + 1) * size + int(tail_s * rate))
    trimmed = audio[first:last].copy()
    ramp = min(len(trimmed) // 2, int(0.004 * rate))
    if ramp:  # a cut in mid-wave would click
        slope = np.linspace(0.0, 1.0, ramp, dtype=np.float32)
        trimmed[:ramp] *= slope
        trimmed[-ramp:] *= slope[::-1]
    return trimmed


def to_level(audio: Floats, rate: int, target_dbfs: float = TARGET_DBFS) -> Floats:
    """``audio`` scaled so that its spoken parts lie at ``target_dbfs``, peaks held below full scale."""
    levels = frame_levels(audio, rate)
    if not len(levels) or levels.max() < 1e-4:
        return audio
    gain = 10 ** ((target_dbfs - spoken_level(audio, rate)) / 20)
    gain = min(gain, _PEAK / float(np.abs(audio).max()))
    return (audio * np.float32(gain)).astype(np.float32)


def spoken_level(audio: Floats, rate: int) -> float:
    """Mean level of the spoken parts in dBFS; minus infinity where there are none."""
    levels = frame_levels(audio, rate)
    if not len(levels) or levels.max() < 1e-4:
        return float("-inf")
    spoken = levels[levels > levels.max() * 0.05]
    return float(10 * np.log10((spoken**2).mean()))


def to_pcm(audio: Floats) -> NDArray[np.int16]:
    """int16 samples of float audio."""
    return np.rint(np.clip(audio, -1.0, 1.0) * 32767).astype(np.int16)


def at_rate(pcm: NDArray[np.int16], rate: int, wanted: int) -> NDArray[np.int16]:
    """int16 samples at ``wanted`` samples per second, low-passed first so that nothing folds back."""
    if rate == wanted or not len(pcm):
        return pcm
    return np.asarray(soxr.resample(pcm, rate, wanted, quality="HQ"), dtype=np.int16)
