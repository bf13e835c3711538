"""``tetraphone bench browsers``: what WebRTC legs cost, as a table and as JSON."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.bench_report import write_json
from evals.bench.browsers import measure


async def browsers(console: Console, legs: list[int], seconds: float, json_file: Path | None) -> int:
    """Measure each number of legs on a line of its own."""
    table = Table(title=f"Browsers on the line, each heard and answered, {seconds:.0f} s")
    for heading in (
        "legs",
        "cores",
        "% of a core per leg",
        "loop late p95 / p99",
        "back after p50 / p95",
        "MB per leg",
    ):
        table.add_column(heading, justify="right")
    costs = []
    for number in legs:
        cost = await measure(number, seconds)
        costs.append(cost.as_dict())
        table.add_row(
            str(cost.legs),
            f"{cost.core:.2f}",
            f"{cost.core_per_leg:.2%}",
            f"{cost.lag_p95_ms:.1f} / {cost.lag_p99_ms:.1f} ms",
            f"{cost.back_p50_ms:.0f} / {cost.back_p95_ms:.0f} ms",
            f"{cost.memory_per_leg_mb:.1f}",
        )
    console.print(table)
    if json_file is not None:
        write_json(json_file, {"browsers": costs})
    return 0
