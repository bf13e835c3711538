"""The redactor across turns: a card number that is spoken in groups, a turn each, is masked too.

One sentence alone does not tell: "1111" may be anything. So it is remembered for how many figures a person's last turns
ran on, and a turn that goes on from there is part of the same number. What is a group alone, four figures and
nothing else, is masked at once: nobody can know yet what it begins, and no order has four figures. Order numbers,
six figures in one piece, stay, also when they are said again; said whole just after they were said in pieces, they are
masked, for nobody can know that no card goes on. Pure: told what was said and when.
"""

from __future__ import annotations

import re

from core.languages import Language
from core.redaction import CARD_WORDS, DIGITS, ENGLISH_DIGIT, MASK, SEPARATOR, SHORTEST, redact

_FIGURE = r"[0-9０-９]"
_WORD = {
    Language.EN: rf"\b{ENGLISH_DIGIT}\b",
    Language.ZH: rf"(?![0-9０-９]){DIGITS['chinese']}",
    Language.JA: rf"(?![0-9０-９]){DIGITS['japanese']}",
    Language.KO: rf"(?![0-9０-９]){DIGITS['korean']}",
}
_GROUP = {
    language: re.compile(
        rf"(?<![A-Za-z0-9０-９]){_FIGURE}(?:{SEPARATOR}{_FIGURE})+|{word}(?:{SEPARATOR}{word})+",
        re.IGNORECASE,
    )
    for language, word in _WORD.items()
}
"""Those that are written and those that are spelt do not mix: the "이" of "104227이요" is no two. Orders and parcels begin
with letters, and are no groups."""
_FEWEST = 3
"""Fewer figures are a quantity."""
_ONE = {language: re.compile(f"{_FIGURE}|{word}", re.IGNORECASE) for language, word in _WORD.items()}
_ASIDE = {Language.EN: 12, Language.ZH: 4, Language.JA: 6, Language.KO: 6}
"""So many letters may stand beside a group, "and then" or "そして", and it is still one of several."""
_ALONE = {Language.EN: 4, Language.ZH: 2, Language.JA: 3, Language.KO: 3}
"""So many in all, "um" or "です", and there is nothing but the group."""
_AMOUNT = re.compile(r"[0-9],[0-9]{3}(?![0-9])")
_LONGEST_CARD = 19
_ORDER, _PART = 6, 4
PAUSE_S = 30.0
"""A number is not gone on with after so long; our question, and a misunderstanding, fit in between."""


class TurnRedactor:
    """Masks what one person says, turn by turn, in order."""

    def __init__(self) -> None:
        self._open = 0
        """Figures with which the last turns ended."""
        self._card = False
        """Whether they said that it is a card's."""
        self._end_s = 0.0

    def redact(self, text: str, language: Language, start_s: float, end_s: float) -> str:
        """The turn, masked; times in seconds on the call's clock."""
        if start_s - self._end_s > PAUSE_S:
            self._open, self._card = 0, False
        self._end_s = max(self._end_s, end_s)
        found = _GROUP[language].finditer(text)
        groups = [group for group in found if _figures(group.group(), language) >= _FEWEST]
        first = groups[0] if groups and _beside(text[: groups[0].start()], language) else None
        last = groups[-1] if groups and _beside(text[groups[-1].end() :], language) else None
        masked = text
        alone = first is not None and first is last and _is_alone(text, first, language)
        if first is not None and self._is_part(_figures(first.group(), language), alone=alone):
            masked = text[: first.start()] + MASK + text[first.end() :]
        if last is None:
            self._open, self._card = 0, False
        else:
            figures = _figures(last.group(), language)
            goes_on = last is first
            self._card = (goes_on and self._card) or CARD_WORDS.search(text[: last.start()]) is not None
            if figures == _ORDER and not self._card and not (goes_on and self._open):
                figures = 0
            self._open = figures + (self._open if goes_on else 0)
        return redact(masked)

    def _is_part(self, figures: int, *, alone: bool) -> bool:
        together = self._open + figures
        if self._open and (together >= SHORTEST or (self._card and together <= _LONGEST_CARD)):
            return True
        return alone and figures == _PART


def _beside(text: str, language: Language) -> bool:
    return _letters(text) <= _ASIDE[language]


def _is_alone(text: str, group: re.Match[str], language: Language) -> bool:
    aside = text[: group.start()] + text[group.end() :]
    return _letters(aside) <= _ALONE[language] and _AMOUNT.search(text) is None


def _letters(text: str) -> int:
    return sum(character.isalpha() for character in text)


def _figures(group: str, language: Language) -> int:
    """How many figures are said; "double one" is two."""
    return sum(
        2 if one.startswith("double") else 3 if one.startswith("triple") else 1
        for one in (found.group().casefold() for found in _ONE[language].finditer(group))
    )
