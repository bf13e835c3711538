"""What goes into the engine and what comes out: the words between a call and its bot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from bots.understanding.types import Entity, Understander, Understanding
from core.languages import Language
from kb_ingest.answering import KnowledgeAnswer

Listen = Literal["open", "digits", "yes_no", "none"]
"""What to expect next: it sets the end-of-turn profile and the recogniser's vocabulary."""

Outcome = Literal["resolved", "handed_off", "ended_unconfirmed"]
ResolvedBy = Literal["connector", "caller"]


@dataclass(frozen=True, slots=True)
class Heard:
    """One turn of the caller.

    Attributes:
        text: what the recogniser wrote; empty if keys alone were pressed.
        language: the language of this turn, as the gateway judged it.
        confidence: of the recogniser, 0 to 1.
        keys: keys pressed in this turn (``0-9*#``), or None.
        understanding: if another process has already worked it out; else the bot asks its own understander.
    """

    text: str
    language: Language
    confidence: float = 1.0
    keys: str | None = None
    understanding: Understanding | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """One thing to speak.

    Attributes:
        text: complete, in ``language``; numbers that are read digit by digit are spaced (``1 0 4 2 2 7``).
        key: the response's name in the domain (``utter_status_shipped``), or ``knowledge_answer``.
        variables: the values put into the response, as they appear in ``text``.
    """

    text: str
    language: Language
    key: str
    variables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HandOffWish:
    """The caller is to be given to a person.

    Attributes:
        reason: ``caller_asked``, ``complaint``, ``not_understood``, ``no_answer``, ``answer_rejected``,
            ``order_not_found``, ``not_possible``, ``connector_failed``, ``bot_failed`` or ``silence``.
        intent: the caller's matter, as last understood.
        skills: what the person must be able to do, language apart.
        priority: 0 ordinary, 5 a complaint, 3 more for important customers.
    """

    reason: str
    intent: str
    skills: tuple[str, ...] = ()
    priority: int = 0


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """One attempt at something outside the conversation.

    Attributes:
        idempotency_key: the same for every attempt at the same effect; empty for mere look-ups.
    """

    name: str
    ok: bool
    idempotency_key: str = ""
    detail: str = ""


class Knowledge(Protocol):
    async def answer(self, question: str, language: Language) -> KnowledgeAnswer | None:
        """Return an answer that may be spoken, or None where no passage is good enough."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot does after one turn.

    Attributes:
        outcome: what this turn settled, or None.
        language: the language that the conversation goes on in.
        end_call: hang up after speaking.
        slots: everything collected so far, by slot name; unset ones left out.
        internal: those of them that the bot keeps for itself: no person has to see them.
        passage: the knowledge passage spoken from, if any.
    """

    says: tuple[Say, ...]
    language: Language
    listen: Listen = "open"
    understanding: Understanding | None = None
    outcome: Outcome | None = None
    resolved_by: ResolvedBy | None = None
    hand_off: HandOffWish | None = None
    end_call: bool = False
    slots: dict[str, Any] = field(default_factory=dict)
    internal: frozenset[str] = frozenset()
    passage: KnowledgeAnswer | None = None
    actions: tuple[ActionRecord, ...] = ()

    @property
    def text(self) -> str:
        """Everything said, as one string."""
        joiner = "" if self.language in (Language.ZH, Language.JA) else " "
        return joiner.join(say.text for say in self.says)


__all__ = [
    "ActionRecord",
    "Entity",
    "HandOffWish",
    "Heard",
    "Knowledge",
    "KnowledgeAnswer",
    "Listen",
    "Outcome",
    "Reply",
    "ResolvedBy",
    "Say",
    "Understander",
    "Understanding",
]
