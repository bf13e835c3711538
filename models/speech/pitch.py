"""The pitch of a piece of clean speech: all along it, and at its two ends, where other pieces will stand."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from models.protocols import Pcm
from models.speech.cutting import Recent

_LOWEST_HZ, _HIGHEST_HZ = 70, 450
_FRAME_S, _STEP_S = 0.04, 0.01
_VOICED, _ALIKE, _QUIET_DB = 0.6, 0.9, 30.0
_EDGE_FRAMES, _LEAST_FRAMES = 5, 3
_REMEMBERED = 4096


@dataclass(frozen=True)
class Ends:
    """The pitch with which a piece begins and ends, in hertz."""

    first_hz: float
    last_hz: float


_ends: Recent[Ends | None] = Recent(_REMEMBERED)


def ends_of(sound: Pcm, rate: int) -> Ends | None:
    """The pitch at both ends, each the median of the outermost 50 ms that are voiced; None where hardly any is.

    Remembered for the last 4096 sounds: a unit comes again with every other number.
    """
    return _ends.get(
        (blake2b(sound.tobytes(), digest_size=16).digest(), rate), lambda: _measured(sound, rate)
    )


def _measured(sound: Pcm, rate: int) -> Ends | None:
    found = contour(sound, rate)
    voiced = found[found > 0]
    if len(voiced) < _LEAST_FRAMES:
        return None
    voiced = _in_its_octave(voiced)
    return Ends(float(np.median(voiced[:_EDGE_FRAMES])), float(np.median(voiced[-_EDGE_FRAMES:])))


def _in_its_octave(voiced: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each pitch, or twice or half of it, whichever is nearest to the one before and to the most usual, from there outwards:
    an octave too low or too high is the usual error of an autocorrelation, above all where a voice sets in."""
    usual = float(np.median(voiced))
    middle = int(np.argmin(np.abs(voiced - usual)))
    found = voiced.tolist()
    for way in (range(middle + 1, len(found)), range(middle - 1, -1, -1)):
        before = found[middle]
        for place in way:
            before = found[place] = min(
                (found[place], found[place] / 2, found[place] * 2),
                key=lambda hertz: max(hertz / before, before / hertz) * max(hertz / usual, usual / hertz),
            )
    return np.array(found)


def contour(sound: Pcm, rate: int) -> NDArray[np.float64]:
    """The fundamental of every 40 ms, one each 10 ms, in hertz; 0.0 where the voice is silent or there is none.

    By the normalised autocorrelation, with its peak interpolated (Talkin, "A robust algorithm for pitch tracking", 1995,
    without the search for the best path: the pieces are clean).
    """
    size, step = round(_FRAME_S * rate), round(_STEP_S * rate)
    if len(sound) < size:
        return np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float64), size)[::step]
    frames = frames - frames.mean(axis=1, keepdims=True)
    shortest, longest = rate // _HIGHEST_HZ, rate // _LOWEST_HZ
    lags = longest + 2
    length = 1 << (size + lags - 1).bit_length()
    spectra = np.fft.rfft(frames, length)
    products = np.fft.irfft(spectra.real**2 + spectra.imag**2, length)[:, :lags]
    power = np.cumsum(frames**2, axis=1)
    whole = power[:, -1]
    # What overlaps at a lag is the frame without its end, and the frame without its beginning.
    ahead = np.concatenate([whole[:, None], power[:, -2 : -lags - 1 : -1]], axis=1)
    behind = whole[:, None] - np.concatenate([np.zeros((len(frames), 1)), power[:, : lags - 1]], axis=1)
    alike = products / np.sqrt(np.maximum(ahead * behind, 1.0))
    inner = alike[:, 1:-1]
    peaks = np.where((inner >= alike[:, :-2]) & (inner > alike[:, 2:]), inner, -1.0)
    peaks[:, : shortest - 1] = -1.0
    best = peaks.max(axis=1)
    # Two periods are as alike as one: the shortest that will do.
    lag = 1 + np.argmax(peaks >= _ALIKE * best[:, None], axis=1)
    row = np.arange(len(frames))
    left, top, right = alike[row, lag - 1], alike[row, lag], alike[row, lag + 1]
    bend = np.minimum(left - 2 * top + right, -1e-9)
    hertz: NDArray[np.float64] = rate / (lag + np.clip(0.5 * (left - right) / bend, -0.5, 0.5))
    loud = whole > whole.max() * 10 ** (-_QUIET_DB / 10)
    return np.where((best > _VOICED) & loud, hertz, 0.0)
