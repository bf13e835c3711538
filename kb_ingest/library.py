"""The knowledge base: documents in under a name and a version, passages and short answers out.

The database is the truth; the index holds the same passages' vectors and may be lost. A passage is published
when its row is committed: the index is filled before that and cleaned after it, and what the index finds but the
database does not hold is left out. So a new version appears all at once, and an interrupted upload changes
nothing.
"""

from __future__ import annotations

import asyncio
import builtins
import datetime as dt
import hashlib
import logging
import re
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from core.db import Database
from core.languages import Language
from kb_ingest.answer_types import fits
from kb_ingest.answering import AnswerFinder, Judgement, KnowledgeAnswer
from kb_ingest.chunking import Passage, divide
from kb_ingest.fusion import CANDIDATES, Ranked, fuse
from kb_ingest.index.protocol import IndexDamaged, IndexedPassage, PassageIndex
from kb_ingest.normalise import fold
from kb_ingest.parsing import Document, DocumentRefused, ParseLimits, parse_document
from kb_ingest.sparse import passage_vector, query_vector
from kb_ingest.store import KnowledgeStore, StoredDocument, StoredPassage
from models.protocols import Role

_log = logging.getLogger(__name__)
_NAMESPACE = UUID("b7d1c6d2-8f8e-5a38-8a2e-3f0f5d9c7b11")
_MAX_QUERY = 1_000
_PARSERS = 2
"""Files read at the same time; further uploads wait."""
_TERMS_VERSION = "terms-1"
"""Changed whenever ``sparse`` or ``normalise`` make other terms, so that old indexes are made again."""

Progress = Callable[[int, int], None]
Parse = Callable[[str, bytes, ParseLimits], Awaitable[Document]]


class Embedder(Protocol):
    """The part of ``models.protocols.Embedder`` that is used here."""

    async def embed(self, texts: Sequence[str], role: Role) -> NDArray[np.float32]: ...


class UnknownDocument(LookupError):
    """There is no document with this id."""


