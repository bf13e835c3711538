"""The distributor's decisions: pure, told the time, and each with its reason.

Callers change the state through the methods, each with the present time in seconds of any steady
clock, then ask ``decide`` what follows. The same calls in the same order give the same decisions.

Order of the queue: calls that came back (rejected, not answered, agent lost) first; then by priority,
where each ``second_per_point`` seconds of waiting weigh as much as one point, so that no priority can
starve anybody; then by arrival. A call whom nobody present can serve does not hold up those behind it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable

from assist.acd.types import (
    AcdSettings,
    Agent,
    Answer,
    CloseOffer,
    Decision,
    EndWrapUp,
    LoseAgent,
    MakeOffer,
    Offer,
    Refused,
    WaitingCall,
    Wish,
)
from core.events import new_id
from core.languages import Language
from core.routing import Place

_REMEMBERED_OFFERS = 2000
_NEW_HANDLE_TIME_WEIGHT = 0.2


class Acd:
    """Waiting calls, agents and offers, and what to do next.

    Args:
        settings: times and limits.
        make_id: where ids of offers come from (tests count).
    """

    def __init__(self, settings: AcdSettings | None = None, make_id: Callable[[], str] = new_id) -> None:
        self.settings = settings or AcdSettings()
        self.calls: dict[str, WaitingCall] = {}
        self.agents: dict[str, Agent] = {}
        self.offers: dict[str, Offer] = {}
        self.handle_s: dict[Language, float] = {}
        """Mean time from acceptance to the end of wrap-up, by language; recent ones weigh more."""
        self._make_id = make_id
        self._arrivals = 0
        self._pending: list[Decision] = []
        self._closed: OrderedDict[str, tuple[str, Answer]] = OrderedDict()
        self._language_of_talk: dict[str, Language] = {}

    # --- calls ---

    def enqueue(
        self,
        interaction_id: str,
        language: Language,
        skills: Iterable[str],
        priority: int,
        now: float,
        *,
        returned: bool = False,
    ) -> WaitingCall:
        """Put a call into its queue. A call that waits already keeps its place.

        Raises:
            Refused: if it talks with an agent, or the queue is full.
        """
        if (known := self.calls.get(interaction_id)) is not None:
            return known
        if (agent := self.talking_with(interaction_id)) is not None:
            raise Refused(f"The call is with {agent.user} already.")
        if len(self.calls) >= self.settings.queue_limit:
            raise Refused("The queue is full.")
        self._arrivals += 1
        call = WaitingCall(
            interaction_id, language, frozenset(skills), priority, now, self._arrivals, returned=returned
        )
        self.calls[interaction_id] = call
        return call

    def leave(self, interaction_id: str, now: float) -> None:
        """The caller is no longer there; an offer under way is withdrawn, a conversation is over."""
        call = self.calls.get(interaction_id)
        if call is None:
            self.conversation_ended(interaction_id, now)
            return
        if call.offer_id is not None:
            self._close_offer(self.offers[call.offer_id], "withdrawn", "the caller left", now)
        del self.calls[interaction_id]

    def conversation_ended(self, interaction_id: str, now: float) -> None:
        """The agent of this call is in wrap-up from now on; without one nothing happens."""
        agent = self.talking_with(interaction_id)
        if agent is None:
            return
        agent.activity = "wrap_up"
        agent.since = now
        agent.wrap_up_until = now + self.settings.wrap_up_s

    def talking_with(self, interaction_id: str) -> Agent | None:
        """The agent in conversation with this call."""
        for agent in self.agents.values():
            if agent.activity == "talking" and agent.interaction_id == interaction_id:
                return agent
        return None

    # --- agents ---

    def set_agent(
        self, user: str, wish: Wish, languages: Iterable[Language], skills: Iterable[str], now: float
    ) -> Agent:
        """An agent's page says that it is there and what its agent wants; to be repeated within the lease.

        Repeating ``available`` does not lift "not ready" after an unanswered offer: the agent has to
        choose another state first. A wish for a break during a conversation counts after it.
        """
        agent = self.agents.get(user)
        if agent is None:
            agent = self.agents[user] = Agent(user, since=now, idle_since=now)
        before = agent.state
        was_free = agent.free
        agent.languages, agent.skills = frozenset(languages), frozenset(skills)
        agent.lease_until = now + self.settings.lease_s
        agent.gone = False
        if wish != "available":
            agent.not_ready = False
        agent.wish = wish
        if agent.offer_id is not None and (wish != "available" or not self._speaks_offer(agent)):
            self._close_offer(self.offers[agent.offer_id], "rejected", f"{user} asked for {wish}", now)
        if agent.state != before:
            agent.since = now
        if agent.free and not was_free:
            agent.idle_since = now
        return agent

    def _speaks_offer(self, agent: Agent) -> bool:
        offer = self.offers[agent.offer_id or ""]
        return self.calls[offer.interaction_id].language in agent.languages

    def answer_offer(self, user: str, offer_id: str, accept: bool, now: float) -> Offer | None:
        """Accept or reject an offer. Saying the same once more changes nothing and is no error.

        Returns:
            The offer, or None where the same answer was given before.

        Raises:
            Refused: if it is not this agent's offer, or no longer open.
        """
        offer = self.offers.get(offer_id)
        if offer is None:
            owner, answer = self._closed.get(offer_id, ("", "withdrawn"))
            if owner == user and answer == ("accepted" if accept else "rejected"):
                return None
            why = {
                "accepted": "it was accepted before",
                "rejected": "it was rejected before",
                "not_answered": "it was not answered in time",
                "withdrawn": "the caller left",
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
        agent = self.agents.get(user)
        if agent is not None and agent.lapsed_wrap_up == interaction_id:
            agent.lapsed_wrap_up = None
            return
        if agent is None or agent.interaction_id != interaction_id:
            raise Refused("There is no open wrap-up for this call.")
        if agent.activity != "wrap_up":
            raise Refused("The conversation is not over yet.")
        self._end_wrap_up(agent, now)

    # --- deciding ---

    def decide(self, now: float) -> list[Decision]:
        """All that follows from the state at this time: what ran out, then who is offered what."""
        self._expire(now)
        for call in self.in_order() if any(agent.free for agent in self.agents.values()) else ():
            if call.offer_id is None and (best := self._best_agent(call, now)) is not None:
                self._offer(call, best, now)
        decisions, self._pending = self._pending, []
        return decisions

    def next_deadline(self, now: float) -> float | None:
        """When ``decide`` is to be asked again if nothing else happens before; None: not at all."""
        times: list[float] = [offer.until for offer in self.offers.values()]
        for agent in self.agents.values():
            if not agent.gone:
                times.append(agent.lease_until)
            elif agent.activity == "talking":
                times.append(agent.lease_until + self.settings.lost_s - self.settings.lease_s)
            if agent.activity == "wrap_up":
                times.append(agent.wrap_up_until)
        for call in self.calls.values():
            if call.offer_id is None:
                times.append(call.since + self.settings.relax_skills_s)
                times.extend(at + self.settings.reoffer_s for at in call.rejected_by.values())
        return min((at for at in times if at > now), default=None)

    def place(self, interaction_id: str, now: float) -> Place:
        """Place in the queue: 1 + those ahead who compete for the same agents.

        Raises:
            KeyError: if the call does not wait.
        """
        call = self.calls[interaction_id]
        able = {agent.user for agent in self._able(call, now)}
        ahead = 0
        for other in self.in_order():
            if other is call:
                break
            if other.queue == call.queue or any(agent.user in able for agent in self._able(other, now)):
                ahead += 1
        number = ahead + 1
        return Place(number, self._expected_wait(call.language, number, able), len(able))

    def _expected_wait(self, language: Language, number: int, able: set[str]) -> float | None:
        free = sum(1 for user in able if self.agents[user].free or self.agents[user].activity == "offered")
        if free >= number:
            return 0.0
        handle_s = self.handle_s.get(language)
        return None if handle_s is None or not able else (number - free) * handle_s / len(able)

    def _expire(self, now: float) -> None:
        for agent in self.agents.values():
            if not agent.gone and now >= agent.lease_until:
                if agent.offer_id is not None:
                    self._close_offer(
                        self.offers[agent.offer_id], "not_answered", "the agent's page is gone", now
                    )
                agent.gone, agent.since = True, now
            lost_at = agent.lease_until + self.settings.lost_s - self.settings.lease_s
            if agent.gone and agent.activity == "talking" and now >= lost_at:
                reason = f"nothing heard from the agent's page for {self.settings.lost_s:.0f} s"
                self._pending.append(LoseAgent(agent.interaction_id or "", agent.user, reason))
                agent.activity, agent.interaction_id = "idle", None
                self._language_of_talk.pop(agent.user, None)
            if agent.activity == "wrap_up" and now >= agent.wrap_up_until:
                reason = f"not finished within {self.settings.wrap_up_s:.0f} s"
                self._pending.append(EndWrapUp(agent.interaction_id or "", agent.user, reason))
                agent.lapsed_wrap_up = agent.interaction_id
                self._end_wrap_up(agent, now)
        for offer in list(self.offers.values()):
            if now >= offer.until:
                reason = f"no answer within {self.settings.offer_s:.0f} s"
                self._close_offer(offer, "not_answered", reason, now)
        for user in [a.user for a in self.agents.values() if a.gone and a.activity == "idle"]:
            del self.agents[user]

    def _offer(self, call: WaitingCall, agent: Agent, now: float) -> None:
        offer = Offer(self._make_id(), call.interaction_id, agent.user, now, now + self.settings.offer_s)
        self.offers[offer.offer_id] = offer
        reason = self._reason(call, agent, now)
        call.offer_id = agent.offer_id = offer.offer_id
        agent.activity, agent.since, agent.interaction_id = "offered", now, call.interaction_id
        self._pending.append(MakeOffer(offer.offer_id, call.interaction_id, agent.user, reason))

    def _close_offer(self, offer: Offer, answer: Answer, reason: str, now: float) -> None:
        del self.offers[offer.offer_id]
        self._closed[offer.offer_id] = (offer.agent, answer)
        while len(self._closed) > _REMEMBERED_OFFERS:
            self._closed.popitem(last=False)
        agent, call = self.agents[offer.agent], self.calls[offer.interaction_id]
        agent.offer_id, agent.since = None, now
        call.offer_id = None
        if answer == "accepted":
            agent.activity, agent.talk_since, agent.lapsed_wrap_up = "talking", now, None
            self._language_of_talk[agent.user] = call.language
            del self.calls[call.interaction_id]
        else:
            # Whoever was offered a call and did not get it keeps their claim to the next one.
            agent.activity, agent.interaction_id = "idle", None
            if answer == "not_answered":
                agent.not_ready = True
            if answer == "rejected":
                call.rejected_by[agent.user] = now
            call.returned = True
        waited = round(now - offer.made_at, 3)
        self._pending.append(
            CloseOffer(offer.offer_id, offer.interaction_id, offer.agent, answer, waited, reason)
        )

    def _end_wrap_up(self, agent: Agent, now: float) -> None:
        language = self._language_of_talk.pop(agent.user, None)
        if language is not None:
            taken = now - agent.talk_since
            before = self.handle_s.get(language, taken)
            self.handle_s[language] = before + _NEW_HANDLE_TIME_WEIGHT * (taken - before)
        agent.activity, agent.interaction_id = "idle", None
        agent.since = agent.idle_since = now

    # --- who for whom ---

    def in_order(self) -> list[WaitingCall]:
        weight = self.settings.second_per_point
        return sorted(
            self.calls.values(),
            key=lambda call: (not call.returned, call.since - call.priority * weight, call.order),
        )

    def _best_agent(self, call: WaitingCall, now: float) -> Agent | None:
        fit = [agent for agent in self._able(call, now) if agent.free]
        fit = [agent for agent in fit if not self._rejected_lately(agent, call, now)]
        if not fit:
            return None
        # Those with the skills first, then who has waited longest for a call.
        return min(fit, key=lambda agent: (not call.skills <= agent.skills, agent.idle_since, agent.user))

    def _able(self, call: WaitingCall, now: float) -> list[Agent]:
        """Agents who may take the call, now or after the present one.

        Skills count until the call has waited for long, or while nobody at work has them.
        """
        speak = [a for a in self.agents.values() if a.serving and call.language in a.languages]
        skilled = [agent for agent in speak if call.skills <= agent.skills]
        relaxed = not skilled or now - call.since >= self.settings.relax_skills_s
        return speak if relaxed else skilled

    def _rejected_lately(self, agent: Agent, call: WaitingCall, now: float) -> bool:
        at = call.rejected_by.get(agent.user)
        return at is not None and now - at < self.settings.reoffer_s

    def _reason(self, call: WaitingCall, agent: Agent, now: float) -> str:
        parts = [f"head of queue {call.queue}" if call.returned else f"next in queue {call.queue}"]
        parts.append(f"waited {now - call.since:.0f} s, priority {call.priority}")
        if call.skills and not call.skills <= agent.skills:
            waited = now - call.since >= self.settings.relax_skills_s
            parts.append(f"skills no longer required ({'wait' if waited else 'nobody present has them'})")
        parts.append(
            f"{agent.user} speaks {call.language.value}, idle longest ({now - agent.idle_since:.0f} s)"
        )
        return "; ".join(parts)
