"""The caller waits for a person, knows their place, and may hang up at any moment."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from assist.acd.types import Closed, Refused
from assist.packet import build_packet, handoff_requested
from bots.engine.types import HandOffWish
from core.routing import QueuedCall
from voice_gateway.floor import Floor
from voice_gateway.phrases import RENDERED_PLACES, Phrase, minutes_announced
from voice_gateway.showing import shown_slots
from voice_gateway.state import CallState

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """An agent has accepted the call."""

    agent: str
    queued: QueuedCall


async def wait_for_agent(state: CallState, floor: Floor, wish: HandOffWish) -> Taken | None:
    """Queue the call with its packet; None where nobody takes it within the time, or the queue is full.

    Raises:
        EndAsked: somebody ended the call.
    """
    parts, settings, facts = state.parts, state.parts.settings, state.facts
    facts.stage, facts.wish = "waiting", wish
    facts.queued_at_s = state.media_now()
    packet = await build_packet(
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
    state.emit(handoff_requested(packet))
    floor.expect("open")
    try:
        queued = parts.router.enqueue(packet, state.person)
    except Refused as refusal:
        state.fault("queue_closed" if isinstance(refusal, Closed) else "queue_full", str(refusal))
        return None
    accepted = asyncio.create_task(queued.agent(), name="wait-for-agent")
    taken: Taken | None = None
    minutes_said: int | None = None
    try:
        until_s = facts.queued_at_s + settings.agent_wait_s
        while not accepted.done() and state.media_now() < until_s:
            await floor.try_say(Phrase.WAITING, until=accepted)
            if (
                not accepted.done()
                and (place := queued.place()).agents_present
                and place.number <= RENDERED_PLACES
            ):
                await floor.try_say(Phrase.PLACE, until=accepted, n=place.number)
                minutes = minutes_announced(place.expected_wait_s)
                if minutes is not None and minutes != minutes_said and not accepted.done():
                    await floor.try_say(Phrase.EXPECTED_WAIT, until=accepted, n=minutes)
                    minutes_said = minutes
            left_s = until_s - state.media_now()
            await floor.listen_on(accepted, min(settings.place_every_s, max(left_s, 0.0)))
            floor.agent_lines.clear()
        if accepted.done() and not accepted.cancelled():
            taken = Taken(accepted.result(), queued)
    finally:
        accepted.cancel()
        if taken is None:
            parts.router.leave(state.id)
    return taken
