"""What a person receives who takes over a call."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from core.languages import Language


class Attempt(BaseModel):
    """One thing that the bot did or tried, in the order of the call."""

    model_config = ConfigDict(frozen=True)

    what: str
    ok: bool


class Summary(BaseModel):
    """A structured summary: every field is one short sentence or empty."""

    model_config = ConfigDict(frozen=True)

    matter: str = ""
    done: str = ""
    open: str = ""
    mood: str = ""

    def as_text(self) -> str:
        return " ".join(part for part in (self.matter, self.done, self.open, self.mood) if part)


class HandoffPacket(BaseModel):
    """Everything already understood, so that the caller repeats nothing.

    Attributes:
        priority: 0 is ordinary; larger is sooner (complaints 5, important customers more).
        slots: what the bot collected, by slot name (order_number, ...).
        sentiment: -1 (angry) to 1 (pleased), of the last turns.
    """

    model_config = ConfigDict(frozen=True)

    interaction_id: str
    language: Language
    reason: str
    intent: str = ""
    slots: dict[str, Any] = {}
    tried: list[Attempt] = []
    summary: Summary = Summary()
    sentiment: float = 0.0
    priority: int = 0
    skills: list[str] = []
    caller: str = ""
    """The caller's number, masked before any page shows it."""
    customer: dict[str, Any] = {}
