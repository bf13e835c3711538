"""Music for whoever waits: a calm loop of four chords, synthesised here, so that nobody's rights are in it.

It lies within the telephone band and stays quiet (-26 dBFS), so that announcements stand out and G.711 does it no
harm. Notes that ring past the end of the loop ring on at its beginning: there is no seam to hear.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from voice_gateway.leg import FRAME_SAMPLES, LINE_RATE, Pcm

LEVEL_DBFS = -26.0
"""Root mean square of the loop, full scale being 32767."""
CHORD_S = 4.0
NOTE_EVERY_S = 0.5
FADE_S = 0.4

# MIDI numbers. C major 7, A minor 7, F major 7, G 6: each broken upwards and down again over its root.
CHORDS = ((60, 64, 67, 71), (57, 64, 67, 72), (53, 65, 69, 72), (55, 62, 67, 76))
ORDER = (1, 2, 3, 2, 1, 3, 2, 1)
TRANSPOSED = 12
"""Up an octave: below 300 Hz a telephone carries little."""
PARTIALS = ((1, 1.0, 1.6), (2, 0.28, 0.8), (3, 0.08, 0.4))
"""Of a note, as a soft electric piano: multiple of the pitch, strength, seconds to fade to a third."""
ATTACK_S = 0.012


@cache
def music_loop() -> Pcm:
    """The whole loop, int16 at 8 kHz, of whole frames; its end leads back to its beginning. Not to be changed."""
    loop = np.zeros(round(len(CHORDS) * CHORD_S * LINE_RATE))
    for number, chord in enumerate(CHORDS):
        begin_s = number * CHORD_S
        _ring(loop, begin_s, chord[0], 0.9)
        for step, voice in enumerate(ORDER):
            loudness = 0.55 if step % 4 == 0 else 0.42
            _ring(loop, begin_s + step * NOTE_EVERY_S, chord[voice], loudness)
    loop -= loop.mean()
    loop *= 32767 * 10 ** (LEVEL_DBFS / 20) / np.sqrt(np.mean(loop**2))
    pcm = np.round(loop).astype(np.int16)
    pcm.flags.writeable = False
    return pcm


def _ring(loop: NDArray[np.float64], begin_s: float, note: int, loudness: float) -> None:
    """Add one note, around the end of the loop where it rings longer."""
    pitch = 440.0 * 2 ** ((note + TRANSPOSED - 69) / 12)
    t = np.arange(round(6.0 * LINE_RATE)) / LINE_RATE
    sound = sum(
        strength * np.sin(2 * np.pi * pitch * multiple * t) * np.exp(-t / fade_s)
        for multiple, strength, fade_s in PARTIALS
    )
    sound *= loudness * np.minimum(t / ATTACK_S, 1.0) * np.minimum((t[-1] - t) / 1.0, 1.0)
    at = (round(begin_s * LINE_RATE) + np.arange(t.size)) % loop.size
    np.add.at(loop, at, sound)


class Music:
    """Where in the loop one listener is. It begins softly, and goes on where it was left."""

    def __init__(self) -> None:
        self._at = 0
        self._since_begin = 0

    def begin(self) -> None:
        """After a pause: the next sound fades in."""
        self._since_begin = 0

    def take(self, samples: int = FRAME_SAMPLES, *, last: bool = False) -> Pcm:
        """The next sound, int16 (samples,); ``last`` lets it fade out towards its end."""
        loop = music_loop()
        pcm = loop[(self._at + np.arange(samples)) % loop.size]
        self._at = (self._at + samples) % loop.size
        fade = FADE_S * LINE_RATE
        gain = np.minimum((self._since_begin + np.arange(samples)) / fade, 1.0)
        self._since_begin += samples
        if last:
            gain = np.minimum(gain, np.arange(samples - 1, -1, -1) / min(fade, samples))
        elif gain[0] >= 1.0:
            return pcm
        return np.round(pcm * gain).astype(np.int16)
