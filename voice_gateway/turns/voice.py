"""From the probability of speech, hop by hop, to voiced or not, with hysteresis."""

from __future__ import annotations

from dataclasses import dataclass

HOP_SAMPLES = 256
"""Samples of one voice-activity frame at 8 kHz: 32 ms."""
HOP_S = 0.032


@dataclass(frozen=True, slots=True)
class VoiceOptions:
    """Where voice begins and where it ends.

    Attributes:
        start: probability from which silence becomes voice.
        stop: probability below which voice becomes silence; the gap between the two keeps a soft
            syllable from cutting a word in two.
    """

    start: float = 0.5
    stop: float = 0.35


@dataclass(frozen=True, slots=True)
class Hop:
    """One judged hop: where it lies on the media clock, in seconds, and whether somebody speaks in it."""

    start_s: float
    end_s: float
    voiced: bool
    probability: float


class VoiceGate:
    """Holds the hysteresis of one leg."""

    def __init__(self, options: VoiceOptions | None = None) -> None:
        self._options = options or VoiceOptions()
        self._voiced = False

    def process(self, probability: float, start_s: float, end_s: float) -> Hop:
        """Judge the next hop."""
        threshold = self._options.stop if self._voiced else self._options.start
        self._voiced = probability >= threshold
        return Hop(start_s, end_s, self._voiced, probability)
