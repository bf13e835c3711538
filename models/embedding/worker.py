"""One thread that owns an embedding model, and a bounded queue before it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from models.protocols import BadRequest, Overloaded, Role, Vectors

MAX_TEXTS = 512
MAX_CHARACTERS = 20_000
_PIECE = 8
Encode = Callable[[Sequence[str], Role], Vectors]


class EmbeddingWorker:
    """Runs ``encode`` on one thread of its own; short queries are not made to wait for long uploads.

    Texts are encoded in pieces of eight, and between two pieces another request has its turn.

    Args:
        encode: the blocking function; returns float32 (n, dimension).
        dimension: length of every vector.
        max_waiting: requests that may wait before :class:`Overloaded` is raised.
    """

    def __init__(self, encode: Encode, dimension: int, max_waiting: int = 64) -> None:
        self._encode = encode
        self.dimension = dimension
        self._max_waiting = max_waiting
        self._waiting = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")

    async def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """See :class:`models.protocols.Embedder`; a row whose text is blank is zero.

        Raises:
            BadRequest: too many texts, or one that is too long, or an unknown role.
            Overloaded: too many requests wait.
        """
        if role not in ("query", "passage"):
            raise BadRequest(f"unknown role {role!r}; accepted: query, passage")
        if len(texts) > MAX_TEXTS:
            raise BadRequest(f"at most {MAX_TEXTS} texts in one request, got {len(texts)}")
        if any(len(text) > MAX_CHARACTERS for text in texts):
            raise BadRequest(f"a text to embed may have at most {MAX_CHARACTERS} characters")
        if self._waiting >= self._max_waiting:
            raise Overloaded("too many texts wait to be embedded")
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        rows = [row for row, text in enumerate(texts) if text.strip()]
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            for start in range(0, len(rows), _PIECE):
                piece = rows[start : start + _PIECE]
                wanted = [texts[row] for row in piece]
                vectors[piece] = await loop.run_in_executor(self._thread, self._encode, wanted, role)
        finally:
            self._waiting -= 1
        return normalised(vectors)

    def close(self) -> None:
        """End the thread once its present piece is done."""
        self._thread.shutdown(wait=True, cancel_futures=True)


def normalised(vectors: Vectors) -> Vectors:
    """Rows of length one; a row of zeros stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled
