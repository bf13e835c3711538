"""How well callers were served, by the formulas of docs/service-levels.md; pure, from the facts of the log.

Every figure has one meaning wherever it is shown. A share of nothing is None, not zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from core.events import Event, OfferAnswered
from core.languages import Language
from core.routing_events import (
    AgentChanged,
    CallBackKept,
    CallLeftQueue,
    CallOverflowed,
    CallQueued,
    ConversationEnded,
    WrapUpEnded,
)

SHORT_S = 5.0
"""Who hangs up within this time of queueing has not abandoned; such calls are counted apart."""

Ending = Literal["waiting", "answered", "abandoned", "short", "call_back", "line_lost"]


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
        answered, abandoned, waiting: what became of them.
        short, call_backs, lines_lost: counted apart.
        service_level: share of those answered or abandoned that were answered within the target.
    """

    queued: int
    answered: int
    abandoned: int
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


def service(
    calls: Iterable[QueuedCall], target_s: float | Callable[[str], float], now: float | None = None
) -> Service:
    """Measure a group of calls.

    Args:
        target_s: the service level's time, or that of each queue by name.
        now: makes the waits of calls still waiting count in ``longest_wait_s``.
    """
    count = dict.fromkeys(("waiting", "answered", "abandoned", "short", "call_back", "line_lost"), 0)
    within, waits, handles = 0, [], []
    longest: float | None = None
    for call in calls:
        count[call.ending] += 1
        waited = call.waited_s
        if call.ending == "answered":
            waits.append(waited)
            handles.append(call.handle_s)
            within += waited <= (target_s(call.queue) if callable(target_s) else target_s)
        elif call.ending == "waiting" and now is not None:
            waited = now - call.queued_at
        if call.ending in ("answered", "abandoned") or (call.ending == "waiting" and now is not None):
            longest = waited if longest is None else max(longest, waited)
    over = count["answered"] + count["abandoned"]
    return Service(
        queued=over + count["waiting"],
        answered=count["answered"],
        abandoned=count["abandoned"],
        waiting=count["waiting"],
        short=count["short"],
        call_backs=count["call_back"],
        lines_lost=count["line_lost"],
        answered_within_target=within,
        service_level=_share(within, over),
        speed_of_answer_s=_mean(waits),
        abandonment=_share(count["abandoned"], over),
        longest_wait_s=longest,
        handle_s=_mean(handles),
    )


def containment(resolved_by_bot: int, calls: int) -> float | None:
    """Share of calls resolved without a person."""
    return _share(resolved_by_bot, calls)


@dataclass(slots=True)
class AgentTime:
    """Where an agent's time went, in seconds."""

    busy_s: float = 0.0
    """Talk, hold and wrap-up; a moment with two calls counts once."""
    ready_s: float = 0.0
    """Free and available, offers included."""
    break_s: float = 0.0
    not_ready_s: float = 0.0
    """After an unanswered offer."""

    @property
    def occupancy(self) -> float | None:
        """Busy time's share of the time that was busy or ready."""
        return _share(self.busy_s, self.busy_s + self.ready_s)


def occupancy(agents: Iterable[AgentTime]) -> float | None:
    """Of all agents together."""
    times = list(agents)
    busy = sum(one.busy_s for one in times)
    return _share(busy, busy + sum(one.ready_s for one in times))


@dataclass(slots=True)
class _AgentNow:
    since: float
    wish: str = "offline"
    not_ready: bool = False
    gone: bool = False
    at_hand: set[str] = field(default_factory=set)


class Day:
    """Folds the distributor's facts into calls and agents' times."""

    def __init__(self) -> None:
        self._open: dict[str, QueuedCall] = {}
        self._done: list[QueuedCall] = []
        self._handled: dict[str, int] = {}
        self._agents: dict[str, _AgentNow] = {}
        self.times: dict[str, AgentTime] = {}

    @classmethod
    def of(cls, facts: Iterable[tuple[str, Event]]) -> Day:
        """Fold pairs of interaction and event, in the order of the log."""
        day = cls()
        for name, event in facts:
            day.apply(name, event)
        return day

    @property
    def calls(self) -> Sequence[QueuedCall]:
        """All calls, those that wait last."""
        return [*self._done, *self._open.values()]

    def apply(self, name: str, event: Event) -> None:
        """Take in the next fact."""
        match event:
            case CallQueued(queue=queue, language=language, at=at):
                self._open[name] = QueuedCall(name, queue, language, at)
            case CallOverflowed(to=to):
                if (call := self._open.get(name)) is not None:
                    self._open[name] = replace(call, queue=to)
            case CallBackKept(at=at):
                self._close(name, at, "call_back")
            case CallLeftQueue(at=at, why=why):
                self._left(name, at, why)
            case OfferAnswered(answer="accepted", agent=agent, at=at):
                self._close(name, at, "answered", agent)
                self._busy(agent, name, at)
            case OfferAnswered(answer="not_answered", agent=agent, at=at):
                self._pass(agent, at)
                if (now := self._agents.get(agent)) is not None:
                    now.not_ready = True
            case ConversationEnded(agent=agent, talk_s=talk_s, at=at, wrap_up_until=until):
                self._handle(name, talk_s=talk_s)
                if until <= at:
                    self._rest(agent, name, at)
            case WrapUpEnded(agent=agent, wrap_up_s=wrap_up_s, at=at):
                self._handle(name, wrap_up_s=wrap_up_s)
                self._rest(agent, name, at)
            case AgentChanged(agent=agent, at=at):
                self._pass(agent, at)
                now = self._agents.setdefault(agent, _AgentNow(at))
                now.wish, now.not_ready, now.gone = event.wish, event.not_ready, event.gone
            case _:
                pass

    def until(self, at: float) -> Day:
        """Count agents' times up to this moment."""
        for user in self._agents:
            self._pass(user, at)
        return self

    def _left(self, name: str, at: float, why: str) -> None:
        call = self._open.get(name)
        if call is None:
            return
        if why == "line_lost":
            self._close(name, at, "line_lost")
        else:
            self._close(name, at, "short" if at - call.queued_at <= SHORT_S else "abandoned")

    def _close(self, name: str, at: float, ending: Ending, agent: str = "") -> None:
        call = self._open.pop(name, None)
        if call is not None:
            self._handled[name] = len(self._done)
            self._done.append(replace(call, left_at=at, ending=ending, agent=agent))

    def _handle(self, name: str, **seconds: float) -> None:
        place = self._handled.get(name)
        if place is not None:
            self._done[place] = replace(self._done[place], **seconds)  # type: ignore[arg-type]

    def _busy(self, user: str, name: str, at: float) -> None:
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
        spent, now.since = max(at - now.since, 0.0), max(at, now.since)
        time = self.times.setdefault(user, AgentTime())
        if now.at_hand:
            time.busy_s += spent
        elif now.gone or now.wish == "offline":
            pass
        elif now.wish == "break":
            time.break_s += spent
        elif now.not_ready:
            time.not_ready_s += spent
        else:
            time.ready_s += spent


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
