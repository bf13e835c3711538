"""How benchmarks tell what they find: bars meanwhile, figures with their intervals, JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.progress import Progress, TaskID

from app.settings import Settings
from evals.bench.bootstrap import Interval
from models.threads import plan

_METHOD = "95 % percentile bootstrap over clips, 5000 rounds, seed 1; Wilson for counts"


def begin_bar(progress: Progress, what: str, total: int) -> TaskID:
    """A bar on a terminal; a line in a file, where bars do not show before the end."""
    if not progress.console.is_terminal:
        progress.console.print(f"{what}: {total}", highlight=False)
    return progress.add_task(what, total=total)


def about_models(settings: Settings) -> dict[str, Any]:
    return {
        "recogniser": settings.recogniser_model,
        "device": settings.device,
        "cores": plan().cores,
        "line": "G.711 mu-law, 8 kHz",
        "intervals": _METHOD,
    }


def write_json(path: Path, figures: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def percent(interval: Interval) -> str:
    return f"{100 * interval.value:.1f} [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def points(interval: Interval) -> str:
    return f"{100 * interval.value:+.1f} [{100 * interval.low:+.1f}, {100 * interval.high:+.1f}]"