@dataclass(frozen=True, slots=True)
class AddedDocument:
    """What became of an upload.

    Attributes:
        language: None where it is none of the four; then it is found by a search over all languages only.
        version: 1 for a new name.
        unchanged: whether the file is the version already published; nothing was done then.
    """

    id: str
    name: str
    title: str
    language: Language | None
    sections: int
    passages: int
    version: int
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class AddOutcome:
    """One file of a bulk upload: either what was added or why it was refused."""

    name: str
    added: AddedDocument | None = None
    refused: DocumentRefused | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found; ``score`` orders the hits of one search, 0 to 1, and is no probability."""

    text: str
    score: float
    document: str
    section: str
    language: Language | None
    passage_id: str
    document_id: str
    question: str
    page: int | None


class Library:
    """The knowledge base of one site. One per process that owns the index.

    Args:
        db: holds the tables of ``kb_ingest.tables``.
        index: opened by :meth:`start`, closed by :meth:`close`.
        embedder: as in ``models.protocols``.
        embedder_name: names the embedder; vectors of another one are made anew.
        limits: bounds on one upload.
        parse: reads a file; the default does it in a sandbox, and so must whatever reads uploads.
        clock: the present time, with a zone.
    """

    def __init__(
        self,
        db: Database,
        index: PassageIndex,
        embedder: Embedder,
        *,
        embedder_name: str = "multilingual-e5-small-q4",
        limits: ParseLimits | None = None,
        parse: Parse = parse_document,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._store = KnowledgeStore(db)
        self._index = index
        self._embedder = embedder
        self._embedder_name = embedder_name
        self._limits = limits or ParseLimits()
        self._parse = parse
        self._clock = clock
        self._writing = asyncio.Lock()
        self._parsing = asyncio.Semaphore(_PARSERS)
        self._finder = AnswerFinder(self._embed_pieces)

    async def start(self, progress: Progress | None = None) -> int:
        """Open the index and bring it in line with the database; returns how many points had to be mended.

        Raises:
            IndexInUse, IndexUnavailable: from the index.
        """
        try:
            held = await self._index.open(f"{self._embedder_name}/{_TERMS_VERSION}")
        except IndexDamaged as damaged:
            _log.warning("knowledge index is made again: %s", damaged)
            await self._index.clear()
            held = False
        async with self._writing:
            return await self._reconcile(progress, held)

    async def close(self) -> None:
        await self._index.close()

    async def rebuild(self, progress: Progress | None = None) -> int:
        """Make the index again from the database; returns the number of passages. Searches find less meanwhile."""
        async with self._writing:
            await self._index.clear()
            return await self._reconcile(progress, held=False)

    async def add(
        self, name: str, data: bytes, uploaded_by: str, progress: Progress | None = None
    ) -> AddedDocument:
        """Read, divide, embed and publish one file; the same name again is a new version in place of the old.

        Args:
            name: the file's name; folders in it are dropped.
            progress: called with passages embedded and passages in all.

        Raises:
            DocumentRefused: nothing has changed; the message says what to do.
        """
        name = clean_name(name)
        async with self._parsing:
            parsed = await self._parse(name, data, self._limits)
        async with self._writing:
            return await self._publish(name, data, parsed, uploaded_by, progress)

    async def add_many(
        self, files: Iterable[tuple[str, bytes]], uploaded_by: str
    ) -> AsyncIterator[AddOutcome]:
        """Add several files one after another; a refused one does not stop the rest."""
        for name, data in files:
            try:
                yield AddOutcome(name, added=await self.add(name, data, uploaded_by))
            except DocumentRefused as refused:
                yield AddOutcome(name, refused=refused)

    async def remove(self, document_id: str) -> StoredDocument:
        """Take a document out of the next search.

        Raises:
            UnknownDocument: there is none with this id.
        """
        async with self._writing:
            document = await self.get(document_id)
            stale = await self._store.passage_ids(document_id)
            await self._store.remove(document_id)
            await self._index.delete(sorted(stale))
            return document

    async def list(self) -> builtins.list[StoredDocument]:
        """All documents by name."""
        return await self._store.list()

    async def get(self, document_id: str) -> StoredDocument:
        """One document.

        Raises:
            UnknownDocument: there is none with this id.
        """
        document = await self._store.get(document_id)
        if document is None:
            raise UnknownDocument(f"there is no document {document_id!r}")
        return document

    async def passages(self, document_id: str) -> builtins.list[Passage]:
        """What was understood of a document, in reading order."""
        await self.get(document_id)
        return [stored.passage for stored in await self._store.of_document(document_id)]

    async def status(self) -> dict[str, int | str]:
        documents, passages = await self._store.count()
        return {"documents": documents, "passages": passages, "embedder": self._embedder_name}

    async def search(
        self, query: str, language: Language | None = None, limit: int = 5
    ) -> builtins.list[Hit]:
        """The best passages for a question or a few words, best first.

        Args:
            language: only passages in it; None for all.
        """
        ranked, found, _ = await self._rank(query, language, limit)
        return [_hit(entry, found[entry.passage_id]) for entry in ranked[:limit]]

    async def answer(self, question: str, language: Language) -> KnowledgeAnswer | None:
        """Two or three sentences of a passage in the caller's language that answer the question.

        None where nothing is sure enough: a wrong answer in a friendly voice costs more than a hand-over.
        """
        ranked, found, vector = await self._rank(question, language, CANDIDATES)
        if not ranked:
            return None
        return await self._finder.answer(question, language, vector, ranked, found)

    async def judge(self, question: str, language: Language) -> Judgement | None:
        """What :meth:`answer` decides on, whether it would answer or not; None where nothing was found."""
        ranked, found, _ = await self._rank(question, language, CANDIDATES)
        return self._finder.judge(question, language, ranked, found) if ranked else None

    async def _rank(
        self, query: str, language: Language | None, limit: int
    ) -> tuple[builtins.list[Ranked], dict[str, StoredPassage], NDArray[np.float32]]:
        text = fold(query[:_MAX_QUERY]).strip()
        if not text:
            return [], {}, np.zeros(0, np.float32)
        vector = (await self._embedder.embed([text], "query"))[0]
        candidates = await self._index.search(vector, query_vector(text), language, max(limit, CANDIDATES))
        found = await self._store.find(candidate.passage_id for candidate in candidates)
        published = [candidate for candidate in candidates if candidate.passage_id in found]

        def fit(passage_id: str) -> int:
            stored = found[passage_id]
            return fits(text, stored.passage.indexed_text(stored.title), language)

        return fuse(published, language, fit), found, vector

    async def _publish(
        self, name: str, data: bytes, parsed: Document, uploaded_by: str, progress: Progress | None
    ) -> AddedDocument:
        document_id = str(uuid5(_NAMESPACE, name))
        before = await self._store.get(document_id)
        digest = hashlib.sha256(data).hexdigest()
        if before is not None and before.sha256 == digest:
            return _added(before, unchanged=True)
        content = await asyncio.to_thread(divide, parsed, document_id)
        stored = await self._embedded(content, document_id, parsed.title, progress)
        await self._index.put([_point(entry) for entry in stored])
        stale = await self._store.passage_ids(document_id) - {entry.passage.id for entry in stored}
        now = self._clock()
        document = StoredDocument(
            id=document_id,
            name=name,
            title=parsed.title[:300],
            language=parsed.language,
            format=parsed.format,
            version=before.version + 1 if before else 1,
            sections=len(parsed.sections),
            passages=len(stored),
            size=len(data),
            sha256=digest,
            uploaded_by=uploaded_by[:120],
            created_at=before.created_at if before else now,
            updated_at=now,
        )
        await self._store.publish(document, parsed, stored)
        await self._index.delete(sorted(stale))
        return _added(document)

    async def _embedded(
        self, content: Sequence[Passage], document_id: str, title: str, progress: Progress | None
    ) -> builtins.list[StoredPassage]:
        """All passages with vectors; those of the last version that are the same keep theirs."""
        known = await self._store.find(passage.id for passage in content)
        result: list[StoredPassage] = []
        for number, passage in enumerate(content, start=1):
            old = known.get(passage.id)
            if old is not None and old.embedder == self._embedder_name and old.title == title:
                vector = old.vector
            else:
                vector = await self._embed_passage(passage.indexed_text(title))
            result.append(StoredPassage(passage, document_id, title, self._embedder_name, vector))
            if progress is not None:
                progress(number, len(content))
        return result

    async def _reconcile(self, progress: Progress | None, held: bool) -> int:
        """Put what the index lacks, take out what the database does not hold."""
        wanted = await self._store.passage_ids()
        present = await self._index.ids() if held else set()
        await self._index.delete(sorted(present - wanted))
        missing = sorted(wanted - present)
        for start in range(0, len(missing), 200):
            batch = await self._store.find(missing[start : start + 200])
            renewed: dict[str, NDArray[np.float32]] = {}
            points = []
            for passage_id, entry in batch.items():
                vector = None
                if entry.embedder != self._embedder_name:
                    vector = renewed[passage_id] = await self._embed_passage(
                        entry.passage.indexed_text(entry.title)
                    )
                points.append(_point(entry, vector))
            if renewed:
                await self._store.set_vectors(renewed, self._embedder_name)
            await self._index.put(points)
            if progress is not None:
                progress(min(start + 200, len(missing)), len(missing))
        return len(missing) + len(present - wanted)

    async def _embed_passage(self, text: str) -> NDArray[np.float32]:
        # One by one: a caller's question never waits behind more than one passage of an upload.
        vectors = await self._embedder.embed([fold(text)], "passage")
        return np.asarray(vectors[0], dtype=np.float32)

    async def _embed_pieces(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return await self._embedder.embed([fold(text) for text in texts], "passage")


def clean_name(name: str) -> str:
    """The last part of a path, without control characters, at most 255 characters.

    Raises:
        DocumentRefused: nothing is left.
    """
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    name = "".join(character for character in name if character.isprintable()).strip(" .")
    if not name:
        raise DocumentRefused("no_name", "The file has no name; give it one, with an ending such as .pdf.")
    return name[-255:]


def _point(entry: StoredPassage, vector: NDArray[np.float32] | None = None) -> IndexedPassage:
    return IndexedPassage(
        passage_id=entry.passage.id,
        document_id=entry.document_id,
        language=entry.passage.language,
        dense=entry.vector if vector is None else vector,
        sparse=passage_vector(entry.passage.indexed_text(entry.title)),
    )


def _added(document: StoredDocument, unchanged: bool = False) -> AddedDocument:
    return AddedDocument(
        id=document.id,
        name=document.name,
        title=document.title,
        language=document.language,
        sections=document.sections,
        passages=document.passages,
        version=document.version,
        unchanged=unchanged,
    )


def _hit(entry: Ranked, stored: StoredPassage) -> Hit:
    passage = stored.passage
    return Hit(
        text=passage.text,
        score=round(entry.score, 4),
        document=stored.title,
        section=" > ".join(passage.section),
        language=passage.language,
        passage_id=passage.id,
        document_id=stored.document_id,
        question=passage.question,
        page=passage.page,
    )
