"""The packet that goes with a call to a person, built from the call's events and the bot's wish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assist.facts import gather
from assist.summary import summarise, summarise_with_model
from core.events import Event, HandoffRequested, Recorded
from core.handoff import HandoffPacket
from core.languages import Language
from models.protocols import LanguageModel

COMPLAINT_PRIORITY = 5
IMPORTANT_CUSTOMER_PRIORITY = 3
"""What one level of the customer (``customer['level']``: 0 ordinary, 1, 2, ...) adds."""
UPSET_PRIORITY = 1


async def build_packet(
    interaction_id: str,
    events: Iterable[Recorded | Event],
    *,
    reason: str,
    language: Language,
    intent: str = "",
    slots: Mapping[str, Any] | None = None,
    skills: Sequence[str] = (),
    priority: int = 0,
    caller: str = "",
    customer: Mapping[str, Any] | None = None,
    summary_language: Language | None = None,
    model: LanguageModel | None = None,
) -> HandoffPacket:
    """Put together everything already understood.

    Args:
        events: the call so far, in order.
        reason: why the call is handed over (``bots.engine.types.HandOffWish.reason``).
        language: the one that the caller speaks now.
        intent: the bot's view of the matter; else the last one in the events.
        slots: what the bot holds now; it goes before what the events say.
        priority: of the bot's wish; a complaint, the customer's level and an upset caller raise it.
        caller: number in E.164; pages mask it.
        summary_language: of the summary; the caller's where None.
        model: writes the summary if there is one; what the call does not support is dropped.
    """
    facts = gather(events)
    facts.language, facts.reason, facts.resolved_by = language, reason, ""
    facts.add_matter(intent)
    facts.slots.update({name: value for name, value in (slots or {}).items() if value not in (None, "")})
    written_in = summary_language or language
    if model is None:
        summary = summarise(facts, written_in)
    else:
        summary = await summarise_with_model(facts, written_in, model)
    return HandoffPacket(
        interaction_id=interaction_id,
        language=language,
        reason=reason,
        intent=facts.matter,
        slots=dict(facts.slots),
        tried=facts.tried,
        summary=summary,
        sentiment=round(facts.sentiment, 3),
        priority=_priority(priority, reason, facts.mood, customer or {}),
        skills=list(skills),
        caller=caller,
        customer=dict(customer or {}),
    )


def _priority(wished: int, reason: str, mood: str, customer: Mapping[str, Any]) -> int:
    priority = wished
    if reason == "complaint":
        priority = max(priority, COMPLAINT_PRIORITY)
    level = customer.get("level", 0)
    if isinstance(level, int) and level > 0:
        priority += IMPORTANT_CUSTOMER_PRIORITY * level
    return priority + (UPSET_PRIORITY if mood == "upset" else 0)


def handoff_requested(packet: HandoffPacket) -> HandoffRequested:
    """The fact to log when the call enters the queue; the agent's page is built from it."""
    return HandoffRequested(
        packet=packet.model_dump(mode="json"),
        reason=packet.reason,
        skills=packet.skills,
        priority=packet.priority,
    )
