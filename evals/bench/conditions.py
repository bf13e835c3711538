"""Under which conditions speech is recognised: from clean sound to a telephone line that loses packets."""

from __future__ import annotations

import zlib

import numpy as np

from evals.bench.clips import Line, through_the_line
from models.protocols import RECOGNISER_RATE, Pcm
from voice_gateway.audio import g711
from voice_gateway.audio.resample import resample
from voice_gateway.leg import FRAME_SAMPLES, LINE_RATE

NOISE_DB = 10.0


def clean(pcm: Pcm, rate: int) -> Pcm:
    """The recording itself."""
    return resample(pcm, rate, RECOGNISER_RATE)


def noisy(pcm: Pcm, rate: int) -> Pcm:
    """Pink noise 10 dB below the speech, then the telephone line."""
    narrow = resample(pcm, rate, LINE_RATE).astype(np.float64)
    noise = _pink(narrow.size, _seed(pcm))
    noise *= _speech_level(narrow) / 10 ** (NOISE_DB / 20)
    mixed = np.clip(np.rint(narrow + noise), -32768, 32767).astype(np.int16)
    return through_the_line(mixed, LINE_RATE)


def losing(share: float) -> Line:
    """The telephone line, of whose 20 ms packets so many are lost, each by itself; silence takes their place."""

    def line(pcm: Pcm, rate: int) -> Pcm:
        narrow = g711.decode(g711.encode(resample(pcm, rate, LINE_RATE))).copy()
        packets = -(-narrow.size // FRAME_SAMPLES)
        lost = np.random.default_rng(_seed(pcm)).random(packets) < share
        for number in np.flatnonzero(lost):
            narrow[number * FRAME_SAMPLES : (number + 1) * FRAME_SAMPLES] = 0
        return resample(narrow, LINE_RATE, RECOGNISER_RATE)

    return line


CONDITIONS: dict[str, tuple[str, Line]] = {
    "clean": ("as recorded, 16 kHz", clean),
    "g711": ("G.711 mu-law, 8 kHz", through_the_line),
    "noise": (f"pink noise at {NOISE_DB:g} dB, then G.711", noisy),
    "loss1": ("G.711, 1 % of packets lost", losing(0.01)),
    "loss5": ("G.711, 5 % of packets lost", losing(0.05)),
}


def parse_condition(name: str) -> str:
    """The name of a condition.

    Raises:
        ValueError: naming the accepted ones.
    """
    if name not in CONDITIONS:
        raise ValueError(f"--condition {name}: accepted: {', '.join(CONDITIONS)}")
    return name


def _seed(pcm: Pcm) -> int:
    """The same noise for the same clip, whichever others are measured."""
    return zlib.crc32(np.ascontiguousarray(pcm).tobytes())


def _speech_level(pcm: np.ndarray) -> float:
    """Root mean square of the louder half of the 20 ms pieces: pauses do not count as speech."""
    count = max(1, pcm.size // FRAME_SAMPLES)
    pieces = np.resize(pcm, count * FRAME_SAMPLES).reshape(count, FRAME_SAMPLES)
    level = np.sqrt((pieces**2).mean(axis=1))
    return float(np.sqrt((level[level >= np.median(level)] ** 2).mean()))


def _pink(size: int, seed: int) -> np.ndarray:
    """Noise of level 1 whose power falls by 3 dB an octave, as that of rooms and streets does."""
    if size == 0:
        return np.zeros(0)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(size))
    spectrum /= np.sqrt(np.maximum(np.arange(spectrum.size), 1.0))
    noise = np.fft.irfft(spectrum, size)
    return noise / max(float(np.sqrt((noise**2).mean())), 1e-9)
