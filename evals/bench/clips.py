"""Speech to measure on: folders of real clips with ``transcripts.tsv``, and rendered sentences."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
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
OTHER_THAN_BOT = CALLERS[:3]
LONGEST_S = 29.0
"""A recogniser's window; on a call an utterance is at most 25 s."""
BEFORE_S, AFTER_S = 0.3, 0.2
"""Silence that a call recognises with a turn; the synthesiser cuts its own off."""
_SOUNDS = (".flac", ".wav", ".ogg", ".mp3")


Line = Callable[[Pcm, int], Pcm]
"""From a recording (int16, rate in Hz) to what the recogniser gets of it, int16 at 16 kHz."""


class SpeechUnreadable(ValueError):
    """The folder of speech is not as it should be; the message says where and what is wanted."""


@dataclass(frozen=True)
class Clip:
    """One utterance: int16 at 16 kHz that has been through a telephone line."""

    name: str
    language: Language
    text: str
    audio: Pcm
    real: bool
    voice: str = ""


@dataclass(frozen=True)
class Noise:
    """A clip in which nobody speaks, likewise."""

    name: str
    audio: Pcm

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.audio) / RECOGNISER_RATE


def through_the_line(pcm: Pcm, rate: int) -> Pcm:
    """What the recogniser gets of a sound after a telephone line: 8 kHz, mu-law, and up to 16 kHz again."""
    narrow = resample(pcm, rate, LINE_RATE)
    return resample(g711.decode(g711.encode(narrow)), LINE_RATE, RECOGNISER_RATE)


def listed(folder: Path) -> list[dict[str, str]]:
    """Rows of ``folder/transcripts.tsv``; none if it is not there.

    Raises:
        SpeechUnreadable: the columns ``file`` and ``text`` are missing.
    """
    path = folder / "transcripts.tsv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        rows = list(reader)
    if missing := {"file", "text"} - set(reader.fieldnames or ()):
        raise SpeechUnreadable(f"{path} lacks the column {', '.join(sorted(missing))}; it has a head line")
    return rows


def real_clips(folder: Path, language: Language, line: Line = through_the_line) -> Iterator[Clip]:
    """Clips of ``folder/transcripts.tsv`` (columns file, text, kind) that one person speaks.

    Left out: clips over 29 s, synthetic ones, those of two speakers, and dialects, which are other languages
    to the recogniser.

    Args:
        line: what a recording goes through before it is recognised.

    Raises:
        SpeechUnreadable: a file that is listed cannot be read.
    """
    for row in listed(folder):
        kind = row.get("kind") or "real"
        if (
            not kind.startswith("real")
            or "Cantonese" in kind
            or "2 channels" in kind
            or not (row["text"] or "").strip()
        ):
            continue
        sound, rate = _read(folder / row["file"])
        if len(sound) / rate > LONGEST_S:
            continue
        yield Clip(row["file"], language, row["text"], line(sound, rate), True)


def clips_without_speech(folder: Path, line: Line = through_the_line) -> Iterator[Noise]:
    """The sound files of a folder in which nobody speaks.

    Raises:
        SpeechUnreadable: one cannot be read.
    """
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.suffix.lower() in _SOUNDS:
            sound, rate = _read(path)
            yield Noise(path.name, line(sound[: int(LONGEST_S * rate)], rate))


def _read(path: Path) -> tuple[Pcm, int]:
    try:
        sound, rate = soundfile.read(path, dtype="int16", always_2d=True)
    except (OSError, soundfile.SoundFileError) as error:
        raise SpeechUnreadable(f"{path}: no sound that can be read ({error})") from error
    return np.ascontiguousarray(sound[:, 0]), int(rate)


@dataclass(frozen=True)
class Recorded:
    """A rendered sentence before any line: int16 at ``rate``, with the silence around it that a call leaves."""

    name: str
    language: Language
    text: str
    pcm: Pcm
    rate: int
    voice: str

    def under(self, line: Line) -> Clip:
        """What the recogniser gets of it."""
        return Clip(self.name, self.language, self.text, line(self.pcm, self.rate), False, self.voice)


async def recorded_sentences(
    synthesiser: Synthesiser,
    language: Language,
    sentences: Sequence[str],
    voices: Sequence[str] = CALLERS,
    progress: Callable[[], None] | None = None,
) -> list[Recorded]:
    """The sentences spoken by the voices in turn."""
    recorded = []
    for number, sentence in enumerate(sentences):
        voice = voices[number % len(voices)]
        speech = await synthesiser.synthesise(sentence, language, voice)
        quiet = [np.zeros(int(seconds * speech.rate), np.int16) for seconds in (BEFORE_S, AFTER_S)]
        pcm = np.concatenate([quiet[0], speech.pcm, quiet[1]])
        recorded.append(Recorded(f"{language}-{number}", language, sentence, pcm, speech.rate, voice))
        if progress:
            progress()
    return recorded


async def rendered_clips(
    synthesiser: Synthesiser,
    language: Language,
    sentences: Sequence[str],
    voices: Sequence[str] = CALLERS,
    progress: Callable[[], None] | None = None,
) -> list[Clip]:
    """The sentences spoken by the voices in turn, through a telephone line."""
    recorded = await recorded_sentences(synthesiser, language, sentences, voices, progress)
    return [one.under(through_the_line) for one in recorded]
