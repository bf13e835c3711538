"""What a waiting caller is told, and why an agent is offered a call: read from the state, changing nothing."""

from __future__ import annotations

from assist.acd.plan import Rule
from assist.acd.state import ALL_QUEUES, AcdState
from assist.acd.types import Agent, Profile, WaitingCall
from core.routing import Place


def place_of(state: AcdState, call: WaitingCall) -> Place:
    """Place of a waiting call: 1 + those ahead who compete for the same agents; and how long it may take."""
    pools, weight = state.pools, state.settings.second_per_point
    mine = pools.pool(call.profile).users(state.rule_of(call)[0])
    rank = call.rank(weight)

    def competes(other: Profile, rule: Rule) -> bool:
        if other == call.profile:
            return True
        theirs = pools.pool(other).users(rule)
        return any(not users.isdisjoint(others) for users in mine for others in theirs)

    ahead = 0
    for group in state.line.groups.values():
        before = group.ahead_of(rank)
        if before and competes(group.profile, group.rule):
            ahead += before
    for offer in state.offers.values():
        if offer.colleague:
            continue  # asked to come to a call that an agent has: nobody who waits
        other = state.calls[offer.interaction_id]
        if other.rank(weight) < rank and competes(other.profile, state.rule_of(other)[0]):
            ahead += 1
    number = ahead + 1
    agents = [state.agents[user] for users in mine for user in users]
    return Place(number, _expected_wait(state, call.queue, number, agents), len(agents))


def _expected_wait(state: AcdState, queue: str, number: int, agents: list[Agent]) -> float | None:
    free = places = 0
    for agent in agents:
        places += agent.capacity
        free += agent.capacity - sum(work.activity != "offered" for work in agent.work.values())
    if free >= number:
        return 0.0
    handle_s = state.handle_s.get(queue, state.handle_s.get(ALL_QUEUES))
    return None if handle_s is None or not places else (number - free) * handle_s / places


def why_offered(state: AcdState, call: WaitingCall, agent: Agent) -> str:
    """The reason of an offer, for a person who asks."""
    now = state.now
    parts = [f"head of queue {call.queue}" if call.returned else f"next in queue {call.queue}"]
    parts.append(f"waited {now - call.since:.0f} s, priority {call.priority}")
    if call.call_back:
        parts.append("to be called back")
    level = agent.level(call.profile)
    if agent.user == call.last_agent and now < call.prefer_until:
        parts.append(f"{agent.user} had the caller last")
    elif level:
        rule = state.rule_of(call)[0]
        parts.append(f"the best at work ({level})" if rule == "best" else f"proficiency {level}")
    elif call.skills:
        why = "wait" if state.pools.pool(call.profile).best else "nobody present has them"
        parts.append(f"skills no longer required ({why})")
    parts.append(f"{agent.user} speaks {call.language.value}, idle longest ({now - agent.idle_since:.0f} s)")
    return "; ".join(parts)
