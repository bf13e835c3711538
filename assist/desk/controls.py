"""Which call controls make sense at this moment; no elements here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from assist.line_state import PartyState
from assist.live import LiveCall

Name = Literal[
    "ring_phone", "hold", "resume", "mute", "unmute", "transfer", "consult", "take_code", "ask_score", "consult_back",
    "consult_conference", "consult_transfer", "hang_up", "leave",
]  # fmt: skip

SHORTCUTS: dict[Name, str] = {
    "ring_phone": "Alt+P",
    "hold": "Alt+H",
    "resume": "Alt+H",
    "mute": "Alt+U",
    "unmute": "Alt+U",
    "transfer": "Alt+T",
    "consult": "Alt+C",
    "take_code": "Alt+G",
    "ask_score": "Alt+Y",
    "consult_back": "Alt+V",
    "consult_conference": "Alt+J",
    "consult_transfer": "Alt+T",
    "hang_up": "Alt+Q",
    "leave": "Alt+Q",
}


@dataclass(frozen=True, slots=True)
class Controls:
    """
    Attributes:
        names: in the order in which they stand.
        status: what is going on besides talk: on_hold, consulting, consulted, in_conference, bot_has_call,
            sound_lost, phone_rings, ''.
        with_whom: of a consultation or conference.
    """

    names: tuple[Name, ...] = ()
    status: str = ""
    with_whom: str = ""


def controls_of(call: LiveCall, username: str, takes_codes: bool = True) -> Controls:
    """What the agent may do with the call; where the line does not report on it, only what needs no report.

    Who has come to another's call may be silent there or leave it; the rest is for the other to do.
    """
    if call.colleague == username:
        return Controls((*_mute(mine(call, username)), "leave"), "with_colleague", call.agent)
    if call.talk_ended:
        return Controls()
    line = call.line
    if line is None:
        return Controls(("hang_up",))
    mute = _mute(mine(call, username))
    ring: tuple[Name, ...] = ("ring_phone",) if line.phone == "ready" else ()
    if line.second:
        whom = _second(call)
        if line.second == "conference":
            return Controls(
                (*ring, *mute, "consult_back", "consult_transfer", "hang_up"), "in_conference", whom
            )
        if line.second == "consult":
            after: tuple[Name, ...] = ("consult_back", "consult_conference", "consult_transfer")
            return Controls((*mute, *after), "consulted", whom)
        return Controls((*mute, "consult_back"), "consulting", whom)
    if line.lost:
        # To the caller it is like hold, but it ends by itself, and not with "resume".
        status = "phone_rings" if line.phone == "rings" else "sound_lost"
        return Controls((*ring, "transfer", "hang_up"), status)
    if line.bot:
        return Controls(("hang_up",), "bot_has_call")
    # Whom nobody hears cannot consult.
    consult: tuple[Name, ...] = ("consult",) if mute else ()
    if line.held:
        return Controls(("resume", *mute, "transfer", *consult, "hang_up"), "on_hold")
    code: tuple[Name, ...] = ("take_code",) if takes_codes else ()
    return Controls(("hold", *mute, "transfer", *consult, *code, "ask_score", "hang_up"))


def _second(call: LiveCall) -> str:
    """Who was asked to come, or has come."""
    present = call.line.party("agent2", "number") if call.line is not None else None
    return present.name if present is not None and present.name else call.consulted


def mine(call: LiveCall, username: str) -> PartyState | None:
    """The agent's own part in the call."""
    parties = call.line.parties if call.line is not None else ()
    named = next((one for one in parties if one.name == username and one.party != "supervisor"), None)
    return named or (call.line.party("agent") if call.line is not None else None)


def headset_muted(calls: Iterable[LiveCall], username: str) -> tuple[str, bool] | None:
    """The call that has the agent's sound, and whether they are silent in it; None: none has, nothing is to change."""
    for call in calls:
        me = mine(call, username)
        if me is not None and me.sound:
            return call.id, me.muted
    return None


def _mute(me: PartyState | None) -> tuple[Name, ...]:
    if me is None or not me.sound:
        return ()
    return ("unmute",) if me.muted else ("mute",)
