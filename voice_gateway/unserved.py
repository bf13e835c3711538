"""What a caller hears and may do whom nobody takes: out of hours, in a full queue, or after a long wait."""

from __future__ import annotations

from datetime import UTC, datetime

from voice_gateway.floor import Floor
from voice_gateway.opening import opening_words
from voice_gateway.phrases import Phrase
from voice_gateway.state import CallState
from voice_gateway.voicemail import take_message
from voice_gateway.waiting import NotTaken


async def instead_of_a_person(state: CallState, floor: Floor, end: NotTaken) -> str | None:
    """Tell them when the queue opens, and take a message where the plan says so.

    Returns:
        What ended the call, or None where nothing came of it: it may go to the fallback number.

    Raises:
        EndAsked: somebody ended the call.
    """
    if end.why == "closed":
        await floor.try_say(Phrase.CLOSED)
        if end.opens_at is not None:
            opens = datetime.fromtimestamp(end.opens_at, UTC)
            when = opening_words(opens, state.parts.clock.now(), end.zone, state.facts.language)
            await floor.try_say(Phrase.OPENS, when=when)
    if end.then == "voicemail" and await take_message(state, floor, end.queue):
        return "voicemail_left"
    return None
