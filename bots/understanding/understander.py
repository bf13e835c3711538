"""Understanding by a trained model and an embedder, in this process or in another one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from bots.understanding.intents import IntentModel
from bots.understanding.normalise import for_intent
from bots.understanding.types import Embedder, Understanding
from core.languages import Language


class EmbeddingUnderstander:
    """``Understander`` over a trained model.

    Args:
        embedder: asked for one short text per turn; what it raises when it is away, ``understand`` raises.
        today: the caller's day, to tell dates; without it they stay relative.
    """

    def __init__(
        self, model: IntentModel, embedder: Embedder, today: Callable[[], date] | None = None
    ) -> None:
        self._model = model
        self._embedder = embedder
        self._today = today

    async def understand(self, text: str, language: Language) -> Understanding:
        vectors = await self._embedder.embed([for_intent(text, language)], "query")
        today = self._today() if self._today else None
        return self._model.predict(vectors, [(text, language)], today)[0]
