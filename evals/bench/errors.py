"""Recognition error as each language counts it: words in English, characters in the other three."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from core.languages import Language
from evals.bench.digits import WRITTEN
from models.recognition.text import simplified

_NOT_SPOKEN = re.compile(r"[^\w]+|_")
_DIGIT = re.compile(r"\d")


def units(text: str, language: Language) -> list[str]:
    """What is counted of a text: punctuation, case and full-width forms make no difference.

    English is counted in words; Chinese and Japanese have no spaces, and Korean spacing is a matter of
    style, so these three are counted in characters. A digit is a unit by itself in all four, however
    the digits are grouped, and the same one whether it stands there as a figure or as its word.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    if language is Language.ZH:
        text = simplified(text)
    if language is Language.EN:
        text = _DIGIT.sub(r" \g<0> ", text.replace("'", "").replace("’", ""))
        counted = _NOT_SPOKEN.sub(" ", text).split()
    else:
        counted = list(_NOT_SPOKEN.sub("", text))
    return [WRITTEN[language].get(unit, unit) for unit in counted]


def edits(reference: Sequence[str], heard: Sequence[str]) -> int:
    """Levenshtein distance: substitutions, insertions and deletions, each one."""
    row = list(range(len(heard) + 1))
    for i, expected in enumerate(reference, 1):
        diagonal, row[0] = row[0], i
        for j, got in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (expected != got))
    return row[-1]
