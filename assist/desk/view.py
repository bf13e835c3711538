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
class CallTab:
    """One of an agent's calls.

    Attributes:
        state: talking, on_hold or wrap_up.
        left_s: seconds to the end of wrap-up; None in conversation.
    """

    call: LiveCall
    state: str
    since_s: float
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class DeskView:
    """One moment of the page.

    Attributes:
        mode: ``elsewhere`` where another page of the agent has the work; ``offer`` while an offer is all there is.
        state: of the agent as the distributor sees it; ``unknown`` before it is known.
        in_state_s: how long the agent has been in it; ``since_s``: how long the call that is shown.
        colleague: the agent has come to a call of another's.
        late: the wrap-up time is over, and what was written could not be saved by itself.
        left_s: seconds to answer the offer, or to the end of wrap-up; None where nothing runs out.
        tabs: the agent's calls, in the order in which they came; the one that is shown among them.
        offered: one more call, offered beside these; ``offer_left_s`` to answer it.
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
    since_s: float = 0.0
    tabs: tuple[CallTab, ...] = ()
    offered: LiveCall | None = None
    offer_left_s: float = 0.0

    @property
    def chosen_wish(self) -> str:
        """The choice of status that counts; '' while the agent is not ready, in conversation or not."""
        return "" if self.why_not_ready else self.wish


def view(
    feed: AssistFeed, presence: Presence, unsaved: str | None, page: int = 0, chosen: str = ""
) -> DeskView:
    """Work out the page.

    Args:
        unsaved: a call whose wrap-up this page has begun and not saved.
        page: its number; 0 is a page that need not share.
        chosen: which of several calls the agent wants to see; one that they no longer have counts for nothing.
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
    tabs = _tabs(feed, agent) if agent is not None else ()
    offered = feed.call(agent["interaction_id"]) if agent is not None and agent["offer"] is not None else None
    if agent is not None and offered is not None:
        offer_id, left_s = agent["offer"]["offer_id"], seconds_until(agent["offer"]["until"])
        if not tabs:
            return replace(now, mode="offer", call=offered, offer_id=offer_id, left_s=left_s)
        now = replace(now, offered=offered, offer_id=offer_id, offer_left_s=left_s)
    if agent is None or not tabs:
        late = feed.call(unsaved)
        if late is not None and late.draft(presence.user.username).lapsed == "failed":
            return replace(now, mode="wrap", call=late, late=True)
        return now
    shown = next((one for one in tabs if one.call.id == chosen), None) or min(
        tabs, key=lambda one: one.state == "wrap_up"
    )
    now = replace(now, tabs=tabs, call=shown.call, since_s=shown.since_s)
    if shown.state == "wrap_up":
        return replace(now, mode="wrap", left_s=shown.left_s)
    # The page's own link may have been gone for a while: the conversation is still there.
    return replace(now, mode="talk", colleague=agent["calls"][shown.call.id] == "consulting")


def _tabs(feed: AssistFeed, agent: dict[str, Any]) -> tuple[CallTab, ...]:
    """The calls that the agent has, offers left out."""
    tabs = []
    for name, activity in agent["calls"].items():
        call = feed.call(name)
        if call is None or activity == "offered":
            continue
        since_s = -seconds_until(agent["since_of"][name])
        if activity == "wrap_up":
            tabs.append(CallTab(call, activity, since_s, seconds_until(agent["wraps_up_until"][name])))
        else:
            held = call.line is not None and call.line.held
            tabs.append(CallTab(call, "on_hold" if held else "talking", since_s))
    return tuple(tabs)


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
