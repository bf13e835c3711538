"""Passages for the agent while the caller speaks: one search per finished utterance, bounded.

A search waits a moment for the caller's next sentence, so that a question said in two breaths is asked
once; a newer one takes the older one's place. What fails is shown beside the passages and counted; the
conversation does not notice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from prometheus_client import Counter

from core.languages import Language

logger = logging.getLogger(__name__)

SEARCHES = Counter(
    "tetraphone_suggestion_searches_total", "Searches for agents by what became of them", ["result"]
)

_SHORTEST = {Language.ZH: 4, Language.JA: 5, Language.KO: 4, Language.EN: 8}
"""Characters below which an utterance ("yes", "好的") asks nothing."""


class KnowledgeSearch(Protocol):
    """The knowledge base as the agent's page sees it."""

    async def search(self, query: str, language: Language, limit: int) -> Sequence[Any]:
        """Hits, best first, each with ``text``, ``score``, ``document`` and ``section``."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A passage that may answer the caller; ``section`` may be ''."""

    text: str
    score: float
    document: str
    section: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave for an utterance; ``error`` is '' or says in a word what went wrong."""

    query: str
    suggestions: tuple[Suggestion, ...] = ()
    error: str = ""


class SuggestionEngine:
    """Searches for calls with an agent. Close it with ``close``.

    Args:
        knowledge: where to search.
        deliver: called with (interaction id, ``Found``) for each search that ends.
        debounce_s: how long to wait for the caller's next sentence.
        timeout_s: how long a search may take.
        at_once: searches under way at the same time, over all calls.
        limit: passages per search.
        least_score: passages below it are not worth an agent's glance.
    """

    def __init__(
        self,
        knowledge: KnowledgeSearch,
        deliver: Callable[[str, Found], None],
        *,
        debounce_s: float = 0.4,
        timeout_s: float = 4.0,
        at_once: int = 2,
        limit: int = 3,
        least_score: float = 0.0,
    ) -> None:
        self._knowledge = knowledge
        self._deliver = deliver
        self._debounce_s, self._timeout_s = debounce_s, timeout_s
        self._limit, self._least_score = limit, least_score
        self._slots = asyncio.Semaphore(at_once)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._asked: dict[str, list[str]] = {}

    def heard(self, interaction_id: str, text: str, language: Language) -> None:
        """A finished utterance of the caller; returns at once."""
        text = text.strip()
        waiting = self._asked.setdefault(interaction_id, [])
        if len(text) < _SHORTEST[language] and not waiting:
            return
        waiting.append(text)
        del waiting[:-3]
        if (task := self._tasks.get(interaction_id)) is not None:
            task.cancel()
        task = asyncio.create_task(self._search(interaction_id, language), name=f"suggest-{interaction_id}")
        self._tasks[interaction_id] = task
        task.add_done_callback(lambda done: self._forget(interaction_id, done))

    def drop(self, interaction_id: str) -> None:
        """The conversation is over; nothing more is searched for it."""
        self._asked.pop(interaction_id, None)
        if (task := self._tasks.pop(interaction_id, None)) is not None:
            task.cancel()

    async def search(self, query: str, language: Language, limit: int) -> Found:
        """Search now; a failure is part of the answer."""
        try:
            async with self._slots, asyncio.timeout(self._timeout_s):
                hits = await self._knowledge.search(query, language, limit)
        except TimeoutError:
            found = Found(query, error="timeout")
        except Exception as error:  # whatever the knowledge base does, the conversation goes on; it is shown
            logger.warning("suggestions: search failed: %s: %s", type(error).__name__, error)
            found = Found(query, error="failed")
        else:
            found = Found(
                query,
                tuple(
                    Suggestion(hit.text, float(hit.score), hit.document, getattr(hit, "section", "") or "")
                    for hit in hits
                    if hit.score >= self._least_score
                )[:limit],
            )
        SEARCHES.labels(found.error or ("found" if found.suggestions else "nothing")).inc()
        return found

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        self._asked.clear()

    async def _search(self, interaction_id: str, language: Language) -> None:
        await asyncio.sleep(self._debounce_s)
        query = " ".join(self._asked.get(interaction_id, ()))[-400:]
        found = await self.search(query, language, self._limit)
        self._asked.pop(interaction_id, None)
        self._deliver(interaction_id, found)

    def _forget(self, interaction_id: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(interaction_id) is task:
            del self._tasks[interaction_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("suggestions: %s", error, exc_info=error)
