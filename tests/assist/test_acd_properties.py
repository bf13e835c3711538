"""Whatever happens in whatever order: the invariants of the distributor hold."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from assist.acd.core import Acd
from assist.acd.types import AcdSettings, CloseOffer, EndWrapUp, LoseAgent, MakeOffer, Refused
from core.languages import Language

AGENTS = ["ann", "bo", "cho", "dai"]
SKILLS = ["orders", "returns"]
LANGUAGES = [Language.EN, Language.ZH]


class Distribution(RuleBasedStateMachine):
    """Calls come and go, agents come, go, answer or do not; a model beside it keeps the books."""

    def __init__(self) -> None:
        super().__init__()
        ids = itertools.count()
        self.acd = Acd(AcdSettings(), make_id=lambda: f"o{next(ids)}")
        self.now = 0.0
        self.names = itertools.count()
        self.waiting: set[str] = set()
        self.talking: dict[str, str] = {}
        self.open: dict[str, MakeOffer] = {}
        self.ended: set[str] = set()

    def turn(self) -> None:
        for decision in self.acd.decide(self.now):
            match decision:
                case MakeOffer():
                    assert decision.interaction_id in self.waiting
                    assert decision.agent not in {o.agent for o in self.open.values()}, "two offers at once"
                    assert decision.interaction_id not in {o.interaction_id for o in self.open.values()}
                    assert decision.agent not in self.talking.values(), "an offer during a conversation"
                    assert decision.reason
                    self.open[decision.offer_id] = decision
                case CloseOffer():
                    offer = self.open.pop(decision.offer_id)
                    assert (offer.agent, offer.interaction_id) == (decision.agent, decision.interaction_id)
                    if decision.answer == "accepted":
                        assert decision.interaction_id not in self.talking, "two agents for one call"
                        self.waiting.remove(decision.interaction_id)
                        self.talking[decision.interaction_id] = decision.agent
                case LoseAgent():
                    assert self.talking.pop(decision.interaction_id) == decision.agent
                    self.acd.enqueue(decision.interaction_id, Language.EN, [], 0, self.now, returned=True)
                    self.waiting.add(decision.interaction_id)
                case EndWrapUp():
                    assert decision.interaction_id not in self.talking

    @rule(seconds=st.floats(0.1, 45))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.turn()

    @rule(
        language=st.sampled_from(LANGUAGES),
        skills=st.sets(st.sampled_from(SKILLS)),
        priority=st.integers(0, 9),
    )
    def a_call_is_queued(self, language: Language, skills: set[str], priority: int) -> None:
        name = f"c{next(self.names)}"
        self.acd.enqueue(name, language, skills, priority, self.now)
        self.waiting.add(name)
        self.turn()

    @rule(
        user=st.sampled_from(AGENTS),
        wish=st.sampled_from(["available", "available", "available", "break", "offline"]),
        languages=st.sets(st.sampled_from(LANGUAGES), min_size=1),
        skills=st.sets(st.sampled_from(SKILLS)),
    )
    def an_agent_reports(self, user: str, wish: str, languages: set[Language], skills: set[str]) -> None:
        self.acd.set_agent(user, wish, languages, skills, self.now)  # type: ignore[arg-type]
        self.turn()

    @precondition(lambda self: self.open)
    @rule(data=st.data(), accept=st.booleans(), stranger=st.sampled_from([None, None, None, *AGENTS]))
    def an_offer_is_answered(self, data: st.DataObject, accept: bool, stranger: str | None) -> None:
        offer = self.open[data.draw(st.sampled_from(sorted(self.open)))]
        try:
            self.acd.answer_offer(stranger or offer.agent, offer.offer_id, accept, self.now)
        except Refused:
            assert stranger not in (None, offer.agent)
        self.turn()

    @precondition(lambda self: self.waiting or self.talking)
    @rule(data=st.data())
    def a_caller_hangs_up(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.waiting | set(self.talking))))
        self.acd.leave(name, self.now)
        self.waiting.discard(name)
        self.talking.pop(name, None)
        self.ended.add(name)
        self.turn()

    @rule(user=st.sampled_from(AGENTS), data=st.data())
    def an_agent_finishes_wrap_up(self, user: str, data: st.DataObject) -> None:
        agent = self.acd.agents.get(user)
        if agent is not None and agent.activity == "wrap_up":
            assert agent.interaction_id
            self.acd.finish_wrap_up(user, agent.interaction_id, self.now)
        self.turn()

    @invariant()
    def nobody_is_lost(self) -> None:
        assert set(self.acd.calls) == self.waiting
        assert not self.waiting & set(self.talking)
        talking = {a.interaction_id: a.user for a in self.acd.agents.values() if a.activity == "talking"}
        assert talking == self.talking

    @invariant()
    def offers_agree_on_both_sides(self) -> None:
        assert set(self.acd.offers) == set(self.open)
        for name, call in self.acd.calls.items():
            assert call.offer_id is None or self.acd.offers[call.offer_id].interaction_id == name
        for user, agent in self.acd.agents.items():
            assert (agent.activity == "offered") == (agent.offer_id is not None)
            assert agent.offer_id is None or self.acd.offers[agent.offer_id].agent == user

    @invariant()
    def nobody_waits_beside_a_free_agent_who_could_take_the_call(self) -> None:
        for call in self.acd.calls.values():
            for agent in self.acd.agents.values():
                if call.offer_id is None and agent.free and agent.user not in call.rejected_by:
                    assert call.language not in agent.languages or not call.skills <= agent.skills

    @invariant()
    def there_is_always_a_next_moment_while_anything_runs_out(self) -> None:
        if self.acd.offers or any(not agent.gone for agent in self.acd.agents.values()):
            deadline = self.acd.next_deadline(self.now)
            assert deadline is not None and deadline > self.now


Distribution.TestCase.settings = settings(
    max_examples=60, stateful_step_count=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestDistribution = Distribution.TestCase


@given(
    handle_s=st.integers(5, 120),
    highest=st.integers(1, 9),
    arrivals=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 9)), min_size=60, max_size=60),
)
@settings(max_examples=30, deadline=None)
def test_nobody_starves_under_a_stream_of_more_important_calls(
    handle_s: int, highest: int, arrivals: list[tuple[int, int]]
) -> None:
    """An ordinary call is overtaken only by calls that came within its head start of waiting."""
    acd = Acd(AcdSettings(second_per_point=30, lease_s=1e9))
    acd.set_agent("ann", "available", [Language.EN], [], 0)
    acd.enqueue("busy", Language.EN, [], 0, 0)
    acd.answer_offer("ann", acd.decide(0)[0].offer_id, True, 0)
    acd.enqueue("ordinary", Language.EN, [], 0, 0)
    coming, at = [], 0
    for gap, priority in arrivals:
        at += gap
        coming.append((at, min(priority, highest)))
    now, served, free_at = 0, [], handle_s
    while "ordinary" in acd.calls:
        now = free_at
        acd.leave(next(a.interaction_id for a in acd.agents.values() if a.activity == "talking") or "", now)
        acd.finish_wrap_up("ann", acd.agents["ann"].interaction_id or "", now)
        while coming and coming[0][0] <= now:
            came, priority = coming.pop(0)
            acd.enqueue(f"c{came}-{len(coming)}", Language.EN, [], priority, came)
        offer = next(d for d in acd.decide(now) if isinstance(d, MakeOffer))
        acd.answer_offer("ann", offer.offer_id, True, now)
        served.append(offer.interaction_id)
        free_at = now + handle_s
    came_before = [int(name[1:].split("-")[0]) for name in served if name != "ordinary"]
    assert all(came <= highest * 30 for came in came_before)
