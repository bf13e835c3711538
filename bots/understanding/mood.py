"""How a caller feels, asked sentence by sentence."""

from __future__ import annotations

from bots.understanding.normalise import for_intent
from bots.understanding.sentiment import SentimentModel
from core.languages import Language
from models.protocols import Embedder


class MoodClassifier:
    """The trained sentiment model with the embedder that it needs."""

    def __init__(self, model: SentimentModel, embedder: Embedder) -> None:
        self._model = model
        self._embedder = embedder

    async def sentiment(self, text: str, language: Language) -> float:
        """From -1 (angry, impatient) to 1 (pleased). Raises what the embedder raises when it is away."""
        vectors = await self._embedder.embed([for_intent(text, language)], "query")
        return self._model.scores(vectors, [(text, language)])[0]
