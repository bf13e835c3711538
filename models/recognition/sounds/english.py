"""English by the phonemes of a pronouncing dictionary; words that it lacks, by their spelling."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from models.recognition.sounds import Unit

_STRESS = str.maketrans("", "", "ˈˌː")
_VOWELS = frozenset("aeiouæɑɒɔəɛɜɪʊʌAIOQWYᵊᵻɐ")
_SUFFIXES = ("'s", "s", "es", "d", "ed", "ing", "er", "ers", "ly", "or", "ment", "ness", "able")
# Longest spellings first; rough, and only ever compared with leave to be somewhat wrong.
_SPELLING = [
    ("tion", "ʃən"), ("sion", "ʒən"), ("ough", "O"), ("igh", "I"), ("tch", "ʧ"), ("dge", "ʤ"), ("sch", "sk"),
    ("ch", "ʧ"), ("sh", "ʃ"), ("th", "θ"), ("ph", "f"), ("ck", "k"), ("qu", "kw"), ("wh", "w"), ("wr", "ɹ"), ("kn", "n"),
    ("ng", "ŋ"), ("ee", "i"), ("ea", "i"), ("oo", "u"), ("ou", "W"), ("ow", "O"), ("ai", "A"), ("ay", "A"), ("ey", "i"),
    ("oy", "Y"), ("oi", "Y"), ("au", "ɔ"), ("aw", "ɔ"), ("ie", "i"), ("x", "ks"), ("c", "k"), ("q", "k"), ("j", "ʤ"),
    ("r", "ɹ"), ("y", "i"), ("g", "ɡ"), ("a", "æ"), ("e", "ɛ"), ("i", "ɪ"), ("o", "ɑ"), ("u", "ʌ"),
]  # fmt: skip
_DOUBLE = re.compile(r"([b-df-hj-np-tv-z])\1")


class EnglishSounds:
    """Sounds are phonemes; units are words."""

    def __init__(self) -> None:
        self._lexicon = _lexicon()

    def units(self, text: str) -> list[Unit]:
        units = []
        for match in re.finditer(r"[A-Za-z][A-Za-z'’]*|\d[\d,.]*", text):
            word = match.group().lower().replace("’", "'")
            number = word[0].isdigit()
            known = self._known(word)
            sounds = () if number else tuple(self._phonemes(word))
            units.append(Unit(match.start(), match.end(), sounds, fixed=number, ordinary=known))
        return units

    def cost(self, left: str, right: str) -> float:
        if left == right:
            return 0.0
        if left and right and left in _VOWELS and right in _VOWELS:
            return 0.5
        return 1.0

    def limit(self, length: int, ordinary: bool) -> float:
        if length < 4:
            return -1.0
        return 0.0 if ordinary else 0.25 * length

    def ordinary(self, span: str, units: Sequence[Unit]) -> bool:
        return all(unit.ordinary for unit in units)

    def _known(self, word: str) -> bool:
        if word in self._lexicon:
            return True
        for suffix in _SUFFIXES:
            stem = word.removesuffix(suffix)
            if (
                stem != word
                and len(stem) >= 3
                and {stem, stem + "e", stem[:-1], stem[:-1] + "y"} & self._lexicon.keys()
            ):
                return True
        return False

    def _phonemes(self, word: str) -> str:
        found = self._lexicon.get(word)
        return found.translate(_STRESS) if found else _spelt(word)


def _spelt(word: str) -> str:
    word = _DOUBLE.sub(r"\1", word.replace("'", ""))
    if len(word) > 3 and word.endswith("e") and word[-2] not in "aeiou":
        word = word[:-1]
    sounds, place = "", 0
    while place < len(word):
        for spelling, sound in _SPELLING:
            if word.startswith(spelling, place):
                sounds += sound
                place += len(spelling)
                break
        else:
            sounds += word[place]
            place += 1
    return sounds


@cache
def _lexicon() -> dict[str, str]:
    spec = find_spec("misaki")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("misaki, whose dictionary tells how English words sound, is not installed")
    data = Path(next(iter(spec.submodule_search_locations))) / "data"
    words: dict[str, str] = {}
    for name in ("us_silver.json", "us_gold.json"):
        for word, spoken in json.loads((data / name).read_text(encoding="utf-8")).items():
            one = spoken if isinstance(spoken, str) else spoken.get("DEFAULT")
            if one:
                words[word.lower()] = one
    return words
