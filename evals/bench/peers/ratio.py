"""This platform's steps beside a peer's: which belong together, and how many times as long the peer's callers wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_PERCENTILES = ("p50", "p95")


def side_by_side(ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The steps that both went through, in the order of ours, and the ratios.

    Returns:
        ours, theirs; ratio (calls, and the peer's gap by ours where both answered); alone (names of the steps that only
        one side went through, of a run that was broken off).
    """
    by_name = [{str(step["step"]): step for step in side} for side in (ours, theirs)]
    both = [name for name in by_name[0] if name in by_name[1]]
    pairs = [(by_name[0][name], by_name[1][name]) for name in both]
    return {
        "ours": [mine for mine, _ in pairs],
        "theirs": [other for _, other in pairs],
        "ratio": [_ratio(mine, other) for mine, other in pairs],
        "alone": [name for side in by_name for name in side if name not in both],
    }


def _ratio(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    return {"calls": ours["calls_at_once"]} | {
        name: round(theirs["gap_ms"][name] / ours["gap_ms"][name], 2)
        for name in _PERCENTILES
        if name in ours["gap_ms"] and name in theirs["gap_ms"]
    }
