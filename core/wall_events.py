"""What the wallboard noticed and what supervisors did about it: facts, so that a restart forgets nothing.

``at`` is seconds since 1970 on the distributor's clock, as in ``core.routing_events``. Alerts are logged
under ``wall``, what was done about a call under its interaction.
"""

from __future__ import annotations

from typing import Literal

from core.events import Event

WALL = "wall"
"""The interaction under which alerts are logged."""

Measure = Literal["waiting", "longest_wait_s", "service_level", "abandonment", "complaint_s"]


class AlertRaised(Event):
    """A figure has passed its threshold."""

    kind = "alert_raised"
    alert_id: str
    subject: str
    """A queue's name; of ``complaint_s`` the call's interaction."""
    measure: Measure
    value: float
    limit: float
    at: float


class AlertEnded(Event):
    """The figure is as it should be again."""

    kind = "alert_ended"
    alert_id: str
    at: float


class AlertAcknowledged(Event):
    """A supervisor has seen the alert."""

    kind = "alert_acknowledged"
    alert_id: str
    by: str
    at: float


class ComplaintTakenUp(Event):
    """A supervisor looks after this complaint; its clock stops."""

    kind = "complaint_taken_up"
    by: str
