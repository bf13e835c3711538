"""The latency ledger: how long each stage of a turn took, over many turns.

The figures of one turn are an event (``TurnTimed``). Here they are gathered over the newest turns, by
language: percentiles per stage, and the slowest turns with the call that each belongs to.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.events import TurnTimed
from core.log import EventLog

STAGES = ("end_of_turn", "recognise", "own_line", "understand", "first_audio", "gap")
"""``gap`` is the sum of the others."""
PERCENTILES = (50, 90, 95, 99)
_EVENTS_A_TURN = 60
"""More than any call has to each of its turns."""


@dataclass(frozen=True, slots=True)
class TimedTurn:
    """One turn: milliseconds by stage, and where it is to be found."""

    call_id: str
    turn: int
    at: datetime
    language: str
    """'' where it was not kept."""
    ms: dict[str, float]


def milliseconds(timed: TurnTimed, stage: str) -> float:
    """One stage of a timed turn."""
    return float(getattr(timed, f"{stage}_ms"))


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that ``percent`` of all are no greater than, between two of them in proportion.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 50)
    2.5

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))


async def newest_turns(log: EventLog, limit: int) -> list[TimedTurn]:
    """The newest turns with the bot that were timed, the newest first."""
    turns = []
    for one in await log.newest_of(TurnTimed, limit, limit * _EVENTS_A_TURN):
        event = one.event
        assert isinstance(event, TurnTimed)
        language = event.language.value if event.language else ""
        ms = {stage: milliseconds(event, stage) for stage in STAGES}
        turns.append(TimedTurn(one.interaction_id, event.turn, one.recorded_at, language, ms))
    return turns


def summary(turns: Iterable[TimedTurn]) -> dict[str, Any]:
    """Turns and percentiles per stage: ``{"turns": 3, "gap": {"p50": 540.0, ...}, ...}``."""
    turns = list(turns)
    stages = {
        stage: {f"p{p}": round(percentile([turn.ms[stage] for turn in turns], p), 1) for p in PERCENTILES}
        for stage in STAGES
        if turns
    }
    return {"turns": len(turns), "stages": stages}


def by_language(turns: Sequence[TimedTurn]) -> dict[str, dict[str, Any]]:
    """``summary`` of each language that occurs."""
    return {
        language: summary(turn for turn in turns if turn.language == language)
        for language in sorted({turn.language for turn in turns})
    }


def slowest(turns: Sequence[TimedTurn], most: int) -> list[TimedTurn]:
    """The turns with the longest gaps, the longest first."""
    return sorted(turns, key=lambda turn: -turn.ms["gap"])[:most]
