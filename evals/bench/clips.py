"""Speech to measure on: folders of real clips with ``transcripts.tsv``, and rendered sentences."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from core.languages import Language
from models.protocols import RECOGNISER_RATE, Pcm, Synthesiser
from voice_gateway.audio import g711
from voice_gateway.audio.resample import resample
from voice_gateway.leg import LINE_RATE

CALLERS = ("caller_a", "caller_b", "caller_c", "bot")
LONGEST_S = 29.0
"""A recogniser's window; on a call an utterance is at most 25 s."""


@dataclass(frozen=True)
class Clip:
    """One utterance: int16 at 16 kHz that has been through a telephone line."""

    name: str
    language: Language
    text: str
    audio: Pcm
    real: bool
    voice: str = ""


def through_the_line(pcm: Pcm, rate: int) -> Pcm:
    """What the recogniser gets of a sound after a telephone line: 8 kHz, mu-law, and up to 16 kHz again."""
    narrow = resample(pcm, rate, LINE_RATE)
    return resample(g711.decode(g711.encode(narrow)), LINE_RATE, RECOGNISER_RATE)


def real_clips(folder: Path, language: Language) -> Iterator[Clip]:
    """Clips of ``folder/transcripts.tsv`` (columns file, text, kind) that one person speaks.

    Left out: clips over 29 s, synthetic ones, those of two speakers, and dialects, which are other languages
    to the recogniser.
    """
    with (folder / "transcripts.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        kind = row.get("kind", "real")
        if (
            not kind.startswith("real")
            or "Cantonese" in kind
            or "2 channels" in kind
            or not row["text"].strip()
        ):
            continue
        sound, rate = soundfile.read(folder / row["file"], dtype="int16", always_2d=True)
        if len(sound) / rate > LONGEST_S:
            continue
        yield Clip(
            row["file"],
            language,
            row["text"],
            through_the_line(np.ascontiguousarray(sound[:, 0]), rate),
            True,
        )


async def rendered_clips(synthesiser: Synthesiser, language: Language, sentences: list[str]) -> list[Clip]:
    """The sentences spoken in turn by four voices."""
    clips = []
    for number, sentence in enumerate(sentences):
        voice = CALLERS[number % len(CALLERS)]
        speech = await synthesiser.synthesise(sentence, language, voice)
        audio = through_the_line(speech.pcm, speech.rate)
        clips.append(Clip(f"{language}-{number}", language, sentence, audio, False, voice))
    return clips
