"""The floor at this moment, folded from the log: calls, agents, complaints, and the day's sums.

Folding the same facts gives the same floor, however they were read: at once or as they came. A fact about something
unknown changes nothing, so the log may be read from the middle on. Times are seconds of the distributor's clock, which
never jumps; the time of day is that plus ``offset``, which follows the distributor's corrections.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from assist.acd.agent_times import AgentTimes, Span
from assist.acd.plan import Plan
from assist.acd.state import FOLDED, AcdState
from assist.acd.types import AcdSettings
from assist.wall.calendar import Calendar
from assist.wall.tallies import AllCalls, Queues
from core import events as ev
from core.events import Event, Recorded
from core.routing_events import CallLeftQueue, CallQueued, ConversationEnded, ConversationPassed
from core.wall_events import ComplaintTakenUp

COMPLAINT_WITHIN_S = 900.0
"""A complaint is to reach a supervisor within this time."""
MOST_CALLS, MOST_COMPLAINTS = 5000, 1000

KINDS: tuple[type[Event], ...] = (
    *FOLDED,
    ev.CallStarted,
    ev.LanguageChanged,
    ev.HandoffRequested,
    ev.CallHeld,
    ev.MonitoringChanged,
    ev.CallEnded,
    ComplaintTakenUp,
)
"""The facts that the floor is folded from."""


@dataclass(slots=True)
class FloorCall:
    """A call that goes on.

    Attributes:
        since: when it began.
        stage: who it is with.
        stage_since: since when.
        agent: who talks, or talked last, with the caller.
        monitors: supervisor -> manner.
    """

    id: str
    since: float
    began: float
    """By the time of day."""
    language: str
    stage: str = "bot"
    stage_since: float = 0.0
    queue: str = ""
    agent: str = ""
    person: bool = False
    held: bool = False
    complaint: bool = False
    monitors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Complaint:
    """
    Attributes:
        since: when the caller was handed over.
        over: the call has ended; the matter is a supervisor's all the same.
        taken_by, taken_at: the supervisor who looks after it, and since when.
    """

    id: str
    since: float
    language: str
    agent: str = ""
    over: bool = False
    taken_by: str = ""
    taken_at: float | None = None


class Floor:
    """
    Args:
        plan: queues, their targets and skills.
        calendar: the site's days.
    """

    def __init__(self, plan: Plan, calendar: Calendar) -> None:
        self.plan, self.calendar = plan, calendar
        self.state = AcdState(plan, AcdSettings())
        self.queues = Queues(calendar, self.wall, self._target_s)
        self.times = AgentTimes(self._day_span)
        self.all_calls = AllCalls()
        self.calls: dict[str, FloorCall] = {}
        self.complaints: dict[str, Complaint] = {}
        self.profiles: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        """Languages and skills of everybody who was at work, those who have left too."""

    @property
    def offset(self) -> float:
        """What is to be added to the distributor's time for the time of day."""
        return self.state.wall_offset

    def wall(self, at: float) -> float:
        """The time of day of a moment."""
        return at + self.offset

    def apply(self, recorded: Recorded) -> None:
        """Take in the next fact."""
        name, event = recorded.interaction_id, recorded.event
        if getattr(event, "at", None) != 0.0:  # without its time nothing can be measured by it
            self.state.apply(name, event)
            self.queues.apply(name, event)
            self.times.apply(name, event)
        self._calls(name, event, recorded.recorded_at.timestamp())
        if (agent := self.state.agents.get(getattr(event, "agent", ""))) is not None:
            self.profiles[agent.user] = (
                frozenset(one.value for one in agent.languages),
                frozenset(agent.skills),
            )

    def set_plan(self, plan: Plan) -> None:
        """Other queues from now on; what has ended was measured by the targets of before."""
        self.plan = plan
        self.state.set_plan(plan)

    def tidy(self, at: float) -> None:
        """Drop what no figure needs any more; belongs to every few minutes."""
        while self.state.pop_due(at) is not None:
            pass  # what runs out is decided by the distributor and comes as a fact
        today = self.calendar.day(self.wall(at))
        self.queues.forget(today)
        self.all_calls.forget(today)
        self.times.forget(lambda day: isinstance(day, date) and (today - day).days < 2)
        begins = self.calendar.begins(today)
        self.complaints = {
            name: one
            for name, one in list(self.complaints.items())[-MOST_COMPLAINTS:]
            if one.taken_at is None or self.wall(one.since) >= begins
        }
        self.calls = dict(list(self.calls.items())[-MOST_CALLS:])

    def _target_s(self, queue: str) -> float:
        return self.state.queue(queue).target_s

    def _day_span(self, at: float) -> Span:
        day = self.calendar.day(self.wall(at))
        return day, self.calendar.ends(day) - self.offset

    def _calls(self, name: str, event: Event, recorded: float) -> None:
        if isinstance(event, ev.CallStarted):
            since = recorded - self.offset
            self.calls[name] = FloorCall(name, since, recorded, event.language.value, stage_since=since)
            return
        call = self.calls.get(name)
        at: float = getattr(event, "at", 0.0) or recorded - self.offset
        match event:
            case ComplaintTakenUp(by=by):
                self._taken_up(name, by, at)
            case ev.MonitoringChanged(supervisor=supervisor, manner=manner):
                if manner != "stop":
                    self._taken_up(name, supervisor, at)
                if call is not None:
                    call.monitors.pop(supervisor, None)
                    if manner not in ("stop", "take_over"):  # who took over is its agent
                        call.monitors[supervisor] = manner
            case ev.OfferAnswered(answer="accepted", agent=agent) if name in self.complaints:
                self.complaints[name].agent = agent
            case ev.CallEnded() if name in self.complaints:
                self.complaints[name].over = True
            case _:
                pass
        if call is not None:
            self._call(call, event, at)

    def _call(self, call: FloorCall, event: Event, at: float) -> None:
        match event:
            case ev.LanguageChanged(after=after):
                call.language = after.value
            case ev.HandoffRequested(reason="complaint"):
                call.complaint = True
                agent = call.agent if call.stage == "agent" else ""
                self.complaints.setdefault(call.id, Complaint(call.id, at, call.language, agent))
            case CallQueued(queue=queue):
                call.stage, call.stage_since, call.queue = "queue", at, queue
            case CallLeftQueue():
                call.stage, call.stage_since = "bot", at
            case ConversationEnded(agent=agent) if agent == call.agent:
                call.stage, call.stage_since, call.held = "bot", at, False
            case ConversationPassed(to=agent):
                call.stage, call.stage_since, call.agent, call.person = "agent", at, agent, True
            case ev.OfferAnswered(answer="accepted", agent=agent):
                call.stage, call.stage_since, call.agent, call.person = "agent", at, agent, True
            case ev.CallHeld(on=on):
                call.held = on
            case ev.CallEnded(outcome=outcome):
                del self.calls[call.id]
                contained = outcome == "resolved" and not call.person
                self.all_calls.ended(self.calendar.day(call.began), call.language, contained)
            case _:
                pass

    def _taken_up(self, name: str, by: str, at: float) -> None:
        complaint = self.complaints.get(name)
        if complaint is not None and complaint.taken_at is None:
            complaint.taken_by, complaint.taken_at = by, at
