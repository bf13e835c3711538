"""From a caller's sentence to an intent with entities, and to a mood.

``train(nlu_folder, embedder, cache_folder)`` makes the model at set-up, ``load(cache_folder)`` reads it;
``IntentUnderstander`` joins it with an embedder. ``extract`` finds numbers, dates, languages, yes and no
without any model.
"""

from bots.understanding.entities import extract, yes_no
from bots.understanding.intents import IntentModel, IntentUnderstander, load, train
from bots.understanding.sentiment import SentimentModel, load_sentiment, train_sentiment
from bots.understanding.types import Embedder, Entity, Understander, Understanding

__all__ = [
    "Embedder",
    "Entity",
    "IntentModel",
    "IntentUnderstander",
    "SentimentModel",
    "Understander",
    "Understanding",
    "extract",
    "load",
    "load_sentiment",
    "train",
    "train_sentiment",
    "yes_no",
]
