"""DOCX (Word): paragraphs with their heading styles, lists and tables in the order of the text."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from kb_ingest.parsing.archive import corrupt
from kb_ingest.parsing.builder import SectionBuilder
from kb_ingest.parsing.limits import Budget

_HEADING = re.compile(r"(?:heading|標題|标题|見出し|제목)\s*(\d)", re.I)


def parse_docx(data: bytes, builder: SectionBuilder, budget: Budget) -> None:
    """Read the body. Macros, fields, comments and embedded objects are not read and never run."""
    import docx
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    try:
        document = docx.Document(io.BytesIO(data))
        builder.title = (document.core_properties.title or "").strip()[:300]
        # python-docx's own template names its files so; it says nothing about this one.
        if builder.title.lower() in ("word document", "untitled"):
            builder.title = ""
        for block in document.iter_inner_content():
            if hasattr(block, "rows"):
                builder.table([_cells(row) for row in block.rows])
            else:
                _paragraph(block, builder)
    except (zipfile.BadZipFile, OpcError, LxmlError, KeyError, ValueError, AttributeError, OSError) as error:
        raise corrupt() from error


def _paragraph(paragraph: Any, builder: SectionBuilder) -> None:
    text = paragraph.text
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    if heading := _HEADING.search(style):
        builder.heading(int(heading.group(1)), text)
    elif style == "Title":
        builder.title = builder.title or text.strip()
        builder.heading(1, text)
    else:
        is_item = "list" in style.lower() or paragraph._p.find(f".//{_NUMBERING}") is not None
        for part in text.split("\n"):
            builder.text("item" if is_item else "paragraph", part)


_NUMBERING = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}numPr"


def _cells(row: Any) -> list[str]:
    """A row's cells; a cell merged over several columns is read once."""
    texts: list[str] = []
    previous = None
    for cell in row.cells:
        texts.append("" if cell._tc is previous else cell.text)
        previous = cell._tc
    return texts
