"""``tetraphone bench bridge``: what bridging a caller and an agent costs, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.bench_report import write_json
from evals.bench.bridge import measure


async def bridge(
    console: Console,
    calls: Sequence[int],
    seconds: float,
    jitter_ms: float,
    record: bool,
    json_file: Path | None,
) -> int:
    """Measure each number of calls on a line of its own."""
    kept = "recorded" if record else "not recorded"
    table = Table(title=f"Calls bridged with an agent, {kept}, {seconds:.0f} s, jitter {jitter_ms:g} ms")
    for heading in (
        "calls",
        "added p50 / p95 / p99",
        "% of a core per call",
        "missed",
        "left out",
        "late ticks",
    ):
        table.add_column(heading, justify="right")
    costs = []
    for number in calls:
        cost = await measure(number, seconds, jitter_ms, record=record)
        costs.append(cost.as_dict())
        table.add_row(
            str(cost.calls),
            f"{cost.p50_ms:.1f} / {cost.p95_ms:.1f} / {cost.p99_ms:.1f} ms",
            f"{cost.core_per_call:.2%}",
            f"{cost.missed:.2%}",
            f"{cost.dropped:.2%}",
            str(cost.skipped),
        )
    console.print(table)
    if json_file is not None:
        write_json(json_file, {"bridge": costs})
    return 0
