"""The company's own telephone numbers: which bot answers a number that is called, and in which language.

Administrators keep them in the database (``core.administration``); the line reads them through ``NumberBook``,
which follows changes without a restart.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Column, String, Table, select

from core.db import Database, metadata
from core.languages import Language

logger = logging.getLogger(__name__)

numbers = Table(
    "numbers",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("bot", String(60), nullable=False),
    Column("language", String(2)),
    Column("label", String(120), nullable=False),
    Column("active", Boolean, nullable=False),
)

FOLLOW_S = 5.0
"""A change takes effect on the line within this time."""


@dataclass(frozen=True, slots=True)
class Number:
    """
    Attributes:
        number: E.164, as carriers name it.
        bot: the folder under ``bots/`` of the bot that answers.
        language: greeted in; None leaves it to the caller's record and country code.
        label: what the number is for.
        active: whether this entry applies; calls to a number without one are answered by the settings.
    """

    number: str
    bot: str
    language: Language | None = None
    label: str = ""
    active: bool = True


def number_of(row: Mapping[Any, Any]) -> Number:
    """A number from a row of the table."""
    language = Language(row["language"]) if row["language"] else None
    return Number(row["number"], row["bot"], language, row["label"], row["active"])


async def all_numbers(db: Database) -> list[Number]:
    """Every number, in order."""
    async with db.read() as connection:
        rows = (await connection.execute(select(numbers).order_by(numbers.c.number))).mappings().all()
    return [number_of(row) for row in rows]


class NumberBook(Mapping[str, Language]):
    """The language to greet in by the number called, as the line asks for it: never waits, never fails.

    Args:
        fallback: from the settings, for numbers that no administrator has entered.
    """

    def __init__(self, fallback: Mapping[str, Language]) -> None:
        self._fallback = dict(fallback)
        self._known: dict[str, Language] = dict(fallback)

    def __getitem__(self, number: str) -> Language:
        return self._known[number]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    async def refresh(self, db: Database) -> None:
        """Read the numbers again."""
        known = dict(self._fallback)
        for number in await all_numbers(db):
            if not number.active:
                continue
            if number.language is None:
                known.pop(number.number, None)
            else:
                known[number.number] = number.language
        self._known = known

    async def follow(self, db: Database) -> None:
        """Keep up with changes for ever; what was read last counts while the database is away."""
        while True:
            try:
                await self.refresh(db)
            except Exception:
                logger.exception("the numbers cannot be read; those read before go on counting")
            await asyncio.sleep(FOLLOW_S)
