"""The distributor's rules, one by one. Time is told, so nothing here waits."""

from __future__ import annotations

import itertools
from typing import TypeVar

import pytest

from assist.acd.core import Acd
from assist.acd.plan import Plan
from assist.acd.state import REMEMBERED_WRAP_UPS
from assist.acd.types import AcdSettings, Decision, Refused
from core.events import Event, OfferAnswered, OfferMade
from core.languages import Language
from core.routing_events import ConversationEnded, WrapUpEnded

ZH, EN, JA, KO = Language.ZH, Language.EN, Language.JA, Language.KO
E = TypeVar("E", bound=Event)


def make(plan: Plan | None = None, **settings: float) -> Acd:
    numbers = itertools.count(1)
    return Acd(AcdSettings(**settings), plan, make_id=lambda: f"offer{next(numbers)}")  # type: ignore[arg-type]


def offers(decisions: list[Decision]) -> list[tuple[str, str]]:
    return [(name, event.agent) for name, event in decisions if isinstance(event, OfferMade)]


def of(kind: type[E], decisions: list[Decision]) -> list[E]:
    return [event for _, event in decisions if isinstance(event, kind)]


def offered(acd: Acd, now: float) -> OfferMade:
    """The last offer made at this time."""
    return of(OfferMade, acd.decide(now))[-1]


def until(acd: Acd, end: float) -> list[Decision]:
    """Let time pass as the shell does: it comes by whenever something runs out."""
    decisions: list[Decision] = []
    while (deadline := acd.next_deadline(end)) is not None and deadline <= end:
        decisions += acd.decide(deadline)
    return decisions + acd.decide(end)


def test_a_call_is_offered_to_an_agent_who_speaks_its_language() -> None:
    acd = make()
    acd.set_agent("mei", "available", [ZH], [], 0)
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 1)
    decisions = acd.decide(1)
    assert offers(decisions) == [("a", "joe")]
    assert "joe speaks en" in of(OfferMade, decisions)[0].reason


def test_nobody_is_offered_a_call_in_a_language_they_do_not_speak_however_long_it_waits() -> None:
    acd = make()
    acd.enqueue("a", KO, [], 9, 0)
    for now in range(0, 900, 10):
        acd.set_agent("mei", "available", [ZH], [], now)
        assert not offers(acd.decide(now))


def test_the_agent_who_was_idle_longest_comes_first() -> None:
    acd = make()
    acd.set_agent("old", "available", [EN], [], 2)
    acd.set_agent("new", "available", [EN], [], 5)
    acd.enqueue("a", EN, [], 0, 6)
    assert offers(acd.decide(6)) == [("a", "old")]


def test_skills_come_before_idle_time() -> None:
    acd = make()
    acd.set_agent("old", "available", [EN], [], 0)
    acd.set_agent("new", "available", [EN], ["orders"], 5)
    acd.enqueue("a", EN, ["orders"], 0, 6)
    assert offers(acd.decide(6)) == [("a", "new")]


def test_the_best_are_waited_for_then_proficiency_3_counts_then_the_language_alone() -> None:
    """20 s the best skill, then proficiency 3 and up, then anyone who speaks the language."""
    acd = make(lease_s=1000)
    for user, level in (("best", 5), ("good", 3), ("weak", 2), ("none", 0)):
        acd.set_agent(user, "available", {EN: 5}, {"orders": level} if level else {}, 0)
    for number in range(5):
        acd.enqueue(f"c{number}", EN, ["orders"], 0, 0)
    assert offers(until(acd, 1)) == [("c0", "best")]
    acd.answer_offer("best", acd.calls["c0"].offer_id or "", True, 1)
    assert acd.next_deadline(1) == 20
    assert not offers(until(acd, 19.9))
    assert offers(until(acd, 39)) == [("c1", "good")]
    made = of(OfferMade, until(acd, 40.5))
    # What became of c1, which nobody answered for 20 s, is its own story: it goes first now.
    assert [offer.agent for offer in made] == ["weak", "none"]
    assert "skills no longer required (wait)" in made[1].reason


def test_proficiency_in_the_language_counts_like_a_skill() -> None:
    acd = make()
    acd.set_agent("learner", "available", {EN: 2}, [], 0)
    acd.set_agent("native", "available", {EN: 5}, [], 5)
    acd.enqueue("a", EN, [], 0, 6)
    acd.enqueue("b", EN, [], 0, 6)
    assert offers(acd.decide(6)) == [("a", "native")]


