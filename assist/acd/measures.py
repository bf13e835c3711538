"""How well callers were served, by the formulas of docs/service-levels.md; pure, from the facts of the log.

Every figure has one meaning wherever it is shown. A share of nothing is None, not zero.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

from assist.acd.agent_times import AgentTime, AgentTimes
from core.events import Event, OfferAnswered
from core.languages import Language
from core.routing_events import (
    CallBackKept,
    CallLeftQueue,
    CallOverflowed,
    CallQueued,
    ConversationEnded,
    WrapUpEnded,
)

SHORT_S = 5.0
"""Who hangs up within this time of queueing has not abandoned; such calls are counted apart."""

Ending = Literal["waiting", "answered", "abandoned", "unserved", "short", "call_back", "line_lost"]


@dataclass(frozen=True, slots=True)
class QueuedCall:
    """One call's way through the queue and, where it was answered, with the agent. Seconds.

    Attributes:
        queued_at: when it entered the queue; a call whose agent was lost is counted anew.
        left_at: when it was answered or left; None while it waits.
        target_s: of the queue in which it was answered or left.
        hold_s: part of the conversation that the caller was on hold.
    """

    interaction_id: str
    queue: str
    language: Language
    queued_at: float
    left_at: float | None = None
    ending: Ending = "waiting"
    agent: str = ""
    talk_s: float = 0.0
    hold_s: float = 0.0
    wrap_up_s: float = 0.0

    @property
    def waited_s(self) -> float:
        return 0.0 if self.left_at is None else self.left_at - self.queued_at

    @property
    def handle_s(self) -> float:
        """Talk, hold and wrap-up."""
        return self.talk_s + self.hold_s + self.wrap_up_s


@dataclass(frozen=True, slots=True)
class Service:
    """What a group of calls adds up to; see docs/service-levels.md for each formula.

    Attributes:
        queued: all but short hang-ups, call backs and calls whose line was lost by us.
        answered, abandoned, unserved, waiting: what became of them; unserved: nobody came, and we ended the wait.
        short, call_backs, lines_lost: counted apart.
        service_level: share of those that are over (``over``) that were answered within the target.
    """

    queued: int
    answered: int
    abandoned: int
    unserved: int
    waiting: int
    short: int
    call_backs: int
    lines_lost: int
    answered_within_target: int
    service_level: float | None
    speed_of_answer_s: float | None
    abandonment: float | None
    longest_wait_s: float | None
    handle_s: float | None

    @property
    def over(self) -> int:
        """Calls whose wait has ended one way or the other: what shares are of."""
        return self.answered + self.abandoned + self.unserved


@dataclass(slots=True)
class Tally:
    """Counts and sums from which every figure follows; tallies of two groups add up to that of both."""

    answered: int = 0
    abandoned: int = 0
    unserved: int = 0
    short: int = 0
    call_back: int = 0
    line_lost: int = 0
    waiting: int = 0
    within_target: int = 0
    waited_s: float = 0.0
    """Of the answered."""
    handled_s: float = 0.0
    longest_s: float | None = None

    def ended(self, call: QueuedCall, target_s: float) -> None:
        """A call left the queue."""
        setattr(self, call.ending, getattr(self, call.ending) + 1)
        if call.ending == "answered":
            self.waited_s += call.waited_s
            self.within_target += call.waited_s <= target_s
        if call.ending in ("answered", "abandoned", "unserved"):
            self._longest(call.waited_s)

    def waits(self, call: QueuedCall, now: float | None) -> None:
        """A call waits still; ``now`` makes its wait count in the longest."""
        self.waiting += 1
        if now is not None:
            self._longest(now - call.queued_at)

    def add(self, other: Tally) -> Tally:
        """Take in another group; returns itself."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        if other.longest_s is not None:
            self._longest(other.longest_s)
        return self

    def service(self) -> Service:
        """The figures."""
        over = self.answered + self.abandoned + self.unserved
        return Service(
            queued=over + self.waiting,
            answered=self.answered,
            abandoned=self.abandoned,
            unserved=self.unserved,
            waiting=self.waiting,
            short=self.short,
            call_backs=self.call_back,
            lines_lost=self.line_lost,
            answered_within_target=self.within_target,
            service_level=_share(self.within_target, over),
            speed_of_answer_s=_share(self.waited_s, self.answered),
            abandonment=_share(self.abandoned, over),
            longest_wait_s=self.longest_s,
            handle_s=_share(self.handled_s, self.answered),
        )

    def _longest(self, waited_s: float) -> None:
        self.longest_s = waited_s if self.longest_s is None else max(self.longest_s, waited_s)


