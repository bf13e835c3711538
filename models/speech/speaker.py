"""What a call uses to speak: clause after clause as line-rate audio, from the cache where it can."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.languages import Language
from models.protocols import Pcm, Synthesiser
from models.speech.clauses import split_clauses
from models.speech.levels import at_rate
from models.speech.normalise import normalise
from models.speech.phrases import ENGINE_VERSION, PhraseCache

log = logging.getLogger(__name__)

Phrase = tuple[str, Language, str | None]


@dataclass(frozen=True)
class RenderedClause:
    """One clause ready for the line.

    Attributes:
        text: as written, for the transcript.
        pcm8k: int16 mono at the cache's rate (8 kHz unless set otherwise).
        cached: whether no model was needed.
    """

    text: str
    pcm8k: Pcm = field(repr=False)
    cached: bool

    @property
    def seconds(self) -> float:
        """Length at 8 kHz."""
        return len(self.pcm8k) / 8_000


class Speaker:
    """Renders text through ``synthesiser`` and keeps the result in ``cache``.

    Args:
        synthesiser: any; in the media process a client of the models process.
        cache: shared with other processes by its folder.
        version: what engine the phrases were made with; another version's phrases are not used.
        timeout_s: bound on one clause's rendering, waiting included.

    The same clause wanted by several calls at once is rendered once.
    """

    def __init__(
        self,
        synthesiser: Synthesiser,
        cache: PhraseCache,
        *,
        version: str = ENGINE_VERSION,
        timeout_s: float = 15.0,
    ) -> None:
        self._synthesiser = synthesiser
        self._cache = cache
        self._version = version
        self._timeout_s = timeout_s
        self._rendering: dict[str, asyncio.Task[Pcm]] = {}

    def cached(self, text: str, language: Language, voice: str | None = None) -> Pcm | None:
        """The whole of ``text`` from the cache alone, clause by clause put together; None if any is missing."""
        parts: list[Pcm] = []
        for clause in split_clauses(text, language):
            pcm = self._cache.get(normalise(clause, language), language, voice, self._version)
            if pcm is None:
                return None
            parts.append(pcm)
        return joined(parts)

    async def render(self, text: str, language: Language, voice: str | None = None) -> Pcm:
        """The whole of ``text`` as line-rate audio.

        Raises:
            TimeoutError: a clause took longer than ``timeout_s``.
            ModelError: the synthesiser refused; see ``models.protocols``.
        """
        return joined([clause.pcm8k async for clause in self.clauses(text, language, voice)])

    async def clauses(
        self, text: str, language: Language, voice: str | None = None
    ) -> AsyncIterator[RenderedClause]:
        """Yield the clauses of ``text`` in order; while one is consumed the next is being rendered, no more.

        Close the iterator (``aclosing``) to stop; what is being rendered then goes on into the cache.

        Raises:
            TimeoutError: a clause took longer than ``timeout_s``.
            ModelError: the synthesiser refused; see ``models.protocols``.
        """
        pending: asyncio.Task[RenderedClause] | None = None
        texts = split_clauses(text, language)
        try:
            for place, clause in enumerate(texts):
                ready = pending or asyncio.create_task(self._clause(clause, language, voice))
                pending = None
                try:
                    rendered = await ready
                except asyncio.CancelledError:
                    ready.cancel()
                    raise
                if place + 1 < len(texts):
                    pending = asyncio.create_task(self._clause(texts[place + 1], language, voice))
                yield rendered
        finally:
            if pending is not None:
                pending.cancel()
                await asyncio.gather(pending, return_exceptions=True)

    async def prerender(
        self, phrases: Sequence[Phrase], progress: Callable[[int, int], None] | None = None
    ) -> int:
        """Render and pin ``phrases`` (text, language, voice), as when a bot is published; return how many clauses
        were new.

        Args:
            progress: told (phrases done, phrases in all) after each.
        """
        new = 0
        for done, (text, language, voice) in enumerate(phrases, start=1):
            for clause in split_clauses(text, language):
                spoken = normalise(clause, language)
                if self._cache.has(spoken, language, voice, self._version, pinned=True):
                    continue
                rendered = await self._clause(clause, language, voice)
                new += not rendered.cached
                if not await asyncio.to_thread(self._cache.pin, spoken, language, voice, self._version):
                    await asyncio.to_thread(
                        self._cache.put,
                        spoken,
                        language,
                        voice,
                        self._version,
                        rendered.pcm8k,
                        self._cache.rate,
                        pinned=True,
                    )
            if progress is not None:
                progress(done, len(phrases))
        return new

    async def close(self) -> None:
        """Stop what is still being rendered."""
        tasks = list(self._rendering.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _clause(self, clause: str, language: Language, voice: str | None) -> RenderedClause:
        spoken = normalise(clause, language)
        kept = await asyncio.to_thread(self._cache.get, spoken, language, voice, self._version)
        if kept is not None:
            return RenderedClause(clause, kept, cached=True)
        key = self._cache.key(spoken, language, voice, self._version)
        task = self._rendering.get(key)
        if task is None:
            task = asyncio.create_task(self._synthesise(spoken, language, voice))
            self._rendering[key] = task
            task.add_done_callback(lambda done: self._rendered(key, done))
        # Shielded: one caller's interruption must not take the clause from another, nor from the cache.
        return RenderedClause(clause, await asyncio.shield(task), cached=False)

    def _rendered(self, key: str, task: asyncio.Task[Pcm]) -> None:
        self._rendering.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("a clause was not rendered: %s: %s", type(error).__name__, error)

    async def _synthesise(self, spoken: str, language: Language, voice: str | None) -> Pcm:
        async with asyncio.timeout(self._timeout_s):
            speech = await self._synthesiser.synthesise(spoken, language, voice)
        try:
            return await asyncio.to_thread(
                self._cache.put, spoken, language, voice, self._version, speech.pcm, speech.rate
            )
        except OSError as error:
            # A full disk must not silence the call.
            log.error("phrase could not be kept: %s", error)
            return at_rate(speech.pcm, speech.rate, self._cache.rate)


def joined(parts: Sequence[Pcm]) -> Pcm:
    """Clauses one after another."""
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)