def test_skills_that_nobody_at_work_has_hold_nobody_up() -> None:
    acd = make()
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, ["orders"], 0, 0)
    decisions = acd.decide(0)
    assert offers(decisions) == [("a", "joe")]
    assert "nobody present has them" in of(OfferMade, decisions)[0].reason


def test_priority_overtakes_until_waiting_has_outweighed_it() -> None:
    acd = make(second_per_point=30)
    acd.enqueue("patient", EN, [], 0, 0)
    acd.enqueue("complaint", EN, [], 5, 100)
    assert [call.interaction_id for call in acd.in_order()] == ["complaint", "patient"]
    acd.enqueue("late complaint", EN, [], 5, 151)
    assert [call.interaction_id for call in acd.in_order()] == ["complaint", "patient", "late complaint"]


def test_a_rejected_offer_returns_to_the_head_of_the_queue() -> None:
    acd = make()
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    acd.enqueue("urgent", EN, [], 1, 0)
    offer = offered(acd, 0)
    assert acd.offers[offer.offer_id].interaction_id == "urgent"
    acd.answer_offer("joe", offer.offer_id, False, 3)
    acd.set_agent("ann", "available", [EN], [], 3)
    acd.enqueue("more urgent", EN, [], 9, 3)
    decided = acd.decide(3)
    (answered,) = of(OfferAnswered, decided)
    assert answered.answer == "rejected" and answered.waited_s == 3
    assert ("urgent", "ann") in offers(decided)


def test_whoever_rejected_a_call_is_not_offered_it_again_at_once() -> None:
    acd = make(reoffer_s=30, lease_s=1000)
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    acd.answer_offer("joe", offered(acd, 0).offer_id, False, 1)
    assert not offers(acd.decide(1))
    assert acd.next_deadline(1) == 20  # who may take it is looked at again
    assert not offers(until(acd, 30.9))
    assert offers(until(acd, 31)) == [("a", "joe")]


def test_an_unanswered_offer_returns_to_the_head_and_its_agent_is_not_ready() -> None:
    acd = make(offer_s=20, lease_s=60)
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    offer = offered(acd, 0)
    assert acd.next_deadline(0) == 20
    closed = acd.decide(20)
    assert [(d.answer, d.waited_s) for d in of(OfferAnswered, closed)] == [("not_answered", 20)]
    assert not offers(closed)
    assert acd.calls["a"].returned
    with pytest.raises(Refused, match="not answered in time"):
        acd.answer_offer("joe", offer.offer_id, True, 21)
    acd.set_agent("joe", "available", [EN], [], 25)
    assert acd.agents["joe"].state == "not_ready"
    acd.set_agent("joe", "break", [EN], [], 26, reason="lunch")
    assert acd.agents["joe"].break_reason == "lunch"
    acd.set_agent("joe", "available", [EN], [], 27)
    assert offers(acd.decide(27)) == [("a", "joe")]


def test_an_offer_accepted_twice_is_accepted_once() -> None:
    acd = make()
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    offer = offered(acd, 0)
    assert acd.answer_offer("joe", offer.offer_id, True, 1) is not None
    assert acd.answer_offer("joe", offer.offer_id, True, 1) is None
    assert len(of(OfferAnswered, acd.decide(1))) == 1
    with pytest.raises(Refused, match="accepted before"):
        acd.answer_offer("joe", offer.offer_id, False, 2)


def test_an_offer_cannot_be_accepted_by_another_agent() -> None:
    acd = make()
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    offer = offered(acd, 0)
    with pytest.raises(Refused, match="another agent"):
        acd.answer_offer("ann", offer.offer_id, True, 1)


def test_a_caller_who_hangs_up_withdraws_the_offer_and_the_agent_keeps_their_turn() -> None:
    acd = make()
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.set_agent("ann", "available", [EN], [], 1)
    acd.enqueue("a", EN, [], 0, 2)
    offer = offered(acd, 2)
    acd.leave("a", 4)
    assert [d.answer for d in of(OfferAnswered, acd.decide(4))] == ["withdrawn"]
    acd.enqueue("b", EN, [], 0, 5)
    assert offers(acd.decide(5)) == [("b", "joe")]
    with pytest.raises(Refused, match="caller left"):
        acd.answer_offer("joe", offer.offer_id, True, 6)


def test_a_silent_page_means_the_agent_is_gone() -> None:
    acd = make(lease_s=20)
    acd.set_agent("joe", "available", [EN], [], 0)
    assert acd.next_deadline(0) == 20
    acd.decide(20)
    assert "joe" not in acd.agents
    acd.enqueue("a", EN, [], 0, 21)
    assert not offers(acd.decide(21))


