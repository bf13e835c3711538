"""Remembers the latest single sentences: intent and mood of one turn ask for the same vector at the same time."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence

from models.protocols import Embedder, Role, Vectors

logger = logging.getLogger(__name__)

_Key = tuple[str, Role]


class RecentEmbeddings:
    """An embedder before another one; safe because a vector depends on nothing but text and role."""

    def __init__(self, embedder: Embedder, remembered: int = 512) -> None:
        self._embedder = embedder
        self._remembered = remembered
        self._asked: OrderedDict[_Key, asyncio.Task[Vectors]] = OrderedDict()

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    async def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """See ``models.protocols.Embedder``; only lists of one text are remembered."""
        if len(texts) != 1:
            return await self._embedder.embed(texts, role)
        # Who waits no more leaves the work to the others who wait for it.
        return await asyncio.shield(self._vector((texts[0], role)))

    def ahead(self, text: str, role: Role) -> None:
        """Begin to work out what will probably be asked for. A failure costs nothing: it is asked for again."""
        self._vector((text, role))

    def close(self) -> None:
        """Give up what is under way."""
        for task in self._asked.values():
            task.cancel()

    def _vector(self, key: _Key) -> asyncio.Task[Vectors]:
        task = self._asked.get(key)
        if task is None or _failed(task):
            task = asyncio.create_task(self._embed(key), name="embed")
            task.add_done_callback(_tell_failure)
            self._asked[key] = task
            while len(self._asked) > self._remembered:
                self._asked.popitem(last=False)
        self._asked.move_to_end(key)
        return task

    async def _embed(self, key: _Key) -> Vectors:
        text, role = key
        return await self._embedder.embed([text], role)


def _failed(task: asyncio.Task[Vectors]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _tell_failure(task: asyncio.Task[Vectors]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.debug("a sentence could not be embedded: %s", type(error).__name__)
