"""What the bot makes of one turn of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.languages import Language
from models.protocols import Embedder, Vectors

__all__ = [
    "Embedder",
    "Entity",
    "Example",
    "Understander",
    "Understanding",
    "Vectors",
    "labels_of",
]


@dataclass(frozen=True, slots=True)
class Entity:
    """A value found in a sentence.

    Attributes:
        name: ``order_number``, ``tracking_number``, ``phone``, ``date``, ``language``, ``digits``
            (a number too short to be any of them), ``product`` or ``yes_no``.
        value: normalised: ``104227``, ``2026-03-05``, ``en``, ``yes``.
        start, end: character offsets in the text as heard; both 0 where keys were pressed.
    """

    name: str
    value: str
    start: int = 0
    end: int = 0

    def as_rasa(self) -> dict[str, Any]:
        return {
            "entity": self.name,
            "value": self.value,
            "start": self.start,
            "end": self.end,
            "confidence_entity": 1.0,
            "extractor": "TetraphoneEntities",
        }


@dataclass(frozen=True, slots=True)
class Understanding:
    """An intent with its confidence (0 to 1), the second best one, and the entities."""

    intent: str
    confidence: float
    entities: tuple[Entity, ...] = ()
    runner_up: str = ""
    runner_up_confidence: float = 0.0

    def entity(self, name: str) -> str | None:
        """The value of the first entity of that name, or None."""
        return next((entity.value for entity in self.entities if entity.name == name), None)


class Understander(Protocol):
    """Whatever turns text into an ``Understanding``: in this process, or asked of another one."""

    async def understand(self, text: str, language: Language) -> Understanding: ...


@dataclass(frozen=True, slots=True)
class Example:
    """One training sentence, entities already taken out of their brackets."""

    text: str
    label: str
    language: Language
    entities: tuple[Entity, ...] = field(default=())
    source: str = ""


def labels_of(examples: Sequence[Example]) -> list[str]:
    """The labels that occur, sorted."""
    return sorted({example.label for example in examples})
