"""XLSX (Excel): every visible sheet as a table; formulas give their stored value and are never computed."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any
from xml.etree.ElementTree import ParseError

from kb_ingest.parsing.archive import corrupt
from kb_ingest.parsing.builder import SectionBuilder
from kb_ingest.parsing.document import DocumentRefused
from kb_ingest.parsing.limits import Budget


def parse_xlsx(data: bytes, builder: SectionBuilder, budget: Budget) -> None:
    """Read every visible sheet; rows above the first full row are its caption.

    Raises:
        DocumentRefused: ``corrupt``, ``too_many_rows``, ``too_long``.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        builder.title = (book.properties.title or "").strip()[:300]
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            _sheet(sheet, builder, budget, many=len(book.worksheets) > 1)
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        ParseError,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        OSError,
    ) as error:
        raise corrupt() from error


def _sheet(sheet: Any, builder: SectionBuilder, budget: Budget, many: bool) -> None:
    rows: list[list[str]] = []
    captions: list[str] = []
    limits = budget.limits
    for number, values in enumerate(sheet.iter_rows(max_col=limits.columns, values_only=True)):
        # Empty rows cost nothing to declare ("a million rows"), so they are bounded too.
        if number > limits.rows * 2 or len(rows) > limits.rows:
            raise DocumentRefused(
                "too_many_rows",
                f"A sheet holds more than {limits.rows:,} rows; divide it into several files.",
            )
        cells = [_readable(value) for value in values]
        used = sum(bool(cell) for cell in cells)
        if not used:
            continue
        if not rows and used == 1 and len(captions) < 5:
            captions.append(next(cell for cell in cells if cell))
        else:
            rows.append(cells)
    if not rows and not captions:
        return
    # "Sheet1" tells a reader nothing.
    if many or not sheet.title.lower().startswith("sheet"):
        builder.heading(1 if not many else 2, sheet.title)
    for caption in captions:
        builder.text("paragraph", caption)
    builder.table(_without_empty_columns(rows))


def _without_empty_columns(rows: list[list[str]]) -> list[list[str]]:
    width = max((len(row) for row in rows), default=0)
    used = [column for column in range(width) if any(column < len(row) and row[column] for row in rows)]
    return [[row[column] if column < len(row) else "" for column in used] for row in rows]


def _readable(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
    return str(value)
