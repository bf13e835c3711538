"""Plays a Rasa 3 project in process: domain, rules, stories, forms, responses and rasa-sdk actions.

``Bot.load(folder, nlu_folder)`` reads and checks a project; ``bot.start(...)`` begins a ``Session``;
``session.open()``, ``.hear(Heard)`` and ``.silence()`` give a ``Reply`` each. The engine has no clock, opens
no connection and draws no random number: whatever has effects is an action or a connector.
"""

from bots.engine.bot import Bot
from bots.engine.session import Session
from bots.engine.types import (
    ActionRecord,
    HandOffWish,
    Heard,
    Knowledge,
    KnowledgeAnswer,
    Listen,
    Outcome,
    Reply,
    Say,
)
from bots.files import ProjectError

__all__ = [
    "ActionRecord",
    "Bot",
    "HandOffWish",
    "Heard",
    "Knowledge",
    "KnowledgeAnswer",
    "Listen",
    "Outcome",
    "ProjectError",
    "Reply",
    "Say",
    "Session",
]
