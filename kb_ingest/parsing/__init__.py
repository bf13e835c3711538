"""Turns an uploaded file of any supported kind into a :class:`~kb_ingest.parsing.document.Document`.

``parse_document`` runs the parsers in a subprocess with hard limits (``sandbox``); ``parse_bytes``
(``registry``) is the same without the walls, for files that the program itself ships.
"""

from kb_ingest.parsing.document import Block, Document, DocumentRefused, Section, Table
from kb_ingest.parsing.language import language_of
from kb_ingest.parsing.limits import ParseLimits
from kb_ingest.parsing.sandbox import parse_document

__all__ = [
    "Block",
    "Document",
    "DocumentRefused",
    "ParseLimits",
    "Section",
    "Table",
    "language_of",
    "parse_document",
]
