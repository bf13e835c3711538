"""The zip container of DOCX and XLSX: what it holds, and whether it is safe to unpack."""

from __future__ import annotations

import io
import zipfile
import zlib

from kb_ingest.parsing.document import DocumentRefused
from kb_ingest.parsing.limits import MIB, ParseLimits


def corrupt() -> DocumentRefused:
    return DocumentRefused("corrupt", "The file is damaged and cannot be opened; export it again.")


def office_kind(data: bytes, limits: ParseLimits) -> str:
    """``docx`` or ``xlsx``, after the container has passed all checks.

    Raises:
        DocumentRefused: ``zip_bomb``, ``corrupt``, ``encrypted``, ``unsafe`` or ``wrong_type``.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise corrupt() from None
    with archive:
        entries = archive.infolist()
        _check_sizes(entries, limits)
        names = {entry.filename for entry in entries}
        if any(entry.flag_bits & 0x1 for entry in entries):
            raise DocumentRefused("encrypted", "The archive is protected by a password; save it without one.")
        kind = _kind_of(names)
        for entry in entries:
            if entry.filename.endswith((".xml", ".rels")):
                _check_part(archive, entry)
    return kind


def _kind_of(names: set[str]) -> str:
    if "word/document.xml" in names:
        return "docx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "[Content_Types].xml" in names:
        raise DocumentRefused("wrong_type", "This Office file is neither a DOCX nor an XLSX; save it as PDF.")
    raise DocumentRefused("wrong_type", "This is an archive; unpack it and upload the documents inside.")


def _check_sizes(entries: list[zipfile.ZipInfo], limits: ParseLimits) -> None:
    bomb = DocumentRefused(
        "zip_bomb",
        "The file unpacks to far more than a document holds; export it again without embedded data.",
    )
    if (
        len(entries) > limits.archive_entries
        or sum(entry.file_size for entry in entries) > limits.archive_bytes
    ):
        raise bomb
    for entry in entries:
        if entry.file_size > MIB and entry.file_size > limits.archive_ratio * max(entry.compress_size, 1):
            raise bomb


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Refuse document type declarations: Office writes none, and entities are how XML reads other files."""
    try:
        with archive.open(entry) as part:
            # A declaration must stand before the root element, so the beginning is enough.
            head = part.read(64 * 1024)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise corrupt() from None
    for encoding in ("ascii", "utf-16-le", "utf-16-be"):
        if "<!DOCTYPE".encode(encoding) in head or "<!ENTITY".encode(encoding) in head:
            raise DocumentRefused(
                "unsafe", "The file declares XML entities, which documents never need; export it again."
            )
