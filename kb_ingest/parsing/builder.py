"""Collects headings and blocks in reading order and divides them into sections."""

from __future__ import annotations

from kb_ingest.parsing.document import Block, BlockKind, Section, Table
from kb_ingest.parsing.limits import Budget
from kb_ingest.parsing.text_tools import clean, looks_like_header


class SectionBuilder:
    """Feed it headings and blocks as they come; :meth:`sections` ends the last one.

    Args:
        budget: counts the text and rows that go in, and refuses when it is too much.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.page: int | None = None
        self.title = ""
        self._stack: list[tuple[int, str]] = []
        self._blocks: list[Block] = []
        self._sections: list[Section] = []
        self._section_page: int | None = None

    def heading(self, level: int, text: str) -> None:
        """Begin a section under a heading of ``level`` (1 is the outermost)."""
        text = self.budget.text(clean(text))
        if not text:
            return
        self._close()
        if not self.title and level == 1:
            self.title = text
        while self._stack and self._stack[-1][0] >= level:
            self._stack.pop()
        self._stack.append((level, text[:300]))
        self._section_page = self.page

    def text(self, kind: BlockKind, text: str) -> None:
        """Add a paragraph, item or code block; empty text is left out."""
        text = self.budget.text(text if kind == "code" else clean(text))
        if text:
            self._add(Block(kind, text))

    def table(self, rows: list[list[str]], caption: str = "", has_header: bool | None = None) -> None:
        """Add a table. Without ``has_header`` its first row is judged by what stands in it."""
        limits = self.budget.limits
        cleaned = []
        for row in rows:
            cells = [clean(cell)[: limits.cell_characters] for cell in row[: limits.columns]]
            if any(cells):
                self.budget.row()
                self.budget.text("".join(cells))
                cleaned.append(cells)
        if not cleaned:
            return
        width = max(len(row) for row in cleaned)
        cleaned = [row + [""] * (width - len(row)) for row in cleaned]
        header = looks_like_header(cleaned[0]) if has_header is None else has_header
        header = header and len(cleaned) > 1
        headers = tuple(cleaned.pop(0)) if header else ("",) * width
        self._add(Block("table", clean(caption), Table(headers, tuple(tuple(row) for row in cleaned))))

    def sections(self) -> tuple[Section, ...]:
        """All sections that hold anything."""
        self._close()
        return tuple(self._sections)

    def _add(self, block: Block) -> None:
        if not self._blocks and self._section_page is None:
            self._section_page = self.page
        self._blocks.append(block)

    def _close(self) -> None:
        if self._blocks:
            path = tuple(text for _, text in self._stack)
            self._sections.append(Section(path, tuple(self._blocks), self._section_page))
        self._blocks = []
        self._section_page = None