def test_an_agent_lost_in_conversation_gives_the_call_back_and_it_stands_at_the_head() -> None:
    acd = make(lease_s=20, lost_s=60)
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    acd.answer_offer("joe", offered(acd, 0).offer_id, True, 0)
    acd.decide(20)
    assert acd.agents["joe"].state == "gone"
    assert acd.next_deadline(20) == 60
    acd.set_agent("joe", "available", [EN], [], 50)
    assert acd.agents["joe"].state == "talking"
    assert not of(ConversationEnded, until(acd, 109))
    assert [d.why for d in of(ConversationEnded, until(acd, 110))] == ["agent_lost"]
    assert "joe" not in acd.agents
    acd.enqueue("early", EN, [], 9, 110)
    acd.enqueue("a", EN, [], 0, 111)
    assert acd.in_order()[0].interaction_id == "a"


def test_who_lost_their_sound_is_not_ready_and_not_the_one_whom_the_call_is_kept_for() -> None:
    acd = make(lease_s=1000)
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    acd.answer_offer("joe", offered(acd, 0).offer_id, True, 0)
    acd.given_back("a", 100)
    joe = acd.agents["joe"]
    assert (joe.state, joe.why_not_ready) == ("not_ready", "line_lost")
    acd.set_agent("joe", "available", [EN], [], 101)  # the page repeats itself
    assert joe.state == "not_ready"
    for wish in ("break", "available"):  # they say that they are there again, before the caller is back
        acd.set_agent("joe", wish, [EN], [], 102)  # type: ignore[arg-type]
    acd.enqueue("busy", EN, [], 0, 102)
    acd.answer_offer("joe", offered(acd, 102).offer_id, True, 102)
    acd.set_agent("ann", "available", [EN], [], 103)
    call = acd.enqueue("a", EN, [], 0, 104, last_agent="joe")
    assert (call.returned, call.last_agent) == (True, "")
    assert offers(acd.decide(104)) == [("a", "ann")]
    # Another call of the same caller is kept for them as ever.
    assert acd.enqueue("later", EN, [], 0, 105, last_agent="joe").last_agent == "joe"


def test_an_agent_who_did_not_answer_is_not_ready_for_another_reason() -> None:
    acd = make(lease_s=1000, offer_s=20)
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    acd.decide(0)
    until(acd, 20)
    assert acd.agents["joe"].why_not_ready == "not_answered"


def test_while_a_line_is_waited_for_the_silence_of_the_page_ends_no_conversation() -> None:
    acd = make(lease_s=20, lost_s=70)
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    acd.answer_offer("joe", offered(acd, 0).offer_id, True, 0)
    for now in range(0, 300, 5):
        acd.line_awaited("joe", now)
        assert not of(ConversationEnded, until(acd, now))
    assert acd.agents["joe"].state == "gone"
    # Nobody says so any longer: the time of the page counts again.
    assert [d.why for d in of(ConversationEnded, until(acd, 320))] == ["agent_lost"]


def test_wrap_up_follows_the_conversation_and_ends_with_a_code_or_by_itself() -> None:
    acd = make(wrap_up_s=30, lease_s=1000)
    acd.set_agent("joe", "available", [EN], [], 0)
    for name, start in (("a", 0), ("b", 100)):
        acd.enqueue(name, EN, [], 0, start)
        acd.answer_offer("joe", offered(acd, start).offer_id, True, start)
        with pytest.raises(Refused, match="not over"):
            acd.finish_wrap_up("joe", name, start + 1)
        acd.conversation_ended(name, start + 40)
        assert acd.agents["joe"].state == "wrap_up"
        if name == "a":
            acd.finish_wrap_up("joe", "a", start + 50)
            assert acd.agents["joe"].state == "available"
    assert [d.by for d in of(WrapUpEnded, until(acd, 170))] == ["time"]
    assert acd.agents["joe"].state == "available"
    acd.finish_wrap_up("joe", "b", 175)  # late, but not lost
    with pytest.raises(Refused, match="no open wrap-up"):
        acd.finish_wrap_up("joe", "b", 176)


def test_the_late_summaries_of_several_calls_are_taken_while_another_call_goes_on() -> None:
    acd = make(wrap_up_s=30, lease_s=1000)
    acd.set_agent("joe", "available", [EN], [], 0, capacity=2)
    for name in ("a", "b"):
        acd.enqueue(name, EN, [], 0, 0)
        acd.answer_offer("joe", offered(acd, 0).offer_id, True, 0)
    for name in ("a", "b"):
        acd.conversation_ended(name, 10)
    until(acd, 41)
    acd.enqueue("c", EN, [], 0, 42)
    acd.answer_offer("joe", offered(acd, 42).offer_id, True, 42)
    for name in ("a", "b"):
        acd.finish_wrap_up("joe", name, 45)
        with pytest.raises(Refused, match="no open wrap-up"):
            acd.finish_wrap_up("joe", name, 46)


