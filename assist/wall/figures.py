"""What the wallboard shows at one moment, worked out from the floor; pure. docs/service-levels.md has the formulas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from assist.acd.agent_times import AgentTime, occupancy
from assist.acd.measures import QueuedCall, Service, containment
from assist.acd.types import Agent
from assist.wall.calendar import QUARTER_S
from assist.wall.floor import COMPLAINT_WITHIN_S, Complaint, Floor, FloorCall
from core.languages import Language

STATES = ("available", "offered", "talking", "consulting", "wrap_up", "break", "not_ready", "offline")
LEAST_RECENT = 5
"""Shares of fewer calls than this say nothing about the moment; no alert rests on them."""


@dataclass(frozen=True, slots=True)
class Group:
    """All calls, those of a queue, or those of a language.

    Attributes:
        day: of the calls queued today.
        recent: of those queued in this quarter hour and the one before.
        waiting, oldest: at this moment, call backs apart; since when the longest has waited.
        agents: at work who may take these calls.
        calls, contained: of today, and the share of the ended ones resolved without a person; not of queues.
    """

    day: Service
    recent: Service | None
    waiting: int
    oldest: float | None
    agents: int
    occupancy: float | None
    calls: int | None = None
    containment: float | None = None


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter hour of the day; ``begins`` in seconds since 1970."""

    begins: int
    service: Service


@dataclass(frozen=True, slots=True)
class AgentNow:
    """Attributes:
    since: when the state began.
    queues: whose calls they may take.
    held: their caller hears music.
    """

    user: str
    state: str
    since: float
    call_id: str
    queue: str
    held: bool
    break_reason: str
    languages: Mapping[str, int]
    skills: Mapping[str, int]
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """One moment of the floor. ``at`` is the distributor's time, ``wall`` the time of day."""

    at: float
    wall: float
    day: date
    total: Group
    queues: Mapping[str, Group]
    languages: Mapping[str, Group]
    quarters: Sequence[Quarter]
    states: Mapping[str, int]
    agents: Sequence[AgentNow]
    calls: Sequence[FloorCall]
    complaints: Sequence[Complaint]
    call_backs: int
    complaints_in_time: float | None = field(default=None)
    """Share of today's complaints that reached a supervisor within 15 minutes, of those decided by now."""


def figures(floor: Floor, at: float) -> Figures:
    """The floor as it is at this moment, which is not before the last fact."""
    calendar, state, queues = floor.calendar, floor.state, floor.queues
    wall = floor.wall(at)
    day = calendar.day(wall)
    quarter = calendar.quarter(wall)
    sums = queues.at(at)
    times = floor.times.of(day, at)
    names = [
        *floor.plan.queues,
        *sorted({one.queue for one in queues.open.values()} - set(floor.plan.queues)),
    ]
    agents = [_agent(floor, agent) for agent in state.agents.values() if not agent.gone]

    def group(kind: str, value: str, mine: Callable[[QueuedCall], bool], who: Callable[[str], bool]) -> Group:
        key = (day, kind, value) if kind else (day,)
        waits = [call.queued_at for call in queues.open.values() if mine(call)]
        at_work = [one for one in agents if one.state != "offline" and who(one.user)]
        language = value if kind == "language" else ""
        counts = floor.all_calls.of(day, language)
        live = [
            one
            for one in floor.calls.values()
            if calendar.day(one.began) == day and language in ("", one.language)
        ]
        recent = None
        if kind == "queue":
            recent = sums((quarter, value), (quarter - QUARTER_S, value)).service()
        return Group(
            day=sums(key).service(),
            recent=recent,
            waiting=len(waits),
            oldest=min(waits, default=None),
            agents=len(at_work),
            occupancy=occupancy(_of(times, who)),
            calls=None if kind == "queue" else counts.ended + len(live),
            containment=None if kind == "queue" else containment(counts.contained, counts.ended),
        )

    nobody: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    begins, ends = calendar.begins(day), calendar.ends(day)
    return Figures(
        at=at,
        wall=wall,
        day=day,
        total=group("", "", lambda call: True, lambda user: True),
        queues={
            name: group(
                "queue",
                name,
                lambda call, name=name: call.queue == name,  # type: ignore[misc]
                lambda user, name=name: floor.state.queue(name).skills <= floor.profiles.get(user, nobody)[1],  # type: ignore[misc]
            )
            for name in names
        },
        languages={
            code: group(
                "language",
                code,
                lambda call, code=code: call.language.value == code,  # type: ignore[misc]
                lambda user, code=code: code in floor.profiles.get(user, nobody)[0],  # type: ignore[misc]
            )
            for code in (language.value for language in Language)
        },
        quarters=[
            Quarter(one, sums((one,)).service())
            for one in range(calendar.quarter(begins), int(min(ends, wall + 1)), QUARTER_S)
        ],
        states=Counter(one.state for one in agents),
        agents=sorted(agents, key=lambda one: one.user),
        calls=sorted(floor.calls.values(), key=lambda one: one.since),
        complaints=sorted(
            (
                one
                for one in floor.complaints.values()
                if one.taken_at is None or floor.wall(one.since) >= begins
            ),
            key=lambda one: (one.taken_at is not None, one.since),
        ),
        call_backs=sum(call.call_back for call in state.calls.values()),
        complaints_in_time=_in_time(floor, begins, at),
    )


def _agent(floor: Floor, agent: Agent) -> AgentNow:
    work = agent.main_work
    talking = work is not None and agent.state == "talking"
    call = floor.calls.get(work.interaction_id) if work else None
    # To the distributor both are in conversation.
    consulting = talking and work is not None and work.activity == "consulting"
    return AgentNow(
        user=agent.user,
        state="consulting" if consulting else agent.state,
        since=work.talk_since if work and talking else agent.since,
        call_id=work.interaction_id if work else "",
        queue=work.queue if work else "",
        held=bool(talking and call and call.held),
        break_reason=agent.break_reason if agent.state == "break" else "",
        languages={language.value: level for language, level in agent.languages.items()},
        skills=dict(agent.skills),
        queues=tuple(name for name, queue in floor.plan.queues.items() if queue.skills <= set(agent.skills)),
    )


def _of(times: Mapping[str, AgentTime], who: Callable[[str], bool]) -> Iterable[AgentTime]:
    return [time for user, time in times.items() if who(user)]


def _in_time(floor: Floor, begins: float, at: float) -> float | None:
    """Those that still have time are not decided, so they count neither way."""
    in_time = late = 0
    for one in floor.complaints.values():
        if floor.wall(one.since) < begins:
            continue
        took = (at if one.taken_at is None else one.taken_at) - one.since
        late += took > COMPLAINT_WITHIN_S
        in_time += one.taken_at is not None and took <= COMPLAINT_WITHIN_S
    return in_time / (in_time + late) if in_time + late else None
