"""How soon a pause is looked into: the sooner, the more often for nothing, and the recogniser pays for it."""

from __future__ import annotations

from enum import Enum

IDLE_TO = 0.2
"""Utilisation of the recogniser up to which work is done that more often than not proves to be for nothing."""
BUSY_FROM = 0.6
"""Utilisation from which a caller waits for others' decodes: work for nothing would cost more than it saves."""


class Pace(Enum):
    """What a recogniser has time for."""

    EAGER = "eager"
    """At every breath."""
    STEADY = "steady"
    """At a pause that may be the end."""
    SPARING = "sparing"
    """At a pause that most probably is."""


def pace_for(utilisation: float | None, spare: bool = True) -> Pace:
    """Return the pace for a recogniser that is so busy.

    Args:
        utilisation: share of its time used lately, 0 to 1; None where it was not asked lately.
        spare: whether it has time for anything more right now.

    >>> pace_for(None), pace_for(0.4), pace_for(0.1, spare=False), pace_for(0.9)
    (<Pace.EAGER: 'eager'>, <Pace.STEADY: 'steady'>, <Pace.STEADY: 'steady'>, <Pace.SPARING: 'sparing'>)
    """
    if utilisation is None or (spare and utilisation <= IDLE_TO):
        return Pace.EAGER
    return Pace.SPARING if utilisation >= BUSY_FROM else Pace.STEADY
