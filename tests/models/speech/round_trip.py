"""Synthesised sentences over a telephone line and back into text: how much arrives, in figures.

    flock LOCK python -m tests.models.speech.round_trip [LANGUAGE ...] [--voice NAME] [--table plain|numbers]

Prints each sentence, what the recogniser heard and the error, then per language: character error; the same by
sound (pinyin without tones, kana), since a homophone in other characters is not the synthesiser's fault; and the
synthesiser's real-time factor. The recogniser is Whisper base with the full window, so its own errors count too.
"""

from __future__ import annotations

import argparse
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from core.languages import Language
from models.speech.kokoro import KokoroSynthesiser
from models.speech.levels import at_rate
from models.speech.normalise import normalise
from tests.models.speech import sentences


def over_the_line(pcm: np.ndarray) -> np.ndarray:
    """What is left of int16 samples at 8 kHz after G.711 mu-law, as float32 at 16 kHz."""
    mu = 255.0
    x = np.asarray(pcm, np.float64) / 32768
    coded = np.round(np.sign(x) * np.log1p(mu * np.abs(x)) / np.log1p(mu) * 127) / 127
    heard = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(mu)) / mu
    return np.asarray(soxr.resample(heard.astype(np.float32), 8_000, 16_000), np.float32)


def distance(left: Sequence[str], right: Sequence[str]) -> int:
    """Insertions, deletions and substitutions between two sequences."""
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def characters(text: str, language: Language) -> str:
    """``text`` as compared: numbers as words, Simplified, lower case, letters only."""
    if language is Language.ZH:
        text = _simplified().convert(text)
    spoken = normalise(unicodedata.normalize("NFKC", text), language).lower()
    return "".join(c for c in spoken if unicodedata.category(c)[0] in "LN")


def sounds(text: str, language: Language) -> Sequence[str]:
    """``text`` by its sound: toneless pinyin syllables, kana, or the same as its characters."""
    plain = characters(text, language)
    if language is Language.ZH:
        from pypinyin import lazy_pinyin

        return lazy_pinyin(plain)
    if language is Language.JA:
        import pyopenjtalk

        nodes = pyopenjtalk.run_frontend(plain, use_sudachi_kanji_yomi=False)
        return [kana for node in nodes for kana in node["pron"] if kana not in "’、"]
    return plain


@cache
def _simplified() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


@dataclass
class Figures:
    """Sums over the sentences of one language."""

    errors: int = 0
    characters: int = 0
    sound_errors: int = 0
    sounds: int = 0
    cpu_s: float = 0.0
    audio_s: float = 0.0

    def add(self, said: str, heard: str, language: Language) -> float:
        """Count one sentence; return its character error."""
        wanted, got = characters(said, language), characters(heard, language)
        wrong = distance(wanted, got)
        self.errors += wrong
        self.characters += len(wanted)
        self.sound_errors += distance(sounds(said, language), sounds(heard, language))
        self.sounds += len(sounds(said, language))
        return wrong / max(1, len(wanted))

    @property
    def character_error(self) -> float:
        return self.errors / max(1, self.characters)

    @property
    def sound_error(self) -> float:
        return self.sound_errors / max(1, self.sounds)


class Listener:
    """Whisper base as faster-whisper runs it, one thread."""

    def __init__(self, folder: Path) -> None:
        from faster_whisper import WhisperModel

        self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)

    def __call__(self, audio: np.ndarray, language: Language) -> str:
        segments, _ = self._model.transcribe(
            audio, language=language.value, beam_size=5, temperature=0, condition_on_previous_text=False
        )
        return "".join(segment.text for segment in segments)


def measure(
    synthesiser: KokoroSynthesiser,
    listener: Listener,
    language: Language,
    texts: Sequence[str],
    voice: str | None = None,
    tell: Callable[[str], object] = lambda line: None,
) -> Figures:
    """Speak, send and hear ``texts``."""
    synthesiser.load(language)
    figures = Figures()
    for text in texts:
        began = time.process_time()
        speech = synthesiser.render(text, language, voice)
        figures.cpu_s += time.process_time() - began
        figures.audio_s += speech.seconds
        heard = listener(over_the_line(at_rate(speech.pcm, speech.rate, 8_000)), language)
        error = figures.add(text, heard, language)
        tell(f"  {error:.2f} {text} | {heard}")
    return figures


def main() -> None:
    """The command line; see the module's docstring."""
    from models.assets import asset_path

    parser = argparse.ArgumentParser(description="speech round trip")
    parser.add_argument("languages", nargs="*", default=[language.value for language in Language])
    parser.add_argument("--voice")
    parser.add_argument("--table", choices=["plain", "numbers"], default="plain")
    options = parser.parse_args()
    table = sentences.PLAIN if options.table == "plain" else sentences.WITH_NUMBERS
    synthesiser = KokoroSynthesiser.from_assets()
    listener = Listener(asset_path("whisper-base"))
    for code in options.languages:
        language = Language(code)
        figures = measure(
            synthesiser,
            listener,
            language,
            table[language],
            options.voice,
            lambda line: print(line, flush=True),
        )
        print(
            f"{code} {options.voice or 'bot'} {options.table}: character error {figures.character_error:.3f}, "
            f"by sound {figures.sound_error:.3f} ({figures.characters} characters), "
            f"real-time factor {figures.cpu_s / figures.audio_s:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
