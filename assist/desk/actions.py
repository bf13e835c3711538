"""What the agent does, as commands on their way and words on what came of them."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from assist.acd.types import Wish
from assist.desk.words import Words
from assist.feed import AssistFeed
from assist.live import LiveCall
from assist.presence import Presence
from bots.connectors.orders import ConnectorError
from core.commands import (
    AnswerOffer,
    BringBot,
    Command,
    Consult,
    EndConsult,
    ExtendWrapUp,
    FinishWrapUp,
    HangUp,
    Hold,
    Mute,
    RingPhone,
    Say,
    Target,
    Transfer,
)
from core.e164 import E164

logger = logging.getLogger(__name__)

_EXPIRY = timedelta(seconds=10)
_NUMBER = re.compile(rf"{E164}|[0-9]{{3,15}}")
"""With its country code, or as it is dialled inside the house."""


@dataclass(slots=True)
class Voice:
    """How the page tells its agent something.

    Attributes:
        tell: shows a sentence; "good" or "bad".
        changed: has the page drawn anew.
        run: a line of script for the browser.
    """

    tell: Callable[[str, Literal["good", "bad"]], None]
    changed: Callable[[], None]
    run: Callable[[str], object]


class DeskActions:
    """One agent's doings. ``call`` is the call that the page shows, ``allowed`` whether its agent still may act;
    both are asked at the moment of each."""

    def __init__(
        self,
        feed: AssistFeed,
        username: str,
        words: Words,
        presence: Callable[[], Presence],
        call: Callable[[], LiveCall | None],
        voice: Voice,
        allowed: Callable[[], Awaitable[bool]],
    ) -> None:
        self._feed, self._username, self._words, self.allowed = feed, username, words, allowed
        self._presence, self._call, self._voice = presence, call, voice
        self.run, self.changed = voice.run, voice.changed

    @property
    def calls_out(self) -> bool:
        """Whether a number can be consulted."""
        return self._feed.calls_out

    @property
    def takes_codes(self) -> bool:
        """Whether the bot can take a code from the caller."""
        return self._feed.takes_codes

    def _fields(self) -> dict[str, Any]:
        return {"issued_by": self._username, "expires_at": datetime.now(UTC) + _EXPIRY}

    async def _send(self, command: Command, fallback: str = "refused") -> bool:
        if not await self.allowed():
            return False
        reply = await self._feed.send(command)
        if not reply.ok:
            logger.info("desk: %s was refused: %s", self._username, reply.error)
            words = self._words
            if not self._feed.link_up:
                self._voice.tell(words("no_link"), "bad")
            else:
                told = fallback == "refused" and reply.error
                why = f" ({words.refusal(reply.error)})" if told else ""
                self._voice.tell(words(fallback) + why, "bad")
        self._voice.changed()
        return reply.ok

    def _talk(self, call: LiveCall | None = None) -> LiveCall | None:
        """The call that is being talked in, that which is shown if none is named; the agent is told where it is
        over."""
        call = call or self._call()
        if call is None or call.talk_ended:
            self._voice.tell(self._words("call_over"), "bad")
            return None
        return call

    # --- presence and offers ---

    async def wish(self, wish: Wish, reason: str = "") -> None:
        if not await self.allowed():
            return
        reply = await self._feed.wish(self._presence(), wish, reason)
        if not reply.ok:
            self._voice.tell(self._words("refused" if self._feed.link_up else "no_link"), "bad")
        self._voice.changed()

    async def answer(self, offer_id: str, accept: bool) -> None:
        if offer_id:
            await self._send(AnswerOffer(offer_id=offer_id, accept=accept, **self._fields()), "offer_gone")

    # --- talking ---

    async def say(self, text: str, typed_in: LiveCall | None = None) -> None:
        """Speak a line in the call that is shown.

        Args:
            typed_in: the call whose box it was typed in; it is said there alone, and goes back into that box where it
                could not be sent, whichever call is shown by then.
        """
        if (call := self._talk(typed_in)) is None:
            return
        call.pending.append(text)
        self._voice.changed()
        command = Say(interaction_id=call.id, text=text, **self._fields())
        if not await self._send(command, "not_sent"):
            if text in call.pending:
                call.pending.remove(text)
            if typed_in is not None:
                self._voice.run(f"tp.giveBack({js(line_draft(call.id))}, {js(text)})")

    async def hang_up(self) -> None:
        if (call := self._talk()) is not None:
            await self._send(HangUp(interaction_id=call.id, **self._fields()))

    async def hold(self, on: bool) -> None:
        if (call := self._talk()) is not None:
            await self._send(Hold(interaction_id=call.id, on=on, **self._fields()))

    async def mute(self, on: bool) -> None:
        """The headset is muted by the browser at once; here the line is told."""
        if (call := self._talk()) is not None:
            await self._send(Mute(interaction_id=call.id, on=on, **self._fields()))

    def target(self, kind: str, name: str) -> Target | None:
        """Whom to give the call to; None, with a word to the agent, where a number cannot be dialled."""
        if kind == "number":
            name = re.sub(r"[\s().-]", "", name)
            if not _NUMBER.fullmatch(name):
                self._voice.tell(self._words("bad_number"), "bad")
                return None
        return Target(kind=kind, name=name)  # type: ignore[arg-type]

    async def transfer(self, to: Target, note: str) -> bool:
        if (call := self._talk()) is None:
            return False
        done = await self._send(Transfer(interaction_id=call.id, to=to, note=note[:1000], **self._fields()))
        if done:
            self._voice.tell(self._words("transferred"), "good")
        return done

    async def consult(self, to: Target) -> bool:
        call = self._talk()
        return call is not None and await self._send(Consult(interaction_id=call.id, to=to, **self._fields()))

    async def ring_phone(self) -> None:
        """The agent's own telephone, where they speak by it and have no sound."""
        if (call := self._talk()) is not None:
            await self._send(RingPhone(interaction_id=call.id, **self._fields()))

    async def end_consult(self, then: Literal["back", "conference", "transfer"]) -> None:
        if (call := self._talk()) is not None:
            await self._send(EndConsult(interaction_id=call.id, then=then, **self._fields()))

    async def bring_bot(self, task: Literal["code", "satisfaction"]) -> None:
        if (call := self._talk()) is not None:
            await self._send(BringBot(interaction_id=call.id, task=task, **self._fields()))

    # --- afterwards ---

    async def more_time(self) -> None:
        if (call := self._call()) is not None:
            await self._send(ExtendWrapUp(interaction_id=call.id, **self._fields()), "wrap_at_end")

    async def finish(self, call: LiveCall, summary: str, notes: str, code: str) -> bool:
        """Save the wrap-up; the agent is told where a code is missing."""
        if not code:
            self._voice.tell(self._words("code_missing"), "bad")
            self._voice.run("tp.focus('wrap-code')")
            return False
        draft = call.draft(self._username)
        draft.summary, draft.notes, draft.code = summary, notes, code
        command = FinishWrapUp(
            interaction_id=call.id, code=code, summary=summary, notes=notes, **self._fields()
        )
        if not await self._send(command):
            return False
        draft.lapsed = ""
        self._voice.run(f"tp.forget({js(call.id)})")
        self._voice.tell(self._words("saved"), "good")
        return True

    async def open_ticket(self, call: LiveCall, subject: str) -> None:
        """Put a matter on record; the box is emptied once it is."""
        subject = " ".join(subject.split())[:300]
        if not subject:
            self._voice.run("tp.focus('ticket-subject')")
            return
        if not await self.allowed():
            return
        try:
            ticket = await self._feed.case_work.open_ticket(call, subject, self._username)
        except (ConnectorError, TimeoutError) as error:
            logger.warning("desk: no ticket for %s: %s", call.id, error)
            self._voice.tell(self._words("ticket_failed"), "bad")
        else:
            self._voice.tell(self._words("ticket_opened", number=ticket.number), "good")
            self._voice.run("tp.set('ticket-subject', '')")
        self._voice.changed()


def line_draft(call_id: str) -> str:
    """What the browser keeps the line under that is being typed in a call."""
    return f"{call_id}:line"


def js(text: str) -> str:
    """A string as JavaScript may hold it, within a page too."""
    return json.dumps(text).replace("<", "\\u003c")
