"""Where agents' time goes, by the formulas of docs/service-levels.md; pure, from the facts of the log."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from core.events import Event, OfferAnswered
from core.routing_events import (
    AgentChanged,
    CallBackFailed,
    ColleagueAnswered,
    ColleagueLeft,
    ConversationEnded,
    ConversationPassed,
    WrapUpEnded,
)


@dataclass(slots=True)
class AgentTime:
    """Where an agent's time went, in seconds."""

    busy_s: float = 0.0
    """Talk, hold and wrap-up; a moment with two calls counts once."""
    ready_s: float = 0.0
    """Free and available, offers included."""
    break_s: float = 0.0
    not_ready_s: float = 0.0
    """After an unanswered offer, or a conversation whose sound was gone for good."""

    @property
    def occupancy(self) -> float | None:
        """Busy time's share of the time that was busy or ready."""
        return occupancy([self])


def occupancy(agents: Iterable[AgentTime]) -> float | None:
    """Of all agents together; None where no time was counted."""
    times = list(agents)
    busy = sum(one.busy_s for one in times)
    counted = busy + sum(one.ready_s for one in times)
    return busy / counted if counted else None


@dataclass(slots=True)
class _AgentNow:
    since: float
    wish: str = "offline"
    not_ready: bool = False
    gone: bool = False
    at_hand: set[str] = field(default_factory=set)

    @property
    def doing(self) -> str | None:
        """The name of the time that passes now; None where none is counted."""
        if self.at_hand:
            return "busy_s"
        if self.gone or self.wish == "offline":
            return None
        if self.wish == "break":
            return "break_s"
        return "not_ready_s" if self.not_ready else "ready_s"


Span = tuple[Hashable, float]
"""A stretch of time and when it ends, in seconds."""


def one_span(at: float) -> Span:
    """All time is one stretch."""
    return None, float("inf")


class AgentTimes:
    """Books where agents' time goes.

    Args:
        span_of: the stretch of time that a moment lies in; times are booked for each apart.
    """

    def __init__(self, span_of: Callable[[float], Span] = one_span) -> None:
        self._span_of = span_of
        self._agents: dict[str, _AgentNow] = {}
        self._booked: dict[Hashable, dict[str, AgentTime]] = {}

    def apply(self, name: str, event: Event) -> None:
        """Take in the next fact."""
        match event:
            case OfferAnswered(answer="accepted", agent=agent, at=at):
                self._begin(agent, name, at)
            case (
                OfferAnswered(answer="not_answered", agent=agent, at=at)
                | ColleagueAnswered(answer="not_answered", agent=agent, at=at)
            ):
                self._pass(agent, at)
                if (now := self._agents.get(agent)) is not None:
                    now.not_ready = True
            case ConversationEnded(agent=agent, at=at, wrap_up_until=until):
                if until <= at:
                    self._rest(agent, name, at)
            case (
                WrapUpEnded(agent=agent, at=at)
                | ColleagueLeft(agent=agent, at=at)
                | CallBackFailed(agent=agent, at=at)
            ):
                self._rest(agent, name, at)
            case (
                ConversationPassed(to=agent, at=at) | ColleagueAnswered(answer="accepted", agent=agent, at=at)
            ):
                self._begin(agent, name, at)
            case AgentChanged(agent=agent, at=at):
                self._pass(agent, at)
                now = self._agents.setdefault(agent, _AgentNow(at))
                now.wish, now.not_ready, now.gone = event.wish, event.not_ready, event.gone
            case _:
                pass

    def of(self, span: Hashable = None, at: float | None = None) -> dict[str, AgentTime]:
        """Each agent's times within a stretch; ``at`` counts what goes on up to that moment."""
        times = {user: replace(time) for user, time in self._booked.get(span, {}).items()}
        for user, now in self._agents.items() if at is not None else ():
            for where, doing, seconds in self._passed(now, at or 0.0):
                if where == span:
                    _book(times.setdefault(user, AgentTime()), doing, seconds)
        return times

    def forget(self, keep: Callable[[Hashable], bool]) -> None:
        """Drop the stretches that are not to be kept."""
        for span in [one for one in self._booked if not keep(one)]:
            del self._booked[span]

    def until(self, at: float) -> None:
        """Book all agents' time up to this moment."""
        for user in self._agents:
            self._pass(user, at)

    def _begin(self, user: str, name: str, at: float) -> None:
        self._pass(user, at)
        self._agents.setdefault(user, _AgentNow(at)).at_hand.add(name)

    def _rest(self, user: str, name: str, at: float) -> None:
        self._pass(user, at)
        if (now := self._agents.get(user)) is not None:
            now.at_hand.discard(name)

    def _pass(self, user: str, at: float) -> None:
        """Book the time since the agent's last change."""
        now = self._agents.get(user)
        if now is None:
            return
        for span, doing, seconds in self._passed(now, at):
            _book(self._booked.setdefault(span, {}).setdefault(user, AgentTime()), doing, seconds)
        now.since = max(at, now.since)

    def _passed(self, now: _AgentNow, at: float) -> Iterator[tuple[Hashable, str, float]]:
        since, doing = now.since, now.doing
        while doing is not None and since < at:
            span, end = self._span_of(since)
            upto = min(at, max(end, since))
            yield span, doing, upto - since
            if upto <= since:
                return  # a stretch that ends before it began would keep us here for ever
            since = upto


def _book(time: AgentTime, doing: str, seconds: float) -> None:
    setattr(time, doing, getattr(time, doing) + seconds)