_COUNTS = [one.name for one in fields(Tally) if one.name != "longest_s"]


def service(
    calls: Iterable[QueuedCall], target_s: float | Callable[[str], float], now: float | None = None
) -> Service:
    """Measure a group of calls.

    Args:
        target_s: the service level's time, or that of each queue by name.
        now: makes the waits of calls still waiting count in ``longest_wait_s``.
    """
    tally = Tally()
    for call in calls:
        if call.ending == "waiting":
            tally.waits(call, now)
        else:
            tally.ended(call, target_s(call.queue) if callable(target_s) else target_s)
            tally.handled_s += call.handle_s if call.ending == "answered" else 0.0
    return tally.service()


def containment(resolved_by_bot: int, calls: int) -> float | None:
    """Share of calls resolved without a person."""
    return _share(resolved_by_bot, calls)


class QueueFold(ABC):
    """Follows every call through the queues by the distributor's facts; what becomes of them is told."""

    def __init__(self) -> None:
        self.open: dict[str, QueuedCall] = {}
        """Calls that wait, in order of queueing."""

    @abstractmethod
    def ended(self, call: QueuedCall) -> None:
        """A call was answered or left."""

    @abstractmethod
    def handled(self, name: str, *, talk_s: float = 0.0, wrap_up_s: float = 0.0) -> None:
        """A part of an answered call's handling is over."""

    def apply(self, name: str, event: Event) -> None:
        """Take in the next fact."""
        match event:
            case CallQueued(queue=queue, language=language, at=at):
                self.open[name] = QueuedCall(name, queue, language, at)
            case CallOverflowed(to=to):
                if (call := self.open.get(name)) is not None:
                    self.open[name] = replace(call, queue=to)
            case CallBackKept(at=at):
                self._close(name, at, "call_back")
            case CallLeftQueue(at=at, why=why):
                self._left(name, at, why)
            case OfferAnswered(answer="accepted", agent=agent, at=at):
                self._close(name, at, "answered", agent)
            case ConversationEnded(talk_s=talk_s):
                self.handled(name, talk_s=talk_s)
            case WrapUpEnded(wrap_up_s=wrap_up_s):
                self.handled(name, wrap_up_s=wrap_up_s)
            case _:
                pass

    def _left(self, name: str, at: float, why: str) -> None:
        call = self.open.get(name)
        if call is None:
            return
        if why in ("line_lost", "ended_by_us"):
            self._close(name, at, "line_lost")
        elif why == "nobody_came":
            self._close(name, at, "unserved")
        elif why == "call_back_listed":
            self._close(name, at, "call_back")
        else:
            self._close(name, at, "short" if at - call.queued_at <= SHORT_S else "abandoned")

    def _close(self, name: str, at: float, ending: Ending, agent: str = "") -> None:
        if (call := self.open.pop(name, None)) is not None:
            self.ended(replace(call, left_at=at, ending=ending, agent=agent))


class Day(QueueFold):
    """Folds the distributor's facts into a list of calls and agents' times."""

    def __init__(self) -> None:
        super().__init__()
        self._done: list[QueuedCall] = []
        self._place: dict[str, int] = {}
        self._agents = AgentTimes()

    @classmethod
    def of(cls, facts: Iterable[tuple[str, Event]]) -> Day:
        """Fold pairs of interaction and event, in the order of the log."""
        day = cls()
        for name, event in facts:
            day.apply(name, event)
        return day

    @property
    def times(self) -> dict[str, AgentTime]:
        """Agents' times, up to the last fact about each."""
        return self._agents.of()

    @property
    def calls(self) -> Sequence[QueuedCall]:
        """All calls, those that wait last."""
        return [*self._done, *self.open.values()]

    def apply(self, name: str, event: Event) -> None:
        self._agents.apply(name, event)
        super().apply(name, event)

    def until(self, at: float) -> Day:
        """Count agents' times up to this moment."""
        self._agents.until(at)
        return self

    def ended(self, call: QueuedCall) -> None:
        self._place[call.interaction_id] = len(self._done)
        self._done.append(call)

    def handled(self, name: str, *, talk_s: float = 0.0, wrap_up_s: float = 0.0) -> None:
        if (place := self._place.get(name)) is not None:
            call = self._done[place]
            self._done[place] = replace(
                call, talk_s=call.talk_s + talk_s, wrap_up_s=call.wrap_up_s + wrap_up_s
            )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
