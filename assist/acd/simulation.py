"""Plays calls and agents against the real distributor in simulated time, thousands of times faster.

What is simulated is the outside: when calls come, how long callers are patient, how agents behave. Every
decision is made by ``core.Acd``, the same that serves real calls, and every figure is worked out by
``measures`` from the facts that it logs. The same seed gives the same day.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import accumulate

from assist.acd.core import Acd
from assist.acd.measures import Day
from assist.acd.plan import Plan
from assist.acd.types import AcdSettings, Closed, Refused, Wish
from core.events import Event, OfferAnswered, OfferMade
from core.languages import Language
from core.routing_events import ConversationEnded, WrapUpEnded

HOUR = 3600.0
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Caller:
    """One call to be: when it asks for a person, what it wants, how long it waits. Seconds."""

    name: str
    at: float
    language: Language
    skills: tuple[str, ...] = ()
    reason: str = "caller_asked"
    intent: str = ""
    priority: int = 0
    patience_s: float = NEVER
    talk_s: float = 180.0
    wrap_up_s: float = 0.0
    wants_call_back: bool = False
    """Takes a call back where the wait is expected to be longer than ``call_back_from_s``."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One agent to be: shifts and breaks as (from, until) in seconds."""

    user: str
    languages: dict[Language, int]
    skills: dict[str, int] = field(default_factory=dict)
    shifts: tuple[tuple[float, float], ...] = ((0.0, NEVER),)
    breaks: tuple[tuple[float, float], ...] = ()
    answer_s: float = 0.0
    """How long they take to accept an offer, on average; 0: at once."""
    misses: float = 0.0
    """Share of offers that they do not answer."""
    rejects: float = 0.0


