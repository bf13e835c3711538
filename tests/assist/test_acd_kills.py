"""Wherever the distributor is killed, between two facts of one turn too, it stands as it stood, and goes on.

The log commits together what comes within a moment, but no more than so many facts, and one by one where one of them
cannot be written: so a kill may leave a part of what one turn decided, and every part must be a valid state.
"""

from __future__ import annotations

import itertools
import random

import pytest
from acd_invariants import broken
from acd_random_day import PLAN, SETTINGS, SKILLS, RandomDay

from assist.acd.core import Acd
from core.events import Event, OfferMade
from core.languages import Language
from core.routing_events import (
    CallBackFailed,
    CallLeftQueue,
    CallOverflowed,
    ColleagueAnswered,
    ConversationEnded,
    ConversationPassed,
    TimeLost,
)

HOUR = 3600.0
STEPS = 4_000


def rebuilt(facts: list[tuple[str, Event]], now: float) -> Acd:
    ids = itertools.count()
    return Acd.rebuilt(facts, now, plan=PLAN, settings=SETTINGS, make_id=lambda: f"again{next(ids)}")


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_100_random_facts_it_stands_as_it_stood_and_goes_on(seed: int) -> None:
    day = RandomDay(seed).play(STEPS)
    ends = {count for count, _ in day.turns}
    cut = [count for count in range(1, len(day.facts)) if count not in ends]
    dice = random.Random(seed)
    for count in (*dice.sample(sorted(day.states), 50), *dice.sample(cut, 50)):
        now = next(now for end, now in day.turns if end >= count)
        acd = rebuilt(day.facts[:count], now)
        if count in ends:
            assert acd.state.snapshot() == day.states[count]
        # What ran out at this very moment may be noticed by the first decision only.
        assert set(broken(acd)) <= {"the next deadline is not in the future"}
        acd.decide(now)
        assert broken(acd) == []
        serve_everybody(acd, now)


@pytest.mark.parametrize("seed", [3, 4])
def test_killed_with_its_lines_it_leaves_call_backs_alone_and_everybody_free(seed: int) -> None:
    """What a media process does that starts again: at any fact, nobody is left with a call that is gone."""
    day = RandomDay(seed).play(STEPS)
    for count in random.Random(seed).sample(range(1, len(day.facts)), 100):
        now = next(now for end, now in day.turns if end >= count)
        acd = rebuilt(day.facts[:count], now)
        acd.lines_lost(now)
        acd.decide(now)
        assert broken(acd) == []
        assert not acd.state.talks and not acd.state.colleague_of
        assert all(call.call_back and call.attempts < SETTINGS.call_back_tries for call in acd.calls.values())


def test_the_random_day_holds_what_it_is_to_be_killed_in() -> None:
    """Else the tests above would prove less than they say."""
    day = RandomDay(1).play(STEPS)
    assert all(day.done[step.__name__] >= 3 for step in day._steps), day.done
    facts = [event for _, event in day.facts]
    for kind in (CallOverflowed, CallBackFailed, TimeLost):
        assert any(isinstance(event, kind) for event in facts), kind
    assert sum(isinstance(event, ConversationPassed) for event in facts) > 10
    assert {e.answer for e in facts if isinstance(e, ColleagueAnswered)} >= {
        "accepted",
        "not_answered",
        "withdrawn",
    }
    assert {e.why for e in facts if isinstance(e, ConversationEnded)} >= {"over", "agent_lost"}
    ends = [count for count, _ in day.turns]
    assert sum(b - a > 1 for a, b in itertools.pairwise(ends)) > 100, "turns of several facts"
    assert day.most_at_hand >= 3 and len(day.states) > 100


def test_killed_between_the_last_attempt_and_the_end_of_the_place_nobody_is_rung_once_more() -> None:
    ids = itertools.count()
    acd = Acd(SETTINGS, PLAN, make_id=lambda: f"o{next(ids)}")
    facts, now = [], 0.0
    acd.enqueue("a", Language.EN, [], 0, now)
    acd.keep_place_for_call_back("a", now)
    for _ in range(SETTINGS.call_back_tries):
        acd.set_agent("ann", "available", [Language.EN], [], now)
        facts += acd.decide(now)
        offer = next(event for _, event in reversed(facts) if isinstance(event, OfferMade))
        acd.answer_offer("ann", offer.offer_id, True, now)
        acd.call_back_failed("a", "no answer", now)
        facts += acd.decide(now)
        now += SETTINGS.call_back_pause_s
    assert [type(event) for _, event in facts[-2:]] == [CallBackFailed, CallLeftQueue]
    again = rebuilt(facts[:-1], now)
    assert not again.calls and again.state.snapshot() == rebuilt(facts, now).state.snapshot()


def test_a_log_that_begins_in_the_middle_is_folded_without_error() -> None:
    facts = RandomDay(5).play(STEPS).facts
    for start in range(0, len(facts), max(len(facts) // 40, 1)):
        acd = rebuilt(facts[start:], 25 * HOUR)
        acd.decide(25 * HOUR)
        assert broken(acd) == []


def serve_everybody(acd: Acd, now: float) -> None:
    """Agents of all languages come to work and take every call; nobody may be left over."""
    end = now + 4 * HOUR
    while acd.calls or acd.state.talks:
        assert now < end, f"left over: {list(acd.calls)}, {acd.state.talks}"
        for user in ("zoe", "yan"):
            acd.set_agent(user, "available", {language: 5 for language in Language}, SKILLS, now)
        acd.decide(now)
        for offer in list(acd.offers.values()):
            acd.answer_offer(offer.agent, offer.offer_id, True, now)
        for name in list(acd.state.talks):
            acd.conversation_ended(name, now)
        for agent in list(acd.agents.values()):
            for work in list(agent.work.values()):
                if work.activity == "wrap_up":
                    acd.finish_wrap_up(agent.user, work.interaction_id, now)
        acd.decide(now)
        assert broken(acd) == []
        now += 4.0 if acd.offers else 15.0
