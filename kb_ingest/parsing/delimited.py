"""CSV and TSV: one table."""

from __future__ import annotations

import csv
import io

from kb_ingest.parsing.archive import corrupt
from kb_ingest.parsing.builder import SectionBuilder
from kb_ingest.parsing.encoding import decode_text
from kb_ingest.parsing.limits import Budget


def parse_csv(data: bytes, builder: SectionBuilder, budget: Budget) -> None:
    """Read the rows; the delimiter is the one that divides the first lines most evenly."""
    text = decode_text(data)
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    delimiter = max("\t,;|", key=lambda candidate: _evenness(lines, candidate))
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in row):
                budget.row()
                rows.append(row)
    except csv.Error as error:
        raise corrupt() from error
    # The rows have been counted; the table gets a budget of its own for them.
    builder.budget = Budget(budget.limits)
    builder.table(rows)


def _evenness(lines: list[str], delimiter: str) -> float:
    counts = [line.count(delimiter) for line in lines]
    if not counts or not max(counts):
        return 0.0
    usual = max(set(counts), key=counts.count)
    return usual and counts.count(usual) / len(counts) + usual / 1000
