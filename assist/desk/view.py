"""What one agent's page shows at this moment, worked out from the feed; no elements here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from assist.feed import AssistFeed
from assist.live import LiveCall
from assist.presence import Presence
from core.redaction import mask_number, redact
from core.views import masked

Mode = Literal["idle", "offer", "talk", "wrap"]


@dataclass(frozen=True, slots=True)
class DeskView:
    """One moment of the page.

    Attributes:
        state: of the agent as the distributor sees it; ``unknown`` before it is known.
        late: the wrap-up time is over, but the agent has not saved yet.
        left_s: seconds to answer the offer, or to the end of wrap-up; None where nothing runs out.
    """

    mode: Mode
    state: str
    wish: str
    in_state_s: float
    link_up: bool
    waiting: int
    call: LiveCall | None = None
    offer_id: str = ""
    left_s: float | None = None
    late: bool = False


def view(feed: AssistFeed, presence: Presence, unsaved: str | None) -> DeskView:
    """Work out the page.

    Args:
        unsaved: a call whose wrap-up this page has begun and not saved.
    """
    agent = feed.agent(presence.user.username)
    waiting = len(feed.waiting(set(presence.user.languages)))
    if agent is None:
        state = presence.wish if presence.wish == "offline" and feed.link_up else "unknown"
        return _idle_or_late(
            feed, unsaved, DeskView("idle", state, presence.wish, 0.0, feed.link_up, waiting)
        )
    base = DeskView(
        "idle", agent["state"], presence.wish, -seconds_until(agent["since"]), feed.link_up, waiting
    )
    call = feed.call(agent["interaction_id"])
    if call is None:
        return _idle_or_late(feed, unsaved, base)
    if agent["offer"] is not None:
        return _with(
            base,
            mode="offer",
            call=call,
            offer_id=agent["offer"]["offer_id"],
            left_s=seconds_until(agent["offer"]["until"]),
        )
    if agent["wrap_up_until"] is not None:
        return _with(base, mode="wrap", call=call, left_s=seconds_until(agent["wrap_up_until"]))
    # The page's own link may have been gone for a while: the conversation is still there.
    return _with(base, mode="talk", call=call)


def _idle_or_late(feed: AssistFeed, unsaved: str | None, base: DeskView) -> DeskView:
    call = feed.call(unsaved)
    return base if call is None else _with(base, mode="wrap", call=call, late=True)


def _with(base: DeskView, **changes: Any) -> DeskView:
    return replace(base, **changes)


def seconds_until(moment: str) -> float:
    return (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds()


def masked_caller(call: LiveCall) -> str:
    """The caller's number with all but its last figures hidden; '' where it is withheld."""
    number = call.view.caller or (call.packet.caller if call.packet else "")
    return mask_number(number) if number else ""


def chips(call: LiveCall) -> list[tuple[str, str]]:
    """What the bot collected, masked: (slot, value) for values that a person can read."""
    slots: dict[str, Any] = masked(dict(call.facts.slots))
    return [
        (name, str(value))
        for name, value in slots.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool) and name not in _INTERNAL
    ]


_INTERNAL = frozenset(
    # What a bot keeps for itself, and what stands elsewhere on the page: matter, language and number of the caller.
    [
        "awaiting",
        "caller_number",
        "digits_so_far",
        "language",
        "matter",
        "no_match",
        "number_failures",
        "number_problem",
        "number_said",
        "requested_slot",
        "resolved",
        "return_blocked",
        "session_started_metadata",
        "silences",
        "yes_no",
    ]
)


def line_text(line: dict[str, Any]) -> str:
    return redact(line["text"])


def mood_name(value: float) -> str:
    """mood_bad, mood_low, mood_even or mood_good."""
    if value <= -0.6:
        return "mood_bad"
    if value <= -0.25:
        return "mood_low"
    return "mood_good" if value >= 0.4 else "mood_even"
