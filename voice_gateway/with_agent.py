"""The caller and a person: the caller is transcribed, the agent's typed lines are spoken."""

from __future__ import annotations

import asyncio
from typing import Literal

from core.events import LegJoined, LegLeft
from voice_gateway.floor import EndAsked, Floor
from voice_gateway.phrases import Phrase
from voice_gateway.speaking import CannotSpeak, Line
from voice_gateway.state import CallState
from voice_gateway.waiting import Taken


async def talk_with_agent(
    state: CallState, floor: Floor, taken: Taken
) -> Literal["agent_closed", "agent_lost"]:
    """Until the agent ends the call, or their page is gone for good."""
    facts = state.facts
    facts.stage, facts.agent = "agent", taken.agent
    await floor.try_say(Phrase.AGENT_JOINED)
    state.emit(LegLeft(party="bot", reason="handed_over"))
    state.emit(LegJoined(party="agent", name=taken.agent, at_s=round(state.media_now(), 3)))
    gone = asyncio.create_task(_lost(taken), name="agent-lost")
    left = "call_over"
    try:
        while not gone.done():
            while floor.agent_lines:
                await _speak_typed_line(state, floor)
            await floor.listen_on(gone, None)
        left = "lost"
        return "agent_lost"
    except EndAsked:
        left = "closed"
        return "agent_closed"
    except Exception:
        left = "failed"
        raise
    finally:
        gone.cancel()
        state.emit(LegLeft(party="agent", reason=left))
        if left in ("closed", "failed"):
            state.parts.router.conversation_ended(state.id)


async def _speak_typed_line(state: CallState, floor: Floor) -> None:
    typed = floor.agent_lines.popleft()
    language = typed.language or state.facts.language
    voice = state.parts.settings.agent_voices.get(language)
    try:
        await floor.say(Line(typed.text, language, "", "agent", voice), interruptible=False)
    except CannotSpeak as error:
        state.fault("cannot_speak", str(error))


async def _lost(taken: Taken) -> None:
    """Wait until the distributor gives the call back; for ever where it never does."""
    wait = getattr(taken.queued, "agent_lost", None)
    if wait is None:
        await asyncio.get_running_loop().create_future()
    else:
        await wait()
