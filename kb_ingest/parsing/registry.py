"""Bytes and a name to a document, in this process. Uploads go through ``sandbox``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

from core.languages import Language
from kb_ingest.parsing.builder import SectionBuilder
from kb_ingest.parsing.document import Document, DocumentRefused, Section
from kb_ingest.parsing.language import detect_language
from kb_ingest.parsing.limits import Budget, ParseLimits
from kb_ingest.parsing.sniff import sniff
from kb_ingest.parsing.text_tools import title_from_name

Parser = Callable[[bytes, SectionBuilder, Budget], None]

_PARSERS = {
    "markdown": "markdown.parse_markdown",
    "html": "html.parse_html",
    "pdf": "pdf.parse_pdf",
    "docx": "docx.parse_docx",
    "xlsx": "xlsx.parse_xlsx",
    "csv": "delimited.parse_csv",
    "text": "plain.parse_text",
}
"""Where each is; a file's own is loaded when the file comes, for every upload has a process of its own."""

_ENOUGH_TO_TELL = 30
"""Characters below which a section takes the document's language rather than one of its own."""


def parse_bytes(name: str, data: bytes, limits: ParseLimits | None = None) -> Document:
    """Read one file.

    Raises:
        DocumentRefused: with a code and a message for whoever uploaded it.
    """
    limits = limits or ParseLimits()
    if len(data) > limits.file_bytes:
        raise too_large(limits)
    kind = sniff(name, data, limits)
    budget = Budget(limits)
    builder = SectionBuilder(budget)
    try:
        _parser(kind)(data, builder, budget)
    except RecursionError:
        raise DocumentRefused(
            "too_complex", "The document is nested too deeply; save it as plain text or PDF and upload that."
        ) from None
    sections = builder.sections()
    if not any(section.text.strip() for section in sections):
        raise DocumentRefused("empty", "No text was found in the document; choose a file with text in it.")
    language = detect_language("\n".join(section.text for section in sections))
    return Document(
        title=builder.title or title_from_name(name),
        language=language,
        format=kind,
        sections=tuple(
            replace(section, language=_section_language(section, language)) for section in sections
        ),
    )


def _parser(kind: str) -> Parser:
    module, name = _PARSERS[kind].split(".")
    parser: Parser = getattr(import_module(f"kb_ingest.parsing.{module}"), name)
    return parser


def too_large(limits: ParseLimits) -> DocumentRefused:
    return DocumentRefused(
        "too_large",
        f"The file is larger than {limits.file_bytes // (1024 * 1024)} MiB; divide it into several.",
    )


def _section_language(section: Section, document: Language | None) -> Language | None:
    text = section.text
    if len(text) < _ENOUGH_TO_TELL:
        return document
    own = detect_language(text)
    # Kanji-only headings and tables in a Japanese document are Japanese.
    if own is Language.ZH and document is Language.JA and len(text) < 300:
        return document
    # A price table is mostly product codes: too little to contradict the document.
    return own or document
