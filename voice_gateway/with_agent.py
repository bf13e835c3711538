"""The caller and a person: bridged by sound where the agent has a line; typed lines are spoken; both are transcribed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from core.commands import Target
from core.events import LegJoined, LegLeft
from voice_gateway.bridge.bot_tasks import take_code
from voice_gateway.bridge.bridge import Bridge, Task
from voice_gateway.bridge.outlet import Outlet
from voice_gateway.floor import EndAsked, Floor
from voice_gateway.phrases import Phrase
from voice_gateway.recording import CallRecording
from voice_gateway.speaking import CannotSpeak, Line
from voice_gateway.state import CallState
from voice_gateway.waiting import Taken

_LEFT = {"agent_lost": "lost", "transfer": "transferred", "number_gone": "hung_up"}


@dataclass(frozen=True, slots=True)
class TalkOver:
    """How a conversation with an agent ended. ``to``: of a transfer. ``number_gone``: the call was given to a number,
    and whoever was there has hung up."""

    why: Literal["agent_closed", "agent_lost", "transfer", "satisfaction", "number_gone"]
    to: Target | None = None


async def talk_with_agent(
    state: CallState,
    floor: Floor,
    taken: Taken,
    outlet: Outlet,
    recording: Callable[[], CallRecording | None],
) -> TalkOver:
    """Until the agent ends the call or gives it away, or their page or line is gone for good."""
    facts = state.facts
    facts.stage, facts.agent = "agent", taken.agent
    left = "call_over"
    async with Bridge(state, outlet, recording, taken.agent) as bridge:
        gone = asyncio.create_task(_lost(taken, bridge), name="agent-lost")
        try:
            if bridge.joined:
                await floor.try_say(Phrase.AGENT_JOINED)
            state.emit(LegLeft(party="bot", reason="handed_over"))
            state.emit(LegJoined(party="agent", name=taken.agent, at_s=round(state.media_now(), 3)))
            over = await _talk(state, floor, bridge)
            left = _LEFT.get(over.why, "bot_took_over")
            return over
        except EndAsked:
            left = "closed"
            return TalkOver("agent_closed")
        except Exception:
            left = "failed"
            raise
        finally:
            gone.cancel()
            floor.expect("open")
            state.emit(LegLeft(party="number" if bridge.control.through else "agent", reason=left))
            if left not in ("call_over", "lost"):
                state.parts.router.conversation_ended(state.id)


async def _talk(state: CallState, floor: Floor, bridge: Bridge) -> TalkOver:
    while True:
        while floor.agent_lines:
            await _speak_typed_line(state, floor)
        floor.transcribe()
        await floor.listen_on(bridge.asked, None)
        match bridge.take():
            case Task("agent_gone"):
                return TalkOver("agent_lost")
            case Task("agent_answered"):
                await floor.try_say(Phrase.AGENT_JOINED)
            case Task("number_gone"):
                return TalkOver("number_gone")
            case Task("transfer", to):
                return TalkOver("transfer", to)
            case Task("satisfaction"):
                return TalkOver("satisfaction")
            case Task("code"):
                await take_code(state, floor, bridge)
            case Task("line_lost") if bridge.control.lost:
                await floor.try_say(Phrase.LINE_LOST)
            case Task("failed"):
                raise RuntimeError("the bridge broke")
            case _:
                pass


async def _speak_typed_line(state: CallState, floor: Floor) -> None:
    typed = floor.agent_lines.popleft()
    language = typed.language or state.facts.language
    voice = state.parts.settings.agent_voices.get(language)
    try:
        await floor.say(Line(typed.text, language, "", "agent", voice), interruptible=False)
    except CannotSpeak as error:
        state.fault("cannot_speak", str(error))


async def _lost(taken: Taken, bridge: Bridge) -> None:
    """Wait until the distributor gives the call back; for ever where it never does."""
    wait = getattr(taken.queued, "agent_lost", None)
    if wait is not None:
        await wait()
        bridge.ask("agent_gone")
