"""What a file is, from its bytes. The name decides only between kinds of plain text."""

from __future__ import annotations

import csv
import io
import re

from kb_ingest.parsing.archive import office_kind
from kb_ingest.parsing.document import DocumentRefused
from kb_ingest.parsing.encoding import decode_text
from kb_ingest.parsing.limits import ParseLimits

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"RIFF": "a sound or picture file",
    b"ID3": "a sound file",
    b"OggS": "a sound file",
    b"fLaC": "a sound file",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"\x1f\x8b": "a gzip archive",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"SQLite format 3": "a database",
    b"{\\rtf": "an RTF file",
}
_BINARY_NAMES = {"pdf": "pdf", "docx": "docx", "xlsx": "xlsx"}
_HTML_TAG = re.compile(
    r"<(?:!doctype html|html|head|body|div|p|h[1-6]|table|ul|ol|section|article)\b[^>]*>", re.I
)
_MARKDOWN = re.compile(r"^(?:#{1,6} \S|[-*] \S|\d+\. \S|\|.+\||```)", re.M)

SUPPORTED = "PDF, DOCX, XLSX, CSV, HTML, Markdown and plain text"


def sniff(name: str, data: bytes, limits: ParseLimits) -> str:
    """The kind of ``data``: pdf, docx, xlsx, html, csv, markdown or text.

    Raises:
        DocumentRefused: empty, encrypted, an archive over the limits, or a kind that is not read.
    """
    extension = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise DocumentRefused("empty", "The file is empty; choose a file with text in it.")
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return office_kind(data, limits)
    if data.startswith(_OLE):
        raise _refuse_ole(data)
    if data.startswith(b"PK"):
        raise DocumentRefused("wrong_type", "The archive is empty or damaged; export the document again.")
    for magic, what in _FOREIGN.items():
        if data.startswith(magic):
            raise DocumentRefused("wrong_type", f"This is {what}, not a document; upload {SUPPORTED}.")
    if extension in _BINARY_NAMES:
        raise DocumentRefused(
            "wrong_type",
            f"The file is called .{extension} but is none (often a failed download); export it again.",
        )
    text = decode_text(data)
    head = text[:20_000]
    if _is_html(head):
        return "html"
    if head.lstrip().startswith("<?xml"):
        raise DocumentRefused("wrong_type", f"XML is not read; upload {SUPPORTED}.")
    if extension in ("md", "markdown"):
        return "markdown"
    if extension in ("csv", "tsv") or (extension != "txt" and _is_csv(head)):
        return "csv"
    if extension != "txt" and len(_MARKDOWN.findall(head)) >= 2:
        return "markdown"
    return "text"


def _refuse_ole(data: bytes) -> DocumentRefused:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return DocumentRefused("encrypted", "The document is protected by a password; save it without one.")
    return DocumentRefused(
        "old_format", "This is an old Office file (.doc, .xls, .ppt); save it as DOCX or XLSX."
    )


def _is_html(head: str) -> bool:
    start = head.lstrip()[:300].lower()
    if start.startswith(("<!doctype html", "<html", "<?xml")) and "<html" in head.lower():
        return True
    return start.startswith("<") and len(_HTML_TAG.findall(head)) >= 2


def _is_csv(head: str) -> bool:
    lines = [line for line in head.splitlines()[:20] if line.strip()]
    if len(lines) < 2:
        return False
    for delimiter in ("\t", ",", ";"):
        try:
            widths = {len(row) for row in csv.reader(io.StringIO("\n".join(lines[:-1])), delimiter=delimiter)}
        except csv.Error:
            continue
        if len(widths) == 1 and widths.pop() >= 2:
            return True
    return False
