"""What the bot makes of one turn of the caller."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.languages import Language

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Sentences to vectors; the same protocol as the packaged multilingual embedder."""

    def embed(self, texts: list[str], role: str) -> Vectors | Awaitable[Vectors]:
        """Return unit vectors of shape (n, dimensions), float32.

        Args:
            role: ``query`` for what a caller says, ``passage`` for documents.
        """


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
