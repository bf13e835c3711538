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

Mode = Literal["idle", "offer", "talk", "wrap", "elsewhere"]


@dataclass(frozen=True, slots=True)
class DeskView:
    """One moment of the page.

    Attributes:
        mode: ``elsewhere`` where another page of the agent has the work.
        state: of the agent as the distributor sees it; ``unknown`` before it is known.
        colleague: the agent has come to a call of another's.
        late: the wrap-up time is over, and what was written could not be saved by itself.
        left_s: seconds to answer the offer, or to the end of wrap-up; None where nothing runs out.
    """

    mode: Mode
    state: str
    wish: str
    in_state_s: float
    link_up: bool
    waiting: int
    break_reason: str = ""
    why_not_ready: str = ""
    call: LiveCall | None = None
    offer_id: str = ""
    left_s: float | None = None
    colleague: bool = False
    late: bool = False


def view(feed: AssistFeed, presence: Presence, unsaved: str | None, page: int = 0) -> DeskView:
    """Work out the page.

    Args:
        unsaved: a call whose wrap-up this page has begun and not saved.
        page: its number; 0 is a page that need not share.
    """
    agent = feed.agent(presence.user.username)
    waiting = len(feed.waiting(set(presence.user.languages)))
    if agent is None:
        state = presence.wish if presence.wish == "offline" and feed.link_up else "unknown"
        now = DeskView("idle", state, presence.wish, 0.0, feed.link_up, waiting)
    else:
        now = DeskView(
            "idle",
            agent["state"],
            presence.wish,
            -seconds_until(agent["since"]),
            feed.link_up,
            waiting,
            agent.get("break_reason", ""),
            agent.get("why_not_ready", ""),
        )
    if page and presence.front not in (0, page):
        return replace(now, mode="elsewhere")
    call = feed.call(agent["interaction_id"]) if agent is not None else None
    if agent is None or call is None:
        late = feed.call(unsaved)
        if late is not None and late.draft(presence.user.username).lapsed == "failed":
            return replace(now, mode="wrap", call=late, late=True)
        return now
    if agent["offer"] is not None:
        offer = agent["offer"]
        return replace(
            now, mode="offer", call=call, offer_id=offer["offer_id"], left_s=seconds_until(offer["until"])
        )
    if agent["wrap_up_until"] is not None:
        return replace(now, mode="wrap", call=call, left_s=seconds_until(agent["wrap_up_until"]))
    # The page's own link may have been gone for a while: the conversation is still there.
    colleague = agent.get("calls", {}).get(call.id) == "consulting"
    return replace(now, mode="talk", call=call, colleague=colleague)


def seconds_until(moment: str) -> float:
    return (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds()


def masked_caller(call: LiveCall) -> str:
    """The caller's number with all but its last figures hidden; '' where it is withheld."""
    number = caller_number(call)
    return mask_number(number) if number else ""


def caller_number(call: LiveCall) -> str:
    """The number in full, for those who may see it."""
    return call.view.caller or (call.packet.caller if call.packet else "")


def chips(call: LiveCall) -> list[tuple[str, str]]:
    """What the caller told the bot, masked: (slot, value) for values that a person can read, each value once."""
    slots: dict[str, Any] = masked(dict(call.facts.slots))
    shown: dict[str, str] = {}
    for name, value in slots.items():
        readable = isinstance(value, str | int | float) and not isinstance(value, bool)
        if readable and str(value) not in shown.values():
            shown[name] = str(value)
    return list(shown.items())


def line_text(line: dict[str, Any]) -> str:
    return redact(line["text"])


def mood_name(value: float) -> str:
    """mood_bad, mood_low, mood_even or mood_good."""
    if value <= -0.6:
        return "mood_bad"
    if value <= -0.25:
        return "mood_low"
    return "mood_good" if value >= 0.4 else "mood_even"
