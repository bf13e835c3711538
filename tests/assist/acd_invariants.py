"""What must hold of the distributor at every moment, whatever happened before."""

from __future__ import annotations

from assist.acd.core import Acd


def broken(acd: Acd) -> list[str]:
    """Sentences about what does not hold; none in a correct distributor."""
    wrong = []
    owners: dict[str, str] = {}
    for user, agent in acd.agents.items():
        if agent.load > agent.capacity:
            wrong.append(f"{user} has {agent.load} calls at a capacity of {agent.capacity}")
        for name, work in agent.work.items():
            comes = acd.state.colleague_of.get(name) == user and work.activity in ("offered", "consulting")
            if comes:
                if acd.state.talks.get(name) in (None, user):
                    wrong.append(f"{user} comes to {name}, which no other agent has")
            elif work.activity == "consulting":
                wrong.append(f"{user} is with {name}, which does not know it")
            if name in owners and work.activity != "wrap_up" and not comes:
                wrong.append(f"{name} is with {owners[name]} and with {user}")
            if work.activity != "wrap_up" and not comes:
                owners[name] = user
            if work.activity == "offered":
                offer = acd.offers.get(work.offer_id or "")
                if offer is None or (offer.agent, offer.interaction_id) != (user, name):
                    wrong.append(f"{user} sees an offer of {name} that is not there")
            if work.activity == "talking" and acd.state.talks.get(name) != user:
                wrong.append(f"{user} talks with {name}, which does not know it")
            if name in acd.calls and work.activity == "talking":
                wrong.append(f"{name} waits although {user} talks with it")
    for name, user in acd.state.colleague_of.items():
        if user not in acd.agents or name not in acd.agents[user].work:
            wrong.append(f"{user} came to {name} and does not know it")
    for name, user in acd.state.talks.items():
        if user not in acd.agents or name not in acd.agents[user].work:
            wrong.append(f"{name} talks with {user}, who does not know it")
    for offer in acd.offers.values():
        call = acd.calls.get(offer.interaction_id)
        if offer.colleague:
            if acd.state.colleague_of.get(offer.interaction_id) != offer.agent:
                wrong.append(
                    f"{offer.agent} is asked to come to {offer.interaction_id}, which does not know it"
                )
        elif call is None or call.offer_id != offer.offer_id:
            wrong.append(f"an offer of {offer.interaction_id}, which does not know it")
        if offer.agent not in acd.agents or offer.interaction_id not in acd.agents[offer.agent].work:
            wrong.append(f"an offer to {offer.agent}, who does not know it")
    for name, call in acd.calls.items():
        if call.offer_id is not None and call.offer_id not in acd.offers:
            wrong.append(f"{name} believes in an offer that is not there")
        if (name in acd.state.line) == (call.offer_id is not None) and not call.call_back:
            wrong.append(f"{name} is {'offered and in the line' if call.offer_id else 'not in the line'}")
        if call.offer_id is None and not call.call_back:
            for user, agent in acd.agents.items():
                best = all(
                    (level := agent.level(call.profile)) is not None
                    and level >= (other.level(call.profile) or 0)
                    for other in acd.agents.values()
                    if other.serving
                )
                kept = acd.state.now < call.prefer_until
                rejected = acd.state.now < call.rejected_by.get(user, -1e9) + acd.settings.reoffer_s
                if agent.free and best and not rejected and not kept:
                    wrong.append(f"{name} waits beside {user}, who is free and the best for it")
    waiting = sum(acd.state.waiting_in.values())
    if waiting != len(acd.calls):
        wrong.append(f"{waiting} counted in queues, {len(acd.calls)} wait")
    deadline = acd.next_deadline(acd.state.now)
    if deadline is not None and deadline <= acd.state.now:
        wrong.append("the next deadline is not in the future")
    if acd.offers and deadline is None:
        wrong.append("an offer that never runs out")
    return wrong
