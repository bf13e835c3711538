"""A document to passages: small enough to be spoken from, with the headings that say what they are about.

A passage never crosses a section. A question stays with its answer. A table gives one passage per row, each
row readable by itself. Sizes are in characters, since words cannot be counted in Chinese or Japanese.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID, uuid5

from core.languages import Language
from kb_ingest.parsing.document import Block, Document, DocumentRefused, Section
from kb_ingest.parsing.language import detect_language
from kb_ingest.sentences import split_sentences

_NAMESPACE = UUID("5b0f6f0e-6e0a-5d0c-9a55-7a1d3c1f6f7e")

MAX_PASSAGES = 5_000
"""Passages of one document; more takes minutes to embed and belongs in several documents."""

_QUESTION_LABEL = re.compile(r"^(?:Q\d*|问题?|問題?|質問|질문|문)\s*[:：]\s*", re.I)
_ANSWER_LABEL = re.compile(r"^(?:A\d*|答案?|回答|답변|답)\s*[:：]\s*", re.I)
_ENDS_AS_QUESTION = re.compile(r"[?？]\s*$|(?:ですか|ますか|でしょうか)[。]?\s*$")


@dataclass(frozen=True, slots=True)
class PassageSize:
    """Characters at which a passage is ended, and beyond which one is never allowed to grow."""

    target: int
    most: int


def passage_size(language: Language | None) -> PassageSize:
    """CJK characters carry two to three times what a Latin letter does."""
    if language in (Language.ZH, Language.JA):
        return PassageSize(180, 300)
    if language is Language.KO:
        return PassageSize(240, 400)
    return PassageSize(420, 700)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document that can be found and quoted by itself.

    Attributes:
        id: a UUID made of the document, the headings and the text: unchanged text keeps its id over versions.
        text: what may be quoted or spoken.
        question: the question this passage answers, where the document asks it.
        section: its headings, outermost first.
        kind: ``text``, ``answer`` (of a question) or ``row`` (of a table).
    """

    id: str
    ordinal: int
    text: str
    question: str
    section: tuple[str, ...]
    language: Language | None
    page: int | None
    kind: str

    def indexed_text(self, title: str) -> str:
        """What is embedded and searched: title and headings first, for they often hold the caller's words."""
        return with_context(title, self.section, self.question, self.text)


def with_context(title: str, section: tuple[str, ...], question: str, text: str) -> str:
    """``title - headings - question`` on one line, the text on the next; repeated headings once."""
    context: list[str] = []
    for part in (title, *section, question):
        if part and part not in context:
            context.append(part)
    return " - ".join(context) + "\n" + text if context else text


@dataclass(frozen=True, slots=True)
class _Draft:
    text: str
    question: str = ""
    kind: str = "text"


def divide(document: Document, document_id: str) -> list[Passage]:
    """All passages of ``document`` in reading order.

    Raises:
        DocumentRefused: ``too_many_passages``.
    """
    passages: list[Passage] = []
    seen: dict[str, int] = {}
    for section in document.sections:
        for draft in _drafts(section):
            language = _language(draft, section, document)
            key = "\x1f".join((document_id, *section.path, draft.question, draft.text))
            repeat = seen[key] = seen.get(key, -1) + 1
            passages.append(
                Passage(
                    id=str(uuid5(_NAMESPACE, f"{key}\x1f{repeat}" if repeat else key)),
                    ordinal=len(passages),
                    text=draft.text,
                    question=draft.question,
                    section=section.path,
                    language=language,
                    page=section.page,
                    kind=draft.kind,
                )
            )
            if len(passages) > MAX_PASSAGES:
                raise DocumentRefused(
                    "too_many_passages",
                    f"The document gives more than {MAX_PASSAGES:,} passages; divide it into several files.",
                )
    return passages


def _language(draft: _Draft, section: Section, document: Document) -> Language | None:
    """The passage's own language where it plainly differs (a bilingual page without headings), else the section's."""
    given = section.language or document.language
    if len(draft.text) >= 40:
        own = detect_language(draft.text)
        if own is not None and own is not given and {own, given} != {Language.ZH, Language.JA}:
            return own
    return given


