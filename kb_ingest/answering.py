"""From ranked passages to an answer that can be spoken: the document's own words, two or three sentences of them."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.languages import Language
from kb_ingest.answer_types import holds, wanted
from kb_ingest.confidence import CALIBRATION, Calibration, Evidence, gather
from kb_ingest.fusion import Ranked
from kb_ingest.sentences import split_sentences
from kb_ingest.sparse import terms
from kb_ingest.store import StoredPassage

EmbedTexts = Callable[[Sequence[str]], Awaitable[NDArray[np.float32]]]

MAX_SENTENCES = 3
_REMEMBERED = 2_000
_OVERLAP_WEIGHT = 0.08
"""What sharing all of the question's terms is worth, in cosine; sentences of one passage differ by about 0.05."""
_FIGURE_WEIGHT = 0.05
"""What holding the kind of figure that is asked for is worth."""
_NEARLY = 0.01


def spoken_limit(language: Language) -> int:
    """Characters that take about fifteen seconds to say."""
    return {Language.ZH: 90, Language.JA: 120, Language.KO: 140, Language.EN: 260}[language]


@dataclass(frozen=True, slots=True)
class KnowledgeAnswer:
    """An answer in the caller's language and where it stands.

    Attributes:
        text: whole sentences of the passage, in their order.
        score: probability, 0 to 1, that it answers the question; above the tested threshold.
        document: title; ``section``: its headings, outermost first, divided by ``>``.
    """

    text: str
    score: float
    document: str
    section: str = ""
    passage_id: str = ""
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The best passage for a question, what speaks for it, and the probability that it answers."""

    stored: StoredPassage
    evidence: Evidence
    confidence: float


class AnswerFinder:
    """Decides whether the first passage answers, and takes the answer out of it.

    Args:
        embed: texts to vectors in the role of passages; called only for passages too long to be read out whole.
    """

    def __init__(self, embed: EmbedTexts, calibration: Calibration = CALIBRATION) -> None:
        self._embed = embed
        self._calibration = calibration
        self._pieces: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    async def answer(
        self,
        question: str,
        language: Language,
        vector: NDArray[np.float32],
        ranked: Sequence[Ranked],
        found: Mapping[str, StoredPassage],
    ) -> KnowledgeAnswer | None:
        """The answer, or None where the evidence is under the threshold for this language.

        Args:
            vector: the question's, of unit length.
            ranked: candidates in the caller's language, best first, at least one.
            found: their passages.
        """
        judgement = self.judge(question, language, ranked, found)
        if judgement.confidence < self._calibration.threshold[language]:
            return None
        top, passage = judgement.stored, judgement.stored.passage
        return KnowledgeAnswer(
            text=await self._extract(question, language, vector, top),
            score=round(judgement.confidence, 4),
            document=top.title,
            section=" > ".join(passage.section),
            passage_id=passage.id,
            language=language,
        )

    def judge(
        self,
        question: str,
        language: Language,
        ranked: Sequence[Ranked],
        found: Mapping[str, StoredPassage],
    ) -> Judgement:
        """How likely the first of the ranked passages answers, and why."""
        top = found[ranked[0].passage_id]
        evidence = gather(question, language, ranked, top.passage.indexed_text(top.title))
        return Judgement(top, evidence, self._calibration.confidence(evidence, language))

    async def _extract(
        self, question: str, language: Language, vector: NDArray[np.float32], stored: StoredPassage
    ) -> str:
        passage = stored.passage
        if passage.kind == "row":
            cells = _cells(passage.text)
            if len(cells) > 2:
                plain = _plain_scores(question, language, cells)
                # Words and figures nearly always tell the column; only where they do not is meaning asked.
                name = _naming_cell(question, cells)
                if not any(score for position, score in enumerate(plain) if position != name):
                    plain = await self._scores(question, language, vector, passage.id, cells)
                cells = [cells[position] for position in _choose_cells(name, plain)]
            return _joined(cells, language, as_row=True)
        sentences = split_sentences(passage.text)
        if len(sentences) > MAX_SENTENCES or len(passage.text) > spoken_limit(language):
            scores = await self._scores(question, language, vector, passage.id, sentences)
            sentences = [sentences[position] for position in _choose(sentences, scores, language)]
        return _joined(sentences, language, as_row=False)

    async def _scores(
        self,
        question: str,
        language: Language,
        vector: NDArray[np.float32],
        passage_id: str,
        pieces: list[str],
    ) -> list[float]:
        vectors = self._pieces.get(passage_id)
        if vectors is None or len(vectors) != len(pieces):
            vectors = self._pieces[passage_id] = await self._embed(pieces)
            if len(self._pieces) > _REMEMBERED:
                self._pieces.popitem(last=False)
        plain = _plain_scores(question, language, pieces)
        return [float(similarity) + extra for similarity, extra in zip(vectors @ vector, plain, strict=True)]


def _plain_scores(question: str, language: Language, pieces: Sequence[str]) -> list[float]:
    """What words shared with the question and the right kind of figure are worth, without any model."""
    asked = {term for term in terms(question) if " " not in term}
    kinds = wanted(question, language)
    scores = []
    for piece in pieces:
        found = terms(piece)
        overlap = sum(term in found for term in asked) / len(asked) if asked else 0.0
        figure = _FIGURE_WEIGHT if kinds and holds(piece, kinds) else 0.0
        scores.append(_OVERLAP_WEIGHT * overlap + figure)
    return scores


def _choose(sentences: list[str], scores: list[float], language: Language) -> list[int]:
    """The best sentence, and its better neighbours while there is time to say them; never a gap between."""
    best = max(range(len(sentences)), key=scores.__getitem__)
    first = last = best
    length = len(sentences[best])
    while last - first + 1 < MAX_SENTENCES:
        neighbours = [position for position in (first - 1, last + 1) if 0 <= position < len(sentences)]
        fitting = [
            position for position in neighbours if length + len(sentences[position]) <= spoken_limit(language)
        ]
        if not fitting:
            break
        # What follows explains; what comes before has to be better to be worth it.
        nearest = max(fitting, key=lambda position: scores[position] + (0.02 if position > last else 0.0))
        length += len(sentences[nearest])
        first, last = min(first, nearest), max(last, nearest)
    return list(range(first, last + 1))


def _naming_cell(question: str, cells: Sequence[str]) -> int:
    """The cell that names the row: one of the first two columns (a number, then a name, often)."""
    asked = terms(question)

    def shared(position: int) -> float:
        found = terms(cells[position])
        return sum(term in asked for term in found) / (len(found) or 1)

    return max(range(min(2, len(cells))), key=shared)


def _choose_cells(name: int, scores: Sequence[float]) -> list[int]:
    """The naming cell, the cell that answers best, and a second one only if it is nearly as good."""
    others = sorted(
        (place for place in range(len(scores)) if place != name), key=lambda place: -scores[place]
    )
    best, *rest = others[: MAX_SENTENCES - 1]
    chosen = [best, *(place for place in rest if scores[place] >= scores[best] - _NEARLY)]
    return [name, *sorted(chosen)]


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"；|; |\n", text) if cell.strip()]


def _joined(pieces: list[str], language: Language, as_row: bool) -> str:
    if as_row:
        stop = "。" if language in (Language.ZH, Language.JA) else "."
        pieces = [piece if piece.endswith(stop) else piece + stop for piece in pieces]
    return ("" if language in (Language.ZH, Language.JA) else " ").join(pieces)
