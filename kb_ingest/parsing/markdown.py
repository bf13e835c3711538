"""Markdown (CommonMark with tables)."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kb_ingest.parsing.builder import SectionBuilder
from kb_ingest.parsing.encoding import decode_text
from kb_ingest.parsing.limits import Budget

_FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*\n", re.S)
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.M)


def parse_markdown(data: bytes, builder: SectionBuilder, budget: Budget) -> None:
    """Read headings, paragraphs, lists, code and tables; raw HTML in the text is left out."""
    text = decode_text(data)
    if front := _FRONT_MATTER.match(text):
        if title := _FRONT_TITLE.search(front.group(1)):
            builder.title = title.group(1)
        text = text[front.end() :]
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    items: list[str] = []
    rows: list[list[str]] = []
    context = "paragraph"
    level = 0
    for token in tokens:
        match token.type:
            case "heading_open":
                context, level = "heading", int(token.tag[1])
            case "heading_close":
                context = "paragraph"
            case "list_item_open":
                items.append(token.info)
            case "list_item_close":
                items.pop()
            case "table_open":
                context, rows = "table", []
            case "tr_open":
                rows.append([])
            case "table_close":
                builder.table(rows, has_header=True)
                context = "paragraph"
            case "fence" | "code_block":
                builder.text("code", token.content.strip())
            case "inline":
                plain = _plain(token)
                if context == "heading":
                    builder.heading(level, plain)
                elif context == "table":
                    rows[-1].append(plain)
                else:
                    for part in plain.split("\n\n"):
                        builder.text("item" if items else "paragraph", part)


def _plain(token: Token) -> str:
    parts: list[str] = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append("\n")
        elif child.type == "hardbreak":
            # A forced line end separates what belongs apart, such as a question and its answer.
            parts.append("\n\n")
        elif child.type == "image":
            parts.append(child.content)
    return _join_lines("".join(parts))


_SOFT_CJK = re.compile(
    r"(?<=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef])\n(?=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef])"
)


def _join_lines(text: str) -> str:
    return "\n\n".join(_SOFT_CJK.sub("", part).replace("\n", " ") for part in text.split("\n\n"))
