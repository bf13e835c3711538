"""How much of one uploaded file the platform is willing to read."""

from __future__ import annotations

from dataclasses import dataclass

from kb_ingest.parsing.document import DocumentRefused

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Bounds on one file; each one met is a refusal that names it."""

    file_bytes: int = 20 * MIB
    """The upload itself."""
    text_characters: int = 5_000_000
    """Readable text that comes out of it."""
    archive_entries: int = 3_000
    """Files inside a DOCX or XLSX."""
    archive_bytes: int = 200 * MIB
    """All files inside a DOCX or XLSX, unpacked."""
    archive_ratio: float = 150.0
    """Unpacked to packed size of one such file, once it is over a mebibyte unpacked."""
    pages: int = 1_500
    rows: int = 20_000
    """Rows of all tables together."""
    columns: int = 100
    cell_characters: int = 10_000
    memory_bytes: int = 1024 * MIB
    """Address space of the parsing process."""
    cpu_s: int = 30
    wall_s: float = 60.0


class Budget:
    """Counts what a parser has taken out of a file and refuses when it becomes too much."""

    def __init__(self, limits: ParseLimits) -> None:
        self.limits = limits
        self._characters = 0
        self._rows = 0

    def text(self, text: str) -> str:
        """Count ``text`` and return it unchanged."""
        self._characters += len(text)
        if self._characters > self.limits.text_characters:
            raise DocumentRefused(
                "too_long",
                f"The document holds over {self.limits.text_characters:,} characters; divide it.",
            )
        return text

    def row(self) -> None:
        self._rows += 1
        if self._rows > self.limits.rows:
            raise DocumentRefused(
                "too_many_rows",
                f"The tables hold more than {self.limits.rows:,} rows; divide them into several files.",
            )
