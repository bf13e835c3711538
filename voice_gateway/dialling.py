"""Calling customers back: their telephone rings when it is their turn, and the call goes on with the agent.

``CallBacks`` stands before the switchboard: legs of customers who were called back go to their agent, all others
in as ever. Everything it needs to know is in the log, so a call back outlives the process that agreed on it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from prometheus_client import Counter

from bots.engine.types import HandOffWish
from core.events import CallBackAsked, CallBackTried, CallEnded, Event, HandoffRequested, Recorded
from core.languages import Language
from core.routing import QueuedCall
from voice_gateway.dialer import ARRIVAL_LIMIT_S, CALL_BACK, RING_LIMIT_S, Dialer, NotReached
from voice_gateway.later_leg import LaterLeg
from voice_gateway.leg import CallLeg
from voice_gateway.parts import Log
from voice_gateway.waiting import Taken

logger = logging.getLogger(__name__)

T = TypeVar("T", bound=Event)

DIALLED = Counter(
    "tetraphone_call_backs_dialled_total", "Customers called back by what came of it", ["result"]
)


class Desk(Protocol):
    """Of the distributor: ``assist.acd.AcdRouter``."""

    def taken(self, interaction_id: str) -> QueuedCall | None: ...
    def agent_of(self, interaction_id: str) -> str | None: ...
    def conversation_ended(self, interaction_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class CalledBack:
    """What a call needs of the one that it goes on from.

    Attributes:
        taken: the agent who has it already.
        wish: what for; should the agent be lost, the call returns to the same queue.
        language: that it was in.
        earlier: its events, for the packet and the summary.
    """

    taken: Taken
    wish: HandOffWish
    language: Language
    earlier: Sequence[Event]


Lead = Callable[[CallLeg, str, CalledBack], Awaitable[None]]
Answer = Callable[[CallLeg], Awaitable[None]]
History = Callable[[str], Awaitable[Sequence[Recorded]]]


class CallBacks:
    """
    Args:
        dialer: places the calls.
        desk: knows which agent has accepted which call back.
        log: where attempts are written.
        history: all events of a call (``EventLog.read``).
        answer: leads every other leg (``Switchboard.answer``).
        lead: leads a call back with its agent (``Switchboard.lead_call_back``).
    """

    def __init__(
        self, dialer: Dialer, desk: Desk, log: Log, history: History, *, answer: Answer, lead: Lead
    ) -> None:
        self._dialer, self._desk, self._log, self._history = dialer, desk, log, history
        self._answer, self._lead = answer, lead
        self._arriving: dict[str, asyncio.Future[None]] = {}

    async def dial(self, name: str, agent: str) -> bool:
        """Call the customer of this interaction for the agent who accepted; whether they are on the line."""
        history = await self._history(name)
        asked = _last(history, CallBackAsked)
        why = ""
        arrived = self._arriving[name] = asyncio.get_running_loop().create_future()
        try:
            if asked is None or not asked.number:
                raise NotReached("no_number")  # the customer was erased meanwhile
            async with asyncio.timeout(RING_LIMIT_S):
                await self._dialer.ring(asked.number, name)
            async with asyncio.timeout(ARRIVAL_LIMIT_S):
                await arrived
        except NotReached as failure:
            why = failure.reason
        except TimeoutError:
            why = "no_answer"
        except Exception:
            logger.exception("call %s: calling back failed", name)
            why = "failed"
        finally:
            del self._arriving[name]
        attempt = 1 + sum(isinstance(one.event, CallBackTried) for one in history)
        tried = CallBackTried(attempt=attempt, answered=not why, agent=agent, reason=why)
        self._log.emit(name, tried, person=history[-1].person if history else None)
        DIALLED.labels(why or "answered").inc()
        return not why

    async def answer(self, leg: CallLeg) -> None:
        """Lead a leg, whoever's it is. What carriers call in place of the switchboard's own."""
        name = leg.info.parameters.get(CALL_BACK, "")
        arriving = self._arriving.get(name)
        queued, agent = self._desk.taken(name), self._desk.agent_of(name)
        if arriving is None or arriving.done() or queued is None or agent is None:
            # A call of its own, or one whose agent is gone: whoever is on the line is served as a caller.
            await self._answer(leg)
            return
        arriving.set_result(None)
        try:
            history = await self._history(name)
            asked = _last(history, CallBackAsked)
            ended = _last(history, CallEnded)
            later = LaterLeg(leg, ended.duration_s if ended is not None else 0.0)
            language = asked.language if asked is not None else Language.EN
            earlier = [one.event for one in history]
            called_back = CalledBack(Taken(agent, queued), _wish(history), language, earlier)
            await self._lead(later, name, called_back)
        finally:
            # Also where the customer hung up before the agent was with them.
            self._desk.conversation_ended(name)


def _wish(history: Sequence[Recorded]) -> HandOffWish:
    asked = _last(history, HandoffRequested)
    if asked is None:
        return HandOffWish("call_back", "")
    intent = str(asked.packet.get("intent") or "")
    return HandOffWish(asked.reason, intent, tuple(asked.skills), asked.priority)


def _last(history: Sequence[Recorded], kind: type[T]) -> T | None:
    return next((one.event for one in reversed(history) if isinstance(one.event, kind)), None)
