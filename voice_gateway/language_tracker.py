"""Which language the caller speaks, turn by turn, without being led astray by one odd sentence.

A recogniser's guess at a short sentence is weak, and people mix languages. So the language of the call
changes only when two turns in a row are heard in the same other one, or when one long and clear turn is;
asking the bot for another language changes it at once. A sentence written in two scripts at once ("我想查一下
tracking number") is no evidence for either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.languages import Language, language_of_number


@dataclass(frozen=True, slots=True)
class HysteresisOptions:
    """When to believe a change.

    Attributes:
        clear: language probability of a turn that changes the language by itself.
        long_s: voice that such a turn must hold.
        likely: probability from which a turn counts as one of two in a row.
        least_s: shorter turns ("OK", "네") are no evidence at all.
    """

    clear: float = 0.85
    long_s: float = 2.0
    likely: float = 0.6
    least_s: float = 0.8


_LATIN, _HAN, _KANA, _HANGUL = (
    re.compile(f"[{letters}]") for letters in ("A-Za-z", "㐀-鿿", "ぁ-ヿ", "가-힣")
)
_MOST_FOREIGN = 0.25


def is_mixed(text: str, language: Language) -> bool:
    """Whether more than a word or two of a sentence is not in the script of the language that it is taken for.

    A Latin letter weighs a third of a character of the others; Chinese characters within Japanese or Korean are
    their own.
    """
    latin = len(_LATIN.findall(text)) / 3
    han, kana, hangul = (len(script.findall(text)) for script in (_HAN, _KANA, _HANGUL))
    foreign = {
        Language.EN: han + kana + hangul,
        Language.ZH: latin + kana + hangul,
        Language.JA: latin + hangul,
        Language.KO: latin + kana,
    }[language]
    return foreign > _MOST_FOREIGN * (latin + han + kana + hangul)


class LanguageTracker:
    """Follows one call.

    Args:
        start: the language that the call begins in.
        caller: the caller's number; its country code weighs in.
        known: whether ``start`` rests on anything; if not, the first turn that is heard decides.
        offered: the languages that the bot speaks.
    """

    def __init__(
        self,
        start: Language,
        *,
        caller: str = "",
        known: bool = True,
        offered: tuple[Language, ...] = tuple(Language),
        options: HysteresisOptions | None = None,
    ) -> None:
        self.current = start
        self._by_country = language_of_number(caller)
        self._offered = offered
        self._options = options or HysteresisOptions()
        self._candidate: Language | None = None
        self._turns = 0
        self._known = known

    def weights(self) -> dict[Language, float]:
        """Prior weights for the recogniser: the language of the call, what its country suggests, the rest.

        The more turns were heard in the language of the call, the more it weighs; never so much that a
        clear sentence in another one could not be heard.
        """
        weights = dict.fromkeys(self._offered, 1.0)
        if self._by_country in weights:
            weights[self._by_country] += 1.0
        if self._candidate in weights:
            weights[self._candidate] += 1.0
        if self._known:
            weights[self.current] = weights.get(self.current, 1.0) + 2.0 + min(self._turns, 3)
        total = sum(weights.values())
        return {language: weight / total for language, weight in weights.items()}

    def heard(
        self, language: Language, scores: Mapping[Language, float], voiced_s: float, *, mixed: bool = False
    ) -> Language | None:
        """Take a recognised turn; returns the new language if the call changes to it, else None.

        Args:
            mixed: it was spoken in two languages at once: then it changes nothing, but where nothing was known.
        """
        options = self._options
        first, self._known = not self._known, True
        if language == self.current:
            if voiced_s >= options.least_s:
                self._candidate = None
                self._turns += 1
            return None
        score = scores.get(language, 0.0)
        if (
            (voiced_s < options.least_s and not first)
            or score < options.likely
            or language not in self._offered
            or (mixed and not first)
        ):
            return None
        if first or self._candidate == language or (score >= options.clear and voiced_s >= options.long_s):
            self.change(language)
            return language
        self._candidate = language
        return None

    def change(self, language: Language) -> None:
        """The caller asked for it, or was heard clearly."""
        self.current = language
        self._candidate = None
        self._turns = 0
