"""What facts about colleagues who come to a call do to the distributor's state; ``state`` folds them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from assist.acd.types import Agent, Offer, Work
from core.events import Event
from core.routing_events import ColleagueAnswered, ColleagueAsked, ColleagueLeft, ConversationPassed

if TYPE_CHECKING:
    from assist.acd.state import AcdState


def _asked(state: AcdState, name: str, event: ColleagueAsked) -> None:
    agent = state.agents.get(event.agent)
    if agent is None:
        return
    state.offers[event.offer_id] = Offer(
        event.offer_id, name, agent.user, event.at, event.until, colleague=True
    )
    before = agent.state
    state.colleague_of[name] = agent.user
    agent.work[name] = Work(name, "offered", event.at, event.offer_id, "", event.language)
    state.state_may_have_changed(agent, before, event.at)
    if agent.free:
        state.pools.freed(agent)
    state.run_out(event.until, "offer", event.offer_id)


def _answered(state: AcdState, name: str, event: ColleagueAnswered) -> None:
    offer = state.offers.pop(event.offer_id, None)
    state.close_offer(event.offer_id, event.agent, event.answer)
    agent = state.agents.get(event.agent)
    if offer is None or agent is None:
        return
    before = agent.state
    if event.answer == "accepted":
        work = agent.work[name]
        work.activity, work.offer_id = "consulting", None
        work.since = work.talk_since = event.at
        state.state_may_have_changed(agent, before, event.at)
        return
    del agent.work[name]
    state.colleague_of.pop(name, None)
    if event.answer == "not_answered":
        agent.why_not_ready = "not_answered"
        state.pools.changed(agent.user)
    state.has_room(agent, event.at, before)


def _left(state: AcdState, name: str, event: ColleagueLeft) -> None:
    agent = state.agents.get(event.agent)
    if agent is None or name not in agent.work:
        return
    before = agent.state
    del agent.work[name]
    state.colleague_of.pop(name, None)
    agent.idle_since = event.at
    state.has_room(agent, event.at, before)


def _passed(state: AcdState, name: str, event: ConversationPassed) -> None:
    agent = state.agents.get(event.to)
    if agent is None:
        agent = state.agents[event.to] = Agent(event.to, since=event.at, idle_since=event.at)
    before = agent.state
    agent.work[name] = Work(
        name, "talking", event.at, queue=event.queue, language=event.language, talk_since=event.at
    )
    state.admit(name)
    state.talks[name] = event.to
    state.state_may_have_changed(agent, before, event.at)
    if agent.free:
        state.pools.freed(agent)


FOLDED_BY: dict[type[Event], Callable[[Any, str, Any], None]] = {
    ColleagueAsked: _asked,
    ColleagueAnswered: _answered,
    ColleagueLeft: _left,
    ConversationPassed: _passed,
}
