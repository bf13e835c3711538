"""How the caller feels, from one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bots.understanding.classifier import TextClassifier, fingerprint, load_checked, load_or_fit
from bots.understanding.intents import EMBEDDER, REMEDY
from bots.understanding.nlu_files import load_sentences
from bots.understanding.types import Embedder, Example, Vectors
from core.languages import Language

NAME = "sentiment"
LABELS = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class SentimentModel:
    """A classifier of three moods, read as one number."""

    classifier: TextClassifier

    @classmethod
    def load(
        cls, cache_folder: Path | str, nlu_folder: Path | str | None = None, made_with: str = EMBEDDER
    ) -> SentimentModel:
        """As ``IntentModel.load``.

        Raises:
            ModelMissing: never trained, or trained from other sentences.
        """
        wanted = fingerprint(_examples(nlu_folder), made_with) if nlu_folder else None
        return cls(load_checked(Path(cache_folder) / NAME, wanted, REMEDY))

    def scores(self, vectors: Vectors, sentences: Sequence[tuple[str, Language]]) -> list[float]:
        """From -1 (angry, impatient) over 0 (matter of fact) to 1 (pleased), one per sentence.

        Args:
            vectors: embeddings of ``normalise.for_intent(text, language)``, role ``query``.
        """
        probabilities = self.classifier.probabilities(vectors, sentences)
        bad, good = self.classifier.labels.index("negative"), self.classifier.labels.index("positive")
        return [float(row[good] - row[bad]) for row in probabilities]


async def train_sentiment(
    nlu_folder: Path | str,
    embedder: Embedder,
    cache_folder: Path | str,
    progress: Callable[[int, int], None] | None = None,
    made_with: str = EMBEDDER,
) -> SentimentModel:
    """As ``intents.train``, over ``sentiment/{language}.yml`` of the folder."""
    stem = Path(cache_folder) / NAME
    return SentimentModel(await load_or_fit(_examples(nlu_folder), embedder, stem, made_with, progress))


def _examples(nlu_folder: Path | str) -> list[Example]:
    folder = Path(nlu_folder) / "sentiment"
    return [
        example
        for language in Language
        for example in load_sentences(folder / f"{language.value}.yml", language)
    ]
