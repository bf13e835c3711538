"""Qdrant Edge: Qdrant's engine in this process, its files in one folder, one owner."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import qdrant_edge as qdrant
from numpy.typing import NDArray

from core.languages import Language
from kb_ingest.index.protocol import (
    DIMENSIONS,
    UNDECIDED,
    Candidate,
    IndexDamaged,
    IndexedPassage,
    IndexInUse,
)
from kb_ingest.sparse import SparseVector

_T = TypeVar("_T")
_DENSE = "meaning"
_SPARSE = "terms"
_BATCH = 500
_PAGE = 2_000


class EdgeIndex:
    """An embedded index.

    Args:
        folder: created if missing; a lock beside it (``<folder>.lock``) tells a second opener that it is owned.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shard: Any = None
        self._lock: int | None = None
        self._fingerprint = ""
        # The engine's calls are short but block; one thread also keeps them in order.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="qdrant-edge")

    async def open(self, fingerprint: str) -> bool:
        self._fingerprint = fingerprint
        return await self._call(self._open)

    async def clear(self) -> None:
        await self._call(self._clear)

    async def ids(self) -> set[str]:
        return await self._call(self._ids)

    async def put(self, passages: Sequence[IndexedPassage]) -> None:
        for start in range(0, len(passages), _BATCH):
            batch = passages[start : start + _BATCH]
            # Batches, so that a search never waits for a whole large document.
            await self._call(lambda batch=batch: self._put(batch))  # type: ignore[misc]
        await self._call(lambda: self._shard.flush())

    async def delete(self, passage_ids: Sequence[str]) -> None:
        if passage_ids:
            await self._call(lambda: self._delete(list(passage_ids)))

    async def search(
        self, dense: NDArray[np.float32], sparse: SparseVector, language: Language | None, limit: int
    ) -> list[Candidate]:
        return await self._call(lambda: self._search(dense, sparse, language, limit))

    async def close(self) -> None:
        if self._lock is None:
            return
        await self._call(self._close)
        self._thread.shutdown(wait=False)

    async def _call(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> bool:
        self._take_lock()
        if not self._segments():
            self._create()
            return False
        if self._stored_fingerprint() != self._fingerprint:
            self._clear()
            return False
        try:
            self._shard = qdrant.EdgeShard.load(str(self.folder))
            self._shard.count(qdrant.CountRequest())
        except BaseException as error:
            if not _is_engine_error(error):
                raise
            self._shard = None
            raise IndexDamaged(f"the index in {self.folder} cannot be read: {error}") from error
        return True

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(f"{self.folder}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(handle)
            raise IndexInUse(
                f"the index in {self.folder} is open in another process (pid {owner}); "
                "ask the running platform, or stop it first"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        self._lock = handle

    def _segments(self) -> bool:
        return (self.folder / "edge_config.json").exists()

    def _note(self) -> Path:
        return self.folder / "tetraphone.json"

    def _stored_fingerprint(self) -> str:
        try:
            return str(json.loads(self._note().read_text())["fingerprint"])
        except (OSError, ValueError, KeyError):
            return ""

    def _create(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._shard = qdrant.EdgeShard.create(
            str(self.folder),
            qdrant.EdgeConfig(
                vectors={_DENSE: qdrant.EdgeVectorParams(size=DIMENSIONS, distance=qdrant.Distance.Cosine)},
                sparse_vectors={_SPARSE: qdrant.EdgeSparseVectorParams(modifier=qdrant.Modifier.Idf)},
                max_search_threads=1,
            ),
        )
        self._shard.update(
            qdrant.UpdateOperation.create_field_index("language", qdrant.PayloadSchemaType.Keyword)
        )
        self._shard.flush()
        # Written last: a folder without it was not finished and is made again.
        self._note().write_text(json.dumps({"fingerprint": self._fingerprint}))

    def _clear(self) -> None:
        if self._shard is not None:
            self._shard.close()
            self._shard = None
        self._create()

    def _ids(self) -> set[str]:
        found: set[str] = set()
        offset = None
        while True:
            records, offset = self._shard.scroll(
                qdrant.ScrollRequest(offset=offset, limit=_PAGE, with_payload=False, with_vector=False)
            )
            found.update(str(record.id) for record in records)
            if offset is None:
                return found

    def _put(self, passages: Sequence[IndexedPassage]) -> None:
        points = [
            qdrant.Point(
                id=passage.passage_id,
                vector={
                    _DENSE: passage.dense.tolist(),
                    _SPARSE: qdrant.SparseVector(list(passage.sparse.indices), list(passage.sparse.values)),
                },
                payload={"language": passage.language or UNDECIDED, "document": passage.document_id},
            )
            for passage in passages
        ]
        self._shard.update(qdrant.UpdateOperation.upsert_points(points))

    def _delete(self, passage_ids: list[str]) -> None:
        self._shard.update(qdrant.UpdateOperation.delete_points([*passage_ids]))
        self._shard.flush()

    def _search(
        self, dense: NDArray[np.float32], sparse: SparseVector, language: Language | None, limit: int
    ) -> list[Candidate]:
        meaning = (dense.tolist(), _DENSE)
        terms = (qdrant.SparseVector(list(sparse.indices), list(sparse.values)), _SPARSE)
        by_meaning = self._nearest(meaning, limit, language)
        by_terms = self._nearest(terms, limit, language) if sparse.indices else {}
        # What only one search found is scored by the other too; without that the two cannot be weighed.
        if missing := [passage_id for passage_id in by_terms if passage_id not in by_meaning]:
            by_meaning |= self._nearest(meaning, len(missing), language, missing)
        missing = [passage_id for passage_id in by_meaning if passage_id not in by_terms]
        if missing and sparse.indices:
            by_terms |= self._nearest(terms, len(missing), language, missing)
        return [
            Candidate(passage_id, score, by_terms.get(passage_id, 0.0))
            for passage_id, score in by_meaning.items()
        ]

    def _nearest(
        self, query: tuple[Any, str], limit: int, language: Language | None, among: list[str] | None = None
    ) -> dict[str, float]:
        conditions: list[Any] = []
        if language is not None:
            conditions.append(qdrant.FieldCondition(key="language", match=qdrant.MatchValue(language.value)))
        if among is not None:
            conditions.append(qdrant.HasIdCondition({*among}))
        vector, using = query
        points = self._shard.query(
            qdrant.QueryRequest(
                limit=limit,
                query=qdrant.Query.Nearest(vector, using=using),
                filter=qdrant.Filter(must=conditions) if conditions else None,
            )
        )
        return {str(point.id): float(point.score) for point in points}

    def _close(self) -> None:
        if self._shard is not None:
            self._shard.close()
            self._shard = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _is_engine_error(error: BaseException) -> bool:
    """Errors and panics of the engine: the latter derive from BaseException and have a module of their own."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"
