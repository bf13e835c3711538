"""Mends misheard words by their sound, after decoding, so that batches need no prompts of their own.

Whisper writes 変ピン for 返品 and 发飘 for 发票. The bot knows which words its callers use; a stretch of the text that
sounds like one of them, and is no ordinary word itself, is replaced by it. The rules are conservative: numbers are
never touched, an ordinary word only gives way to one that sounds exactly the same, and a stretch begins and ends
where words do.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate

from core.languages import Language
from models.recognition.sounds import Sounds, Unit, sounds_of

log = logging.getLogger(__name__)
MAX_WORDS = 400
"""Bias words looked at for one utterance; the rest are ignored."""
_STRETCH = 1.34
"""A stretch may have up to a third more or fewer sounds than the word."""


@dataclass(frozen=True)
class Mend:
    """One replacement: characters ``start`` to ``end`` of the text become ``word``; ``cost`` 0 sounds the same."""

    start: int
    end: int
    word: str
    cost: float


class Mender:
    """Replaces what sounds like one of the bot's words by that word."""

    def warm(self) -> None:
        """Load every language's dictionaries now, so that no caller waits for them."""
        for language in Language:
            self.mend("-", language, ["-"])

    def mend(self, text: str, language: Language, words: Sequence[str]) -> str:
        """Return ``text`` with its misheard words replaced; unchanged where a language's tools are missing."""
        for mend in reversed(self.mends(text, language, words)):
            text = text[: mend.start] + mend.word + text[mend.end :]
        return text

    def mends(self, text: str, language: Language, words: Sequence[str]) -> list[Mend]:
        """Return the replacements for ``text``, in its order, none overlapping another."""
        sounds = _sounds(language)
        if sounds is None or not text or not words:
            return []
        units = sounds.units(text)
        known = {word.casefold() for word in words}
        found: list[Mend] = []
        for word in list(dict.fromkeys(words))[:MAX_WORDS]:
            found += self._places(text, units, word, sounds, known)
        chosen: list[Mend] = []
        for mend in sorted(found, key=lambda one: (one.cost, one.start - one.end)):
            if all(mend.end <= other.start or mend.start >= other.end for other in chosen):
                chosen.append(mend)
        return sorted(chosen, key=lambda one: one.start)

    def _places(
        self, text: str, units: Sequence[Unit], word: str, sounds: Sounds, known: set[str]
    ) -> list[Mend]:
        target = _word_sounds(sounds, word)
        if not target or word.casefold() in text.casefold():
            return []
        limits = {ordinary: sounds.limit(len(target), ordinary) for ordinary in (False, True)}
        most = max(limits.values())
        if most < 0:
            return []
        longest = int(len(target) * _STRETCH) + 1
        nothing_heard = list(accumulate((_cost(sounds, "", sound) for sound in target), initial=0.0))
        found = []
        for first, unit in enumerate(units):
            if not unit.opens or unit.fixed:
                continue
            row, heard = nothing_heard, 0
            for last in range(first, len(units)):
                # A row's least never falls again, so a stretch that is too far off grows no nearer.
                if units[last].fixed or heard > longest or min(row) > most:
                    break
                for sound in units[last].sounds:
                    row = _heard_also(sound, row, target, sounds)
                heard += len(units[last].sounds)
                if not units[last].closes or not len(target) / _STRETCH <= heard <= longest:
                    continue
                if (cost := row[-1]) > most:
                    continue
                start, end = unit.start, units[last].end
                if text[start:end].casefold() in known:
                    continue  # another of the bot's words
                if cost <= limits[sounds.ordinary(text[start:end], units[first : last + 1])]:
                    found.append(Mend(start, end, word, cost))
        return found


def _heard_also(sound: str, row: Sequence[float], wanted: Sequence[str], sounds: Sounds) -> list[float]:
    """The edit distances from what was heard so far, and then ``sound``, to each beginning of ``wanted``.

    Args:
        row: the same without ``sound``; Wagner and Fischer (1974), a row at a time.
    """
    dropped = _cost(sounds, sound, "")
    following = [row[0] + dropped]
    for column, right in enumerate(wanted):
        following.append(
            min(
                row[column] + _cost(sounds, sound, right),
                row[column + 1] + dropped,
                following[column] + _cost(sounds, "", right),
            )
        )
    return following


@lru_cache(maxsize=100_000)
def _cost(sounds: Sounds, left: str, right: str) -> float:
    return sounds.cost(left, right)


@cache
def _sounds(language: Language) -> Sounds | None:
    try:
        return sounds_of(language)
    except ImportError as error:
        log.warning("no vocabulary bias for %s: %s", language.value, error)
        return None


_cached: dict[tuple[int, str], tuple[str, ...]] = {}


def _word_sounds(sounds: Sounds, word: str) -> tuple[str, ...]:
    key = (id(sounds), word)
    if key not in _cached:
        if len(_cached) > 10_000:
            _cached.clear()
        _cached[key] = tuple(sound for unit in sounds.units(word) for sound in unit.sounds)
    return _cached[key]
