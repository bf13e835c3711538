"""What the library asks of an index of passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.languages import Language
from kb_ingest.sparse import SparseVector

DIMENSIONS = 384
UNDECIDED = "und"
"""Stored as the language of a passage that is in none of the four."""


class IndexUnavailable(Exception):
    """The index cannot be reached; the message says which and what to do."""


class IndexInUse(IndexUnavailable):
    """Another process has the embedded index open; ask that process instead of opening it again."""


class IndexDamaged(Exception):
    """The index's files cannot be read; it must be made again from the database."""


@dataclass(frozen=True, slots=True)
class IndexedPassage:
    """One point: vectors, and what they can be filtered by."""

    passage_id: str
    document_id: str
    language: Language | None
    dense: NDArray[np.float32]
    """Unit length, shape (384,)."""
    sparse: SparseVector


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that one of the two searches found, with its score in both.

    Attributes:
        dense: cosine similarity, -1 to 1.
        sparse: BM25 with the index's own document frequencies, 0 or more.
    """

    passage_id: str
    dense: float
    sparse: float


class PassageIndex(Protocol):
    """Vectors of passages. One owner; its calls may come from many tasks at once."""

    async def open(self, fingerprint: str) -> bool:
        """Open or create the index; True if it holds what was put in under the same ``fingerprint``.

        Args:
            fingerprint: names the embedder and the way terms are made; vectors of another are worthless.

        Raises:
            IndexInUse, IndexUnavailable: nothing can be done here.
            IndexDamaged: call :meth:`clear`, then put everything in again.
        """

    async def clear(self) -> None:
        """Throw all points away and begin anew; also mends a damaged index."""

    async def ids(self) -> set[str]:
        """The ids of all points."""

    async def put(self, passages: Sequence[IndexedPassage]) -> None:
        """Add or replace points; they are found by the next search."""

    async def delete(self, passage_ids: Sequence[str]) -> None:
        """Remove points; unknown ids are no error."""

    async def search(
        self, dense: NDArray[np.float32], sparse: SparseVector, language: Language | None, limit: int
    ) -> list[Candidate]:
        """The ``limit`` best of each search, together, in no order, each with both scores.

        Args:
            language: only passages in it; None for all.
        """

    async def close(self) -> None:
        """Release files and connections; may be called twice."""
