"""What a call knows about itself so far: the raw material of its outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from bots.engine.types import HandOffWish
from core.events import Outcome
from core.languages import Language

Stage = Literal["opening", "bot", "waiting", "agent", "voicemail", "closing"]
_IN_ORDER = frozenset(
    (
        "caller_hung_up",
        "bot_closed",
        "caller_silent",
        "closed_by_command",
        "too_long",
        "call_back_agreed",
        "voicemail_left",
    )
)
EARLY_S = 5.0
"""Hanging up within this time of queueing is counted apart from abandonment."""


@dataclass(slots=True)
class CallFacts:
    """Grows while the call runs. Times in seconds on the call's clock.

    Attributes:
        numbers_found: numbers of the caller that the order system knows; they may be shown.
        settled: what the bot's last settling turn came to; None if nothing was settled, or a new matter began.
        wish: why and for what the call goes to a person, once it does.
        sentiments: of the caller's turns, -1 to 1, in order.
        queued_at_s: when the present wait began.
        agent: who has the call, or had it last.
        held: the caller hears music, and is heard by nobody.
        transferred: the caller was given to the fallback number.
        caller_gone: their line has ended, and not because we ended it.
    """

    interaction_id: str
    caller: str
    called: str
    language: Language
    stage: Stage = "opening"
    turn: int = 0
    intents: list[str] = field(default_factory=list)
    slots: dict[str, Any] = field(default_factory=dict)
    numbers_found: set[str] = field(default_factory=set)
    sentiments: list[float] = field(default_factory=list)
    customer: dict[str, Any] = field(default_factory=dict)
    settled: Outcome | None = None
    wish: HandOffWish | None = None
    queued_at_s: float = 0.0
    agent: str | None = None
    held: bool = False
    transferred: bool = False
    caller_gone: bool = False


def outcome_of(facts: CallFacts, reason: str, now_s: float) -> tuple[Outcome, str]:
    """What a call came to, in the words that reports use, and the reason as it is logged.

    A fault of ours while an agent had the call is a failure: the caller was left in the middle. A matter that
    was resolved stays resolved, however the call ended afterwards.

    Args:
        reason: what ended it: caller_hung_up, bot_closed, agent_closed, transferred, nobody_available,
            caller_silent, closed_by_command, too_long, call_back_agreed, voicemail_left; anything else is a failure of ours.
    """
    if facts.transferred:
        return "handed_off", reason
    if facts.stage == "waiting" and reason == "caller_hung_up":
        early = now_s - facts.queued_at_s < EARLY_S
        return "abandoned", "caller_hung_up_early" if early else reason
    if reason in ("nobody_available", "queue_closed"):
        return "failed", reason
    if facts.agent is not None and facts.stage != "waiting":
        return "failed" if reason in ("crashed", "shutdown") else "handed_off", reason
    if facts.settled == "resolved":
        return "resolved", reason
    return "ended_unconfirmed" if reason in _IN_ORDER else "failed", reason
