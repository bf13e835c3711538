"""Sound with the rise and fall of speech, without a model: syllables of noise, each with a colour of its own."""

from __future__ import annotations

import numpy as np

from voice_gateway.leg import LINE_RATE, Pcm


def babble(seconds: float, seed: int, level: float = 4000.0) -> Pcm:
    """Syllables of 80 to 250 ms with pauses between some of them; the same for the same seed."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * LINE_RATE))
    at = 0
    while at < len(sound):
        size = round(rng.uniform(0.08, 0.25) * LINE_RATE)
        spectrum = np.fft.rfft(rng.normal(0, 1, size))
        hertz = np.fft.rfftfreq(size, 1 / LINE_RATE)
        colour = sum(np.exp(-(((hertz - rng.uniform(300, 3200)) / 250) ** 2)) for _ in range(2))
        syllable = np.fft.irfft(spectrum * colour, size) * np.hanning(size)
        piece = sound[at : at + size]
        piece += (syllable / max(np.abs(syllable).max(), 1e-9) * level * rng.uniform(0.4, 1.0))[: len(piece)]
        at += size + (round(rng.uniform(0.05, 0.2) * LINE_RATE) if rng.random() < 0.3 else 0)
    return sound.astype(np.int16)
