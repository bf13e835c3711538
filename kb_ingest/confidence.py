"""How likely the best passage really answers the question.

A logistic regression over five observations, fitted by ``python -m kb_ingest.calibrate`` on the questions in
``tests/kb_ingest/questions.jsonl`` (answerable and unanswerable ones, in four languages, about the demo
documents) and checked on public retrieval sets with the right passage present and taken away; the figures are in
``docs/knowledge.md``. The threshold errs towards silence: a hand-over is cheaper than a wrong answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from statistics import median

from core.languages import Language
from kb_ingest.answer_types import fits
from kb_ingest.fusion import Ranked
from kb_ingest.sparse import terms

_BACKGROUND = {Language.ZH: 0.85, Language.EN: 0.80, Language.JA: 0.81, Language.KO: 0.82}
"""Similarity of questions to passages about something else, measured on the demo documents. It stands in for
candidates where a young knowledge base has too few to compare with."""
_ENOUGH = 15


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the first of the ranked passages.

    Attributes:
        similarity: cosine of question and passage.
        lead: its similarity over the median of all candidates; a question about nothing here has none.
        overlap: share of the question's terms that occur in the passage, 0 to 1.
        agreement: 1 where both searches put it first, else 0.
        fit: 1 where it holds the kind of figure asked for, -1 where it does not, 0 where none is.
    """

    similarity: float
    lead: float
    overlap: float
    agreement: float
    fit: float


def gather(question: str, language: Language, ranked: Sequence[Ranked], text: str) -> Evidence:
    """Evidence for ``ranked[0]``, whose indexed text is ``text``.

    Args:
        ranked: all candidates, best first; at least one.
    """
    top = ranked[0]
    others = [entry.dense for entry in ranked] + [_BACKGROUND[language]] * (_ENOUGH - len(ranked))
    asked = {term for term in terms(question) if " " not in term}
    found = terms(text)
    first_by_meaning = top.dense >= max(entry.dense for entry in ranked)
    first_by_words = top.sparse > 0 and top.sparse >= max(entry.sparse for entry in ranked)
    return Evidence(
        similarity=top.dense,
        lead=top.dense - median(others),
        overlap=sum(term in found for term in asked) / len(asked) if asked else 0.0,
        agreement=float(first_by_meaning and first_by_words),
        fit=float(fits(question, text, language)),
    )


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights in the order of :class:`Evidence`, and per language the intercept and the threshold."""

    weights: tuple[float, ...]
    intercept: Mapping[Language, float]
    threshold: Mapping[Language, float]

    def confidence(self, evidence: Evidence, language: Language) -> float:
        """Probability, 0 to 1, that the passage answers the question."""
        sum_ = self.intercept[language] + sum(
            weight * value for weight, value in zip(self.weights, astuple(evidence), strict=True)
        )
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, sum_))))


CALIBRATION = Calibration(
    weights=(53.74, 45.86, 2.029, 1.054, 1.707),
    intercept={Language.ZH: -49.77, Language.EN: -49.38, Language.JA: -49.49, Language.KO: -48.82},
    threshold={Language.ZH: 0.7, Language.EN: 0.7, Language.JA: 0.7, Language.KO: 0.7},
)
