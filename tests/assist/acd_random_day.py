"""Callers, agents of capacity 1 to 3 and supervisors who do whatever they may, at random: facts to be killed in."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from acd_invariants import broken

from assist.acd.core import Acd
from assist.acd.hours import Hours
from assist.acd.plan import Overflow, Peak, Plan, Queue
from assist.acd.types import AcdSettings, Refused
from core.events import Event
from core.languages import Language

AGENTS = ("ann", "bo", "cho", "dai", "eve", "fay", "gil")
SKILLS = ("orders", "returns")
LANGUAGES = (Language.EN, Language.ZH)
EVERY_OTHER_HOUR = tuple((hour * 60, hour * 60 + 60) for hour in range(0, 24, 2))
PLAN = Plan(
    queues={
        "complaints": Queue(
            "complaints",
            reasons=frozenset({"complaint"}),
            skills=frozenset({"returns"}),
            priority=3,
            hours=Hours(ZoneInfo("UTC"), (EVERY_OTHER_HOUR,) * 7),
            overflow=Overflow("general", after_s=25, more_than=3, when_closed=True),
        ),
        "general": Queue("general", most_waiting=12),
    },
    peak=Peak(1.0, frozenset({"order_status"})),
)
SETTINGS = AcdSettings(call_back_tries=2, call_back_pause_s=120.0)


class RandomDay:
    """Play it; what happened is in ``facts``.

    Attributes:
        facts: in the order of the log.
        turns: after each turn that decided something: how many facts there are, and the time.
        states: the state after every tenth of these, by the number of facts.
        done: how often each kind of step was taken.
        most_at_hand: calls of one agent at once.
    """

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.now = 0.0
        self.facts: list[tuple[str, Event]] = []
        self.turns: list[tuple[int, float]] = []
        self.states: dict[int, dict[str, Any]] = {}
        self.most_at_hand = 0
        self.done: Counter[str] = Counter()
        self._ids = itertools.count()
        self._pages: dict[str, dict[str, Any]] = {}
        self.acd = Acd(SETTINGS, PLAN, make_id=self._id)
        self._steps: dict[Callable[[], object], int] = {
            self._time_passes: 12, self._a_caller_comes: 3, self._an_agent_reports: 6, self._an_offer_is_answered: 14,
            self._a_colleague_is_asked: 20, self._a_colleague_leaves: 2, self._a_warm_transfer: 12,
            self._a_cold_transfer: 3, self._a_supervisor_takes_over: 3, self._a_supervisor_takes_from_the_bot: 3,
            self._a_line_is_lost: 2, self._who_was_lost_comes_back: 4, self._a_conversation_ends: 6,
            self._a_caller_hangs_up: 2, self._a_call_back_is_wanted: 2, self._a_customer_is_not_reached: 3,
            self._wrap_up_is_finished: 10, self._wrap_up_is_extended: 3, self._a_page_is_gone: 1,
            self._the_clock_is_set: 1, self._the_distributor_stands_still: 1,
        }  # fmt: skip

    def play(self, steps: int) -> RandomDay:
        for _ in range(steps):
            (step,) = self.dice.choices(list(self._steps), list(self._steps.values()))
            try:
                if step() is not False:
                    self.done[step.__name__] += 1
            except Refused as refusal:
                assert str(refusal).endswith(".")
            self._turn()
        return self

    def _turn(self) -> None:
        if decisions := self.acd.decide(self.now):
            self.facts += decisions
            self.turns.append((len(self.facts), self.now))
            if len(self.turns) % 10 == 0:
                self.states[len(self.facts)] = self.acd.state.snapshot()
            self.most_at_hand = max([self.most_at_hand, *(agent.load for agent in self.acd.agents.values())])
        assert not (wrong := broken(self.acd)), wrong

    def _id(self) -> str:
        return f"n{next(self._ids)}"

    def _one_of(self, names: Sequence[str]) -> str:
        return self.dice.choice(sorted(names))

    # --- time ---

    def _time_passes(self) -> None:
        end = self.now + self.dice.expovariate(1 / 8)
        for user, page in self._pages.items():
            if user in self.acd.agents and self.acd.agents[user].load > page["capacity"]:
                page = {**page, "capacity": self.acd.agents[user].load}
            self.acd.set_agent(user, now=self.now, **page)
        while (deadline := self.acd.next_deadline(self.now)) is not None and deadline <= end:
            self.now = deadline
            self._turn()
        self.now = end

    def _the_clock_is_set(self) -> None:
        self.acd.clock_corrected(self.dice.choice((-1800.0, 0.0, 3600.0)), self.now)

    def _the_distributor_stands_still(self) -> None:
        self.now += self.dice.uniform(6, 60)

    # --- callers ---

    def _a_caller_comes(self) -> None:
        self.acd.enqueue(
            self._id(), self.dice.choice(LANGUAGES), self.dice.sample(SKILLS, self.dice.randint(0, 2)),
            self.dice.randint(0, 9), self.now, reason=self.dice.choice(("caller_asked", "complaint")),
            last_agent=self.dice.choice(("", *AGENTS)),
        )  # fmt: skip

    def _a_caller_hangs_up(self) -> object:
        there = [
            *(name for name, call in self.acd.calls.items() if not call.call_back),
            *self.acd.state.talks,
        ]
        return self.acd.leave(self._one_of(there), self.now) if there else False

    def _a_call_back_is_wanted(self) -> object:
        waiting = [name for name, call in self.acd.calls.items() if not call.call_back]
        if not waiting:
            return False
        name = self._one_of(waiting)
        if self.dice.random() < 0.2:
            return self.acd.list_call_back(name, self.now)
        self.acd.keep_place_for_call_back(name, self.now)
        return self.acd.leave(name, self.now)

    def _a_customer_is_not_reached(self) -> object:
        ringing = set(self.acd.state.call_backs) & set(self.acd.state.talks)
        return (
            self.acd.call_back_failed(self._one_of([*ringing]), "no answer", self.now) if ringing else False
        )

    # --- agents ---

    def _an_agent_reports(self) -> None:
        user, capacity = self.dice.choice(AGENTS), self.dice.randint(1, 3)
        if (agent := self.acd.agents.get(user)) is not None:
            capacity = max(capacity, agent.load)
        self._pages[user] = page = {
            "wish": self.dice.choice(("available",) * 6 + ("break", "offline")),
            "languages": {one: self.dice.randint(1, 5) for one in self.dice.sample(LANGUAGES, self.dice.randint(1, 2))},
            "skills": {one: self.dice.randint(1, 5) for one in self.dice.sample(SKILLS, self.dice.randint(0, 2))},
            "capacity": capacity,
        }  # fmt: skip
        self.acd.set_agent(user, now=self.now, **page)

    def _a_page_is_gone(self) -> object:
        return self._pages.pop(self._one_of([*self._pages])) if self._pages else False

    def _an_offer_is_answered(self) -> object:
        if not self.acd.offers:
            return False
        offer = self.acd.offers[self._one_of([*self.acd.offers])]
        return self.acd.answer_offer(offer.agent, offer.offer_id, self.dice.random() < 0.8, self.now)

    def _wrap_up(self) -> list[tuple[str, str]]:
        return [
            (user, name)
            for user, agent in self.acd.agents.items()
            for name, work in agent.work.items()
            if work.activity == "wrap_up"
        ]

    def _wrap_up_is_finished(self) -> object:
        open_ = self._wrap_up()
        return self.acd.finish_wrap_up(*self.dice.choice(open_), self.now) if open_ else False

    def _wrap_up_is_extended(self) -> object:
        open_ = self._wrap_up()
        return self.acd.extend_wrap_up(*self.dice.choice(open_), self.now) if open_ else False

    # --- conversations ---

    def _talk(self) -> str | None:
        return self._one_of([*self.acd.state.talks]) if self.acd.state.talks else None

    def _a_conversation_ends(self) -> object:
        return self.acd.conversation_ended(name, self.now) if (name := self._talk()) else False

    def _a_colleague_is_asked(self) -> object:
        if (name := self._talk()) is None:
            return False
        kind, to = self.dice.choice(
            (("agent", self.dice.choice(AGENTS)), ("queue", self.dice.choice([*PLAN.queues])))
        )
        return self.acd.colleagues.ask(name, kind, to, self.now, offer_id=self._id())  # type: ignore[arg-type]

    def _a_colleague_leaves(self) -> object:
        come = self.acd.state.colleague_of
        return self.acd.colleagues.all_leave(self._one_of([*come]), "over", self.now) if come else False

    def _a_warm_transfer(self) -> object:
        come = [
            (name, user)
            for name, user in self.acd.state.colleague_of.items()
            if self.acd.agents[user].work[name].activity == "consulting"
        ]
        return self.acd.pass_on(*self.dice.choice(come), self.now, "a warm transfer") if come else False

    def _a_cold_transfer(self) -> object:
        if (name := self._talk()) is None:
            return False
        kind, to = self.dice.choice(
            (("agent", self.dice.choice(AGENTS)), ("queue", self.dice.choice([*PLAN.queues])))
        )
        self.acd.colleagues.check(name, kind, to)  # type: ignore[arg-type]
        self.acd.conversation_ended(name, self.now)
        where = {"to_agent": to} if kind == "agent" else {"to_queue": to}
        return self.acd.enqueue(name, self.dice.choice(LANGUAGES), [], 0, self.now, **where)  # type: ignore[arg-type]

    def _a_supervisor_takes_over(self) -> object:
        return self.acd.pass_on(name, "boss", self.now, "taken over") if (name := self._talk()) else False

    def _a_supervisor_takes_from_the_bot(self) -> None:
        self.acd.begin_with(self._id(), self.dice.choice(LANGUAGES), "boss", self.now)

    def _a_line_is_lost(self) -> object:
        return self.acd.given_back(name, self.now) if (name := self._talk()) else False

    def _who_was_lost_comes_back(self) -> object:
        lost = self.acd.state.lost
        if not lost:
            return False
        return self.acd.enqueue(self._one_of([*lost]), self.dice.choice(LANGUAGES), [], 0, self.now)
