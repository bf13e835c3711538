"""``tetraphone simulate``: a day of calls and agents through the real distributor, in seconds."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from assist.acd.agent_times import occupancy
from assist.acd.by_the_book import SCENARIOS, Comparison, compare
from assist.acd.measures import QueuedCall, Service, service
from assist.acd.plan import Plan
from assist.acd.simulated_day import DayPlan, at_work, day_callers, day_workers
from assist.acd.simulation import HOUR, NEVER, Simulation


def simulate_day(day: DayPlan, plan: Plan) -> dict[str, Any]:
    """Play a day; returns everything that is shown, ready for JSON."""
    workers, callers = day_workers(day), day_callers(day)
    result = Simulation(workers, plan=plan, seed=day.seed).play(callers)
    calls = result.day.calls
    targets = {name: queue.target_s for name, queue in plan.queues.items()}

    def measured(chosen: Callable[[QueuedCall], bool] = lambda call: True) -> dict[str, Any]:
        return _rounded(service([call for call in calls if chosen(call)], targets.__getitem__))

    spans = [
        {
            "hour": hour,
            "agents_at_work": at_work(workers, (hour + 0.5) * HOUR),
            **measured(lambda call, hour=hour: hour <= call.queued_at / HOUR < hour + 1),  # type: ignore[misc]
        }
        for hour in range(24)
    ]
    worked = occupancy(result.day.times.values())
    return {
        "day": {**asdict(day), "patience_s": None if day.patience_s == NEVER else day.patience_s},
        "all": measured(),
        "occupancy": None if worked is None else round(worked, 4),
        "queues": {name: measured(lambda call, name=name: call.queue == name) for name in plan.queues},  # type: ignore[misc]
        "languages": {
            one.value: measured(lambda call, one=one: call.language == one)  # type: ignore[misc]
            for one in sorted({call.language for call in calls})
        },
        "hours": spans,
        "kept_with_self_service": result.kept,
        "not_queued": result.refused,
        "decisions": result.decisions,
        "decisions_per_second": round(result.decisions_per_second),
        "seconds": round(result.seconds, 2),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "invariants_broken": result.broken,
    }


def by_the_book(calls: int, seed: int) -> list[Comparison]:
    """Steady scenarios beside Erlang A and C."""
    return [compare(scenario, calls, seed) for scenario in SCENARIOS]


def simulate(
    console: Console,
    day: DayPlan,
    plan: Plan,
    *,
    book: bool,
    book_calls: int,
    as_json: bool,
    json_file: Path | None,
) -> int:
    """Play, show, and return the exit status: 1 where an invariant broke or a scenario left its formula."""
    comparisons = by_the_book(book_calls, day.seed) if book else []
    report = simulate_day(day, plan)
    if book:
        report["by_the_book"] = [_comparison(one) for one in comparisons]
    text = json.dumps(report, ensure_ascii=False, indent=1)
    if json_file is not None:
        json_file.write_text(text + "\n", encoding="utf-8")
    if as_json:
        console.print(text, markup=False, highlight=False, soft_wrap=True)
    else:
        _show_day(console, report)
        if book:
            _show_book(console, comparisons)
    wrong = report["invariants_broken"] or any(not one.agrees for one in comparisons)
    return 1 if wrong else 0


def _rounded(measures: Service) -> dict[str, Any]:
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in asdict(measures).items()
    }


def _comparison(one: Comparison) -> dict[str, Any]:
    scenario = asdict(one.scenario)
    if scenario["patience_s"] == NEVER:
        scenario["patience_s"] = None
    return {
        **scenario,
        "calls": one.calls,
        "formula": {name: round(value, 4) for name, value in asdict(one.formula).items()},
        "played": {name: round(value, 4) for name, value in asdict(one.played).items()},
        "agrees": one.agrees,
        "decisions_per_second": round(one.decisions_per_second),
    }


_COLUMNS = ("queued", "answered", "abandoned", "%", "in time", "ASA s", "longest", "AHT s")


def _cells(one: dict[str, Any]) -> list[str]:
    return [
        str(one["queued"]),
        str(one["answered"]),
        str(one["abandoned"]),
        _share(one["abandonment"]),
        _share(one["service_level"]),
        _number(one["speed_of_answer_s"]),
        _number(one["longest_wait_s"]),
        _number(one["handle_s"]),
    ]


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _show_day(console: Console, report: dict[str, Any]) -> None:
    day = report["day"]
    table = Table(
        title=f"A day of {day['calls']:,} calls, {day['agents']:,} agents", padding=(0, 0), box=SIMPLE
    )
    for number, heading in enumerate(("", "staff", *_COLUMNS)):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for one in report["hours"]:
        table.add_row(f"{one['hour']:02}:00", str(one["agents_at_work"]), *_cells(one))
    table.add_section()
    for kind in ("queues", "languages"):
        for name, one in report[kind].items():
            table.add_row(name, "", *_cells(one))
        table.add_section()
    table.add_row("all", str(day["agents"]), *_cells(report["all"]), style="bold")
    console.print(table)
    total = report["all"]
    console.print(
        f"Counted apart: {total['short']} hung up within 5 s, {total['call_backs']} are called back; "
        f"{report['kept_with_self_service']} stayed with the bot at the peak, {report['not_queued']} were not "
        f"queued. Occupancy {_share(report['occupancy'])}."
    )
    broken = report["invariants_broken"]
    console.print(
        f"{report['decisions']:,} decisions, {report['decisions_per_second']:,} a second; the day took "
        f"{report['seconds']} s and {report['memory_mb']} MB. "
        + (f"BROKEN: {'; '.join(broken[:5])}" if broken else "Invariants held.")
    )


_BOOK = {
    "have to wait": "waiting",
    "in 20 s": "service_level",
    "give up": "abandonment",
    "ASA s": "mean_speed_of_answer_s",
    "occupancy": "occupancy",
}


def _show_book(console: Console, comparisons: list[Comparison]) -> None:
    table = Table(title="Beside the formula: formula / played; the last column is the worst, of what is tolerated",
                  padding=(0, 0), box=SIMPLE)  # fmt: skip
    for number, heading in enumerate(("scenario", *_BOOK, "off")):
        table.add_column(heading, justify="right" if number else "left")
    for one in comparisons:
        worst = max(one.deviations().values())
        cells = []
        for name in _BOOK.values():
            form = _number if name.endswith("_s") else _share
            cells.append(f"{form(getattr(one.formula, name))} / {form(getattr(one.played, name))}")
        style = "" if one.agrees else "bold red"
        table.add_row(
            f"{one.scenario.name}, {one.scenario.agents} agents", *cells, f"{worst:.0%}", style=style
        )
    console.print(table)
