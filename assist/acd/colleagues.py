"""Agents who come to a call that another agent has: to be consulted, to join, or to take it.

Such an agent is asked by an offer like any other, and has the call among their work; the call stays with its own
agent until it is passed on. What follows is facts, which ``colleague_state`` folds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Literal

from assist.acd.entry import TurnedDown, entry_of
from assist.acd.types import Agent, Answer, Offer, Profile, Refused
from core.events import Event
from core.languages import Language
from core.routing_events import ColleagueAnswered, ColleagueAsked, ColleagueLeft, ConversationPassed

if TYPE_CHECKING:
    from assist.acd.core import Acd


class Colleagues:
    """What may be asked of the distributor about them. ``fact`` is how it decides; times as everywhere there."""

    def __init__(self, acd: Acd, fact: Callable[[str, Event], None]) -> None:
        self._acd = acd
        self._fact = fact

    def check_queue(self, name: str) -> None:
        """Whether calls can be given to a queue now.

        Raises:
            Refused: with the reason.
        """
        queue = self._acd.plan.queues.get(name)
        if queue is None:
            raise Refused(f"There is no queue {name!r}. There are: {', '.join(self._acd.plan.queues)}.")
        entry = entry_of(self._acd.state, queue)
        if isinstance(entry, TurnedDown):
            raise Refused(f"The queue {name} is {'closed at this hour' if entry.closed else 'full'}.")

    def check_agent(self, user: str, language: Language, by: str) -> Agent:
        """The agent, if they can be given a call in this language now.

        Raises:
            Refused: with the reason.
        """
        agent = self._acd.agents.get(user)
        if user == by:
            raise Refused("You have the call yourself.")
        if agent is None or not agent.serving:
            raise Refused(f"{user} is not at work.")
        if not agent.free:
            raise Refused(f"{user} is not free.")
        if language not in agent.languages:
            raise Refused(f"{user} does not speak the caller's language.")
        return agent

    def check(self, name: str, kind: Literal["queue", "agent"], to: str) -> None:
        """Whether a call that an agent has can be given there now.

        Raises:
            Refused: with the reason.
        """
        by = self._agent_of(name)
        if kind == "queue":
            self.check_queue(to)
        else:
            self.check_agent(to, by.work[name].language, by.user)

    def ask(
        self,
        name: str,
        kind: Literal["queue", "agent"],
        to: str,
        now: float,
        *,
        offer_id: str,
        without: Collection[str] = (),
    ) -> Offer:
        """Offer an agent, or the best of a queue who is free, to come to a call.

        Args:
            without: who is not to be asked.

        Raises:
            Refused: if nobody can be asked.
        """
        acd, by = self._acd, self._agent_of(name)
        if name in acd.state.colleague_of:
            raise Refused(f"{acd.state.colleague_of[name]} was asked already.")
        language = by.work[name].language
        if kind == "agent":
            agent, reason = self.check_agent(to, language, by.user), f"{by.user} asks {to}"
        else:
            self.check_queue(to)
            profile = Profile(language, acd.plan.queues[to].skills)
            chosen = acd.state.pools.choose(profile, "any", {*without, by.user})
            if chosen is None:
                raise Refused(f"Nobody of the queue {to} is free.")
            agent, reason = chosen, f"{by.user} asks somebody of the queue {to}"
        until = now + acd.settings.offer_s
        self._fact(name, ColleagueAsked(
            offer_id=offer_id, agent=agent.user, by=by.user, language=language, at=now, until=until, reason=reason,
        ))  # fmt: skip
        return acd.offers[offer_id]

    def all_leave(self, name: str, why: str, now: float) -> None:
        """Whoever came to the call, or was asked to, is free again; nothing where nobody was."""
        user = self._acd.state.colleague_of.get(name)
        work = self._acd.agents[user].work.get(name) if user in self._acd.agents else None
        if user is None or work is None:
            return
        if work.activity == "consulting":
            self._fact(name, ColleagueLeft(agent=user, why=why, at=now))
        elif (offer := self._acd.offers.get(work.offer_id or "")) is not None:
            self.answered(offer, "withdrawn", "needed no longer", now)

    def answered(self, offer: Offer, answer: Answer, reason: str, now: float) -> None:
        """An offer to come is over."""
        self._fact(offer.interaction_id, ColleagueAnswered(
            offer_id=offer.offer_id, agent=offer.agent, answer=answer, at=now, reason=reason,
        ))  # fmt: skip

    def pass_on(
        self, name: str, to: str, now: float, reason: str, end: Callable[[Agent, str, float], Any]
    ) -> None:
        """The call is another agent's from now on; ``end`` sends its own one into wrap-up.

        Raises:
            Refused: if no agent has it, or the other one has another call.
        """
        acd, before = self._acd, self._agent_of(name)
        if before.user == to:
            raise Refused(f"{to} has the call already.")
        agent = acd.agents.get(to)
        if agent is not None and len(agent.work.keys() - {name}) >= agent.capacity:
            raise Refused(f"{to} has another call at hand.")
        work = before.work[name]
        end(before, name, now)
        self._fact(name, ConversationPassed(
            agent=before.user, to=to, queue=work.queue, language=work.language, at=now, reason=reason,
        ))  # fmt: skip
        acd.state.renew_lease(acd.agents[to], now + acd.settings.lease_s)

    def check_room(self, user: str) -> None:
        """Whether somebody, agent or not, could take one more call.

        Raises:
            Refused: if they could not.
        """
        agent = self._acd.agents.get(user)
        if agent is not None and len(agent.work) >= agent.capacity:
            raise Refused(f"{user} has another call at hand.")

    def begin_with(
        self, name: str, language: Language, to: str, now: float, reason: str, intent: str
    ) -> None:
        """An agent has taken a call that was in no queue.

        Raises:
            Refused: if they have another call, or the call is in a queue or with an agent.
        """
        acd = self._acd
        if name in acd.calls or name in acd.state.talks:
            raise Refused("The call is in a queue, or with an agent.")
        self.check_room(to)
        queue = acd.plan.queue_for(reason, intent, ()).name
        why = f"{to} took the call from the bot"
        self._fact(name, ConversationPassed(
            agent="", to=to, queue=queue, language=language, at=now, reason=why,
        ))  # fmt: skip
        acd.state.renew_lease(acd.agents[to], now + acd.settings.lease_s)

    def _agent_of(self, name: str) -> Agent:
        agent = self._acd.talking_with(name)
        if agent is None:
            raise Refused("No agent has this call.")
        return agent
