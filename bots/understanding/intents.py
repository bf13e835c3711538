"""Which of the bot's intents a sentence is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bots.understanding.classifier import TextClassifier, fingerprint, load_checked, load_or_fit
from bots.understanding.entities import extract, is_only_a_number
from bots.understanding.nlu_files import load_nlu
from bots.understanding.types import Embedder, Understanding, Vectors
from core.languages import Language

NAME = "intents"
EMBEDDER = "multilingual-e5-small"
REMEDY = "train it with `tetraphone bots train`"


@dataclass(frozen=True, slots=True)
class IntentModel:
    """The trained classifier of one bot."""

    classifier: TextClassifier

    @classmethod
    def load(
        cls, cache_folder: Path | str, nlu_folder: Path | str | None = None, made_with: str = EMBEDDER
    ) -> IntentModel:
        """Read a trained model; milliseconds.

        Args:
            nlu_folder: with it, the model must have been trained from what is there now.

        Raises:
            ModelMissing: never trained, or trained from other sentences.
        """
        wanted = fingerprint(load_nlu(nlu_folder).intents, made_with) if nlu_folder else None
        return cls(load_checked(Path(cache_folder) / NAME, wanted, REMEDY))

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
        for (text, language), row in zip(
            sentences, self.classifier.probabilities(vectors, sentences), strict=True
        ):
            order = row.argsort()[::-1]
            entities = extract(text, language, today)
            intent, confidence = self.classifier.labels[order[0]], float(row[order[0]])
            second, second_confidence = self.classifier.labels[order[1]], float(row[order[1]])
            if is_only_a_number(text, language, entities) and intent != "order_status":
                second, second_confidence = intent, min(confidence, 0.1)
                intent, confidence = "order_status", 0.9
            results.append(Understanding(intent, confidence, entities, second, second_confidence))
        return results


async def train(
    nlu_folder: Path | str,
    embedder: Embedder,
    cache_folder: Path | str,
    progress: Callable[[int, int], None] | None = None,
    made_with: str = EMBEDDER,
) -> IntentModel:
    """The model for a folder of training data; trained and kept in ``cache_folder`` unless it is there already.

    About a minute for two thousand sentences on one core, most of it embedding.

    Args:
        made_with: the name of the embedder, so that another one's models are not taken for this one's.

    Raises:
        ProjectError: the training data cannot be read.
    """
    examples = load_nlu(nlu_folder).intents
    return IntentModel(await load_or_fit(examples, embedder, Path(cache_folder) / NAME, made_with, progress))
