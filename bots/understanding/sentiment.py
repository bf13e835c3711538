"""How the caller feels, from one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bots.understanding.classifier import TextClassifier, load_or_fit
from bots.understanding.intents import EMBEDDER, _at_once
from bots.understanding.nlu_files import load_sentences
from bots.understanding.types import Embedder, Vectors
from core.languages import Language

NAME = "sentiment"
LABELS = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class SentimentModel:
    """A classifier of three moods, read as one number."""

    classifier: TextClassifier

    def scores(self, vectors: Vectors, sentences: Sequence[tuple[str, Language]]) -> list[float]:
        """From -1 (angry, impatient) over 0 (matter of fact) to 1 (pleased), one per sentence.

        Args:
            vectors: embeddings of ``normalise.for_intent(text, language)``, role ``query``.
        """
        probabilities = self.classifier.probabilities(vectors, sentences)
        bad, good = self.classifier.labels.index("negative"), self.classifier.labels.index("positive")
        return [float(row[good] - row[bad]) for row in probabilities]


def train_sentiment(
    nlu_folder: Path | str,
    embedder: Embedder,
    cache_folder: Path | str,
    progress: Callable[[int, int], None] | None = None,
    made_with: str = EMBEDDER,
) -> SentimentModel:
    """As ``intents.train``, over ``sentiment/{language}.yml`` of the folder."""
    examples = [
        example
        for language in Language
        for example in load_sentences(Path(nlu_folder) / "sentiment" / f"{language.value}.yml", language)
    ]
    stem = Path(cache_folder) / NAME
    return SentimentModel(load_or_fit(examples, _at_once(embedder), stem, made_with, progress))


def load_sentiment(cache_folder: Path | str) -> SentimentModel:
    """Read a trained model.

    Raises:
        FileNotFoundError: it was never trained; run the set-up.
    """
    return SentimentModel(TextClassifier.load(Path(cache_folder) / NAME))
