"""A Qdrant server by URL, or qdrant-client's own emulation in memory for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from core.languages import Language
from kb_ingest.index.protocol import DIMENSIONS, UNDECIDED, Candidate, IndexedPassage, IndexUnavailable
from kb_ingest.sparse import SparseVector

_DENSE = "meaning"
_SPARSE = "terms"
_BATCH = 256
_PAGE = 1_000


class ServerIndex:
    """An index on a Qdrant server.

    Args:
        url: such as ``http://qdrant:6333``, or ``:memory:`` for an emulation that ends with the process.
        api_key: where the server asks for one.
        collection: the beginning of the collection's name; a mark of the embedder is added to it, so that two
            versions of the platform can use one server during an upgrade.
    """

    def __init__(
        self, url: str, *, api_key: str | None = None, collection: str = "passages", timeout_s: int = 5
    ) -> None:
        self._url = url
        self._prefix = collection
        self._collection = collection
        if url == ":memory:":
            self._client = AsyncQdrantClient(location=url)
        else:
            self._client = AsyncQdrantClient(
                url=url, api_key=api_key, timeout=timeout_s, check_compatibility=False
            )

    async def open(self, fingerprint: str) -> bool:
        mark = hashlib.sha256(fingerprint.encode()).hexdigest()[:10]
        self._collection = f"{self._prefix}-{mark}"
        try:
            if await self._client.collection_exists(self._collection):
                return True
            await self._create()
        except (ResponseHandlingException, UnexpectedResponse, OSError) as error:
            raise IndexUnavailable(
                f"the Qdrant server at {self._url} does not answer as it should: {error}; check the URL and the key"
            ) from error
        return False

    async def _create(self) -> None:
        await self._client.create_collection(
            self._collection,
            vectors_config={_DENSE: models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE)},
            sparse_vectors_config={_SPARSE: models.SparseVectorParams(modifier=models.Modifier.IDF)},
        )
        if self._url != ":memory:":
            await self._client.create_payload_index(
                self._collection, "language", models.PayloadSchemaType.KEYWORD, wait=True
            )

    async def clear(self) -> None:
        await self._client.delete_collection(self._collection)
        await self._create()

    async def ids(self) -> set[str]:
        found: set[str] = set()
        offset = None
        while True:
            records, offset = await self._client.scroll(
                self._collection, limit=_PAGE, offset=offset, with_payload=False, with_vectors=False
            )
            found.update(str(record.id) for record in records)
            if offset is None:
                return found

    async def put(self, passages: Sequence[IndexedPassage]) -> None:
        for start in range(0, len(passages), _BATCH):
            points = [
                models.PointStruct(
                    id=passage.passage_id,
                    vector={_DENSE: passage.dense.tolist(), _SPARSE: _sparse(passage.sparse)},
                    payload={"language": passage.language or UNDECIDED, "document": passage.document_id},
                )
                for passage in passages[start : start + _BATCH]
            ]
            await self._client.upsert(self._collection, points, wait=True)

    async def delete(self, passage_ids: Sequence[str]) -> None:
        if passage_ids:
            await self._client.delete(
                self._collection, models.PointIdsList(points=list(passage_ids)), wait=True
            )

    async def search(
        self, dense: NDArray[np.float32], sparse: SparseVector, language: Language | None, limit: int
    ) -> list[Candidate]:
        by_meaning = await self._nearest(dense, limit, language)
        by_terms = await self._nearest(sparse, limit, language)
        if missing := [passage_id for passage_id in by_terms if passage_id not in by_meaning]:
            by_meaning |= await self._nearest(dense, len(missing), language, missing)
        if missing := [passage_id for passage_id in by_meaning if passage_id not in by_terms]:
            by_terms |= await self._nearest(sparse, len(missing), language, missing)
        return [
            Candidate(passage_id, score, by_terms.get(passage_id, 0.0))
            for passage_id, score in by_meaning.items()
        ]

    async def _nearest(
        self,
        vector: NDArray[np.float32] | SparseVector,
        limit: int,
        language: Language | None,
        among: list[str] | None = None,
    ) -> dict[str, float]:
        if isinstance(vector, SparseVector):
            if not vector.indices:
                return {}
            query: list[float] | models.SparseVector = _sparse(vector)
            using = _SPARSE
        else:
            query, using = vector.tolist(), _DENSE
        conditions: list[models.Condition] = []
        if language is not None:
            conditions.append(
                models.FieldCondition(key="language", match=models.MatchValue(value=language.value))
            )
        if among is not None:
            conditions.append(models.HasIdCondition(has_id=list(among)))
        response = await self._client.query_points(
            self._collection,
            query=query,
            using=using,
            limit=limit,
            query_filter=models.Filter(must=conditions) if conditions else None,
            with_payload=False,
        )
        return {str(point.id): float(point.score) for point in response.points}

    async def close(self) -> None:
        await self._client.close()


def _sparse(vector: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=list(vector.indices), values=list(vector.values))
