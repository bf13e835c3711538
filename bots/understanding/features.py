"""A sentence as numbers: its embedding, its letters and sounds, and what it plainly contains.

The embedding carries the meaning across languages; letters and sounds catch words that the recogniser wrote
as others that sound alike (Chinese by pinyin, Korean by letters within the syllable); the flags settle what
needs no learning.
"""

from __future__ import annotations

import math
import unicodedata
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pypinyin import lazy_pinyin

from bots.understanding.entities import extract
from bots.understanding.normalise import for_intent, squeeze
from bots.understanding.types import Vectors
from core.languages import Language

VERSION = 1
"""Raise it when a feature changes: saved models of another version are trained anew."""

LEXICAL = 1 << 14
FLAGS = 6
_DENSE_WEIGHT, _FLAG_WEIGHT = 1.5, 0.7
_LENGTHS = {Language.ZH: (1, 4), Language.JA: (1, 4), Language.EN: (2, 5), Language.KO: (2, 6)}


def sound(text: str, language: Language) -> str:
    """The spelling whose letter groups are counted."""
    plain = for_intent(text, language)
    if language is Language.KO:
        return unicodedata.normalize("NFD", plain)
    if language is Language.ZH:
        return f"{plain} {' '.join(lazy_pinyin(squeeze(plain)))}"
    return plain


def lexical(text: str, language: Language) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Places and weights of a sentence's letter groups, hashed, of unit length together."""
    padded = f" {sound(text, language)} "
    shortest, longest = _LENGTHS[language]
    counts: dict[int, int] = {}
    for length in range(shortest, longest + 1):
        for at in range(len(padded) - length + 1):
            place = zlib.crc32(f"{language.value}{padded[at : at + length]}".encode()) % LEXICAL
            counts[place] = counts.get(place, 0) + 1
    weights = np.array([1 + math.log(count) for count in counts.values()], dtype=np.float32)
    return np.fromiter(counts, dtype=np.int64, count=len(counts)), weights / (np.linalg.norm(weights) or 1.0)


def flags(text: str, language: Language) -> list[float]:
    """Yes, no, an order number, a tracking number, a language named, very short."""
    values = {entity.name: entity.value for entity in extract(text, language)}
    present = (
        values.get("yes_no") == "yes",
        values.get("yes_no") == "no",
        "order_number" in values,
        "tracking_number" in values,
        "language" in values,
        len(squeeze(text)) <= 4,
    )
    return [_FLAG_WEIGHT * one for one in present]


def dense(vectors: Vectors, mean: Vectors, sentences: Sequence[tuple[str, Language]]) -> Vectors:
    """Centred unit embeddings beside the flags, shape (n, dimensions + FLAGS)."""
    centred = vectors - mean
    centred = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    marks = np.array([flags(text, language) for text, language in sentences], dtype=np.float32)
    joined: Vectors = np.hstack([_DENSE_WEIGHT * centred, marks.reshape(len(sentences), FLAGS)]).astype(
        np.float32
    )
    return joined
