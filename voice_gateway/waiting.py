"""The caller waits for a person: they hear music and their place, and may ask to be called back at any moment."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, Literal

from assist.acd.types import Closed, Refused
from assist.packet import build_packet, handoff_requested
from bots.engine.types import HandOffWish
from bots.understanding.call_back import asks_for_call_back
from core.commands import Target
from core.events import CallBackAsked
from core.handoff import HandoffPacket
from core.routing import QueuedCall
from voice_gateway.audio.music import Music
from voice_gateway.call_back import CALL_BACK_KEY, agreed_number
from voice_gateway.floor import Floor, Turn, words_of
from voice_gateway.phrases import RENDERED_PLACES, Phrase, minutes_announced
from voice_gateway.showing import shown_slots
from voice_gateway.state import CallState

logger = logging.getLogger(__name__)

OFFERED_EVERY = 3
"""The call back is offered with the first announcement, then with every third: who waits knows of it by now."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An agent has accepted the call."""

    agent: str
    queued: QueuedCall


@dataclass(frozen=True, slots=True)
class CallBackAgreed:
    """The caller hangs up and is called back."""

    by: Literal["platform", "agent"]


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Nobody takes the call: why, and what the plan offers instead.

    Attributes:
        opens_at: when a closed queue opens, in seconds since 1970, if it does within a year; in its ``zone``.
    """

    why: Literal["closed", "full", "nobody_came"]
    then: Literal["voicemail", "told_so"] = "told_so"
    queue: str = ""
    opens_at: float | None = None
    zone: tzinfo = UTC


async def packet_of(state: CallState, wish: HandOffWish) -> HandoffPacket:
    """Everything already understood, for the person who has the call next."""
    facts = state.facts
    return await build_packet(
        state.id,
        state.events,
        reason=wish.reason,
        language=facts.language,
        intent=wish.intent,
        slots=shown_slots(facts.slots, facts.numbers_found),
        skills=wish.skills,
        priority=wish.priority,
        caller=facts.caller,
        customer=facts.customer,
    )


async def wait_for_agent(
    state: CallState,
    floor: Floor,
    wish: HandOffWish,
    *,
    call_back: bool = False,
    to: Target | None = None,
) -> Taken | CallBackAgreed | NotTaken:
    """Queue the call with its packet, and keep the caller company until somebody takes it or the time is over.

    Args:
        call_back: the caller has asked to be called back already.
        to: the queue or the agent whom another agent gives the call to.

    Raises:
        EndAsked: somebody ended the call.
    """
    parts, facts = state.parts, state.facts
    facts.stage, facts.wish = "waiting", wish
    facts.queued_at_s = state.media_now()
    packet = await packet_of(state, wish)
    state.emit(handoff_requested(packet))
    try:
        queued = parts.router.enqueue(
            packet,
            state.person,
            to_queue=to.name if to is not None and to.kind == "queue" else "",
            to_agent=to.name if to is not None and to.kind == "agent" else "",
        )
    except Closed as closed:
        state.fault("queue_closed", str(closed))
        return NotTaken("closed", closed.then, closed.queue, closed.opens_at, closed.zone)
    except Refused as refusal:
        state.fault("queue_full", str(refusal))
        return NotTaken("full", refusal.then, refusal.queue)
    accepted = asyncio.create_task(queued.agent(), name="wait-for-agent")
    end: Taken | CallBackAgreed | None = None
    ended: Literal["nobody_came", "ended_by_us"] = "ended_by_us"
    try:
        end = await _Wait(state, floor, queued, accepted).run(call_back)
        queue = parts.router.queue_of(state.id)
        ended = "nobody_came"
    finally:
        accepted.cancel()
        floor.expect("open")
        if end is None:
            parts.router.leave(state.id, "caller_left" if facts.caller_gone else ended)
    return end or NotTaken("nobody_came", parts.router.if_nobody_answers(queue), queue)


class _Wait:
    """One wait in a queue."""

    def __init__(
        self, state: CallState, floor: Floor, queued: QueuedCall, accepted: asyncio.Task[str]
    ) -> None:
        self._state, self._floor, self._queued, self._accepted = state, floor, queued, accepted
        self._settings = state.parts.settings
        self._music = Music() if self._settings.music else None
        self._minutes_said: int | None = None
        self._until_s = state.media_now() + self._settings.agent_wait_s

    async def run(self, call_back: bool) -> Taken | CallBackAgreed | None:
        """None where nobody came within the time."""
        round_ = 0
        while not self._accepted.done() and self._left_s > 0:
            if not call_back:
                self._floor.expect("yes_no")  # one key answers at once
                await self._announce(offer=round_ % OFFERED_EVERY == 0)
                round_ += 1
                call_back = await self._listen(min(self._settings.place_every_s, self._left_s))
            if call_back and (agreed := await self._arrange()) is not None:
                return agreed
            call_back = False
        if self._accepted.done() and not self._accepted.cancelled():
            return Taken(self._accepted.result(), self._queued)
        return None

    @property
    def _left_s(self) -> float:
        return self._until_s - self._state.media_now()

    async def _announce(self, *, offer: bool) -> None:
        """Where the caller stands; whoever speaks over it or presses a key is listened to."""
        if not await self._say(Phrase.WAITING):
            return
        place = self._queued.place()
        if place.agents_present and place.number <= RENDERED_PLACES:
            if not await self._say(Phrase.PLACE, n=place.number):
                return
            minutes = minutes_announced(place.expected_wait_s)
            if minutes is not None and minutes != self._minutes_said:
                self._minutes_said = minutes
                if not await self._say(Phrase.EXPECTED_WAIT, n=minutes):
                    return
        if offer and self._settings.call_back:
            await self._say(Phrase.CALL_BACK_CHOICE)

    async def _say(self, phrase: Phrase, **values: Any) -> bool:
        """Whether to go on speaking: nobody interrupted, and no agent has come."""
        if self._accepted.done():
            return False
        spoken = await self._floor.try_say(phrase, until=self._accepted, interruptible=True, **values)
        return spoken is None or not spoken.interrupted

    async def _listen(self, seconds: float) -> bool:
        """Music, until the time is over or an agent comes; whether the caller asks to be called back."""
        end_s = self._state.media_now() + seconds
        while not self._accepted.done() and (left_s := end_s - self._state.media_now()) > 0.01:
            turn = await self._floor.listen_on(self._accepted, left_s, answers=True, music=self._music)
            self._floor.agent_lines.clear()
            if turn is not None and self._settings.call_back and self._asks(turn):
                return True
            if turn is not None and turn.entry is not None:
                self._state.keys_pressed(turn.entry, shown=False)
        return False

    def _asks(self, turn: Turn) -> bool:
        if turn.entry is not None:
            return turn.entry.keys.rstrip("#") == CALL_BACK_KEY
        return asks_for_call_back(words_of(turn.utterances), self._state.facts.language)

    async def _arrange(self) -> CallBackAgreed | None:
        """Agree on a number, and give the line up for the place; None: they wait on."""
        state = self._state
        number = await agreed_number(state, self._floor, self._accepted)
        if number is None:
            await self._say(Phrase.CALL_BACK_NOT_ARRANGED)
            return None
        queue = state.parts.router.queue_of(state.id)
        try:
            by = state.parts.router.call_back(state.id)
        except Refused:
            return None  # an agent accepts at this very moment
        state.facts.stage = "closing"
        state.emit(CallBackAsked(number=number, language=state.facts.language, queue=queue, by=by))
        await self._floor.try_say(Phrase.CALL_BACK_KEPT if by == "platform" else Phrase.CALL_BACK_NOTED)
        return CallBackAgreed(by)
