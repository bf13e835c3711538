"""Plain text: paragraphs divided by empty lines; short lines that stand alone become headings."""

from __future__ import annotations

import re

from kb_ingest.parsing.builder import SectionBuilder
from kb_ingest.parsing.encoding import decode_text
from kb_ingest.parsing.limits import Budget
from kb_ingest.parsing.text_tools import join_wrapped

_NUMBERED = re.compile(
    r"^(?:\d{1,2}(?:\.\d{1,2})*[.、)]?\s+|第[一二三四五六七八九十\d]+[章条節节]\s*|[一二三四五六七八九十]{1,3}、)\S"
)
_ITEM = re.compile(r"^\s*(?:[•●▪‣·*\-–]|\(?\d{1,2}[.)])\s+")
_END = re.compile(r"[.!。！,，;；:：]\s*$")
_SPEAKER = re.compile(r"^(?:[QA]|问|答|問|質問|回答|질문|답변|답)\s*[:：]", re.I)


def parse_text(data: bytes, builder: SectionBuilder, budget: Budget) -> None:
    """Read the paragraphs."""
    paragraphs = re.split(r"\n\s*\n", decode_text(data).replace("\r\n", "\n").replace("\r", "\n"))
    for number, paragraph in enumerate(paragraphs):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        if not lines:
            continue
        if _is_heading(lines) and number + 1 < len(paragraphs):
            builder.heading(2 if builder.title else 1, lines[0])
            continue
        pending: list[str] = []
        for line in lines:
            # An item or a question begins a block of its own; other lines are one wrapped paragraph.
            if pending and (_ITEM.match(line) or _SPEAKER.match(line)):
                _put(builder, pending)
                pending = []
            pending.append(line)
        _put(builder, pending)


def _put(builder: SectionBuilder, lines: list[str]) -> None:
    text = join_wrapped(lines)
    builder.text("item" if _ITEM.match(text) else "paragraph", _ITEM.sub("", text))


def _is_heading(lines: list[str]) -> bool:
    if len(lines) != 1 or _SPEAKER.match(lines[0]):
        return False
    line = lines[0].strip()
    return (
        len(line) <= 60 and not _END.search(line) and (bool(_NUMBERED.match(line)) or not _ITEM.match(line))
    )
