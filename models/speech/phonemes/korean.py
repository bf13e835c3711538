"""Korean text to Kokoro phonemes.

Kokoro was not trained on Korean. The sounds below are the symbols of its other languages that a voice blended
from a Japanese and a Spanish speaker renders nearest; they were chosen by what a recogniser understands over a
telephone line.
"""

from __future__ import annotations

import re

from models.speech.phonemes.hangul import Syllable, is_syllable, take_apart
from models.speech.phonemes.korean_rules import pronounced
from models.speech.phonemes.latin import LatinReader

_ONSETS = {
    "ㄱ": "k", "ㄲ": "k", "ㄴ": "n", "ㄷ": "t", "ㄸ": "t", "ㄹ": "ɾ", "ㅁ": "m", "ㅂ": "p", "ㅃ": "p", "ㅅ": "s",
    "ㅆ": "s", "ㅇ": "", "ㅈ": "ʨ", "ㅉ": "ʨ", "ㅊ": "ʨʰ", "ㅋ": "kʰ", "ㅌ": "tʰ", "ㅍ": "pʰ", "ㅎ": "h",
}  # fmt: skip
_VOICED = {"ㄱ": "ɡ", "ㄷ": "d", "ㅂ": "b", "ㅈ": "ʥ"}
_VOWELS = {
    "ㅏ": "a", "ㅐ": "ɛ", "ㅑ": "ja", "ㅒ": "jɛ", "ㅓ": "ʌ", "ㅔ": "e", "ㅕ": "jʌ", "ㅖ": "je", "ㅗ": "o", "ㅘ": "wa",
    "ㅙ": "wɛ", "ㅚ": "we", "ㅛ": "jo", "ㅜ": "u", "ㅝ": "wʌ", "ㅞ": "we", "ㅟ": "wi", "ㅠ": "ju", "ㅡ": "ɯ",
    "ㅢ": "ɰi", "ㅣ": "i",
}  # fmt: skip
_CODAS = {"": "", "ㄱ": "k", "ㄴ": "n", "ㄷ": "t", "ㄹ": "l", "ㅁ": "m", "ㅂ": "p", "ㅇ": "ŋ"}
_FRONT = "ㅣㅑㅕㅛㅠㅒㅖㅟ"
_MARKS = {"。": ".", "、": ",", "，": ",", "？": "?", "！": "!", "：": ":", "；": ";"}

_PIECE = re.compile(r"[가-힣]+|[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’-]*|\s+|[^가-힣A-Za-zÀ-ɏ\s]")


class KoreanPhonemes:
    """Reads a Korean sentence whose numbers have been written out; Latin words are said in English."""

    def __init__(self, latin: LatinReader) -> None:
        self._latin = latin

    def __call__(self, text: str) -> str:
        """Kokoro phonemes of ``text``."""
        out: list[str] = []
        for piece in _PIECE.findall(pronounced(text)):
            if is_syllable(piece[0]):
                out.append(hangul_phonemes(piece))
            elif piece[0].isspace():
                out.append(" ")
            elif piece[0].isalpha():
                out.append(self._latin.phonemes(piece))
            else:
                mark = _MARKS.get(piece, piece)
                out.append(mark if mark in ",.!?:;…—" else " ")
        return re.sub(r"\s+", " ", "".join(out)).strip()


def hangul_phonemes(word: str) -> str:
    """Kokoro phonemes of one word already respelt by ``pronounced``."""
    syllables = [take_apart(character) for character in word]
    out = ""
    previous: Syllable | None = None
    for syllable in syllables:
        out += _onset(syllable, previous) + _VOWELS[syllable.vowel] + _CODAS[syllable.coda]
        previous = syllable
    return out.replace("lɾ", "ll")


def _onset(syllable: Syllable, previous: Syllable | None) -> str:
    onset = syllable.onset
    if onset in "ㅅㅆ" and syllable.vowel in _FRONT:
        return "ɕ"
    if onset in _VOICED and previous is not None and previous.coda in ("", "ㄴ", "ㄹ", "ㅁ", "ㅇ"):
        return _VOICED[onset]
    return _ONSETS[onset]
