"""The distributor with a clock, a log and people waiting on it: ``core.routing.Router`` for one process."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from prometheus_client import Counter, Gauge

from assist.acd.core import Acd
from assist.acd.types import (
    AcdSettings,
    Agent,
    CloseOffer,
    Decision,
    EndWrapUp,
    LoseAgent,
    MakeOffer,
    Refused,
    Wish,
)
from core.clock import Clock, SystemClock
from core.commands import Reply
from core.events import Event, OfferAnswered, OfferMade, WrapUpDone
from core.handoff import HandoffPacket
from core.languages import Language
from core.log import EventLog, LogFull
from core.redaction import redact
from core.routing import Place

logger = logging.getLogger(__name__)

OFFERS = Counter("tetraphone_offers_total", "Offers of calls to agents by their answer", ["answer"])
WAITING = Gauge("tetraphone_calls_waiting", "Calls waiting for an agent")
AGENTS = Gauge("tetraphone_agents_present", "Agents whose page is connected")

_PERSONS_REMEMBERED = 10_000
AFTER_FAILURE_S = 1.0

UNFINISHED_CODE = "not_given"
"""Wrap-up code of a conversation whose agent gave none in time."""


class Queued:
    """A call in the queue (``core.routing.QueuedCall``), from ``enqueue`` until its conversation is over."""

    def __init__(self, router: AcdRouter, interaction_id: str, person: str | None) -> None:
        self.interaction_id = interaction_id
        self.person = person
        self._router = router
        loop = asyncio.get_running_loop()
        self._agent: asyncio.Future[str] = loop.create_future()
        self._lost = asyncio.Event()
        self._last_place = Place(1, None, 0)

    async def agent(self) -> str:
        """Wait for an agent to accept; returns the user name.

        Raises:
            asyncio.CancelledError: if the call left the queue.
        """
        return await asyncio.shield(self._agent)

    def place(self) -> Place:
        """The present place; the last one known once the call waits no longer."""
        self._last_place = self._router.place(self.interaction_id) or self._last_place
        return self._last_place

    async def agent_lost(self) -> None:
        """Wait until the agent's page is gone for good in mid-conversation; the call then enqueues again."""
        await self._lost.wait()

    def taken_by(self, agent: str) -> None:
        if not self._agent.done():
            self._agent.set_result(agent)

    def lost(self) -> None:
        self._lost.set()

    def left(self) -> None:
        self._agent.cancel()


