"""From a caller's sentence to an intent with entities, and to a mood.

``train(nlu_folder, embedder, cache_folder)`` makes the model at set-up, ``IntentModel.load(cache_folder)``
reads it; ``EmbeddingUnderstander`` joins it with an embedder. ``extract`` finds numbers, dates, languages, yes and no
without any model.
"""

from bots.understanding.entities import extract, yes_no
from bots.understanding.intents import IntentModel, train
from bots.understanding.sentiment import SentimentModel, train_sentiment
from bots.understanding.types import Embedder, Entity, Understander, Understanding
from bots.understanding.understander import EmbeddingUnderstander

__all__ = [
    "Embedder",
    "EmbeddingUnderstander",
    "Entity",
    "IntentModel",
    "SentimentModel",
    "Understander",
    "Understanding",
    "extract",
    "train",
    "train_sentiment",
    "yes_no",
]
