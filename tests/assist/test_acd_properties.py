"""Whatever happens in whatever order: the invariants of the distributor hold. ``test_acd_kills`` kills it."""

from __future__ import annotations

import itertools
from typing import Literal

from acd_invariants import broken
from acd_random_day import PLAN
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from assist.acd.core import Acd
from assist.acd.types import AcdSettings, Refused
from core.events import Event, OfferAnswered, OfferMade
from core.languages import Language
from core.routing_events import (
    CallBackFailed,
    CallLeftQueue,
    CallQueued,
    ColleagueAnswered,
    ColleagueAsked,
    ColleagueLeft,
    ConversationEnded,
    ConversationPassed,
    WrapUpEnded,
)

AGENTS = ["ann", "bo", "cho", "dai"]
SKILLS = ["orders", "returns"]
LANGUAGES = [Language.EN, Language.ZH]
LEVELS = st.integers(1, 5)


class Distribution(RuleBasedStateMachine):
    """Calls come and go, agents come, go, answer or do not; a model beside it keeps the books."""

    def __init__(self) -> None:
        super().__init__()
        self.ids = itertools.count()
        self.acd = self.new()
        self.now = 0.0
        self.names = itertools.count()
        self.log: list[tuple[str, Event]] = []
        self.waiting: set[str] = set()
        self.call_backs: set[str] = set()
        self.talking: dict[str, str] = {}
        self.open: dict[str, tuple[str, OfferMade]] = {}
        self.asked: dict[str, tuple[str, ColleagueAsked]] = {}
        self.capacity: dict[str, int] = {}
        self.at_hand: dict[str, set[str]] = {}

    def parts(self) -> dict[str, object]:
        return {"settings": AcdSettings(), "plan": PLAN, "make_id": lambda: f"o{next(self.ids)}"}

    def new(self) -> Acd:
        return Acd(**self.parts())  # type: ignore[arg-type]

    def turn(self) -> None:
        for name, event in self.acd.decide(self.now):
            self.log.append((name, event))
            self.book(name, event)

    def book(self, name: str, event: Event) -> None:
        match event:
            case CallQueued():
                self.waiting.add(name)
            case CallLeftQueue():
                self.waiting.discard(name)
                self.call_backs.discard(name)
            case OfferMade(agent=agent):
                assert name in self.waiting and event.reason
                assert name not in {other for other, _ in self.open.values()}, "two offers of one call"
                at_hand = self.at_hand.setdefault(agent, set())
                at_hand.add(name)
                assert len(at_hand) <= self.capacity[agent], "an offer beyond an agent's capacity"
                self.open[event.offer_id] = (name, event)
            case OfferAnswered(agent=agent):
                assert self.open.pop(event.offer_id)[0] == name
                if event.answer == "accepted":
                    assert name not in self.talking, "two agents for one call"
                    self.waiting.remove(name)
                    self.talking[name] = agent
                else:
                    self.at_hand[agent].remove(name)
            case ConversationEnded(agent=agent):
                assert self.talking.pop(name) == agent
                self.call_backs.discard(name)
                if event.wrap_up_until == 0:
                    self.at_hand[agent].remove(name)
            case CallBackFailed(agent=agent):
                assert self.talking.pop(name) == agent
                self.at_hand[agent].remove(name)
                self.waiting.add(name)
            case WrapUpEnded(agent=agent):
                self.at_hand[agent].remove(name)
            case ColleagueAsked(agent=agent):
                assert self.talking[name] != agent and event.reason
                at_hand = self.at_hand.setdefault(agent, set())
                at_hand.add(name)
                assert len(at_hand) <= self.capacity[agent], "asked to come beyond an agent's capacity"
                self.asked[event.offer_id] = (name, event)
            case ColleagueAnswered(agent=agent):
                assert self.asked.pop(event.offer_id)[0] == name
                if event.answer != "accepted":
                    self.at_hand[agent].remove(name)
            case ColleagueLeft(agent=agent):
                self.at_hand[agent].remove(name)
            case ConversationPassed(agent=agent, to=to):
                assert name not in self.talking, "two agents for one call"
                self.talking[name] = to
                self.at_hand.setdefault(to, set()).add(name)

    # --- what may happen ---

    @rule(seconds=st.floats(0.1, 45))
    def time_passes(self, seconds: float) -> None:
        end = self.now + seconds
        while (deadline := self.acd.next_deadline(self.now)) is not None and deadline <= end:
            self.now = deadline
            self.turn()
        self.now = end
        self.turn()

    @rule(seconds=st.floats(6, 500))
    def the_distributor_stands_still(self, seconds: float) -> None:
        offers = dict(self.acd.offers)
        deadline = self.acd.next_deadline(self.now)
        self.now += seconds
        self.turn()
        if deadline is not None and self.now - deadline > 5:
            for offer_id, offer in offers.items():
                if offer.until - deadline > 0.01 and offer_id in self.acd.offers:
                    assert self.acd.offers[offer_id].until > self.now

    @rule(seconds=st.floats(0, 4000))
    def the_clock_tells_an_earlier_time(self, seconds: float) -> None:
        before = self.acd.state.snapshot()
        assert not [fact for fact in self.acd.decide(self.now - seconds)]
        assert self.acd.state.snapshot() == before

    @rule(offset=st.sampled_from([-7200.0, 0.0, 3600.0]))
    def the_time_of_day_is_set(self, offset: float) -> None:
        self.acd.clock_corrected(offset, self.now)
        self.turn()

    @rule(
        language=st.sampled_from(LANGUAGES),
        skills=st.sets(st.sampled_from(SKILLS)),
        priority=st.integers(0, 9),
        reason=st.sampled_from(["caller_asked", "complaint"]),
        last=st.sampled_from(["", *AGENTS]),
    )
    def a_call_is_queued(
        self, language: Language, skills: set[str], priority: int, reason: str, last: str
    ) -> None:
        name = f"c{next(self.names)}"
        try:
            self.acd.enqueue(name, language, skills, priority, self.now, reason=reason, last_agent=last)
        except Refused:
            assert self.acd.state.waiting_in["general"] >= 12
        self.turn()

    @precondition(lambda self: self.acd.state.lost)
    @rule()
    def a_call_whose_agent_was_lost_queues_again_at_the_head(self) -> None:
        name = next(iter(self.acd.state.lost))
        self.acd.enqueue(name, Language.EN, [], 0, self.now)
        assert self.acd.calls[name].returned
        self.turn()

    @rule(
        user=st.sampled_from(AGENTS),
        wish=st.sampled_from(["available", "available", "available", "break", "offline"]),
        languages=st.dictionaries(st.sampled_from(LANGUAGES), LEVELS, min_size=1),
        skills=st.dictionaries(st.sampled_from(SKILLS), LEVELS),
        capacity=st.sampled_from([1, 1, 2, 3]),
    )
    def an_agent_reports(
        self, user: str, wish: str, languages: dict[Language, int], skills: dict[str, int], capacity: int
    ) -> None:
        at_work = self.acd.agents.get(user)
        capacity = max(capacity, at_work.load if at_work else 0)
        self.capacity[user] = capacity
        self.acd.set_agent(user, wish, languages, skills, self.now, capacity=capacity)  # type: ignore[arg-type]
        self.turn()

    @precondition(lambda self: self.open)
    @rule(data=st.data(), accept=st.booleans(), stranger=st.sampled_from([None, None, None, *AGENTS]))
    def an_offer_is_answered(self, data: st.DataObject, accept: bool, stranger: str | None) -> None:
        _, offer = self.open[data.draw(st.sampled_from(sorted(self.open)))]
        try:
            self.acd.answer_offer(stranger or offer.agent, offer.offer_id, accept, self.now)
        except Refused:
            assert stranger not in (None, offer.agent)
        self.turn()

    @precondition(lambda self: self.talking)
    @rule(data=st.data(), to=st.sampled_from(["general", "complaints", *AGENTS]))
    def an_agent_asks_a_colleague_to_come(self, data: st.DataObject, to: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.talking)))
        kind: Literal["queue", "agent"] = "agent" if to in AGENTS else "queue"
        try:
            self.acd.colleagues.ask(name, kind, to, self.now, offer_id=f"o{next(self.ids)}")
        except Refused as refusal:
            assert str(refusal).endswith(".")
        self.turn()

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), accept=st.booleans())
    def a_colleague_answers(self, data: st.DataObject, accept: bool) -> None:
        _, event = self.asked[data.draw(st.sampled_from(sorted(self.asked)))]
        self.acd.answer_offer(event.agent, event.offer_id, accept, self.now)
        self.turn()

    @precondition(lambda self: self.acd.state.colleague_of)
    @rule(data=st.data())
    def a_colleague_leaves(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.acd.state.colleague_of)))
        self.acd.colleagues.all_leave(name, "over", self.now)
        self.turn()
        assert name not in self.acd.state.colleague_of

    @precondition(lambda self: self.talking)
    @rule(data=st.data(), to=st.sampled_from([*AGENTS, "boss"]))
    def a_call_is_passed_on(self, data: st.DataObject, to: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.talking)))
        self.capacity.setdefault(to, 1)
        try:
            self.acd.pass_on(name, to, self.now, "because")
        except Refused as refusal:
            assert str(refusal).endswith(".")
        self.turn()

    @precondition(lambda self: self.talking)
    @rule(data=st.data())
    def an_agents_sound_is_gone_for_good(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.talking)))
        agent = self.acd.agents[self.talking[name]]
        self.acd.given_back(name, self.now)
        self.turn()
        assert name not in self.talking and (agent.not_ready or agent.wish != "available" or agent.gone)

    @precondition(lambda self: self.acd.agents)
    @rule(data=st.data())
    def a_line_is_waited_for(self, data: st.DataObject) -> None:
        self.acd.line_awaited(data.draw(st.sampled_from(sorted(self.acd.agents))), self.now)
        self.turn()

    @precondition(lambda self: (self.waiting | set(self.talking)) - self.call_backs)
    @rule(data=st.data())
    def a_caller_hangs_up(self, data: st.DataObject) -> None:
        there = (self.waiting | set(self.talking)) - self.call_backs
        name = data.draw(st.sampled_from(sorted(there)))
        self.acd.leave(name, self.now)
        self.turn()
        assert name not in self.waiting and name not in self.talking

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def a_caller_wants_to_be_called_back(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.waiting)))
        self.acd.keep_place_for_call_back(name, self.now)
        self.acd.leave(name, self.now)  # they hang up, and their place stays
        self.call_backs.add(name)
        self.turn()
        assert name in self.waiting

    @precondition(lambda self: set(self.talking) & self.call_backs)
    @rule(data=st.data(), reached=st.booleans())
    def a_call_back_is_dialled(self, data: st.DataObject, reached: bool) -> None:
        name = data.draw(st.sampled_from(sorted(set(self.talking) & self.call_backs)))
        if reached:
            self.acd.conversation_ended(name, self.now)
        else:
            self.acd.call_back_failed(name, "nobody answered", self.now)
        self.turn()

    @rule(user=st.sampled_from(AGENTS), data=st.data())
    def an_agent_finishes_wrap_up(self, user: str, data: st.DataObject) -> None:
        agent = self.acd.agents.get(user)
        for work in list(agent.work.values()) if agent is not None else []:
            if work.activity == "wrap_up":
                self.acd.finish_wrap_up(user, work.interaction_id, self.now)
        self.turn()

    @rule()
    def it_is_killed_and_rebuilt_from_its_log(self) -> None:
        before = self.acd.state.snapshot()
        self.acd = Acd.rebuilt(self.log, self.now, **self.parts())
        assert self.acd.state.snapshot() == before
        self.turn()

    # --- what must hold ---

    @invariant()
    def nothing_is_broken(self) -> None:
        assert broken(self.acd) == []

    @invariant()
    def everybody_who_waits_has_a_place(self) -> None:
        for name in self.waiting:
            assert 1 <= self.acd.place(name, self.now).number <= len(self.waiting)

    @invariant()
    def the_books_agree(self) -> None:
        assert set(self.acd.calls) == self.waiting
        assert self.acd.state.talks == self.talking
        assert set(self.acd.offers) == set(self.open) | set(self.asked)


