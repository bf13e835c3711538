"""How long each stage of each turn took, as bars with their numbers in words."""

from __future__ import annotations

import html
from typing import Any

from core.console import t
from core.timings import STAGES as ALL_STAGES

STAGES = ALL_STAGES[:-1]


def stage_chart(timings: list[dict[str, Any]]) -> str:
    """HTML: one bar per turn, its stages in a row on one scale for the call.

    They add up to the time from the caller's last sound to the answer's first, which is given in figures.
    """
    longest = (
        max((sum(max(0.0, turn[f"{stage}_ms"]) for stage in STAGES) for turn in timings), default=0) or 1
    )
    rows = "".join(_row(turn, longest) for turn in timings)
    key = "".join(
        f'<span><i class="tp-stage tp-stage-{number}"></i>{html.escape(t(f"calls.{stage}"))}</span>'
        for number, stage in enumerate(STAGES, 1)
    )
    return (
        f'<div class="tp-stages-key" aria-hidden="true">{key}</div><table class="tp-stages"><thead><tr>'
        f'<th scope="col">{html.escape(t("calls.turn"))}</th><th></th>'
        f'<th scope="col">{html.escape(t("calls.gap"))}</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _row(turn: dict[str, Any], longest: float) -> str:
    words = ", ".join(
        f"{t(f'calls.{stage}')} {t('calls.milliseconds', ms=round(turn[f'{stage}_ms']))}" for stage in STAGES
    )
    parts = "".join(
        f'<i class="tp-stage tp-stage-{number}" style="width:{max(0.0, turn[f"{stage}_ms"]) / longest * 100:.2f}%"></i>'
        for number, stage in enumerate(STAGES, 1)
    )
    return (
        f'<tr><td class="tp-number">{turn["turn"]}</td><td><div class="tp-bar" role="img" '
        f'aria-label="{html.escape(words)}" title="{html.escape(words)}">{parts}</div></td>'
        f'<td class="tp-number">{html.escape(t("calls.milliseconds", ms=round(turn["gap_ms"])))}</td></tr>'
    )
