"""Hangul syllables taken apart and put together."""

from __future__ import annotations

from dataclasses import dataclass

ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
CODAS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")

_FIRST = ord("가")
_LAST = ord("힣")


@dataclass(slots=True)
class Syllable:
    """One written syllable: ``onset`` is ㅇ where silent, ``coda`` empty where there is none."""

    onset: str
    vowel: str
    coda: str

    def __str__(self) -> str:
        index = (ONSETS.index(self.onset) * len(VOWELS) + VOWELS.index(self.vowel)) * len(CODAS)
        return chr(_FIRST + index + CODAS.index(self.coda))


def is_syllable(character: str) -> bool:
    """Whether ``character`` is one whole Hangul syllable."""
    return _FIRST <= ord(character) <= _LAST


def take_apart(character: str) -> Syllable:
    """The parts of one Hangul syllable.

    Raises:
        ValueError: ``character`` is not a whole Hangul syllable.
    """
    if not is_syllable(character):
        raise ValueError(f"not a Hangul syllable: {character!r}")
    rest, coda = divmod(ord(character) - _FIRST, len(CODAS))
    onset, vowel = divmod(rest, len(VOWELS))
    return Syllable(ONSETS[onset], VOWELS[vowel], CODAS[coda])
