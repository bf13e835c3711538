"""What a parser hands on: titled sections of readable blocks, whatever the file was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from core.languages import Language

BlockKind = Literal["paragraph", "item", "code", "table"]


class DocumentRefused(Exception):
    """A file that cannot become a document.

    Attributes:
        code: a stable word for programs, such as ``encrypted`` or ``too_large``.
        message: one sentence for the person who uploaded it, saying what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Table:
    """A table: one header cell per column, and rows of as many cells (empty cells are empty strings)."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def readable_rows(self, colon: str = ": ", divider: str = "; ") -> list[str]:
        """Each row as ``header: value; header: value``; cells without a value are left out."""
        return [
            divider.join(
                f"{header}{colon}{cell}" if header else cell
                for header, cell in zip(self.headers, row, strict=False)
                if cell
            )
            for row in self.rows
            if any(row)
        ]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list item, preformatted text, or a table (then ``text`` is its caption)."""

    kind: BlockKind
    text: str
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading.

    Attributes:
        path: the headings above and including this one, outermost first; empty before the first heading.
        blocks: in reading order.
        page: the page it begins on, counted from 1, where the format has pages.
        language: of this section's own text; None where it is none of the four, or too short to tell.
    """

    path: tuple[str, ...]
    blocks: tuple[Block, ...]
    page: int | None = None
    language: Language | None = None

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(block.table for block in self.blocks if block.table is not None)

    @property
    def text(self) -> str:
        """All that can be read in the section, a line per block or row."""
        lines: list[str] = []
        for block in self.blocks:
            if block.text:
                lines.append(block.text)
            if block.table is not None:
                lines.extend(block.table.readable_rows())
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Document:
    """A file, read.

    Attributes:
        title: from the file itself, else from its name.
        language: the language most of its text is in; None where that is none of the four.
        format: ``markdown``, ``html``, ``pdf``, ``docx``, ``xlsx``, ``csv`` or ``text``.
    """

    title: str
    language: Language | None
    format: str
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        return "\n".join(section.text for section in self.sections)

    def with_sections(self, sections: Iterable[Section]) -> Document:
        return replace(self, sections=tuple(sections))


def document_to_json(document: Document) -> dict[str, Any]:
    """Plain values, to cross a process boundary or to be stored."""
    return {
        "title": document.title,
        "language": document.language,
        "format": document.format,
        "sections": [
            {
                "path": list(section.path),
                "page": section.page,
                "language": section.language,
                "blocks": [
                    {"kind": block.kind, "text": block.text}
                    | (
                        {
                            "headers": list(block.table.headers),
                            "rows": [list(row) for row in block.table.rows],
                        }
                        if block.table is not None
                        else {}
                    )
                    for block in section.blocks
                ],
            }
            for section in document.sections
        ],
    }


def document_from_json(value: dict[str, Any]) -> Document:
    """The inverse of :func:`document_to_json`."""

    def block(item: dict[str, Any]) -> Block:
        table = None
        if "rows" in item:
            table = Table(tuple(item["headers"]), tuple(tuple(row) for row in item["rows"]))
        return Block(item["kind"], item["text"], table)

    return Document(
        title=value["title"],
        language=Language(value["language"]) if value["language"] else None,
        format=value["format"],
        sections=tuple(
            Section(
                path=tuple(item["path"]),
                blocks=tuple(block(entry) for entry in item["blocks"]),
                page=item["page"],
                language=Language(item["language"]) if item["language"] else None,
            )
            for item in value["sections"]
        ),
    )