@dataclass(slots=True)
class Result:
    """What a simulation brought.

    Attributes:
        day: calls and agents' times.
        decisions: facts that the distributor decided.
        seconds: of real time that it took.
        kept: calls that the peak rule left with the bot; nobody asks for a person a second time.
        refused: calls that no queue took.
        facts: everything in the order of the log, if it was asked for.
        broken: invariants that did not hold; empty in a correct distributor.
    """

    day: Day
    decisions: int = 0
    seconds: float = 0.0
    acd_seconds: float = 0.0
    kept: int = 0
    refused: int = 0
    end_s: float = 0.0
    facts: list[tuple[str, Event]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def decisions_per_second(self) -> float:
        """Of the time that the distributor itself took."""
        return self.decisions / self.acd_seconds if self.acd_seconds else 0.0


class Simulation:
    """One run. ``play`` it once.

    Args:
        seed: of what agents do; what callers do is in the callers.
        keep_facts: keep every fact in the result.
        call_back_from_s: expected wait from which those who want it are offered a call back.
    """

    def __init__(
        self,
        workers: Sequence[Worker],
        settings: AcdSettings | None = None,
        plan: Plan | None = None,
        seed: int = 1,
        *,
        keep_facts: bool = False,
        call_back_from_s: float = 120.0,
    ) -> None:
        ids = iter(range(1, 1 << 62))
        # Agents' pages are connected all through the shift; renewing leases by the second tests nothing.
        self._acd = Acd(settings or AcdSettings(lease_s=NEVER), plan, make_id=lambda: f"o{next(ids)}")
        self._workers = {worker.user: worker for worker in workers}
        self._random = random.Random(seed)  # noqa: S311  (a simulation, not a secret)
        self._call_back_from_s = call_back_from_s
        self._keep_facts = keep_facts
        self._due: list[tuple[float, int, Callable[[float], None]]] = []
        self._count = 0
        self._callers: dict[str, Caller] = {}
        self._offered: dict[str, str] = {}
        self._with: dict[str, set[str]] = {}
        self._result = Result(Day())

    def play(self, callers: Iterable[Caller], until_s: float = NEVER) -> Result:
        """Play all callers, in order of time, until everything is done or the time is over."""
        began = time.perf_counter()
        for worker in self._workers.values():
            for start, end in worker.shifts:
                self._at(start, partial(self._set, worker, "available"))
                self._at(end, partial(self._set, worker, "offline"))
            for start, end in worker.breaks:
                self._at(start, partial(self._set, worker, "break"))
                self._at(end, partial(self._set, worker, "available"))
        coming = iter(callers)
        self._next_caller(coming)
        now = 0.0
        while True:
            due = self._due[0][0] if self._due else NEVER
            asked = self._acd.next_deadline(now)
            moment = min(due, NEVER if asked is None else asked)
            if moment > until_s or moment == NEVER:
                break
            now = moment
            while self._due and self._due[0][0] <= now:
                heappop(self._due)[2](now)
            self._decide(now)
        self._result.end_s = until_s if until_s < NEVER else now
        self._result.day.until(self._result.end_s)
        self._result.seconds = time.perf_counter() - began
        return self._result

    # --- callers ---

    def _next_caller(self, coming: Iterator[Caller]) -> None:
        caller = next(coming, None)
        if caller is not None:
            self._at(caller.at, lambda now: self._calls(caller, coming, now))

    def _calls(self, caller: Caller, coming: Iterator[Caller], now: float) -> None:
        self._next_caller(coming)
        acd, name = self._acd, caller.name
        began = time.perf_counter()
        if acd.stays_with_bot(name, caller.reason, caller.intent, caller.language, now):
            self._result.kept += 1
            return
        try:
            acd.enqueue(
                name, caller.language, caller.skills, caller.priority, now,
                reason=caller.reason, intent=caller.intent,
            )  # fmt: skip
        except (Closed, Refused):
            self._result.refused += 1
            return
        finally:
            self._result.acd_seconds += time.perf_counter() - began
        self._callers[name] = caller
        if caller.wants_call_back:
            self._at(now + 1.0, lambda then: self._consider_call_back(name, then))
        if caller.patience_s < NEVER:
            self._at(now + caller.patience_s, lambda then: self._loses_patience(name, then))

    def _loses_patience(self, name: str, now: float) -> None:
        call = self._acd.calls.get(name)
        if call is not None and not call.call_back:
            self._acd.leave(name, now)

    def _consider_call_back(self, name: str, now: float) -> None:
        if name in self._acd.calls:
            wait = self._acd.place(name, now).expected_wait_s
            if wait is not None and wait > self._call_back_from_s:
                self._acd.keep_place_for_call_back(name, now)

    # --- agents ---

    def _set(self, worker: Worker, wish: Wish, now: float) -> None:
        reason = "lunch" if wish == "break" else ""
        self._acd.set_agent(worker.user, wish, worker.languages, worker.skills, now, reason=reason)

    def _is_offered(self, worker: Worker, offer_id: str, now: float) -> None:
        dice = self._random.random()
        if dice < worker.misses:
            return
        accept = dice >= worker.misses + worker.rejects
        wait = self._random.expovariate(1 / worker.answer_s) if worker.answer_s else 0.0
        self._at(now + wait, lambda then: self._answers(worker, offer_id, accept, then))

    def _answers(self, worker: Worker, offer_id: str, accept: bool, now: float) -> None:
        if offer_id in self._acd.offers:
            self._acd.answer_offer(worker.user, offer_id, accept, now)

    def _comes_back(self, worker: Worker, now: float) -> None:
        """After an unanswered offer: away from the desk for a while, then ready again."""
        agent = self._acd.agents.get(worker.user)
        if agent is not None and agent.not_ready and agent.wish == "available":
            self._set(worker, "break", now)
            self._set(worker, "available", now)

    # --- the distributor ---

    def _decide(self, now: float) -> None:
        while True:
            began = time.perf_counter()
            decisions = self._acd.decide(now)
            self._result.acd_seconds += time.perf_counter() - began
            if not decisions:
                return
            self._result.decisions += len(decisions)
            for name, event in decisions:
                self._result.day.apply(name, event)
                if self._keep_facts:
                    self._result.facts.append((name, event))
                self._react(name, event, now)
            # Answers and ends that come at once are taken up within the same moment.
            while self._due and self._due[0][0] <= now:
                heappop(self._due)[2](now)

    def _react(self, name: str, event: Event, now: float) -> None:
        match event:
            case OfferMade(agent=agent, offer_id=offer_id):
                self._check_offer(name, agent)
                self._is_offered(self._workers[agent], offer_id, now)
            case OfferAnswered(agent=agent, answer=answer):
                self._offered.pop(name, None)
                if answer == "accepted":
                    caller = self._callers[name]
                    self._at(now + caller.talk_s, lambda then: self._acd.conversation_ended(name, then))
                else:
                    self._with[agent].discard(name)
                    if answer == "not_answered":
                        worker = self._workers[agent]
                        self._at(now + 300.0, lambda then: self._comes_back(worker, then))
            case ConversationEnded(agent=agent):
                wrap_up_s = self._callers[name].wrap_up_s
                self._at(now + wrap_up_s, lambda then: self._finishes(agent, name, then))
            case WrapUpEnded(agent=agent):
                self._with[agent].discard(name)
            case _:
                pass

    def _finishes(self, user: str, name: str, now: float) -> None:
        agent = self._acd.agents.get(user)
        if agent is not None and name in agent.work:  # else the time for wrap-up ended it before
            self._acd.finish_wrap_up(user, name, now)

    def _check_offer(self, name: str, agent: str) -> None:
        """The invariants, watched from outside while the day is played."""
        if name in self._offered:
            self._result.broken.append(f"{name} is offered to two agents")
        self._offered[name] = agent
        at_hand = self._with.setdefault(agent, set())
        if at_hand:
            self._result.broken.append(f"{agent} is offered {name} on top of {', '.join(sorted(at_hand))}")
        at_hand.add(name)

    def _at(self, moment: float, what: Callable[[float], None]) -> None:
        if moment < NEVER:
            self._count += 1
            heappush(self._due, (moment, self._count, what))


# --- steady scenarios: what the formulas describe ---------------------------------------------------


def steady_callers(
    calls: int, every_s: float, talk_s: float, patience_s: float = NEVER, seed: int = 1
) -> list[Caller]:
    """Random arrivals with exponential handling and patience; ``inf``: nobody hangs up.

    The drawn times are scaled so that their means are exactly those asked for: waits answer so steeply to the
    load that a draw one per cent off would be compared with the formula of another scenario.
    """
    dice = random.Random(seed)  # noqa: S311

    def drawn(mean: float) -> list[float]:
        if mean == NEVER:
            return [NEVER] * calls
        values = [dice.expovariate(1.0) for _ in range(calls)]
        scale = mean * calls / sum(values)
        return [value * scale for value in values]

    gaps, talks, patiences = drawn(every_s), drawn(talk_s), drawn(patience_s)
    arrivals = accumulate(gaps)
    return [
        Caller(name=f"c{number}", at=at, language=Language.EN, talk_s=talk, patience_s=patience)
        for number, (at, talk, patience) in enumerate(zip(arrivals, talks, patiences, strict=True))
    ]


def steady_workers(agents: int) -> list[Worker]:
    """Agents alike, always there, who accept at once."""
    return [Worker(f"a{number:04}", {Language.EN: 5}) for number in range(agents)]