Distribution.TestCase.settings = settings(
    max_examples=120, stateful_step_count=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
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
    acd = Acd(AcdSettings(second_per_point=30, lease_s=float("inf"), gap_s=float("inf")))
    acd.set_agent("ann", "available", [Language.EN], [], 0)
    acd.enqueue("busy", Language.EN, [], 0, 0)

    def offer(now: float) -> tuple[str, OfferMade]:
        return next((name, event) for name, event in acd.decide(now) if isinstance(event, OfferMade))

    acd.answer_offer("ann", offer(0)[1].offer_id, True, 0)
    acd.enqueue("ordinary", Language.EN, [], 0, 0)
    coming, at = [], 0
    for gap, priority in arrivals:
        at += gap
        coming.append((at, min(priority, highest)))
    now, served, free_at = 0, [], handle_s
    while "ordinary" in acd.calls:
        now = free_at
        talking = next(iter(acd.state.talks))
        acd.leave(talking, now)
        acd.finish_wrap_up("ann", talking, now)
        while coming and coming[0][0] <= now:
            came, priority = coming.pop(0)
            acd.enqueue(f"c{came}-{len(coming)}", Language.EN, [], priority, now)
            # It came a little before the agent was free again; that counts.
            acd.calls[f"c{came}-{len(coming)}"].since = came
            acd.state.settle(acd.calls[f"c{came}-{len(coming)}"])
        name, made = offer(now)
        acd.answer_offer("ann", made.offer_id, True, now)
        served.append(name)
        free_at = now + handle_s
    came_before = [int(name[1:].split("-")[0]) for name in served if name != "ordinary"]
    assert all(came <= highest * 30 for came in came_before)
