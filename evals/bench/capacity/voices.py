"""The callers' sound: recordings rendered once into a folder, and put together to sentences for the line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import soundfile

from evals.bench.capacity.lines import Recording, Sentence
from models.protocols import Synthesiser
from voice_gateway.audio.playout import audible_spans
from voice_gateway.audio.resample import resample
from voice_gateway.leg import LINE_RATE, Pcm

JOINT_S = 0.12
"""Pause between the recordings of one sentence, as between two groups of a number."""


class CallerRecordings:
    """Recordings as WAV files at 8 kHz in a folder; one whose words have changed is another file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: dict[Recording, Pcm] = {}

    def path(self, recording: Recording) -> Path:
        what = f"{recording.language} {recording.voice} {recording.text}"
        return self._folder / f"{recording.language}-{hashlib.sha256(what.encode()).hexdigest()[:16]}.wav"

    def missing(self, wanted: Iterable[Recording]) -> list[Recording]:
        return [recording for recording in wanted if not self.path(recording).exists()]

    async def render(
        self, wanted: Iterable[Recording], synthesiser: Synthesiser, progress: Callable[[], None]
    ) -> None:
        """Render what is missing."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for recording in self.missing(wanted):
            speech = await synthesiser.synthesise(recording.text, recording.language, recording.voice)
            fresh = self.path(recording).with_suffix(".part.wav")
            soundfile.write(fresh, resample(speech.pcm, speech.rate, LINE_RATE), LINE_RATE)
            fresh.rename(self.path(recording))
            progress()

    def sentence(self, sentence: Sentence) -> Pcm:
        """The sentence as int16 at 8 kHz.

        Raises:
            OSError: a recording was not rendered.
        """
        joint = np.zeros(round(JOINT_S * LINE_RATE), dtype=np.int16)
        pieces: list[Pcm] = []
        for part in sentence.parts:
            pieces += [self._load(part), joint]
        return np.concatenate(pieces[:-1])

    def _load(self, recording: Recording) -> Pcm:
        if recording not in self._loaded:
            pcm, _ = soundfile.read(self.path(recording), dtype="int16")
            self._loaded[recording] = _trimmed(pcm)
        return self._loaded[recording]


def _trimmed(pcm: Pcm) -> Pcm:
    """Without the silence at its ends, which would make a joint longer than a caller pauses."""
    spans = audible_spans(pcm, pause_s=60.0)
    if not spans:
        return pcm
    first, last = spans[0]
    return pcm[round(first * LINE_RATE) : round(last * LINE_RATE)]
