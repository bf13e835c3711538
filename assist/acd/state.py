"""The distributor's state, changed by facts alone: folding the same facts gives the same state.

A fact about something unknown changes nothing, so that a log may be read from the middle on. What follows
from time alone (who may take a call by now, what runs out next) is worked out from the state and is not
in the log; nor are the agents' leases, which their pages renew every few seconds.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import replace
from heapq import heappop, heappush
from typing import Any, Literal

from assist.acd import colleague_state
from assist.acd.line import Line
from assist.acd.plan import Plan, Queue, Rule, wall
from assist.acd.pools import Pools
from assist.acd.types import AcdSettings, Agent, Answer, Offer, WaitingCall, Work
from core.events import Event, OfferAnswered, OfferMade
from core.routing_events import (
    AgentChanged,
    CallBackFailed,
    CallBackKept,
    CallLeftQueue,
    CallOverflowed,
    CallQueued,
    ClockCorrected,
    ConversationEnded,
    TimeLost,
    WrapUpEnded,
    WrapUpExtended,
)

REMEMBERED_OFFERS = 2000
REMEMBERED_LOST = 1000
REMEMBERED_WRAP_UPS = 20
"""Of each agent: wrap-ups that ended by themselves and whose summary may still come."""
REMEMBERED_ADMITTED = 20_000
"""Calls; many more than can be under way at once."""
NEW_HANDLE_TIME_WEIGHT = 0.2
ALL_QUEUES = ""
NEVER = float("inf")

DueKind = Literal["offer", "wrap_up", "lease", "lost", "call"]


class AcdState:
    """Waiting calls, agents and offers.

    Attributes:
        now: the latest time that was told or folded.
        wall_offset: what is to be added to it for the time of day.
        talks: call -> agent in conversation.
        colleague_of: call -> another agent who was asked to come to it, or has come.
        call_backs: calls being called back at this moment, kept until it is known to have succeeded.
        lost: calls whose agent was lost and that have not queued again -> who that was.
        admitted: calls that were in a queue or with a person: whenever they come back, they are not turned away.
        handle_s: mean time from acceptance to the end of wrap-up by queue, and of all; recent ones weigh more.
        closed: offers that are over -> whose they were, and the answer.
    """

    def __init__(self, plan: Plan, settings: AcdSettings) -> None:
        self.plan = plan
        self.settings = settings
        self.now = 0.0
        self.wall_offset = 0.0
        self.arrivals = 0
        self.calls: dict[str, WaitingCall] = {}
        self.agents: dict[str, Agent] = {}
        self.offers: dict[str, Offer] = {}
        self.talks: dict[str, str] = {}
        self.call_backs: dict[str, WaitingCall] = {}
        self.colleague_of: dict[str, str] = {}
        self.lost: OrderedDict[str, str] = OrderedDict()
        self.admitted: OrderedDict[str, None] = OrderedDict()
        self.handle_s: dict[str, float] = {}
        self.closed: OrderedDict[str, tuple[str, Answer]] = OrderedDict()
        self.waiting_in: Counter[str] = Counter()
        self.pools = Pools(self.agents)
        self.line = Line()
        self._due: list[tuple[float, int, DueKind, str, str]] = []
        self._due_count = 0
        self._wakes: dict[str, float] = {}
        self._opening: dict[str, tuple[bool, float]] = {}

    def apply(self, name: str, event: Event) -> None:
        """Take in a fact; ``name`` is the interaction that it is logged under."""
        handler = _FOLDED_BY.get(type(event))
        if handler is not None:
            self.now = max(self.now, getattr(event, "at", 0.0))
            handler(self, name, event)

    def snapshot(self) -> dict[str, Any]:
        """All that the facts decide, for comparison."""
        agents = {}
        for user, agent in self.agents.items():
            agents[user] = (
                dict(agent.languages), dict(agent.skills), agent.wish, agent.break_reason, agent.capacity,
                agent.why_not_ready, agent.gone, agent.since, agent.idle_since, repr(agent.work),
            )  # fmt: skip
        return {
            "calls": {name: repr(call) for name, call in self.calls.items()},
            "agents": agents,
            "offers": dict(self.offers),
            "talks": dict(self.talks),
            "call_backs": {name: repr(call) for name, call in self.call_backs.items()},
            "colleague_of": dict(self.colleague_of),
            "lost": list(self.lost.items()),
            "admitted": list(self.admitted),
            "handle_s": dict(self.handle_s),
            "closed": dict(self.closed),
            "waiting_in": {queue: count for queue, count in self.waiting_in.items() if count},
            "wall_offset": self.wall_offset,
            "arrivals": self.arrivals,
        }

    # --- calls ---

    def _call_queued(self, name: str, event: CallQueued) -> None:
        self.arrivals = max(self.arrivals, event.order)
        self.lost.pop(name, None)
        self.admit(name)
        call = WaitingCall(
            interaction_id=name,
            queue=event.queue,
            language=event.language,
            skills=frozenset(event.skills),
            priority=event.priority,
            since=event.since,
            order=event.order,
            returned=event.returned,
            last_agent=event.last_agent,
            prefer_until=event.prefer_until,
            queue_since=event.at,
        )
        self._wait(call)

    def admit(self, name: str) -> None:
        """The call belongs to people from now on."""
        self.admitted[name] = None
        self.admitted.move_to_end(name)
        while len(self.admitted) > REMEMBERED_ADMITTED:
            self.admitted.popitem(last=False)

    def _call_overflowed(self, name: str, event: CallOverflowed) -> None:
        if (call := self.calls.get(name)) is not None:
            self.waiting_in[call.queue] -= 1
            self.waiting_in[event.to] += 1
            call.queue, call.skills = event.to, frozenset(event.skills)
            call.priority, call.queue_since = event.priority, event.at
            self.settle(call)

    def _call_left(self, name: str, event: CallLeftQueue) -> None:
        self.call_backs.pop(name, None)
        self._unwait(name)

    def _call_back_kept(self, name: str, event: CallBackKept) -> None:
        if (call := self.calls.get(name)) is not None:
            call.call_back = True
            self.settle(call)

    def _call_back_failed(self, name: str, event: CallBackFailed) -> None:
        call = self.call_backs.pop(name, None)
        agent = self.agents.get(self.talks.pop(name, ""))
        if agent is not None and agent.work.pop(name, None) is not None:
            self.has_room(agent, event.at)
        # The last attempt gives the place up by itself: the fact that says so may be missing after a kill.
        if call is not None and event.attempt < self.settings.call_back_tries:
            call.attempts, call.due_at, call.offer_id = event.attempt, event.again_at, None
            call.last_agent, call.prefer_until = "", 0.0
            self._wait(call)

    def _wait(self, call: WaitingCall) -> None:
        self._unwait(call.interaction_id)  # a log that begins in the middle may not tell that it left
        self.calls[call.interaction_id] = call
        self.waiting_in[call.queue] += 1
        self.settle(call)

    def _unwait(self, name: str) -> WaitingCall | None:
        call = self.calls.pop(name, None)
        if call is not None:
            self.waiting_in[call.queue] -= 1
            self.line.take(name)
            self._wakes.pop(name, None)
        return call

    # --- offers and conversations ---

    def _offer_made(self, name: str, event: OfferMade) -> None:
        call, agent = self.calls.get(name), self.agents.get(event.agent)
        if call is None or agent is None:
            return
        offer = Offer(event.offer_id, name, event.agent, event.at, event.until)
        self.offers[offer.offer_id] = offer
        call.offer_id = offer.offer_id
        before = agent.state
        agent.work[name] = Work(
            name, "offered", event.at, offer.offer_id, call.queue, call.language, call_back=call.call_back
        )
        self.line.take(name)
        self._wakes.pop(name, None)
        self.state_may_have_changed(agent, before, event.at)
        if agent.free:
            self.pools.freed(agent)
        self.run_out(event.until, "offer", offer.offer_id)

    def _offer_answered(self, name: str, event: OfferAnswered) -> None:
        offer = self.offers.pop(event.offer_id, None)
        self.close_offer(event.offer_id, event.agent, event.answer)
        if offer is None:
            return
        call, agent = self.calls[name], self.agents[event.agent]
        call.offer_id = None
        before = agent.state
        if event.answer == "accepted":
            work = agent.work[name]
            work.activity, work.offer_id = "talking", None
            work.since = work.talk_since = event.at
            agent.lapsed_wrap_ups.pop(name, None)
            self.talks[name] = agent.user
            self._unwait(name)
            if call.call_back:
                self.call_backs[name] = call
            self.state_may_have_changed(agent, before, event.at)
            return
        # Whoever was offered a call and did not get it keeps their claim to the next one.
        del agent.work[name]
        call.returned = True
        if event.answer == "rejected":
            call.rejected_by[agent.user] = event.at
        if event.answer == "not_answered":
            agent.why_not_ready = "not_answered"
            self.pools.changed(agent.user)
        self.has_room(agent, event.at, before)
        self.settle(call)

    def close_offer(self, offer_id: str, agent: str, answer: Answer) -> None:
        """Remember an offer that is over, for those who answer it once more."""
        self.closed[offer_id] = (agent, answer)
        while len(self.closed) > REMEMBERED_OFFERS:
            self.closed.popitem(last=False)

    def _conversation_ended(self, name: str, event: ConversationEnded) -> None:
        agent = self.agents.get(event.agent)
        self.talks.pop(name, None)
        self.call_backs.pop(name, None)
        if event.why == "agent_lost":
            self.lost[name] = event.agent
            while len(self.lost) > REMEMBERED_LOST:
                self.lost.popitem(last=False)
        if agent is None or name not in agent.work:
            return
        before = agent.state
        if event.why == "over" and event.wrap_up_until > event.at:
            work = agent.work[name]
            work.activity, work.since, work.until = "wrap_up", event.at, event.wrap_up_until
            self.state_may_have_changed(agent, before, event.at)
            self.run_out(work.until, "wrap_up", agent.user, name)
        else:
            work = agent.work.pop(name)
            if event.why == "over":
                self._learn_handle_time(work, event.at)
            agent.idle_since = event.at
            self.has_room(agent, event.at, before)

    def _wrap_up_extended(self, name: str, event: WrapUpExtended) -> None:
        agent = self.agents.get(event.agent)
        if agent is not None and (work := agent.work.get(name)) is not None:
            # The old end is still noted; when it comes, the new one is noted in its place.
            work.until = event.wrap_up_until

    def _wrap_up_ended(self, name: str, event: WrapUpEnded) -> None:
        agent = self.agents.get(event.agent)
        if agent is None or name not in agent.work:
            return
        before = agent.state
        self._learn_handle_time(agent.work.pop(name), event.at)
        if event.by == "time":
            agent.lapsed_wrap_ups[name] = None
            while len(agent.lapsed_wrap_ups) > REMEMBERED_WRAP_UPS:
                agent.lapsed_wrap_ups.popitem(last=False)
        agent.idle_since = event.at
        self.has_room(agent, event.at, before)

    def _learn_handle_time(self, work: Work, at: float) -> None:
        taken = at - work.talk_since
        for key in (work.queue, ALL_QUEUES):
            before = self.handle_s.get(key, taken)
            self.handle_s[key] = before + NEW_HANDLE_TIME_WEIGHT * (taken - before)

    # --- agents ---

    def _agent_changed(self, name: str, event: AgentChanged) -> None:
        agent = self.agents.get(event.agent)
        if agent is None:
            if event.gone:
                return
            agent = self.agents[event.agent] = Agent(event.agent, since=event.at, idle_since=event.at)
        agent.heard = agent.heard or not event.gone  # what they wish is known from them alone
        agent.has_desk = agent.has_desk or not event.gone
        before, was_free = agent.state, agent.free
        agent.wish, agent.break_reason = event.wish, event.break_reason
        agent.languages, agent.skills = event.languages, event.skills
        agent.capacity, agent.gone = event.capacity, event.gone
        agent.why_not_ready = (event.why_not_ready or "not_answered") if event.not_ready else ""
        if agent.gone:
            agent.leased = False
        if agent.gone and not agent.work:
            del self.agents[agent.user]
        elif agent.free and not was_free:
            agent.idle_since = event.at
        self.pools.changed(agent.user)
        self.state_may_have_changed(agent, before, event.at)

    def renew_lease(self, agent: Agent, until: float) -> None:
        """The agent's page is there; not a fact, as it comes every few seconds."""
        agent.lease_until = until
        if not agent.heard:
            agent.heard = True
            self.pools.changed(agent.user)
        if not agent.leased and not agent.gone:
            agent.leased = True
            self.run_out(until, "lease", agent.user)

    def has_room(self, agent: Agent, at: float, before: str | None = None) -> None:
        if before is not None:
            self.state_may_have_changed(agent, before, at)
        else:
            agent.since = at
        if agent.gone and not agent.work:
            del self.agents[agent.user]
            self.pools.changed(agent.user)
        else:
            self.pools.freed(agent)

    def state_may_have_changed(self, agent: Agent, before: str, at: float) -> None:
        if agent.state != before:
            agent.since = at

    # --- time ---

    def _time_lost(self, name: str, event: TimeLost) -> None:
        for offer_id, offer in self.offers.items():
            self.offers[offer_id] = replace(offer, until=offer.until + event.seconds)
        for agent in self.agents.values():
            agent.lease_until += event.seconds
            agent.loss_not_before += event.seconds

    def _clock_corrected(self, name: str, event: ClockCorrected) -> None:
        self.wall_offset = event.offset_s
        self._opening.clear()
        for call in self.calls.values():
            self.settle(call)

    def set_plan(self, plan: Plan) -> None:
        """The rules for those who wait are others from now on."""
        self.plan = plan
        self._opening.clear()
        for call in self.calls.values():
            self.settle(call)

    def queue(self, name: str) -> Queue:
        """The queue of this name; that of calls in general where the plan no longer has it."""
        queues = self.plan.queues
        return queues.get(name) or list(queues.values())[-1]

    def opening(self, queue: Queue, now: float) -> tuple[bool, float]:
        """Whether a queue is open, and until when that holds (seconds on our clock; ``inf``: for long)."""
        if queue.hours is None:
            return True, NEVER
        known = self._opening.get(queue.name)
        if known is None or now >= known[1]:
            at = wall(now + self.wall_offset)
            change = queue.hours.next_change(at)
            until = NEVER if change is None else change.timestamp() - self.wall_offset
            known = self._opening[queue.name] = (queue.hours.is_open(at), until)
        return known

    def settle(self, call: WaitingCall) -> None:
        """Put a waiting call among those whom the same agents may take at this moment."""
        name, now = call.interaction_id, self.now
        if call.offer_id is not None:
            return
        wakes = NEVER
        queue = self.queue(call.queue)
        is_open, until = self.opening(queue, now) if call.call_back else (True, NEVER)
        if call.due_at > now or not is_open:
            self.line.take(name)
            wakes = max(call.due_at, 0.0 if is_open else until)
        else:
            rule, wakes = self.rule_of(call, queue)
            apart = now < call.prefer_until
            if apart:
                wakes = min(wakes, call.prefer_until)
            for at in call.rejected_by.values():
                if now < at + self.settings.reoffer_s:
                    apart, wakes = True, min(wakes, at + self.settings.reoffer_s)
            wakes = min(wakes, until, self._overflows_at(call, queue))
            rank = call.rank(self.settings.second_per_point)
            self.line.put(name, rank, call.profile, rule, name if apart else "")
        self._wakes[name] = wakes
        if wakes < NEVER:
            self.run_out(wakes, "call", name)

    def _overflows_at(self, call: WaitingCall, queue: Queue) -> float:
        """When the call has waited for so long that it is to overflow, and the other queue is open."""
        over = queue.overflow
        if over is None or over.after_s is None or call.call_back:
            return NEVER
        at = max(call.queue_since + over.after_s, self.now)
        if at > self.now:
            return at
        is_open, until = self.opening(self.plan.queues[over.to], self.now)
        return at if is_open else until

    def rule_of(self, call: WaitingCall, queue: Queue | None = None) -> tuple[Rule, float]:
        """Who may take the call by now, and when that changes."""
        waited = self.now - call.since
        rule: Rule = "best"
        for step in (queue or self.queue(call.queue)).steps:
            # Compared as moments: a wait worked out by subtraction may miss its own deadline by a rounding.
            if waited < step.after_s and self.now < call.since + step.after_s:
                return rule, call.since + step.after_s
            rule = step.rule
        return rule, NEVER

    def run_out(self, at: float, kind: DueKind, key: str, other: str = "") -> None:
        self._due_count += 1
        heappush(self._due, (at, self._due_count, kind, key, other))

    def lost_at(self, agent: Agent) -> float:
        """When the conversations of an agent whose page is gone are given back."""
        silent_too_long = agent.lease_until + self.settings.lost_s - self.settings.lease_s
        return max(silent_too_long, agent.loss_not_before)

    def wait_for_loss(self, agent: Agent) -> None:
        self.run_out(self.lost_at(agent), "lost", agent.user)

    def next_due(self) -> float | None:
        """The earliest moment at which something runs out."""
        while self._due:
            at, _, kind, key, other = self._due[0]
            holds = self._holds_until(kind, key, other)
            if holds == at:
                return at
            heappop(self._due)
            if holds is not None and kind != "call":
                self.run_out(holds, kind, key, other)
        return None

    def pop_due(self, now: float) -> tuple[DueKind, str, str] | None:
        """The next thing that has run out by now."""
        at = self.next_due()
        if at is None or at > now:
            return None
        _, _, kind, key, other = heappop(self._due)
        return kind, key, other

    def _holds_until(self, kind: DueKind, key: str, other: str) -> float | None:
        """Until when what was noted still holds; None: it is over already."""
        if kind == "call":
            return self._wakes.get(key)
        if kind == "offer":
            offer = self.offers.get(key)
            return offer.until if offer else None
        agent = self.agents.get(key)
        if agent is None:
            return None
        if kind == "wrap_up":
            work = agent.work.get(other)
            return work.until if work is not None and work.activity == "wrap_up" else None
        if kind == "lease":
            return agent.lease_until if agent.leased else None
        return self.lost_at(agent) if agent.gone else None


_FOLDED_BY: dict[type[Event], Callable[[AcdState, str, Any], None]] = {
    CallQueued: AcdState._call_queued,
    CallOverflowed: AcdState._call_overflowed,
    CallLeftQueue: AcdState._call_left,
    CallBackKept: AcdState._call_back_kept,
    CallBackFailed: AcdState._call_back_failed,
    OfferMade: AcdState._offer_made,
    OfferAnswered: AcdState._offer_answered,
    ConversationEnded: AcdState._conversation_ended,
    WrapUpExtended: AcdState._wrap_up_extended,
    WrapUpEnded: AcdState._wrap_up_ended,
    AgentChanged: AcdState._agent_changed,
    TimeLost: AcdState._time_lost,
    ClockCorrected: AcdState._clock_corrected,
    **colleague_state.FOLDED_BY,
}
FOLDED = tuple(_FOLDED_BY)
"""The facts that the state is made of."""
