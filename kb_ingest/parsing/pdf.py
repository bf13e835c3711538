"""PDF: text page by page; headings are told by their size, running heads and page numbers left out."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from kb_ingest.parsing.archive import corrupt
from kb_ingest.parsing.builder import SectionBuilder
from kb_ingest.parsing.document import DocumentRefused
from kb_ingest.parsing.limits import Budget
from kb_ingest.parsing.text_tools import clean, join_wrapped

_ITEM = re.compile(r"^(?:[•●▪‣·*\-–]|\(?\d{1,2}[.)])\s+")
_SENTENCE_END = re.compile(r"[.!?。！？:：]\s*$")


@dataclass(slots=True)
class _Line:
    text: str
    size: float


def parse_pdf(data: bytes, builder: SectionBuilder, budget: Budget) -> None:
    """Read all pages.

    Raises:
        DocumentRefused: ``encrypted``, ``corrupt``, ``too_long`` or ``no_text`` (a scan without text).
    """
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentRefused("encrypted", "The PDF is protected by a password; save it without one.")
        if len(reader.pages) > budget.limits.pages:
            raise DocumentRefused(
                "too_long", f"The PDF has more than {budget.limits.pages:,} pages; divide it into several."
            )
        metadata = reader.metadata
        builder.title = clean(str(metadata.title))[:300] if metadata and metadata.title else ""
        pages = [_lines(page, budget) for page in reader.pages]
    except DocumentRefused:
        raise
    except (MemoryError, RecursionError):
        raise
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        OSError,
        NotImplementedError,
    ) as error:
        raise corrupt() from error
    if not pages:
        raise corrupt()
    if not any(line.text for page in pages for line in page):
        raise DocumentRefused(
            "no_text",
            "The PDF holds pictures of pages and no text; run text recognition (OCR) over it first.",
        )
    _build(pages, builder)


def _lines(page: Any, budget: Budget) -> list[_Line]:
    """A page's lines with the size of their letters."""
    sizes: Counter[str] = Counter()
    size_of: dict[str, float] = {}

    def visit(text: str, _cm: Any, matrix: Any, _font: Any, size: float) -> None:
        for piece in text.splitlines():
            key = clean(piece)
            if key:
                scale = abs(float(matrix[3])) or abs(float(matrix[1])) or 1.0
                sizes[key] += 1
                size_of[key] = max(size_of.get(key, 0.0), float(size or 1.0) * scale)

    text = budget.text(page.extract_text(visitor_text=visit) or "")
    lines = []
    for raw in text.splitlines():
        line = clean(raw)
        lines.append(_Line(line, size_of.get(line, 0.0)))
    return lines


def _build(pages: list[list[_Line]], builder: SectionBuilder) -> None:
    running = _running_lines(pages)
    weight: Counter[float] = Counter()
    for page in pages:
        for line in page:
            if line.size:
                weight[round(line.size, 1)] += len(line.text)
    body = weight.most_common(1)[0][0] if weight else 0.0
    larger = sorted(
        {round(line.size, 1) for page in pages for line in page if line.size > body * 1.12}, reverse=True
    )
    paragraph: list[str] = []

    def flush() -> None:
        if paragraph:
            text = join_wrapped(paragraph)
            builder.text("item" if _ITEM.match(text) else "paragraph", text)
            paragraph.clear()

    for number, page in enumerate(pages, start=1):
        builder.page = number
        for line in page:
            if not line.text:
                flush()
                continue
            if _masked(line.text) in running or line.text.isdigit():
                continue
            size = round(line.size, 1)
            if body and size in larger and len(line.text) <= 120:
                flush()
                builder.heading(min(larger.index(size) + 1, 6), line.text)
                continue
            if _ITEM.match(line.text) or (
                paragraph and _SENTENCE_END.search(paragraph[-1]) and _ends_short(paragraph)
            ):
                flush()
            paragraph.append(line.text)
        # A sentence that runs over the page's end goes on; a finished one does not.
        if paragraph and _SENTENCE_END.search(paragraph[-1]):
            flush()
    flush()


def _ends_short(paragraph: list[str]) -> bool:
    """Whether the last line stops well before the others do: the end of a paragraph."""
    longest = max(len(line) for line in paragraph)
    return len(paragraph) > 1 and len(paragraph[-1]) < 0.75 * longest


def _masked(text: str) -> str:
    return re.sub(r"\d+", "#", text)


def _running_lines(pages: list[list[_Line]]) -> set[str]:
    """Heads and feet: first and last lines that most pages share, page numbers aside."""
    if len(pages) < 3:
        return set()
    seen: Counter[str] = Counter()
    for page in pages:
        texts = [line.text for line in page if line.text]
        seen.update({_masked(text) for text in texts[:2] + texts[-2:]})
    return {text for text, count in seen.items() if count > 0.6 * len(pages)}
