"""Remembers the latest single sentences: intent and mood of one turn ask for the same vector."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from models.protocols import Embedder, Role, Vectors


class RecentEmbeddings:
    """An embedder before another one; safe because a vector depends on nothing but text and role."""

    def __init__(self, embedder: Embedder, remembered: int = 512) -> None:
        self._embedder = embedder
        self._remembered = remembered
        self._vectors: OrderedDict[tuple[str, Role], Vectors] = OrderedDict()

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    async def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """See ``models.protocols.Embedder``; only lists of one text are remembered."""
        if len(texts) != 1:
            return await self._embedder.embed(texts, role)
        key = (texts[0], role)
        found = self._vectors.get(key)
        if found is None:
            found = self._vectors[key] = await self._embedder.embed(texts, role)
            while len(self._vectors) > self._remembered:
                self._vectors.popitem(last=False)
        else:
            self._vectors.move_to_end(key)
        return found
