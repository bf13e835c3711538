"""The distributor's decisions: pure, told the time, and each a fact with its reason.

Callers ask through the methods, each with the present time in seconds of any steady clock, then call
``decide`` for what follows. The state changes by the facts alone (``state``), so the same requests in the
same order give the same decisions, and the facts of a killed distributor give its state back.

Order of the queue: calls that came back (rejected, not answered, agent lost) first; then by priority,
where each ``second_per_point`` seconds of waiting weigh as much as one point, so that no priority can
starve anybody; then by arrival. A call whom nobody present can serve does not hold up those behind it.

A time earlier than one told before counts as that one. A time much later than the distributor asked to
be called again means that the distributor itself stood still: agents get that time back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from assist.acd.colleagues import Colleagues
from assist.acd.entry import TurnedDown, entry_of, load_of
from assist.acd.plan import Plan, Queue
from assist.acd.state import AcdState
from assist.acd.types import (
    AcdSettings,
    Agent,
    Answer,
    Closed,
    Decision,
    Offer,
    Profile,
    Refused,
    WaitingCall,
    Wish,
)
from assist.acd.waits import place_of, why_offered
from core.events import Event, OfferAnswered, OfferMade, new_id
from core.languages import Language
from core.proficiency import with_levels
from core.routing import Place
from core.routing_events import (
    ACD,
    AgentChanged,
    CallBackFailed,
    CallBackKept,
    CallLeftQueue,
    CallNotQueued,
    CallOverflowed,
    CallQueued,
    ClockCorrected,
    ConversationEnded,
    KeptWithSelfService,
    LeftWhy,
    TimeLost,
    WhyNotReady,
    WrapUpEnded,
    WrapUpExtended,
    of_agent,
)

Levels = Mapping[Any, int] | Iterable[Any]
"""Proficiency by name; names alone have the usual one."""


class Acd:
    """Waiting calls, agents and offers, and what to do next.

    Args:
        settings: times and limits.
        plan: queues and hours; none: one queue that is always open.
        make_id: where ids of offers come from (tests count).
    """

    def __init__(
        self,
        settings: AcdSettings | None = None,
        plan: Plan | None = None,
        make_id: Callable[[], str] = new_id,
    ) -> None:
        self.settings = settings or AcdSettings()
        self.plan = plan or Plan()
        self.state = AcdState(self.plan, self.settings)
        self._make_id = make_id
        self.colleagues = Colleagues(self, self._fact)
        self._pending: list[Decision] = []
        self._just_rebuilt = False

    @classmethod
    def rebuilt(cls, facts: Iterable[tuple[str, Event]], now: float, **parts: Any) -> Acd:
        """The distributor as its facts left it.

        Agents' pages have a lease from ``now`` on to come back, and nobody is offered a call before theirs did.

        Args:
            facts: pairs of interaction and event, in the order of the log.
            parts: as for a new one.
        """
        acd = cls(**parts)
        for name, event in facts:
            acd.state.apply(name, event)
        acd.state.now = now = max(acd.state.now, now)
        acd._just_rebuilt = True  # agents have a whole lease; nothing is given back on top
        for agent in acd.agents.values():
            acd.state.renew_lease(agent, now + acd.settings.lease_s)
            agent.heard = False
            acd.state.pools.changed(agent.user)
            if agent.gone:
                acd.state.wait_for_loss(agent)
        return acd

    @property
    def calls(self) -> dict[str, WaitingCall]:
        return self.state.calls

    @property
    def agents(self) -> dict[str, Agent]:
        return self.state.agents

    @property
    def offers(self) -> dict[str, Offer]:
        return self.state.offers

    def _fact(self, name: str, event: Event) -> None:
        self.state.apply(name, event)
        self._pending.append(Decision(name, event))

    def _time(self, now: float) -> float:
        self.state.now = max(self.state.now, now)
        return self.state.now

    # --- calls ---

    def enqueue(
        self,
        interaction_id: str,
        language: Language,
        skills: Iterable[str],
        priority: int,
        now: float,
        *,
        reason: str = "",
        intent: str = "",
        last_agent: str = "",
        to_queue: str = "",
        to_agent: str = "",
    ) -> WaitingCall:
        """Put a call into its queue. A call that waits already keeps its place; one whose agent was lost goes to the
        head. Who was in a queue or with a person before is turned away neither by hours nor by fullness.

        Args:
            reason, intent: of the hand-over; with the skills they decide which queue it is.
            last_agent: who had this caller last, if anybody: for a short while the call is kept for them, unless it was
                they who were lost.
            to_queue, to_agent: where an agent gives it; for that agent it is kept longer.

        Raises:
            Closed: out of hours.
            Refused: if it talks with an agent, or the queue is full.
        """
        now = self._time(now)
        if (known := self.calls.get(interaction_id)) is not None:
            return known
        if (user := self.state.talks.get(interaction_id)) is not None:
            raise Refused(f"The call is with {user} already.")
        skills = frozenset(skills)
        first = self.plan.queues.get(to_queue) or self.plan.queue_for(reason, intent, skills)
        lost = self.state.lost.get(interaction_id)
        queue, why = self._admitted(first, interaction_id, now)
        wanted = queue.skills | skills if queue is first else queue.skills
        why = why if lost is None else "its agent was lost, so it stands at the head"
        agent = self.agents.get(to_agent or ("" if last_agent == lost else last_agent))
        kept_s = self.settings.given_s if to_agent else queue.last_agent_s
        prefers = agent is not None and agent.serving and language in agent.languages
        self._fact(
            interaction_id,
            CallQueued(
                queue=queue.name,
                language=language,
                skills=tuple(sorted(wanted)),
                priority=priority + queue.priority,
                since=now,
                order=self.state.arrivals + 1,
                returned=lost is not None,
                last_agent=agent.user if agent is not None and prefers else "",
                prefer_until=now + kept_s if prefers else 0.0,
                at=now,
                reason=why or f"queue {queue.name} takes it, priority {priority} + {queue.priority}",
            ),
        )
        return self.calls[interaction_id]

    def _admitted(self, first: Queue, name: str, now: float) -> tuple[Queue, str]:
        entry = entry_of(self.state, first)
        if not isinstance(entry, TurnedDown):
            return entry
        if name in self.state.admitted:
            return first, f"{entry.reason}, but the caller was in a queue or with a person before"
        self._fact(name, CallNotQueued(
            queue=entry.queue, then=entry.then, opens_at=entry.opens_at, at=now, reason=entry.reason,
        ))  # fmt: skip
        if entry.closed:
            raise Closed(
                "The queue is closed at this hour.",
                entry.then,
                entry.opens_at,
                queue=entry.queue,
                zone=entry.zone,
            )
        raise Refused("The queue is full.", entry.then, entry.queue)

    def leave(self, interaction_id: str, now: float, why: LeftWhy = "caller_left") -> None:
        """The caller is no longer there, or their wait was ended; an offer under way is withdrawn, a conversation is
        over.

        A call back stays: its caller has hung up on purpose.
        """
        now = self._time(now)
        call = self.calls.get(interaction_id)
        if call is None:
            self.conversation_ended(interaction_id, now)
        elif not call.call_back:
            self._leave_queue(call, why, now)

    def _leave_queue(self, call: WaitingCall, why: LeftWhy, now: float) -> None:
        if call.offer_id is not None:
            reason = "the caller left" if why == "caller_left" else f"the call waits no longer: {why}"
            self._close_offer(self.offers[call.offer_id], "withdrawn", reason, now)
        waited = round(now - call.since, 3)
        self._fact(call.interaction_id, CallLeftQueue(queue=call.queue, waited_s=waited, why=why, at=now))

    def conversation_ended(self, interaction_id: str, now: float) -> None:
        """The agent of this call is in wrap-up from now on, or free where they have no desk to write at; without an
        agent nothing happens."""
        now = self._time(now)
        agent = self.talking_with(interaction_id)
        if agent is not None:
            self._end_conversation(agent, interaction_id, "over", now)

    def _end_conversation(
        self, agent: Agent, name: str, why: Literal["over", "agent_lost", "line_lost"], now: float
    ) -> None:
        self.colleagues.all_leave(name, "conversation_over", now)
        talked = round(now - agent.work[name].talk_since, 3)
        until = now + self.settings.wrap_up_s if why == "over" and agent.has_desk else 0.0
        self._fact(
            name, ConversationEnded(agent=agent.user, why=why, talk_s=talked, wrap_up_until=until, at=now)
        )

    def given_back(self, interaction_id: str, now: float) -> None:
        """The agent's sound is gone for good, though their page may be there: the caller is to queue again, and the
        agent is not ready until they say that they are."""
        now = self._time(now)
        if (agent := self.talking_with(interaction_id)) is None:
            return
        self._end_conversation(agent, interaction_id, "agent_lost", now)
        if agent.wish == "available" and not agent.not_ready and not agent.gone:
            self._change_alone(
                agent, now, why_not_ready="line_lost", reason=f"the sound of {agent.user} was gone for good"
            )

    def pass_on(self, interaction_id: str, to: str, now: float, reason: str) -> None:
        """See ``Colleagues.pass_on``."""
        self.colleagues.pass_on(
            interaction_id, to, self._time(now), reason,
            lambda agent, name, at: self._end_conversation(agent, name, "over", at),
        )  # fmt: skip

    def begin_with(
        self, name: str, language: Language, agent: str, now: float, *, reason: str = "", intent: str = ""
    ) -> None:
        """See ``Colleagues.begin_with``."""
        self.colleagues.begin_with(name, language, agent, self._time(now), reason, intent)

    def still_there(self, user: str, now: float) -> None:
        """The agent's sound is connected, so they are; what their page wishes stays as it is."""
        self.line_awaited(user, now)
        agent = self.agents.get(user)
        if agent is not None and not agent.gone:
            self.state.renew_lease(agent, max(agent.lease_until, self.state.now + self.settings.lease_s))

    def line_awaited(self, user: str, now: float) -> None:
        """A call waits for the agent's sound to come back, and decides by itself for how long (``given_back``,
        ``pass_on``): for a lease from now on, the silence of their page alone ends no conversation."""
        now = self._time(now)
        if (agent := self.agents.get(user)) is not None:
            agent.loss_not_before = now + self.settings.lease_s

    def talking_with(self, interaction_id: str) -> Agent | None:
        """The agent in conversation with this call."""
        return self.agents.get(self.state.talks.get(interaction_id, ""))

    def stays_with_bot(
        self, interaction_id: str, reason: str, intent: str, language: Language, now: float
    ) -> str | None:
        """The peak rule: why this simple matter is better left to self-service now; None: it is not.

        Asked by the conversation before a hand-over; who asks a second time is given a person all the same.
        """
        now = self._time(now)
        peak = self.plan.peak
        if not peak.concerns(reason, intent):
            return None
        load = load_of(self.state, language)
        if load <= peak.load:
            return None
        why = f"load {load:.2f} in {language.value} is above {peak.load:g}; {intent} stays with the bot"
        self._fact(interaction_id, KeptWithSelfService(
            intent=intent, language=language, load=round(load, 3), limit=peak.load, at=now, reason=why,
        ))  # fmt: skip
        return why

    # --- call backs ---

    def keep_place_for_call_back(self, interaction_id: str, now: float) -> None:
        """The caller hangs up and is called back when it would have been their turn.

        Raises:
            Refused: if the call does not wait, or was accepted at this moment.
        """
        now = self._time(now)
        call = self.calls.get(interaction_id)
        if call is None:
            raise Refused("The call does not wait any longer.")
        if not call.call_back:
            if call.offer_id is not None:
                self._close_offer(self.offers[call.offer_id], "withdrawn", "to be called back", now)
            self._fact(
                interaction_id, CallBackKept(queue=call.queue, at=now, reason="the caller asked for it")
            )

    def list_call_back(self, interaction_id: str, now: float) -> None:
        """The caller hangs up, and an agent calls back by hand: the call leaves the queue.

        Raises:
            Refused: if the call does not wait, or was accepted at this moment.
        """
        now = self._time(now)
        if (call := self.calls.get(interaction_id)) is None:
            raise Refused("The call does not wait any longer.")
        self._leave_queue(call, "call_back_listed", now)

    def cancel_call_back(self, interaction_id: str, now: float) -> None:
        """The customer called again, or wants none any longer."""
        now = self._time(now)
        if (call := self.calls.get(interaction_id)) is not None and call.call_back:
            self._leave_queue(call, "call_back_cancelled", now)

    def call_back_failed(self, interaction_id: str, reason: str, now: float) -> None:
        """The customer was not reached; the agent is free again, and the place kept for the next attempt."""
        now = self._time(now)
        call = self.state.call_backs.get(interaction_id)
        agent = self.talking_with(interaction_id)
        if call is None or agent is None:
            return
        self.colleagues.all_leave(interaction_id, "conversation_over", now)
        attempt = call.attempts + 1
        self._fact(interaction_id, CallBackFailed(
            agent=agent.user, attempt=attempt, again_at=now + self.settings.call_back_pause_s, at=now, reason=reason,
        ))  # fmt: skip
        if attempt >= self.settings.call_back_tries:
            waited = round(now - call.since, 3)
            self._fact(interaction_id, CallLeftQueue(
                queue=call.queue, waited_s=waited, why="call_back_failed", at=now,
            ))  # fmt: skip

    # --- agents ---

    def set_agent(
        self,
        user: str,
        wish: Wish,
        languages: Levels,
        skills: Levels,
        now: float,
        *,
        reason: str = "",
        capacity: int = 1,
    ) -> Agent:
        """An agent's page says that it is there and what its agent wants; to be repeated within the lease.

        Repeating ``available`` does not lift "not ready" after an unanswered offer: the agent has to
        choose another state first. A wish for a break during a conversation counts after it.

        Args:
            reason: of a break.
        """
        now = self._time(now)
        spoken, skilled, capacity = with_levels(languages), with_levels(skills), max(capacity, 1)
        agent = self.agents.get(user)
        why_not_ready = agent.why_not_ready if agent is not None and wish == "available" else ""
        break_reason = reason if wish == "break" else ""
        if agent is None or (
            agent.wish, agent.break_reason, agent.languages, agent.skills, agent.capacity, agent.why_not_ready,
            agent.gone,
        ) != (wish, break_reason, spoken, skilled, capacity, why_not_ready, False):  # fmt: skip
            if agent is not None:
                self._withdraw_what_no_longer_fits(agent, wish, spoken, now)
            self._change(
                user, now, wish=wish, break_reason=break_reason, languages=spoken, skills=skilled,
                capacity=capacity, why_not_ready=why_not_ready, reason=f"{user} asked for {wish}",
            )  # fmt: skip
        agent = self.agents[user]
        self.state.renew_lease(agent, now + self.settings.lease_s)
        return agent

    def _withdraw_what_no_longer_fits(
        self, agent: Agent, wish: Wish, spoken: Mapping[Any, int], now: float
    ) -> None:
        for work in list(agent.work.values()):
            if work.offer_id is not None and (wish != "available" or work.language not in spoken):
                self._close_offer(
                    self.offers[work.offer_id], "rejected", f"{agent.user} asked for {wish}", now
                )

    def _change(self, user: str, now: float, *, why_not_ready: WhyNotReady, **fields: Any) -> None:
        changed = AgentChanged(
            agent=user, at=now, not_ready=bool(why_not_ready), why_not_ready=why_not_ready, **fields
        )
        self._fact(of_agent(user), changed)

    def _change_alone(self, agent: Agent, now: float, **changed: Any) -> None:
        """All else of the agent stays as it is."""
        as_it_is: dict[str, Any] = {
            "wish": agent.wish, "break_reason": agent.break_reason, "languages": dict(agent.languages),
            "skills": dict(agent.skills), "capacity": agent.capacity, "why_not_ready": agent.why_not_ready,
            "gone": agent.gone,
        }  # fmt: skip
        self._change(agent.user, now, **(as_it_is | changed))

    def answer_offer(self, user: str, offer_id: str, accept: bool, now: float) -> Offer | None:
        """Accept or reject an offer. Saying the same once more changes nothing and is no error.

        Returns:
            The offer, or None where the same answer was given before.

        Raises:
            Refused: if it is not this agent's offer, or no longer open.
        """
        now = self._time(now)
        offer = self.offers.get(offer_id)
        if offer is None:
            owner, answer = self.state.closed.get(offer_id, ("", "withdrawn"))
            if owner == user and answer == ("accepted" if accept else "rejected"):
                return None
            why = {
                "accepted": "it was accepted before",
                "rejected": "it was rejected before",
                "not_answered": "it was not answered in time",
                "withdrawn": "the caller left, or waits no longer",
            }[answer if owner == user else "withdrawn"]
            raise Refused(f"The offer is no longer open: {why}.")
        if offer.agent != user:
            raise Refused("The offer was made to another agent.")
        self._close_offer(offer, "accepted" if accept else "rejected", f"{user} answered", now)
        return offer

    def finish_wrap_up(self, user: str, interaction_id: str, now: float) -> None:
        """End wrap-up. A summary that comes after wrap-up ended by itself is still taken, once.

        Raises:
            Refused: if the conversation goes on, or was not this agent's.
        """
        now = self._time(now)
        agent = self.agents.get(user)
        work = agent.work.get(interaction_id) if agent is not None else None
        if agent is not None and work is None and interaction_id in agent.lapsed_wrap_ups:
            del agent.lapsed_wrap_ups[interaction_id]
            return
        if agent is None or work is None:
            raise Refused("There is no open wrap-up for this call.")
        if work.activity != "wrap_up":
            raise Refused("The conversation is not over yet.")
        self._end_wrap_up(agent, interaction_id, "agent", now)

    def extend_wrap_up(self, user: str, interaction_id: str, now: float) -> None:
        """The agent needs more time to write.

        Raises:
            Refused: if they are not in wrap-up for this call, or have had all the time there is.
        """
        now = self._time(now)
        agent = self.agents.get(user)
        work = agent.work.get(interaction_id) if agent is not None else None
        if work is None or work.activity != "wrap_up":
            raise Refused("There is no open wrap-up for this call.")
        until = min(work.until + self.settings.more_wrap_up_s, work.since + self.settings.longest_wrap_up_s)
        if until <= work.until:
            raise Refused(f"Wrap-up lasts {self.settings.longest_wrap_up_s:.0f} s at most.")
        self._fact(interaction_id, WrapUpExtended(agent=user, wrap_up_until=until, at=now))

    # --- deciding ---

    def decide(self, now: float) -> list[Decision]:
        """All that follows from the state at this time: what ran out, then who is offered what."""
        now = self._time(now)
        due = self.state.next_due()
        was_up, self._just_rebuilt = not self._just_rebuilt, False
        if was_up and due is not None and now - due > self.settings.gap_s:
            # Nobody could answer or say that they are there meanwhile: they get a moment on top for it.
            lost = now - due + 2 * self.settings.gap_s
            self._fact(ACD, TimeLost(seconds=lost, at=now, reason=f"not asked for {now - due:.1f} s"))
        while (out := self.state.pop_due(now)) is not None:
            self._expire(*out, now)
        for group, name in self.state.line.heads():
            call = self.calls[name]
            if (agent := self._agent_for(call, group.profile, group.rule, now)) is not None:
                self._offer(call, agent, now)
        decisions, self._pending = self._pending, []
        return decisions

    def next_deadline(self, now: float) -> float | None:
        """When ``decide`` is to be asked again if nothing else happens before; None: not at all."""
        return self.state.next_due()

    def clock_corrected(self, offset_s: float, now: float, reason: str = "") -> None:
        """The time of day is ``now + offset_s`` from here on. Waits are not touched by it."""
        now = self._time(now)
        if offset_s != self.state.wall_offset:
            self._fact(ACD, ClockCorrected(offset_s=offset_s, at=now, reason=reason))

    def set_plan(self, plan: Plan, now: float) -> None:
        """Other queues, steps and hours from now on. Who waits keeps their place and the priority they have;
        a queue that is no longer there goes on under the rules of the last one."""
        self._time(now)
        self.plan = plan
        self.state.set_plan(plan)

    def lines_lost(self, now: float) -> None:
        """The process that held the lines was killed: no caller waits or talks any longer, call backs do."""
        now = self._time(now)
        for call in list(self.calls.values()):
            if not call.call_back:
                self._leave_queue(call, "line_lost", now)
        for agent in list(self.agents.values()):
            for work in list(agent.work.values()):
                if work.activity != "talking":
                    continue
                if work.interaction_id in self.state.call_backs:
                    self.call_back_failed(work.interaction_id, "the line was lost", now)
                else:
                    self._end_conversation(agent, work.interaction_id, "line_lost", now)

    def _expire(self, kind: str, key: str, other: str, now: float) -> None:
        if kind == "offer":
            reason = f"no answer within {self.settings.offer_s:.0f} s"
            self._close_offer(self.offers[key], "not_answered", reason, now)
        elif kind == "wrap_up":
            self._end_wrap_up(self.agents[key], other, "time", now)
        elif kind == "lease":
            self._lose_page(self.agents[key], now)
        elif kind == "lost":
            agent = self.agents[key]
            for work in list(agent.work.values()):
                if work.activity == "consulting":
                    self.colleagues.all_leave(work.interaction_id, "agent_lost", now)
                if work.activity == "talking":
                    self._end_conversation(agent, work.interaction_id, "agent_lost", now)
        elif (call := self.calls.get(key)) is not None and call.offer_id is None:
            self._overflow(call, now)
            self.state.settle(call)

    def _lose_page(self, agent: Agent, now: float) -> None:
        for work in list(agent.work.values()):
            if work.offer_id is not None:
                self._close_offer(self.offers[work.offer_id], "not_answered", "the agent's page is gone", now)
        silent = f"nothing heard from the agent's page for {self.settings.lease_s:.0f} s"
        self._change_alone(agent, now, gone=True, reason=silent)
        if agent.user in self.agents:
            self.state.wait_for_loss(agent)

    def _overflow(self, call: WaitingCall, now: float) -> None:
        queue = self.state.queue(call.queue)
        over = queue.overflow
        if over is None or over.after_s is None or now < call.queue_since + over.after_s or call.call_back:
            return
        to = self.plan.queues[over.to]
        if self.state.opening(to, now)[0]:
            self._fact(call.interaction_id, CallOverflowed(
                queue=queue.name, to=to.name, skills=tuple(sorted(to.skills)),
                priority=max(call.priority, call.priority - queue.priority + to.priority), at=now,
                reason=f"waited {now - call.queue_since:.0f} s in {queue.name}",
            ))  # fmt: skip

    def _offer(self, call: WaitingCall, agent: Agent, now: float) -> None:
        offer_id = self._make_id()
        until = now + self.settings.offer_s
        reason = why_offered(self.state, call, agent)
        self._fact(
            call.interaction_id,
            OfferMade(offer_id=offer_id, agent=agent.user, reason=reason, at=now, until=until),
        )

    def _close_offer(self, offer: Offer, answer: Answer, reason: str, now: float) -> None:
        if offer.colleague:
            self.colleagues.answered(offer, answer, reason, now)
            return
        call = self.calls[offer.interaction_id]
        self._fact(offer.interaction_id, OfferAnswered(
            offer_id=offer.offer_id, agent=offer.agent, answer=answer, waited_s=round(now - offer.made_at, 3),
            queued_s=round(now - call.since, 3), at=now, reason=reason,
        ))  # fmt: skip

    def _end_wrap_up(self, agent: Agent, name: str, by: Literal["agent", "time"], now: float) -> None:
        took = round(now - agent.work[name].since, 3)
        self._fact(name, WrapUpEnded(agent=agent.user, wrap_up_s=took, by=by, at=now))

    # --- who for whom ---

    def _agent_for(self, call: WaitingCall, profile: Profile, rule: Any, now: float) -> Agent | None:
        again_s = self.settings.reoffer_s
        rejected = {user for user, at in call.rejected_by.items() if now < at + again_s}
        if now < call.prefer_until and call.last_agent not in rejected:
            last = self.agents.get(call.last_agent)
            if last is not None and last.serving and call.language in last.languages:
                return last if last.free else None
        return self.state.pools.choose(profile, rule, rejected)

    def in_order(self) -> list[WaitingCall]:
        weight = self.settings.second_per_point
        return sorted(self.calls.values(), key=lambda call: call.rank(weight))

    def place(self, interaction_id: str, now: float) -> Place:
        """Place in the queue: 1 + those ahead who compete for the same agents.

        Raises:
            KeyError: if the call does not wait.
        """
        self._time(now)
        return place_of(self.state, self.calls[interaction_id])
