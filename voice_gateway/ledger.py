"""What each turn took, as histograms for ``/metrics``; the turns themselves are in the log (``TurnTimed``)."""

from __future__ import annotations

from prometheus_client import Histogram

from core.events import TurnTimed
from core.timings import STAGES, milliseconds

TURN_STAGE = Histogram(
    "tetraphone_turn_stage_seconds",
    "Stages of the turns with the bot; gap is the silence from the caller's last sound to the answer's first",
    ["stage", "language"],
    buckets=(0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0),
)


def count_turn(timed: TurnTimed) -> None:
    """Add one turn to the histograms."""
    language = timed.language.value if timed.language else "unknown"
    for stage in STAGES:
        TURN_STAGE.labels(stage, language).observe(milliseconds(timed, stage) / 1000)