class AcdRouter:
    """Carries out what ``Acd`` decides. All methods belong to the event loop that they are called on.

    Args:
        log: where offers, answers and wrap-ups are written.
        clock: its ``monotonic`` drives all times.
        settings: times and limits.
    """

    def __init__(
        self, log: EventLog, clock: Clock | None = None, settings: AcdSettings | None = None
    ) -> None:
        self._log = log
        self._clock = clock or SystemClock()
        self.acd = Acd(settings)
        self._queued: dict[str, Queued] = {}
        self._persons: OrderedDict[str, str | None] = OrderedDict()
        """Whose call it is: their key seals the summary. The latest calls only; a late summary is rare."""
        self._lost: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Stop the timer and let nobody wait any longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for queued in self._queued.values():
            queued.left()
        self._queued.clear()

    # --- for calls (core.routing.Router) ---

    def enqueue(self, packet: HandoffPacket, person: str | None) -> Queued:
        """Put a call into the queue of its language, skills and priority.

        A call whose agent was lost goes to the head.

        Raises:
            Refused: if it talks with an agent already, or the queue is full.
        """
        name = packet.interaction_id
        returned = name in self._lost
        self.acd.enqueue(
            name, packet.language, packet.skills, packet.priority, self._now(), returned=returned
        )
        self._lost.discard(name)
        queued = self._queued.get(name)
        if queued is None:
            queued = self._queued[name] = Queued(self, name, person)
        self._persons[name] = person
        while len(self._persons) > _PERSONS_REMEMBERED:
            self._persons.popitem(last=False)
        self._turn()
        return queued

    def leave(self, interaction_id: str) -> None:
        self.acd.leave(interaction_id, self._now())
        self._lost.discard(interaction_id)
        if (queued := self._queued.pop(interaction_id, None)) is not None:
            queued.left()
        self._turn()

    def conversation_ended(self, interaction_id: str) -> None:
        self.leave(interaction_id)

    def place(self, interaction_id: str) -> Place | None:
        """Place in the queue, or None where the call does not wait."""
        if interaction_id not in self.acd.calls:
            return None
        return self.acd.place(interaction_id, self._now())

    # --- for agents (commands) ---

    def set_agent_state(
        self, user: str, state: str, languages: Iterable[Language], skills: Iterable[str]
    ) -> Reply:
        """See ``Acd.set_agent``; to be repeated every few seconds by the agent's page."""
        wish = next((known for known in get_args(Wish) if known == state), None)
        if wish is None:
            return Reply(ok=False, error=f"The state must be one of: {', '.join(get_args(Wish))}.")
        before = _what_matters(self.acd.agents.get(user))
        agent = self.acd.set_agent(user, wish, languages, skills, self._now())
        if _what_matters(agent) != before:
            self._turn()
        return Reply(ok=True)

    def answer_offer(self, user: str, offer_id: str, accept: bool) -> Reply:
        """Accept or reject; an offer that is no longer open is refused with the reason."""
        try:
            self.acd.answer_offer(user, offer_id, accept, self._now())
        except Refused as refusal:
            return Reply(ok=False, error=str(refusal))
        self._turn()
        return Reply(ok=True)

    def finish_wrap_up(self, user: str, interaction_id: str, code: str, summary: str) -> Reply:
        """Log the summary and code, and let the agent go back to what they wished."""
        try:
            self.acd.finish_wrap_up(user, interaction_id, self._now())
        except Refused as refusal:
            return Reply(ok=False, error=str(refusal))
        self._emit(interaction_id, WrapUpDone(agent=user, code=code, summary=redact(summary)))
        self._turn()
        return Reply(ok=True)

    def agent_of(self, interaction_id: str) -> str | None:
        """Who talks with this call; commands of others about it are to be refused."""
        agent = self.acd.talking_with(interaction_id)
        return agent.user if agent else None

    def state(self) -> dict[str, Any]:
        """Agents and waiting calls as JSON; times of day are UTC, ISO 8601.

        ``{now, agents: [{user, state, wish, since, languages, skills, interaction_id, offer}], waiting:
        [{interaction_id, queue, language, priority, since, place, offered_to}]}``; ``offer`` is
        ``{offer_id, made_at, until}`` or null.
        """
        steady, now = self._now(), datetime.now(UTC)

        def at(moment: float) -> str:
            return (now + timedelta(seconds=moment - steady)).isoformat(timespec="milliseconds")

        agents = []
        for agent in self.acd.agents.values():
            offer = self.acd.offers.get(agent.offer_id or "")
            agents.append(
                {
                    "user": agent.user,
                    "state": agent.state,
                    "wish": agent.wish,
                    "since": at(agent.talk_since if agent.state == "talking" else agent.since),
                    "languages": sorted(language.value for language in agent.languages),
                    "skills": sorted(agent.skills),
                    "interaction_id": agent.interaction_id,
                    "wrap_up_until": at(agent.wrap_up_until) if agent.activity == "wrap_up" else None,
                    "offer": offer
                    and {"offer_id": offer.offer_id, "made_at": at(offer.made_at), "until": at(offer.until)},
                }
            )
        waiting = [
            {
                "interaction_id": call.interaction_id,
                "queue": call.queue,
                "language": call.language.value,
                "priority": call.priority,
                "since": at(call.since),
                "place": number,
                "offered_to": self.acd.offers[call.offer_id].agent if call.offer_id else None,
            }
            for number, call in enumerate(self.acd.in_order(), 1)
        ]
        return {"now": at(steady), "agents": agents, "waiting": waiting}

    # --- carrying out ---

    def _turn(self) -> None:
        """Decide, carry out, and come by again in time: whatever fails, the next turn comes."""
        try:
            for decision in self.acd.decide(self._now()):
                self._try_to_carry_out(decision)
            WAITING.set(len(self.acd.calls))
            AGENTS.set(sum(1 for agent in self.acd.agents.values() if not agent.gone))
            now = self._now()
            deadline = self.acd.next_deadline(now)
            self._wake_in(None if deadline is None else deadline - now + 0.001)
        except Exception:
            logger.exception("acd: the turn failed; the next one is in %.0f s", AFTER_FAILURE_S)
            self._wake_in(AFTER_FAILURE_S)

    def _try_to_carry_out(self, decision: Decision) -> None:
        try:
            self._carry_out(decision)
        except Exception:
            # The other decisions are made already and will not be made again.
            logger.exception("acd: %s was not carried out", type(decision).__name__)

    def _carry_out(self, decision: Decision) -> None:
        logger.info(
            "acd: %s %s, %s: %s",
            type(decision).__name__,
            decision.interaction_id,
            decision.agent,
            decision.reason,
        )
        match decision:
            case MakeOffer(offer_id, name, agent, reason):
                self._emit(name, OfferMade(offer_id=offer_id, agent=agent, reason=reason))
            case CloseOffer(offer_id, name, agent, answer, waited_s, _):
                OFFERS.labels(answer).inc()
                self._emit(
                    name, OfferAnswered(offer_id=offer_id, agent=agent, answer=answer, waited_s=waited_s)
                )
                if answer == "accepted" and name in self._queued:
                    self._queued[name].taken_by(agent)
            case EndWrapUp(name, agent, _):
                self._emit(name, WrapUpDone(agent=agent, code=UNFINISHED_CODE, summary=""))
            case LoseAgent(name, _, _):
                self._lost.add(name)
                if (queued := self._queued.pop(name, None)) is not None:
                    queued.lost()

    def _emit(self, interaction_id: str, event: Event) -> None:
        try:
            self._log.emit(interaction_id, event, person=self._persons.get(interaction_id))
        except LogFull:
            # People go on being connected even when the log cannot follow; the log counts what it refuses.
            logger.exception("acd: %s of %s is not in the log", event.kind, interaction_id)

    def _wake_in(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._turn)

    def _now(self) -> float:
        return self._clock.monotonic()


def _what_matters(agent: Agent | None) -> tuple[object, ...]:
    return (agent.state, agent.wish, agent.languages, agent.skills) if agent else ()