def _drafts(section: Section) -> list[_Draft]:
    size = passage_size(section.language)
    drafts: list[_Draft] = []
    pending: list[str] = []
    # A heading that asks is the question of what stands under it.
    heading = section.path[-1] if section.path and _ENDS_AS_QUESTION.search(section.path[-1]) else ""

    def flush(question: str = "") -> None:
        if pending:
            kind = "answer" if question or heading else "text"
            for text in _pack(pending, size):
                drafts.append(_Draft(text, question or heading, kind))
            pending.clear()

    question = ""
    for position, block in enumerate(section.blocks):
        if block.table is not None:
            flush(question)
            question = ""
            drafts.extend(_rows(block, size))
            continue
        asked, answered = _question_and_answer(block, section.blocks, position)
        if asked:
            flush(question)
            question = asked
            if answered:
                pending.append(answered)
            continue
        text = _ANSWER_LABEL.sub("", block.text) if question and not pending else block.text
        pending.append(text)
        if sum(map(len, pending)) >= size.target and not question:
            flush()
    flush(question)
    if question and not any(draft.question == question for draft in drafts):
        drafts.append(_Draft(question))
    return drafts


def _question_and_answer(block: Block, blocks: tuple[Block, ...], position: int) -> tuple[str, str]:
    """The question a block asks, and its answer if that stands in the same block; two empty strings if none."""
    if block.kind == "code":
        return "", ""
    text = block.text
    labelled = _QUESTION_LABEL.match(text)
    if labelled:
        rest = text[labelled.end() :]
        parts = re.split(r"\s+(?=(?:A\d*|答案?|回答|답변|답)\s*[:：])", rest, maxsplit=1, flags=re.I)
        return parts[0].strip(), _ANSWER_LABEL.sub("", parts[1]).strip() if len(parts) == 2 else ""
    alone = len(split_sentences(text)) == 1 and len(text) <= 200
    if alone and _ENDS_AS_QUESTION.search(text) and position + 1 < len(blocks):
        following = blocks[position + 1]
        if following.table is None and not _ENDS_AS_QUESTION.search(following.text):
            return text, ""
    return "", ""


def _pack(blocks: list[str], size: PassageSize) -> list[str]:
    """Whole blocks together up to the target; a block over the maximum is divided at sentence ends."""
    texts: list[str] = []
    current: list[str] = []
    length = 0
    for block in blocks:
        pieces = [block] if len(block) <= size.most else _divide_long(block, size)
        for piece in pieces:
            if current and length + len(piece) > size.most:
                texts.append("\n".join(current))
                current, length = [], 0
            current.append(piece)
            length += len(piece)
            if length >= size.target:
                texts.append("\n".join(current))
                current, length = [], 0
    if current:
        rest = "\n".join(current)
        # A few words left over belong to what they follow.
        if texts and len(rest) < size.target // 5 and len(texts[-1]) + len(rest) <= size.most:
            texts[-1] += "\n" + rest
        else:
            texts.append(rest)
    return texts


def _divide_long(block: str, size: PassageSize) -> list[str]:
    pieces: list[str] = []
    current = ""
    for sentence in split_sentences(block):
        joined = f"{current} {sentence}".strip() if current.isascii() else current + sentence
        if current and len(joined) > size.target:
            pieces.append(current)
            joined = sentence
        # A "sentence" without any end (a list run together, a hostile line) is cut hard.
        while len(joined) > size.most:
            pieces.append(joined[: size.most])
            joined = joined[size.most :]
        current = joined
    if current:
        pieces.append(current)
    return pieces


def _rows(block: Block, size: PassageSize) -> list[_Draft]:
    assert block.table is not None
    cjk = size.target < 240
    lines = block.table.readable_rows(colon="：" if cjk else ": ", divider="；" if cjk else "; ")
    drafts: list[_Draft] = []
    for line in lines:
        caption = f"{block.text}\n" if block.text else ""
        drafts.extend(_Draft(text, kind="row") for text in _pack([caption + line], size))
    return drafts
