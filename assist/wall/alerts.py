"""When supervisors are alerted: figures beside the thresholds of the plan; pure, told the time.

An alert is raised when a figure has been beyond its threshold for 3 s, and ends when it has been back for 30 s: a
queue that flickers around its limit raises one alert and not ten. Shares are those of this quarter hour and the one
before, and of at least five calls. What was raised, ended and acknowledged are facts of the log, from which ``Alerts``
is folded, so a restart raises nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assist.acd.plan import Plan, Thresholds
from assist.wall.figures import LEAST_RECENT, Figures, Group
from assist.wall.floor import COMPLAINT_WITHIN_S
from core.events import Event, new_id
from core.wall_events import AlertAcknowledged, AlertEnded, AlertRaised, Measure

RAISE_AFTER_S = 3.0
END_AFTER_S = 30.0
SHOWN_AFTER_END_S = 1800.0
"""An alert that is over and that nobody has acknowledged is shown for so long."""
MOST_ALERTS = 200

KINDS: tuple[type[Event], ...] = (AlertRaised, AlertEnded, AlertAcknowledged)


@dataclass(slots=True)
class Alert:
    """Attributes:
    subject: a queue's name, or of ``complaint_s`` the call's id.
    value: the figure when it was raised.
    """

    id: str
    subject: str
    measure: Measure
    value: float
    limit: float
    raised_at: float
    ended_at: float | None = None
    by: str = ""
    """Who acknowledged it."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A figure that is beyond its threshold at this moment."""

    subject: str
    measure: Measure
    value: float
    limit: float

    @property
    def key(self) -> tuple[str, str]:
        return self.subject, self.measure


def breaches(figures: Figures, plan: Plan) -> Iterator[Breach]:
    """All figures that are beyond their thresholds at this moment."""
    for name, group in figures.queues.items():
        if name in plan.queues:
            yield from _of_queue(name, group, plan.queues[name].alerts, figures.at)
    for complaint in figures.complaints:
        waited = figures.at - complaint.since
        if complaint.taken_at is None and waited > COMPLAINT_WITHIN_S:
            yield Breach(complaint.id, "complaint_s", waited, COMPLAINT_WITHIN_S)


def _of_queue(name: str, group: Group, limits: Thresholds, at: float) -> Iterator[Breach]:
    if limits.waiting is not None and group.waiting > limits.waiting:
        yield Breach(name, "waiting", group.waiting, limits.waiting)
    if (
        limits.longest_wait_s is not None
        and group.oldest is not None
        and at - group.oldest > limits.longest_wait_s
    ):
        yield Breach(name, "longest_wait_s", at - group.oldest, limits.longest_wait_s)
    recent = group.recent
    if recent is None or recent.over < LEAST_RECENT:
        return
    level, gave_up = recent.service_level, recent.abandonment
    if limits.service_level is not None and level is not None and level < limits.service_level:
        yield Breach(name, "service_level", level, limits.service_level)
    if limits.abandonment is not None and gave_up is not None and gave_up > limits.abandonment:
        yield Breach(name, "abandonment", gave_up, limits.abandonment)


class Alerts:
    """The alerts of a site."""

    def __init__(self) -> None:
        self._all: dict[str, Alert] = {}
        self._beyond: dict[tuple[str, str], float] = {}
        """Since when a figure without an alert has been beyond its threshold."""
        self._back: dict[str, float] = {}
        """Since when the figure of an alert has been as it should be."""

    def apply(self, event: Event) -> None:
        """Take in a fact; one that is known already changes nothing."""
        match event:
            case AlertRaised() as new if new.alert_id not in self._all:
                self._all[new.alert_id] = Alert(
                    new.alert_id, new.subject, new.measure, new.value, new.limit, new.at
                )
                while len(self._all) > MOST_ALERTS:
                    del self._all[next(iter(self._all))]
            case AlertEnded(alert_id=name, at=at) if (alert := self._all.get(name)) is not None:
                alert.ended_at = at if alert.ended_at is None else alert.ended_at
                self._back.pop(name, None)
            case AlertAcknowledged(alert_id=name, by=by) if (alert := self._all.get(name)) is not None:
                alert.by = alert.by or by
            case _:
                pass

    def get(self, alert_id: str) -> Alert | None:
        return self._all.get(alert_id)

    def shown(self, at: float) -> list[Alert]:
        """What supervisors see, the newest first: what goes on, and what ended and nobody has acknowledged."""
        shown = [
            one
            for one in self._all.values()
            if one.ended_at is None or (not one.by and at - one.ended_at < SHOWN_AFTER_END_S)
        ]
        return sorted(shown, key=lambda one: (one.by != "" or one.ended_at is not None, -one.raised_at))

    def judge(self, found: list[Breach], at: float) -> list[AlertRaised | AlertEnded]:
        """What is to be raised or ended by now; the caller logs it, and applies it."""
        going = {(one.subject, one.measure): one for one in self._all.values() if one.ended_at is None}
        beyond = {breach.key: breach for breach in found}
        events: list[AlertRaised | AlertEnded] = []
        self._beyond = {key: min(self._beyond.get(key, at), at) for key in beyond if key not in going}
        for key, since in self._beyond.items():
            if at - since >= RAISE_AFTER_S:
                breach = beyond[key]
                events.append(
                    AlertRaised(
                        alert_id=new_id(),
                        subject=breach.subject,
                        measure=breach.measure,
                        value=round(breach.value, 4),
                        limit=breach.limit,
                        at=at,
                    )
                )
        for key, alert in going.items():
            if key in beyond:
                self._back.pop(alert.id, None)
            elif at - self._back.setdefault(alert.id, at) >= END_AFTER_S:
                events.append(AlertEnded(alert_id=alert.id, at=at))
        return events
