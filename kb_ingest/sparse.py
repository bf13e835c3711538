"""BM25 term vectors: character bigrams for Chinese, Japanese and Korean, words and word pairs for the rest.

No segmenter is needed, and a word that the recogniser heard half wrong still shares bigrams with the right
one. Inverse document frequency is the index's part (Qdrant's ``idf`` modifier); this file gives what depends
on one text alone: term frequency, saturated and weighed by the text's length.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from dataclasses import dataclass

from kb_ingest.normalise import fold

_K1 = 1.2
_B = 0.6
_USUAL_TERMS = 140.0
"""Terms of an average passage; a constant, so that adding a passage never changes the vectors of others."""
_PAIR_WEIGHT = 0.5
"""Word pairs repeat the evidence of their words; they decide between passages that share the words."""

_RUN = re.compile(
    r"(?P<cjk>[\u3041-\u3096\u30a1-\u30fc\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3]+)"
    r"|(?P<word>[a-z0-9\u00c0-\u024f]+(?:[.,][0-9]+)*)"
)
_STOP = {"a", "an", "the", "of", "to", "in", "on", "at", "for", "and", "or", "is", "are", "was", "were", "be"}
_STOP |= {
    "been",
    "do",
    "does",
    "did",
    "it",
    "its",
    "this",
    "that",
    "these",
    "those",
    "with",
    "by",
    "from",
    "as",
}
_STOP |= {"i", "you", "we", "they", "he", "she", "my", "your", "our", "their", "me", "us"}


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Term numbers (32-bit hashes, ascending) and their weights."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


def terms(text: str) -> Counter[str]:
    """The terms of ``text`` and how often each occurs (word pairs count by half)."""
    found: Counter[str] = Counter()
    previous = ""
    end = -1
    for run in _RUN.finditer(fold(text).lower()):
        if cjk := run["cjk"]:
            if len(cjk) == 1:
                found[cjk] += 1
            for position in range(len(cjk) - 1):
                found[cjk[position : position + 2]] += 1
            previous = ""
            continue
        word = _stem(run["word"])
        if word not in _STOP:
            found[word] += 1
        if previous and run.start() - end <= 2:
            found[f"{previous} {word}"] += _PAIR_WEIGHT  # type: ignore[assignment]
        previous, end = word, run.end()
    return found


def passage_vector(text: str) -> SparseVector:
    """The vector that is stored: BM25's term frequency part."""
    counts = terms(text)
    length = sum(counts.values())
    scale = _K1 * (1 - _B + _B * length / _USUAL_TERMS)
    return _vector({term: count * (_K1 + 1) / (count + scale) for term, count in counts.items()})


def query_vector(text: str) -> SparseVector:
    """The vector that is asked with: each term once, word pairs by half."""
    return _vector({term: _PAIR_WEIGHT if " " in term else 1.0 for term in terms(text)})


def _stem(word: str) -> str:
    """English endings that callers and documents differ in (returns, returned, returning)."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def _vector(weights: dict[str, float]) -> SparseVector:
    hashed: dict[int, float] = {}
    for term, weight in weights.items():
        number = zlib.crc32(term.encode())
        hashed[number] = max(hashed.get(number, 0.0), weight)
    ordered = sorted(hashed.items())
    return SparseVector(tuple(number for number, _ in ordered), tuple(value for _, value in ordered))
