"""Documents and passages in the database."""

from __future__ import annotations

import builtins
import datetime as dt
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import Database
from core.languages import Language
from kb_ingest.chunking import Passage
from kb_ingest.parsing.document import Document, document_from_json, document_to_json
from kb_ingest.tables import documents, passages, versions

_BATCH = 500


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as the library lists it.

    Attributes:
        sections, passages: how many; ``version`` counts uploads under this name from 1.
        size: bytes of the uploaded file.
    """

    id: str
    name: str
    title: str
    language: Language | None
    format: str
    version: int
    sections: int
    passages: int
    size: int
    sha256: str
    uploaded_by: str
    created_at: dt.datetime
    updated_at: dt.datetime


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with the title of its document and the vector it was indexed with."""

    passage: Passage
    document_id: str
    title: str
    embedder: str
    vector: NDArray[np.float32]


class KnowledgeStore:
    """Reads and writes the three tables of ``kb_ingest.tables``."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(self) -> builtins.list[StoredDocument]:
        async with self._db.read() as connection:
            rows = await connection.execute(select(documents).order_by(documents.c.name))
            return [_document(row) for row in rows.mappings()]

    async def get(self, document_id: str) -> StoredDocument | None:
        async with self._db.read() as connection:
            return await _get(connection, document_id)

    async def passage_ids(self, document_id: str | None = None) -> set[str]:
        query = select(passages.c.id)
        if document_id is not None:
            query = query.where(passages.c.document_id == document_id)
        async with self._db.read() as connection:
            return set((await connection.execute(query)).scalars())

    async def count(self) -> tuple[int, int]:
        """How many documents and passages there are."""
        async with self._db.read() as connection:
            return (
                (await connection.execute(select(func.count()).select_from(documents))).scalar_one(),
                (await connection.execute(select(func.count()).select_from(passages))).scalar_one(),
            )

    async def find(self, passage_ids: Iterable[str]) -> dict[str, StoredPassage]:
        """Those of the passages that are published now."""
        wanted = list(passage_ids)
        found: dict[str, StoredPassage] = {}
        async with self._db.read() as connection:
            for start in range(0, len(wanted), _BATCH):
                rows = await connection.execute(
                    select(passages, documents.c.title)
                    .join(documents, documents.c.id == passages.c.document_id)
                    .where(passages.c.id.in_(wanted[start : start + _BATCH]))
                )
                found |= {row["id"]: _passage(row) for row in rows.mappings()}
        return found

    async def of_document(self, document_id: str) -> builtins.list[StoredPassage]:
        async with self._db.read() as connection:
            rows = await connection.execute(
                select(passages, documents.c.title)
                .join(documents, documents.c.id == passages.c.document_id)
                .where(passages.c.document_id == document_id)
                .order_by(passages.c.ordinal)
            )
            return [_passage(row) for row in rows.mappings()]

    async def parsed(self, document_id: str, version: int) -> Document | None:
        """A version as it was understood, sections and tables and all."""
        async with self._db.read() as connection:
            blob = (
                await connection.execute(
                    select(versions.c.parsed).where(
                        versions.c.document_id == document_id, versions.c.version == version
                    )
                )
            ).scalar_one_or_none()
        return None if blob is None else document_from_json(json.loads(zlib.decompress(blob)))

    async def publish(
        self, document: StoredDocument, parsed: Document, content: Sequence[StoredPassage]
    ) -> None:
        """Make ``content`` the document's passages, all at once: a search sees the old ones or the new ones."""
        values = {name: getattr(document, name) for name in documents.c.keys()}  # noqa: SIM118
        blob = zlib.compress(
            json.dumps(document_to_json(parsed), ensure_ascii=False).encode("utf-8", "replace")
        )
        rows = [
            {
                "id": entry.passage.id,
                "document_id": document.id,
                "ordinal": entry.passage.ordinal,
                "language": entry.passage.language,
                "section": json.dumps(entry.passage.section, ensure_ascii=False),
                "page": entry.passage.page,
                "kind": entry.passage.kind,
                "question": entry.passage.question,
                "text": entry.passage.text,
                "embedder": entry.embedder,
                "vector": entry.vector.astype("<f4").tobytes(),
            }
            for entry in content
        ]
        async with self._db.begin() as connection:
            if await _get(connection, document.id) is None:
                await connection.execute(insert(documents).values(**values))
            else:
                await connection.execute(
                    update(documents).where(documents.c.id == document.id).values(**values)
                )
            await connection.execute(delete(passages).where(passages.c.document_id == document.id))
            for start in range(0, len(rows), _BATCH):
                await connection.execute(insert(passages), rows[start : start + _BATCH])
            await connection.execute(
                insert(versions).values(
                    document_id=document.id,
                    version=document.version,
                    sha256=document.sha256,
                    uploaded_by=document.uploaded_by,
                    uploaded_at=document.updated_at,
                    parsed=blob,
                )
            )

    async def remove(self, document_id: str) -> None:
        async with self._db.begin() as connection:
            # Said in full: foreign keys cascade only where the database was told to enforce them.
            await connection.execute(delete(passages).where(passages.c.document_id == document_id))
            await connection.execute(delete(versions).where(versions.c.document_id == document_id))
            await connection.execute(delete(documents).where(documents.c.id == document_id))

    async def set_vectors(self, vectors: dict[str, NDArray[np.float32]], embedder: str) -> None:
        """Replace the stored vectors of some passages (another embedder is in use now)."""
        async with self._db.begin() as connection:
            for passage_id, vector in vectors.items():
                await connection.execute(
                    update(passages)
                    .where(passages.c.id == passage_id)
                    .values(vector=vector.astype("<f4").tobytes(), embedder=embedder)
                )


async def _get(connection: AsyncConnection, document_id: str) -> StoredDocument | None:
    row = (
        (await connection.execute(select(documents).where(documents.c.id == document_id))).mappings().first()
    )
    return None if row is None else _document(row)


def _document(row: RowMapping) -> StoredDocument:
    values = dict(row)
    values["language"] = Language(values["language"]) if values["language"] else None
    for name in ("created_at", "updated_at"):
        # SQLite forgets the zone; all times are stored in UTC.
        if values[name].tzinfo is None:
            values[name] = values[name].replace(tzinfo=dt.UTC)
    return StoredDocument(**values)


def _passage(row: RowMapping) -> StoredPassage:
    return StoredPassage(
        passage=Passage(
            id=row["id"],
            ordinal=row["ordinal"],
            text=row["text"],
            question=row["question"],
            section=tuple(json.loads(row["section"])),
            language=Language(row["language"]) if row["language"] else None,
            page=row["page"],
            kind=row["kind"],
        ),
        document_id=row["document_id"],
        title=row["title"],
        embedder=row["embedder"],
        vector=np.frombuffer(row["vector"], dtype="<f4").astype(np.float32),
    )
