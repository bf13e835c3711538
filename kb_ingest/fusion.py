"""Weighs the two searches against each other, by what each was measured to be worth in a language.

Rank fusion treats both as equal and forgets by how much the best one leads. On the public sets (see
``docs/knowledge.md``) a weighted sum of scores finds more in every language: dense scores are spread between
the worst and the best candidate of this query, BM25 scores are taken as shares of the best.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.languages import Language
from kb_ingest.index.protocol import Candidate

CANDIDATES = 20
"""Candidates taken from each search; the spread of dense scores depends on it."""

DENSE_WEIGHT: Mapping[Language | None, float] = {
    Language.EN: 0.6,
    Language.ZH: 0.4,
    Language.JA: 0.4,
    Language.KO: 0.6,
    None: 0.6,
}
"""The dense search's share; the rest is BM25's. None: a search over all languages, where words rarely match."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its fused score, 0 to 1."""

    passage_id: str
    score: float
    dense: float
    sparse: float


FIT_WEIGHT = 0.25
"""What holding the kind of figure that is asked for is worth (see ``answer_types``)."""


def fuse(
    candidates: Sequence[Candidate],
    language: Language | None,
    fit: Callable[[str], int] = lambda passage_id: 0,
    weights: Mapping[Language | None, float] = DENSE_WEIGHT,
) -> list[Ranked]:
    """Best first; equal scores keep a fixed order.

    Args:
        fit: for a passage's id, whether it holds the figure asked for: 1, 0 or -1.
    """
    if not candidates:
        return []
    dense = [candidate.dense for candidate in candidates]
    low, high = min(dense), max(dense)
    best_sparse = max(candidate.sparse for candidate in candidates)
    weight = weights[language]
    ranked = []
    for candidate in candidates:
        meaning = (candidate.dense - low) / (high - low) if high > low else 1.0
        words = candidate.sparse / best_sparse if best_sparse > 0 else 0.0
        score = weight * meaning + (1 - weight) * words
        score = (1 - FIT_WEIGHT) * score + FIT_WEIGHT * (1 + fit(candidate.passage_id)) / 2
        ranked.append(Ranked(candidate.passage_id, score, candidate.dense, candidate.sparse))
    return sorted(ranked, key=lambda entry: (-entry.score, entry.passage_id))
