"""How words sound in each language, near enough to tell a mishearing: one module per language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.languages import Language


@dataclass(frozen=True)
class Unit:
    """A piece of text and its sounds.

    Attributes:
        start, end: characters of the text.
        sounds: in order; what a sound is, is the language's own affair.
        opens, closes: whether a replacement may begin before it or end after it.
        fixed: never to be replaced: numbers, particles, punctuation.
        ordinary: whether it is, by itself, a common word.
    """

    start: int
    end: int
    sounds: tuple[str, ...]
    opens: bool = True
    closes: bool = True
    fixed: bool = False
    ordinary: bool = False


class Sounds(Protocol):
    """One language's sounds."""

    def __hash__(self) -> int: ...

    def units(self, text: str) -> list[Unit]:
        """Cut a text into its units."""
        ...

    def cost(self, left: str, right: str) -> float:
        """What it costs to take one sound for the other, 0..1; an empty one means insertion or deletion."""
        ...

    def limit(self, length: int, ordinary: bool) -> float:
        """The largest distance at which a word of so many sounds is believed to be meant; below 0: never."""
        ...

    def ordinary(self, span: str, units: Sequence[Unit]) -> bool:
        """Whether the stretch makes sense as it stands."""
        ...


def sounds_of(language: Language) -> Sounds:
    """Return the sounds of a language.

    Raises:
        ImportError: a package that knows them is not installed.
    """
    if language is Language.ZH:
        from models.recognition.sounds.chinese import ChineseSounds

        return ChineseSounds()
    if language is Language.JA:
        from models.recognition.sounds.japanese import JapaneseSounds

        return JapaneseSounds()
    if language is Language.KO:
        from models.recognition.sounds.korean import KoreanSounds

        return KoreanSounds()
    from models.recognition.sounds.english import EnglishSounds

    return EnglishSounds()