def test_a_call_that_came_back_has_a_wrap_up_of_its_own_whatever_ran_out_before() -> None:
    acd = make(wrap_up_s=30, lease_s=1000)
    acd.set_agent("joe", "available", [EN], [], 0)
    for start in (0, 100):
        acd.enqueue("a", EN, [], 0, start)
        acd.answer_offer("joe", offered(acd, start).offer_id, True, start)
        if start:
            with pytest.raises(Refused, match="not over"):
                acd.finish_wrap_up("joe", "a", start + 5)
        acd.conversation_ended("a", start + 10)
        until(acd, start + 50)


def test_only_so_many_late_summaries_are_waited_for() -> None:
    acd = make(wrap_up_s=1, lease_s=10_000)
    acd.set_agent("joe", "available", [EN], [], 0)
    for number in range(REMEMBERED_WRAP_UPS + 1):
        start = 10.0 * number
        acd.enqueue(f"call{number}", EN, [], 0, start)
        acd.answer_offer("joe", offered(acd, start).offer_id, True, start)
        acd.conversation_ended(f"call{number}", start + 1)
        until(acd, start + 5)
    with pytest.raises(Refused, match="no open wrap-up"):
        acd.finish_wrap_up("joe", "call0", acd.state.now)
    acd.finish_wrap_up("joe", "call1", acd.state.now)


def test_a_break_asked_for_in_conversation_begins_after_wrap_up() -> None:
    acd = make(lease_s=1000)
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    acd.answer_offer("joe", offered(acd, 0).offer_id, True, 0)
    acd.set_agent("joe", "break", [EN], [], 5)
    assert acd.agents["joe"].state == "talking"
    acd.conversation_ended("a", 10)
    acd.finish_wrap_up("joe", "a", 12)
    assert acd.agents["joe"].state == "break"
    acd.enqueue("b", EN, [], 0, 13)
    assert not offers(acd.decide(13))


def test_place_counts_those_who_compete_for_the_same_agents() -> None:
    acd = make(lease_s=1000)
    acd.enqueue("zh", ZH, [], 9, 0)
    acd.enqueue("en1", EN, ["orders"], 0, 1)
    acd.enqueue("en2", EN, [], 0, 2)
    acd.decide(2)
    assert acd.place("en2", 2).number == 1  # no agent: only its own queue counts
    acd.set_agent("joe", "available", [EN], ["orders"], 3)
    place = acd.place("en2", 3)
    assert (place.number, place.agents_present) == (2, 1)
    assert place.expected_wait_s is None
    assert acd.place("en1", 3).expected_wait_s == 0


def test_the_expected_wait_comes_from_the_time_that_conversations_took() -> None:
    acd = make(lease_s=1000)
    acd.set_agent("joe", "available", [EN], [], 0)
    acd.enqueue("a", EN, [], 0, 0)
    acd.answer_offer("joe", offered(acd, 0).offer_id, True, 0)
    acd.conversation_ended("a", 80)
    acd.finish_wrap_up("joe", "a", 100)
    acd.enqueue("b", EN, [], 0, 100)
    acd.answer_offer("joe", offered(acd, 100).offer_id, True, 100)
    acd.enqueue("c", EN, [], 0, 101)
    acd.enqueue("d", EN, [], 0, 102)
    assert acd.place("c", 102).expected_wait_s == 100
    assert acd.place("d", 102).expected_wait_s == 200


def test_a_call_is_queued_once_and_not_while_it_is_with_an_agent() -> None:
    acd = make()
    acd.set_agent("joe", "available", [EN], [], 0)
    assert acd.enqueue("a", EN, [], 0, 0) is acd.enqueue("a", EN, [], 5, 3)
    acd.answer_offer("joe", offered(acd, 3).offer_id, True, 3)
    with pytest.raises(Refused, match="with joe already"):
        acd.enqueue("a", EN, [], 0, 4)


def test_a_full_queue_says_so() -> None:
    acd = make(queue_limit=1)
    acd.enqueue("a", EN, [], 0, 0)
    with pytest.raises(Refused, match="full"):
        acd.enqueue("b", EN, [], 0, 0)
