"""A small multinomial logistic regression over ``features``: trained with scikit-learn, run with numpy."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bots.understanding.features import LEXICAL, VERSION, dense, lexical
from bots.understanding.normalise import for_intent
from bots.understanding.types import Embedder, Example, Vectors, labels_of
from core.languages import Language

_BATCH = 64


@dataclass(slots=True)
class TextClassifier:
    """Attributes:
    labels: k labels, in the order of the weights' rows.
    dense_weights: (k, dimensions + flags); lexical_weights: (k, LEXICAL); bias: (k,).
    mean: of the training embeddings, (dimensions,).
    fingerprint: of the training data and the features that this was made from.
    """

    labels: tuple[str, ...]
    dense_weights: Vectors
    lexical_weights: Vectors
    bias: Vectors
    mean: Vectors
    fingerprint: str

    def probabilities(self, vectors: Vectors, sentences: Sequence[tuple[str, Language]]) -> Vectors:
        """Probabilities of shape (n, k) for sentences and their embeddings (n, dimensions)."""
        scores = dense(vectors, self.mean, sentences) @ self.dense_weights.T + self.bias
        for row, (text, language) in enumerate(sentences):
            places, weights = lexical(text, language)
            scores[row] += self.lexical_weights[:, places] @ weights
        scores -= scores.max(axis=1, keepdims=True)
        grown = np.exp(scores)
        result: Vectors = (grown / grown.sum(axis=1, keepdims=True)).astype(np.float32)
        return result

    def save(self, stem: Path) -> None:
        """Write ``stem.npz`` and, last, ``stem.json``: a half-written model is never read."""
        stem.parent.mkdir(parents=True, exist_ok=True)
        part = stem.with_suffix(".npz.part")
        with part.open("wb") as file:
            np.savez_compressed(
                file,
                dense=self.dense_weights,
                lexical=self.lexical_weights.astype(np.float16),
                bias=self.bias,
                mean=self.mean,
            )
        part.replace(stem.with_suffix(".npz"))
        about = {"labels": list(self.labels), "fingerprint": self.fingerprint}
        stem.with_suffix(".json").write_text(
            json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8"
        )

    @classmethod
    def load(cls, stem: Path) -> TextClassifier:
        """Read what ``save`` wrote.

        Raises:
            FileNotFoundError: nothing there.
            ValueError: the files do not belong together.
        """
        about = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
        with np.load(stem.with_suffix(".npz"), allow_pickle=False) as arrays:
            model = cls(
                tuple(about["labels"]),
                arrays["dense"].astype(np.float32),
                arrays["lexical"].astype(np.float32),
                arrays["bias"].astype(np.float32),
                arrays["mean"].astype(np.float32),
                about["fingerprint"],
            )
        rows = len(model.labels)
        if model.dense_weights.shape[0] != rows or model.lexical_weights.shape != (rows, LEXICAL):
            raise ValueError(f"{stem}.npz and {stem}.json do not belong together: train again")
        return model


def fingerprint(examples: Sequence[Example], made_with: str) -> str:
    """Changes with any sentence, label, feature or embedder."""
    digest = hashlib.sha256(f"{VERSION}|{made_with}".encode())
    for example in examples:
        digest.update(f"{example.language}\t{example.label}\t{example.text}\n".encode())
    return digest.hexdigest()[:16]


async def embed_all(
    examples: Sequence[Example],
    embedder: Embedder,
    progress: Callable[[int, int], None] | None = None,
) -> Vectors:
    """Embeddings of all training sentences, in batches; ``progress`` is told (done, all)."""
    texts = [for_intent(example.text, example.language) for example in examples]
    parts = []
    for at in range(0, len(texts), _BATCH):
        parts.append(await embedder.embed(texts[at : at + _BATCH], "query"))
        if progress is not None:
            progress(min(at + _BATCH, len(texts)), len(texts))
    return np.vstack(parts).astype(np.float32)


def fit(
    examples: Sequence[Example], vectors: Vectors, made_with: str, strength: float = 10.0
) -> TextClassifier:
    """Train on sentences and their embeddings; some seconds for two thousand sentences on one core."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    sentences = [(example.text, example.language) for example in examples]
    mean: Vectors = vectors.mean(axis=0)
    body = dense(vectors, mean, sentences)
    rows, columns, values = [], [], []
    for row, (text, language) in enumerate(sentences):
        places, weights = lexical(text, language)
        rows += [row] * len(places)
        columns += places.tolist()
        values += weights.tolist()
    letters = csr_matrix((values, (rows, columns)), shape=(len(sentences), LEXICAL), dtype=np.float32)
    model = LogisticRegression(C=strength, max_iter=400)
    model.fit(hstack([csr_matrix(body), letters]).tocsr(), [example.label for example in examples])
    weights = model.coef_.astype(np.float32)
    width = body.shape[1]
    assert list(model.classes_) == labels_of(examples)
    return TextClassifier(
        tuple(str(label) for label in model.classes_),
        weights[:, :width],
        weights[:, width:],
        model.intercept_.astype(np.float32),
        mean,
        fingerprint(examples, made_with),
    )


async def load_or_fit(
    examples: Sequence[Example],
    embedder: Embedder,
    stem: Path,
    made_with: str,
    progress: Callable[[int, int], None] | None = None,
) -> TextClassifier:
    """The saved model if it was made from exactly these sentences, else a new one, saved."""
    wanted = fingerprint(examples, made_with)
    try:
        saved = TextClassifier.load(stem)
    except FileNotFoundError:
        saved = None
    if saved is not None and saved.fingerprint == wanted:
        return saved
    vectors = await embed_all(examples, embedder, progress)
    trained = await asyncio.to_thread(fit, examples, vectors, made_with)
    trained.save(stem)
    return trained


def load_checked(stem: Path, wanted: str | None, remedy: str) -> TextClassifier:
    """Read a model; with ``wanted``, only one with that fingerprint.

    Raises:
        ModelMissing: there is none, or it was made from other sentences; the message says what to do.
    """
    try:
        saved = TextClassifier.load(stem)
    except FileNotFoundError as error:
        raise ModelMissing(f"{stem}.npz is not there: {remedy}") from error
    if wanted is not None and saved.fingerprint != wanted:
        raise ModelMissing(f"{stem}.npz was made from other training sentences: {remedy}")
    return saved


class ModelMissing(RuntimeError):
    """A classifier that was not trained, or trained from other sentences."""
