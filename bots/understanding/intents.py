"""Which of the bot's intents a sentence is."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bots.understanding.classifier import Embed, TextClassifier, load_or_fit
from bots.understanding.entities import extract, is_only_a_number
from bots.understanding.nlu_files import load_nlu
from bots.understanding.normalise import for_intent
from bots.understanding.types import Embedder, Understanding, Vectors
from core.languages import Language

NAME = "intents"
EMBEDDER = "multilingual-e5-small"


@dataclass(frozen=True, slots=True)
class IntentModel:
    """The trained classifier of one bot."""

    classifier: TextClassifier

    @property
    def fingerprint(self) -> str:
        return self.classifier.fingerprint

    def predict(
        self,
        vectors: Vectors,
        sentences: Sequence[tuple[str, Language]],
        today: date | None = None,
    ) -> list[Understanding]:
        """Understand sentences, given their embeddings of shape (n, dimensions).

        The embeddings are of ``normalise.for_intent(text, language)``, in the role ``query``.
        """
        results = []
        for (text, language), row in zip(sentences, self.classifier.probabilities(vectors, sentences), strict=True):
            order = row.argsort()[::-1]
            entities = extract(text, language, today)
            intent, confidence = self.classifier.labels[order[0]], float(row[order[0]])
            second, second_confidence = self.classifier.labels[order[1]], float(row[order[1]])
            if is_only_a_number(text, language, entities) and intent != "order_status":
                second, second_confidence = intent, min(confidence, 0.1)
                intent, confidence = "order_status", 0.9
            results.append(Understanding(intent, confidence, entities, second, second_confidence))
        return results


def train(
    nlu_folder: Path | str,
    embedder: Embedder,
    cache_folder: Path | str,
    progress: Callable[[int, int], None] | None = None,
    made_with: str = EMBEDDER,
) -> IntentModel:
    """The model for a folder of training data; trained and kept in ``cache_folder`` unless it is there already.

    Args:
        embedder: must answer at once (not as a coroutine): training is a matter of the set-up.
        made_with: the name of the embedder, so that another one's models are not taken for this one's.

    Raises:
        ProjectError: the training data cannot be read.
    """
    examples = load_nlu(nlu_folder).intents
    stem = Path(cache_folder) / NAME
    return IntentModel(load_or_fit(examples, _at_once(embedder), stem, made_with, progress))


def load(cache_folder: Path | str) -> IntentModel:
    """Read a trained model; milliseconds.

    Raises:
        FileNotFoundError: it was never trained; run the set-up.
    """
    return IntentModel(TextClassifier.load(Path(cache_folder) / NAME))


def _at_once(embedder: Embedder) -> Embed:
    def embed(texts: list[str], role: str) -> Vectors:
        vectors = embedder.embed(texts, role)
        if inspect.isawaitable(vectors):
            raise TypeError("training needs an embedder that answers at once")
        return vectors

    return embed


class IntentUnderstander:
    """``Understander`` over a trained model and an embedder, here or in another process."""

    def __init__(self, model: IntentModel, embedder: Embedder, today: Callable[[], date] | None = None) -> None:
        self._model = model
        self._embedder = embedder
        self._today = today

    async def understand(self, text: str, language: Language) -> Understanding:
        vectors = self._embedder.embed([for_intent(text, language)], "query")
        if inspect.isawaitable(vectors):
            vectors = await vectors
        today = self._today() if self._today else None
        return self._model.predict(vectors, [(text, language)], today)[0]
