"""Conversations in text: a scripted understanding (intents given, entities found for real) over the real bot."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from bots.connectors import DemoOrderDesk, Services, seed_demo
from bots.engine import Bot, Heard, KnowledgeAnswer, Reply, Session
from bots.understanding.entities import extract
from bots.understanding.types import Understanding
from core.db import Database
from core.languages import Language

ROOT = Path(__file__).resolve().parents[2]
PROJECT, NLU = ROOT / "bots" / "homegoods", ROOT / "nlu_data"
NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


@dataclass
class Documents:
    """A knowledge base that knows the answers it is given, and remembers what it was asked."""

    answers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def answer(self, question: str, language: Language) -> KnowledgeAnswer | None:
        self.asked.append(question)
        text = self.answers.get(question)
        return KnowledgeAnswer(text, 0.9, "shipping.md", "Costs", "p1") if text else None


async def load_bot(
    database: Database, documents: Documents, understander: Any = None, orders: Any = None
) -> Bot:
    await seed_demo(database, NOW.date())
    services = Services(orders or DemoOrderDesk(database), documents, lambda: NOW)
    bot = copy.copy(_loaded())
    bot.understander, bot.services = understander, services
    return bot


@cache
def _loaded() -> Bot:
    """Read from disk once; what differs from test to test is set on a copy."""
    return Bot.load(PROJECT, NLU)


class Talk:
    """One call: every turn gives text and, unless the bot understands by itself, the intent."""

    def __init__(
        self, bot: Bot, language: str, session_id: str = "call-1", number: str | None = None
    ) -> None:
        self.bot = bot
        self.language = Language(language)
        self.session: Session = bot.start(session_id, self.language, number)

    async def open(self) -> Reply:
        return await self.session.open()

    async def says(self, text: str, intent: str = "", confidence: float = 0.95, language: str = "") -> Reply:
        spoken = Language(language) if language else self.session.language
        understanding = Understanding(intent, confidence, extract(text, spoken)) if intent else None
        return await self.session.hear(Heard(text, spoken, understanding=understanding))

    async def presses(self, keys: str) -> Reply:
        return await self.session.hear(Heard("", self.session.language, keys=keys))

    async def silent(self) -> Reply:
        return await self.session.silence()


def keys(reply: Reply) -> list[str]:
    """The responses spoken, without their prefix."""
    return [say.key.removeprefix("utter_") for say in reply.says]
