"""The distributor with a clock, a log and people waiting on it: ``core.routing.Router`` for one process."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from prometheus_client import Counter, Gauge

from assist.acd.core import Acd, Levels
from assist.acd.plan import Plan
from assist.acd.state import FOLDED
from assist.acd.types import AcdSettings, Agent, Decision, Refused, Then, Wish
from core.clock import Clock, SystemClock
from core.commands import Reply
from core.events import CallBackTried, Event, OfferAnswered, Recorded, WrapUpDone, new_id
from core.handoff import HandoffPacket
from core.languages import Language
from core.log import EventLog, LogFull
from core.redaction import redact
from core.routing import Place
from core.routing_events import (
    CallNotQueued,
    ColleagueAnswered,
    ConversationEnded,
    KeptWithSelfService,
    LeftWhy,
    WrapUpEnded,
)

logger = logging.getLogger(__name__)

OFFERS = Counter("tetraphone_offers_total", "Offers of calls to agents by their answer", ["answer"])
WAITING = Gauge("tetraphone_calls_waiting", "Calls waiting for an agent")
AGENTS = Gauge("tetraphone_agents_present", "Agents whose page is connected")
NOT_QUEUED = Counter(
    "tetraphone_calls_not_queued_total", "Calls that no queue took, by what was done", ["then"]
)

_PERSONS_REMEMBERED = 10_000
_FACTS_READ_AGAIN = 200_000
AFTER_FAILURE_S = 1.0
CLOCK_STEP_S = 2.0
"""The time of day was set if it differs by more than this from what it would have been."""

UNFINISHED_CODE = "not_given"
"""Wrap-up code of a conversation whose agent gave none in time."""

ROUTING_FACTS: tuple[type[Event], ...] = (*FOLDED, CallNotQueued, KeptWithSelfService, CallBackTried)
"""What is read again after a restart: what the state is rebuilt from, what only names a call's person, and who was
reached already."""

Dial = Callable[[str, str], Awaitable[bool]]
"""Calls a customer back: (interaction, agent) -> whether they answered."""


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
        log: where facts are written.
        clock: its ``monotonic`` drives all times; opening hours follow its ``now``.
        settings: times and limits.
        plan: queues and opening hours; None: one queue, always open.
        dial: calls customers back; without it nobody is promised a call back.
    """

    def __init__(
        self,
        log: EventLog,
        clock: Clock | None = None,
        settings: AcdSettings | None = None,
        plan: Plan | None = None,
        dial: Dial | None = None,
    ) -> None:
        self._log = log
        self._clock = clock or SystemClock()
        self._epoch = self._clock.now().timestamp() - self._clock.monotonic()
        """What makes seconds since 1970 of the steady clock: fixed, so that they never jump."""
        self.acd = Acd(settings, plan)
        self._dial = dial
        self._dialling: set[asyncio.Task[None]] = set()
        self._queued: dict[str, Queued] = {}
        self._asked: dict[str, asyncio.Future[str]] = {}
        """Offers to come to another agent's call, and who waits for the answer."""
        self._persons: OrderedDict[str, str | None] = OrderedDict()
        """Whose call it is: their key seals the summary. The latest calls only; a late summary is rare."""
        self._last_agents: OrderedDict[str, str] = OrderedDict()
        """Person -> who talked with them last."""
        self._timer: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Stop the timer and let nobody wait any longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for task in self._dialling:
            task.cancel()
        for queued in self._queued.values():
            queued.left()
        self._queued.clear()

    async def restore(self) -> None:
        """Take up the state of a distributor that was killed. To be called once, before the first call.

        Its lines are gone, so nobody waits or talks any longer; call backs, what agents had chosen, who
        talked with whom last, and how long conversations take are kept. Who was reached by a call back already is
        not rung again.
        """
        facts = await self._log.of_kinds(ROUTING_FACTS, among=_FACTS_READ_AGAIN)
        for one in facts:
            self._remember(one)
        acd = Acd.rebuilt(
            ((one.interaction_id, one.event) for one in facts),
            self._now(),
            settings=self.acd.settings,
            plan=self.acd.plan,
        )
        # Where the time of day was set back meanwhile, the distributor's own time goes on all the same.
        self._epoch += max(acd.state.now - self._now(), 0.0)
        acd.lines_lost(self._now())
        for one in facts:
            if isinstance(one.event, CallBackTried) and one.event.answered:
                # They had their call; that it was cut off is no reason to ring once more.
                acd.cancel_call_back(one.interaction_id, self._now())
        self.acd = acd
        self._turn()

    def _remember(self, one: Recorded) -> None:
        if one.person is None:
            return
        self._keep(self._persons, one.interaction_id, one.person)
        if isinstance(one.event, OfferAnswered) and one.event.answer == "accepted":
            self._keep(self._last_agents, one.person, one.event.agent)

    @staticmethod
    def _keep(of: OrderedDict[str, Any], key: str, value: str | None) -> None:
        of[key] = value
        of.move_to_end(key)
        while len(of) > _PERSONS_REMEMBERED:
            of.popitem(last=False)

    # --- for calls (core.routing.Router) ---

    def enqueue(
        self, packet: HandoffPacket, person: str | None, *, to_queue: str = "", to_agent: str = ""
    ) -> Queued:
        """Put a call into the queue that takes it. A call whose agent was lost goes to the head.

        Args:
            to_queue, to_agent: where an agent gives it.

        Raises:
            Closed: out of hours; it says when the queue opens, and whether to take a message.
            Refused: if it talks with an agent already, or the queue is full.
        """
        name = packet.interaction_id
        self._keep(self._persons, name, person)
        self._look_at_the_clock()
        try:
            self.acd.enqueue(
                name,
                packet.language,
                packet.skills,
                packet.priority,
                self._now(),
                reason=packet.reason,
                intent=packet.intent,
                last_agent=self._last_agents.get(person or "", ""),
                to_queue=to_queue,
                to_agent=to_agent,
            )
            queued = self._queued.get(name)
            if queued is None:
                queued = self._queued[name] = Queued(self, name, person)
        finally:
            self._turn()
        return queued

    def check_room(self, user: str) -> None:
        """Whether somebody could take one more call; raises ``Refused`` if not."""
        self.acd.colleagues.check_room(user)

    def begin_with(self, packet: HandoffPacket, person: str | None, agent: str) -> Queued:
        """An agent has taken a call that was in no queue: it is theirs from now on, without an offer.

        Raises:
            Refused: if they have no room for it.
        """
        name = packet.interaction_id
        self._keep(self._persons, name, person)
        self.acd.begin_with(
            name, packet.language, agent, self._now(), reason=packet.reason, intent=packet.intent
        )
        queued = self._queued[name] = Queued(self, name, person)
        queued.taken_by(agent)
        if person is not None:
            self._keep(self._last_agents, person, agent)
        self._turn()
        return queued

    def leave(self, interaction_id: str, why: LeftWhy = "caller_left") -> None:
        self.acd.leave(interaction_id, self._now(), why)
        if (queued := self._queued.pop(interaction_id, None)) is not None:
            queued.left()
        self._turn()

    def conversation_ended(self, interaction_id: str) -> None:
        self.leave(interaction_id)

    # --- for the bridge (core.routing.Colleagues) ---

    def check_transfer(self, interaction_id: str, kind: Literal["queue", "agent"], to: str) -> None:
        """Whether a call in conversation can be given there now.

        Raises:
            Refused: with the reason.
        """
        self.acd.colleagues.check(interaction_id, kind, to)

    def ask_colleague(
        self, interaction_id: str, kind: Literal["queue", "agent"], to: str, without: Collection[str] = ()
    ) -> tuple[str, asyncio.Future[str]]:
        """Offer an agent, or somebody of a queue, to come to a call.

        Returns:
            Who is asked, and what becomes of it: accepted, rejected, not_answered or withdrawn.

        Raises:
            Refused: if nobody can be asked.
        """
        offer = self.acd.colleagues.ask(
            interaction_id, kind, to, self._now(), offer_id=new_id(), without=without
        )
        answer = self._asked[offer.offer_id] = asyncio.get_running_loop().create_future()
        self._turn()
        return offer.agent, answer

    def colleague_left(self, interaction_id: str, why: str) -> None:
        """Whoever came to the call, or was asked to, is free again."""
        self.acd.colleagues.all_leave(interaction_id, why, self._now())
        self._turn()

    def pass_on(self, interaction_id: str, to: str, reason: str) -> None:
        """The call is another agent's from now on; its own one wraps up.

        Raises:
            Refused: if the other one has no room for it.
        """
        self.acd.pass_on(interaction_id, to, self._now(), reason)
        if (person := self._persons.get(interaction_id)) is not None:
            self._keep(self._last_agents, person, to)
        self._turn()

    def give_back(self, interaction_id: str) -> None:
        """The agent's sound is gone for good: as if their page were, so that the call queues again at the head."""
        self.acd.given_back(interaction_id, self._now())
        self._turn()

    def present(self) -> list[str]:
        """The agents whose page is connected."""
        return [user for user, agent in self.acd.agents.items() if not agent.gone]

    def still_there(self, user: str) -> None:
        """An agent's sound is connected: their conversations are not given back for want of their page."""
        self.acd.still_there(user, self._now())

    def line_awaited(self, user: str) -> None:
        """An agent's sound is gone and waited for: whoever waits decides for how long, and repeats this meanwhile."""
        self.acd.line_awaited(user, self._now())

    def set_plan(self, plan: Plan) -> None:
        """Other queues and hours, at once."""
        self.acd.set_plan(plan, self._now())
        self._turn()

    def taken(self, interaction_id: str) -> Queued | None:
        """The call back that an agent has accepted and the platform dials, as its conversation needs it."""
        return self._queued.get(interaction_id) if interaction_id in self.acd.state.talks else None

    def place(self, interaction_id: str) -> Place | None:
        """Place in the queue, or None where the call does not wait."""
        if interaction_id not in self.acd.calls:
            return None
        return self.acd.place(interaction_id, self._now())

    def stays_with_bot(self, interaction_id: str, reason: str, intent: str, language: Language) -> str | None:
        """The peak rule, see ``Acd.stays_with_bot``; to be asked before the bot hands over."""
        why = self.acd.stays_with_bot(interaction_id, reason, intent, language, self._now())
        self._turn()
        return why

    def call_back(self, interaction_id: str) -> Literal["platform", "agent"]:
        """The caller hangs up and is called back, by whom is returned.

        The platform keeps the place and dials when it would have been their turn; without an outgoing line the
        call leaves the queue, and an agent calls from the list of call backs.

        Raises:
            Refused: if the call does not wait, or was accepted at this moment.
        """
        if self._dial is not None:
            self.acd.keep_place_for_call_back(interaction_id, self._now())
        else:
            self.acd.list_call_back(interaction_id, self._now())
        if (queued := self._queued.pop(interaction_id, None)) is not None:
            queued.left()
        self._turn()
        return "agent" if self._dial is None else "platform"

    def dial_with(self, dial: Dial) -> None:
        """The platform has an outgoing line from now on."""
        self._dial = dial

    def queue_of(self, interaction_id: str) -> str:
        """The queue that a call waits in; '' where it does not wait."""
        call = self.acd.calls.get(interaction_id)
        return call.queue if call is not None else ""

    def if_nobody_answers(self, queue: str) -> Then:
        """What the plan does with a call of this queue that nobody took in time."""
        return self.acd.state.queue(queue).no_answer

    # --- for agents (commands) ---

    def set_agent_state(
        self,
        user: str,
        state: str,
        languages: Levels,
        skills: Levels,
        reason: str = "",
        capacity: int = 1,
    ) -> Reply:
        """See ``Acd.set_agent``; to be repeated every few seconds by the agent's page."""
        wish = next((known for known in get_args(Wish) if known == state), None)
        if wish is None:
            return Reply(ok=False, error=f"The state must be one of: {', '.join(get_args(Wish))}.")
        reasons = self.acd.plan.break_reasons
        if reason and reason not in reasons:
            return Reply(ok=False, error=f"The reason of a break must be one of: {', '.join(reasons)}.")
        before = _what_matters(self.acd.agents.get(user))
        agent = self.acd.set_agent(
            user, wish, languages, skills, self._now(), reason=reason, capacity=capacity
        )
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

    def extend_wrap_up(self, user: str, interaction_id: str) -> Reply:
        """More time to write, as often as the settings allow."""
        try:
            self.acd.extend_wrap_up(user, interaction_id, self._now())
        except Refused as refusal:
            return Reply(ok=False, error=str(refusal))
        self._turn()
        return Reply(ok=True)

    def finish_wrap_up(
        self, user: str, interaction_id: str, code: str, summary: str, notes: str = ""
    ) -> Reply:
        """Log the summary and code, and let the agent go back to what they wished."""
        try:
            self.acd.finish_wrap_up(user, interaction_id, self._now())
        except Refused as refusal:
            return Reply(ok=False, error=str(refusal))
        done = WrapUpDone(agent=user, code=code, summary=redact(summary), notes=redact(notes))
        self._emit(interaction_id, done)
        self._turn()
        return Reply(ok=True)

    def agent_of(self, interaction_id: str) -> str | None:
        """Who talks with this call; commands of others about it are to be refused."""
        agent = self.acd.talking_with(interaction_id)
        return agent.user if agent else None

    def state(self) -> dict[str, Any]:
        """Agents and waiting calls as JSON; times of day are UTC, ISO 8601.

        ``{now, agents: [{user, state, wish, break_reason, why_not_ready, since, languages, skills, levels, capacity,
        calls, since_of, wraps_up_until, interaction_id, wrap_up_until, offer}], waiting: [{interaction_id, queue, language, priority, since,
        place, call_back, offered_to}]}``; ``offer`` is ``{offer_id, made_at, until}`` or null.
        """
        steady, now = self._now(), datetime.now(UTC)

        def at(moment: float) -> str:
            return (now + timedelta(seconds=moment - steady)).isoformat(timespec="milliseconds")

        agents = []
        for agent in self.acd.agents.values():
            work = agent.main_work
            offer = self.acd.offers.get(work.offer_id or "") if work else None
            wraps_up = work is not None and work.activity == "wrap_up"
            agents.append(
                {
                    "user": agent.user,
                    "state": agent.state,
                    "wish": agent.wish,
                    "break_reason": agent.break_reason,
                    "why_not_ready": agent.why_not_ready,
                    "since": at(work.talk_since if work and agent.state == "talking" else agent.since),
                    "languages": sorted(language.value for language in agent.languages),
                    "skills": sorted(agent.skills),
                    "levels": {**{one.value: n for one, n in agent.languages.items()}, **agent.skills},
                    "capacity": agent.capacity,
                    "calls": {one.interaction_id: one.activity for one in agent.work.values()},
                    "since_of": {
                        one.interaction_id: at(one.talk_since or one.since) for one in agent.work.values()
                    },
                    "wraps_up_until": {
                        one.interaction_id: at(one.until)
                        for one in agent.work.values()
                        if one.activity == "wrap_up"
                    },
                    "interaction_id": work.interaction_id if work else None,
                    "wrap_up_until": at(work.until) if work and wraps_up else None,
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
                "call_back": call.call_back,
                "offered_to": self.acd.offers[call.offer_id].agent if call.offer_id else None,
            }
            for number, call in enumerate(self.acd.in_order(), 1)
        ]
        return {"now": at(steady), "agents": agents, "waiting": waiting}

    # --- carrying out ---

    def _turn(self) -> None:
        """Decide, carry out, and come by again in time: whatever fails, the next turn comes."""
        try:
            self._look_at_the_clock()
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

    def _look_at_the_clock(self) -> None:
        """Whether the time of day was set: opening hours follow it, waits do not."""
        offset = self._clock.now().timestamp() - self._now()
        if abs(offset - self.acd.state.wall_offset) > CLOCK_STEP_S:
            logger.warning("acd: the time of day differs from our own by %.1f s from now on", offset)
            self.acd.clock_corrected(round(offset, 3), self._now(), "the time of day was set")

    def _try_to_carry_out(self, decision: Decision) -> None:
        try:
            self._carry_out(*decision)
        except Exception:
            # The other decisions are made already and will not be made again.
            logger.exception("acd: %s was not carried out", type(decision.event).__name__)

    def _carry_out(self, name: str, event: Event) -> None:
        logger.info("acd: %s %s: %s", event.kind, name, getattr(event, "reason", ""))
        self._emit(name, event)
        match event:
            case OfferAnswered(agent=agent, answer=answer):
                OFFERS.labels(answer).inc()
                if answer == "accepted":
                    self._accepted(name, agent)
            case ColleagueAnswered(offer_id=offer_id, answer=answer):
                OFFERS.labels(answer).inc()
                if (asked := self._asked.pop(offer_id, None)) is not None and not asked.done():
                    asked.set_result(answer)
            case WrapUpEnded(agent=agent, by="time"):
                self._emit(name, WrapUpDone(agent=agent, code=UNFINISHED_CODE, summary=""))
            case ConversationEnded(why="agent_lost"):
                if (queued := self._queued.pop(name, None)) is not None:
                    queued.lost()
            case CallNotQueued(then=then):
                NOT_QUEUED.labels(then).inc()
            case _:
                pass

    def _accepted(self, name: str, agent: str) -> None:
        if (person := self._persons.get(name)) is not None:
            self._keep(self._last_agents, person, agent)
        if name in self._queued:
            self._queued[name].taken_by(agent)
        elif name in self.acd.state.call_backs:
            queued = self._queued[name] = Queued(self, name, person)
            queued.taken_by(agent)
            task = asyncio.create_task(self._call_back(name, agent), name=f"call back {name}")
            self._dialling.add(task)
            task.add_done_callback(self._dialling.discard)

    async def _call_back(self, name: str, agent: str) -> None:
        why = "the platform has no outgoing line"
        try:
            if self._dial is not None:
                why = "" if await self._dial(name, agent) else "the customer was not reached"
        except Exception as error:
            logger.exception("acd: calling back for %s failed", name)
            why = f"dialling failed: {type(error).__name__}"
        if why:
            self._queued.pop(name, None)
            self.acd.call_back_failed(name, why, self._now())
            self._turn()

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
            self._timer = asyncio.get_running_loop().call_later(max(seconds, 0.0), self._turn)

    def _now(self) -> float:
        """Seconds since 1970 on a clock that never jumps."""
        return self._epoch + self._clock.monotonic()


def _what_matters(agent: Agent | None) -> tuple[object, ...]:
    if agent is None:
        return ()
    return (
        agent.state, agent.wish, agent.languages, agent.skills, agent.capacity, agent.break_reason, agent.heard
    )  # fmt: skip
