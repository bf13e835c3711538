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
from kb_ingest.confidence import CALIBRATION, Calibration, gather
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
    section: str
    passage_id: str
    language: Language


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
        top = found[ranked[0].passage_id]
        passage = top.passage
        if passage.language is not language:
            return None
        evidence = gather(question, language, ranked, passage.indexed_text(top.title))
        confidence = self._calibration.confidence(evidence, language)
        if confidence < self._calibration.threshold[language]:
            return None
        return KnowledgeAnswer(
            text=await self._extract(question, language, vector, top),
            score=round(confidence, 4),
            document=top.title,
            section=" > ".join(passage.section),
            passage_id=passage.id,
            language=language,
        )

    async def _extract(
        self, question: str, language: Language, vector: NDArray[np.float32], stored: StoredPassage
    ) -> str:
        passage = stored.passage
        is_row = passage.kind == "row"
        pieces = _cells(passage.text) if is_row else split_sentences(passage.text)
        if is_row:
            fits = len(pieces) <= MAX_SENTENCES
        else:
            fits = len(pieces) <= MAX_SENTENCES and len(passage.text) <= spoken_limit(language)
        if not fits:
            scores = await self._scores(question, language, vector, passage.id, pieces)
            chosen = _choose_cells(question, pieces, scores) if is_row else _choose(pieces, scores, language)
            pieces = [pieces[position] for position in chosen]
        return _joined(pieces, language, as_row=is_row)

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
        asked = {term for term in terms(question) if " " not in term}
        kinds = wanted(question, language)
        return [
            float(similarity)
            + _OVERLAP_WEIGHT * (sum(term in terms(piece) for term in asked) / len(asked) if asked else 0.0)
            + _FIGURE_WEIGHT * (holds(piece, kinds) if kinds else 0.0)
            for piece, similarity in zip(pieces, vectors @ vector, strict=True)
        ]


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


def _choose_cells(question: str, cells: list[str], scores: list[float]) -> list[int]:
    """The cell that names the row (it shares most with the question) and the two that answer best."""
    asked = terms(question)
    overlaps = [sum(term in asked for term in terms(cell)) / (len(terms(cell)) or 1) for cell in cells]
    # A row is named by one of its first two columns: a number, then a name.
    name = max(range(min(2, len(cells))), key=lambda position: overlaps[position])
    others = sorted(
        (position for position in range(len(cells)) if position != name), key=lambda p: -scores[p]
    )
    return [name, *sorted(others[: MAX_SENTENCES - 1])]


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"；|; |\n", text) if cell.strip()]


def _joined(pieces: list[str], language: Language, as_row: bool) -> str:
    if as_row:
        stop = "。" if language in (Language.ZH, Language.JA) else "."
        pieces = [piece if piece.endswith(stop) else piece + stop for piece in pieces]
    return ("" if language in (Language.ZH, Language.JA) else " ").join(pieces)
