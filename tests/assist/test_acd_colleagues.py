"""Agents who come to a call that another agent has: asked like for any call, counted as busy, and free again in time."""

from __future__ import annotations

import pytest
from acd_invariants import broken
from test_acd import EN, KO, make, of, offered, until

from assist.acd.core import Acd
from assist.acd.plan import Plan, Queue
from assist.acd.types import Refused
from core.routing_events import ColleagueAnswered, ColleagueAsked, ColleagueLeft, ConversationPassed

PLAN = Plan(queues={"returns": Queue("returns", skills=frozenset({"returns"})), "general": Queue("general")})


def talking(*others: str, **skills: list[str]) -> Acd:
    """Mei has the call "a"; the others are at work and free."""
    acd = make(PLAN)
    acd.set_agent("mei", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    acd.answer_offer("mei", offered(acd, 0).offer_id, True, 0)
    for user in others:
        acd.set_agent(user, "available", [EN], skills.get(user, []), 1)
    acd.decide(1)
    return acd


def consulting() -> Acd:
    acd = talking("jun")
    acd.colleagues.ask("a", "agent", "jun", 2, offer_id="x")
    acd.answer_offer("jun", "x", True, 3)
    acd.decide(3)
    return acd


def test_who_waits_is_told_their_place_while_a_colleague_is_asked() -> None:
    acd = talking("jun")
    acd.colleagues.ask("a", "agent", "jun", 2, offer_id="x")
    acd.enqueue("b", EN, [], 0, 3)
    assert acd.place("b", 3).number == 1


def test_a_colleague_is_asked_by_an_offer_and_has_the_call_among_their_work() -> None:
    acd = talking("jun")
    acd.colleagues.ask("a", "agent", "jun", 2, offer_id="x")
    (asked,) = of(ColleagueAsked, acd.decide(2))
    assert (asked.agent, asked.by, asked.until) == ("jun", "mei", 22) and acd.agents["jun"].state == "offered"
    acd.answer_offer("jun", "x", True, 5)
    acd.answer_offer("jun", "x", True, 6)  # twice changes nothing
    assert acd.agents["jun"].state == "talking" and not acd.agents["jun"].free
    assert acd.talking_with("a").user == "mei" and broken(acd) == []


def test_of_a_queue_somebody_with_its_skills_comes() -> None:
    acd = talking("jun", "lee", lee=["returns"])
    assert acd.colleagues.ask("a", "queue", "returns", 2, offer_id="x").agent == "lee"


@pytest.mark.parametrize(
    ("kind", "to", "why"),
    [
        ("agent", "mei", "have the call yourself"),
        ("agent", "nobody", "not at work"),
        ("agent", "kim", "does not speak"),
        ("agent", "busy", "not free"),
        ("queue", "sales", "There are: returns, general"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(kind, to, why) -> None:
    acd = talking()
    acd.set_agent("kim", "available", [KO], [], 1)
    acd.set_agent("busy", "available", [EN], [], 1)
    acd.enqueue("b", EN, [], 0, 1)
    acd.decide(1)
    with pytest.raises(Refused, match=why):
        acd.colleagues.ask("a", kind, to, 2, offer_id="x")
    with pytest.raises(Refused, match=why):
        acd.colleagues.check("a", kind, to)


def test_nobody_free_and_nobody_with_the_call_are_refused() -> None:
    with pytest.raises(Refused, match="Nobody of the queue general is free"):
        talking().colleagues.ask("a", "queue", "general", 2, offer_id="x")
    with pytest.raises(Refused, match="No agent has this call"):
        make(PLAN).colleagues.ask("a", "queue", "general", 2, offer_id="x")
    acd = consulting()
    with pytest.raises(Refused, match="jun was asked already"):
        acd.colleagues.ask("a", "queue", "general", 2, offer_id="y")


def test_a_colleague_who_does_not_answer_is_not_ready_and_the_call_stays_where_it_is() -> None:
    acd = talking("jun")
    acd.colleagues.ask("a", "agent", "jun", 2, offer_id="x")
    for now in (10, 19):
        acd.set_agent("jun", "available", [EN], [], now)
        acd.set_agent("mei", "available", [EN], [], now)
    (answer,) = of(ColleagueAnswered, until(acd, 23))
    assert answer.answer == "not_answered" and acd.agents["jun"].state == "not_ready"
    assert acd.talking_with("a").user == "mei" and broken(acd) == []


def test_a_colleague_who_leaves_is_free_at_once() -> None:
    acd = consulting()
    acd.colleagues.all_leave("a", "over", 9)
    (left,) = of(ColleagueLeft, acd.decide(9))
    assert left.agent == "jun" and acd.agents["jun"].free and acd.talking_with("a").user == "mei"


def test_when_the_conversation_ends_the_colleague_is_free_and_one_who_was_asked_is_asked_no_more() -> None:
    acd = consulting()
    acd.leave("a", 9)
    assert acd.agents["jun"].free and acd.agents["mei"].state == "wrap_up" and broken(acd) == []
    acd = talking("jun")
    acd.colleagues.ask("a", "agent", "jun", 2, offer_id="x")
    acd.leave("a", 3)
    assert of(ColleagueAnswered, acd.decide(3))[0].answer == "withdrawn" and acd.agents["jun"].free


def test_a_colleague_whose_page_is_gone_for_good_has_left() -> None:
    acd = consulting()
    for now in range(5, 100, 5):
        acd.set_agent("mei", "available", [EN], [], now)
        acd.decide(now)
    assert "jun" not in acd.agents and acd.talking_with("a").user == "mei" and broken(acd) == []


def test_a_call_that_is_passed_on_is_the_others_and_the_first_wraps_up() -> None:
    acd = consulting()
    acd.pass_on("a", "jun", 9, "warm transfer")
    assert of(ConversationPassed, acd.decide(9))[0].to == "jun"
    assert acd.talking_with("a").user == "jun" and acd.agents["mei"].state == "wrap_up" and broken(acd) == []
    acd.leave("a", 20)
    assert acd.agents["jun"].state == "wrap_up"


def test_a_supervisor_who_is_no_agent_can_take_a_call_and_is_gone_with_it() -> None:
    acd = talking()
    acd.pass_on("a", "boss", 2, "taken over")
    assert (
        acd.talking_with("a").user == "boss" and acd.agents["boss"].state == "talking" and broken(acd) == []
    )
    for now in range(5, 60, 5):
        acd.still_there("boss", now)
        acd.decide(now)
    assert acd.talking_with("a").user == "boss"
    acd.leave("a", 60)
    until(acd, 300)
    assert "boss" not in acd.agents


def test_who_has_no_room_cannot_take_a_call() -> None:
    acd = talking("jun")
    acd.enqueue("b", EN, [], 0, 2)
    acd.answer_offer("jun", offered(acd, 2).offer_id, True, 2)
    with pytest.raises(Refused, match="another call at hand"):
        acd.pass_on("a", "jun", 3, "taken over")
    with pytest.raises(Refused, match="has the call already"):
        acd.pass_on("a", "mei", 3, "taken over")


def test_a_call_given_back_stands_at_the_head_of_the_queue() -> None:
    acd = consulting()
    acd.given_back("a", 9)
    acd.decide(9)
    assert acd.talking_with("a") is None and acd.agents["jun"].free
    assert acd.enqueue("a", EN, [], 0, 9).returned


def test_a_call_given_to_a_queue_or_an_agent_waits_there() -> None:
    acd = talking("jun", "lee")
    acd.leave("a", 2)
    assert acd.enqueue("b", EN, [], 0, 3, to_queue="returns").queue == "returns"
    call = acd.enqueue("c", EN, [], 0, 3, to_agent="lee")
    assert call.last_agent == "lee" and call.prefer_until == 63


def test_a_colleague_who_came_to_a_customer_called_back_is_free_after_a_kill() -> None:
    acd = make(PLAN)
    acd.enqueue("a", EN, [], 0, 0)
    acd.keep_place_for_call_back("a", 0)
    for user in ("mei", "jun"):
        acd.set_agent(user, "available", [EN], [], 0)
    offer = offered(acd, 0)
    acd.answer_offer(offer.agent, offer.offer_id, True, 1)
    other = "jun" if offer.agent == "mei" else "mei"
    acd.colleagues.ask("a", "agent", other, 2, offer_id="x")
    acd.answer_offer(other, "x", True, 3)
    acd.lines_lost(10)
    assert acd.agents[other].free and not acd.state.colleague_of and broken(acd) == []


def test_after_a_kill_nobody_is_left_with_a_call_that_is_gone() -> None:
    acd = consulting()
    acd.lines_lost(10)
    assert not acd.agents["jun"].work and not acd.state.colleague_of and broken(acd) == []
