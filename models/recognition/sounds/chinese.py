"""Chinese by its pinyin: one sound per character, initial, final and tone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from models.recognition.sounds import Unit

_NUMBERS = frozenset("零〇一二三四五六七八九十百千万亿两幺")
_SYLLABLE = re.compile(r"^(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw]?)([a-zü]*)([1-5]?)$")
_NEAR_INITIALS = [
    *({"zh", "z"}, {"ch", "c"}, {"sh", "s"}, {"n", "l"}, {"f", "h"}, {"l", "r"}, {"zh", "j"}, {"q", "ch"}),
    *({"zh", "ch"}, {"z", "c"}, {"j", "q"}, {"b", "p"}, {"d", "t"}, {"g", "k"}),  # with and without breath
]
_NEAR_FINALS = [
    {"in", "ing"},
    {"en", "eng"},
    {"an", "ang"},
    {"uan", "uang"},
    {"ian", "iang"},
    {"o", "uo"},
    {"e", "uo"},
]
_TONE, _NEAR = 0.2, 0.4
_COMMON = 20
"""Occurrences in the dictionary's corpus from which on a word counts as an ordinary one."""


class ChineseSounds:
    """Sounds are syllables such as ``fa1``. Words are those of the segmenter's dictionary."""

    def __init__(self) -> None:
        import jieba
        from pypinyin import Style, lazy_pinyin

        jieba.setLogLevel(60)
        self._jieba = jieba
        self._pinyin = lazy_pinyin
        self._style = Style.TONE3

    def units(self, text: str) -> list[Unit]:
        units: list[Unit] = []
        place = 0
        for word in self._jieba.cut(text, HMM=False):
            syllables = self._pinyin(word, style=self._style, neutral_tone_with_five=True, errors="default")
            plain = len(syllables) == len(word)
            for offset, character in enumerate(word):
                chinese = "\u4e00" <= character <= "\u9fff"
                sound = (syllables[offset] if plain else character) if chinese else character.lower()
                units.append(
                    Unit(
                        start=place + offset,
                        end=place + offset + 1,
                        sounds=(sound,),
                        opens=offset == 0,
                        closes=offset == len(word) - 1,
                        fixed=not chinese or character in _NUMBERS,
                        ordinary=len(word) > 1 and self._jieba.dt.FREQ.get(word, 0) >= _COMMON,
                    )
                )
            place += len(word)
        return units

    def cost(self, left: str, right: str) -> float:
        if left == right:
            return 0.0
        if not left or not right:
            return 9.0  # a character is a syllable: no mishearing changes their number
        one, other = _SYLLABLE.match(left), _SYLLABLE.match(right)
        if not one or not other:
            return 1.0
        total = 0.0 if one[3] == other[3] else _TONE
        for a, b, near in ((one[1], other[1], _NEAR_INITIALS), (one[2], other[2], _NEAR_FINALS)):
            if a != b:
                total += _NEAR if {a, b} in near else 1.0
        return min(1.0, total)

    def limit(self, length: int, ordinary: bool) -> float:
        if length < 2:
            return -1.0
        return 0.0 if ordinary else 0.27 * length

    def ordinary(self, span: str, units: Sequence[Unit]) -> bool:
        # One character alone is nearly always a word too, so a stretch with one among it says nothing.
        return all(unit.ordinary for unit in units)
