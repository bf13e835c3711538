"""What a call uses to speak: clause after clause as line-rate audio, from the cache where it can."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from prometheus_client import Counter

from core.languages import Language
from models.protocols import Pcm, Synthesiser
from models.speech.clauses import split_clauses
from models.speech.composition import PIECES_VERSION, Names, Plan, join, plan
from models.speech.frames import without_marks
from models.speech.inventory import ON_DEMAND
from models.speech.levels import at_rate
from models.speech.normalise import normalise
from models.speech.phrases import ENGINE_VERSION, PhraseCache

log = logging.getLogger(__name__)

Phrase = tuple[str, Language, str | None]
BeforePiece = Callable[[], Awaitable[None]]
Source = Literal["cached", "composed", "synthesised"]

SECONDS = Counter(
    "tetraphone_speech_seconds_total",
    "Seconds of speech given to calls, by where they came from: cached, composed or synthesised",
    ["source", "language"],
)
CLAUSES = Counter(
    "tetraphone_speech_clauses_total",
    "Clauses given to calls, by where they came from",
    ["source", "language"],
)

_CARRIERS_REMEMBERED = 512
_Piece = tuple[str, Language, str | None, str]
"""What the cache is asked for: words, language, voice, version."""


@dataclass(frozen=True)
class RenderedClause:
    """One clause ready for the line.

    Attributes:
        text: as written, for the transcript.
        pcm8k: int16 mono at the cache's rate (8 kHz unless set otherwise).
        source: ``cached`` whole, ``composed`` of cached pieces, or ``synthesised`` for this call.
    """

    text: str
    pcm8k: Pcm = field(repr=False)
    source: Source


class Speaker:
    """Renders text through ``synthesiser`` and keeps the result in ``cache``.

    Args:
        synthesiser: any; in the media process a client of the models process.
        cache: shared with other processes by its folder.
        version: what engine the phrases were made with; another version's phrases are not used.
        timeout_s: bound on one clause's rendering, waiting included.
        names: the bot's towns, carriers, products: pieces of their own in what is composed.
        composes: False renders every clause whole.

    The same clause wanted by several calls at once is rendered once. A clause with numbers in it is composed of
    pieces where all of them are there, else rendered whole; the second time that only its carrier is missing, the
    carrier is rendered, so that the third needs no model.
    """

    def __init__(
        self,
        synthesiser: Synthesiser,
        cache: PhraseCache,
        *,
        version: str = ENGINE_VERSION,
        timeout_s: float = 15.0,
        names: Names | None = None,
        composes: bool = True,
    ) -> None:
        self._synthesiser = synthesiser
        self._cache = cache
        self._version = version
        self._timeout_s = timeout_s
        self._rendering: dict[str, asyncio.Task[Pcm]] = {}
        self._names = {language: tuple(words) for language, words in (names or {}).items()}
        self._composes = composes
        self._carriers: OrderedDict[tuple[str, ...], str] = OrderedDict()
        self._spoken: dict[Source, float] = {"cached": 0.0, "composed": 0.0, "synthesised": 0.0}

    def piece(self, piece: str, language: Language, voice: str | None = None) -> Pcm | None:
        """A piece of ``composition.plan`` from the cache."""
        return self._cache.get(piece, language, voice, self._pieces_version)

    def cached(self, text: str, language: Language, voice: str | None = None) -> Pcm | None:
        """The whole of ``text`` from the cache alone, clause by clause put together; None if any is missing."""
        parts: list[Pcm] = []
        for clause in split_clauses(without_marks(text), language):
            kept = self._kept(clause, language, voice)
            if kept is None:
                return None
            parts.append(kept.pcm8k)
        return joined(parts)

    async def at_hand(self, text: str, language: Language, voice: str | None = None) -> bool:
        """Whether all of ``text`` can be said now without a model."""
        return await asyncio.to_thread(self.cached, text, language, voice) is not None

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
        texts = split_clauses(without_marks(text), language)
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
                self._count(rendered, language)
                yield rendered
        finally:
            if pending is not None:
                pending.cancel()
                await asyncio.gather(pending, return_exceptions=True)

    async def prerender(
        self,
        phrases: Sequence[Phrase],
        progress: Callable[[int, int], None] | None = None,
        before: BeforePiece | None = None,
    ) -> int:
        """Render and pin ``phrases`` (text, language, voice), as when a bot is published; return how many pieces
        had to be rendered. Of a clause with numbers in it, what any other numbers would need is rendered.

        Args:
            progress: told (phrases done, phrases in all) after each.
            before: awaited before each piece that has to be rendered: a wording may hold minutes of them.
        """
        new = 0
        for done, phrase in enumerate(phrases, start=1):
            for wanted in self._wanted(phrase):
                new += await self._pin(wanted, before)
            if progress is not None:
                progress(done, len(phrases))
        return new

    async def keep(
        self, text: str, language: Language, voice: str | None = None, before: BeforePiece | None = None
    ) -> int:
        """Render a text that is always the same, such as a document's answer, whole; returns how many clauses.

        Unlike prompts it may be evicted: documents come and go.

        Args:
            before: awaited before each clause that has to be rendered.
        """
        new = 0
        for clause in split_clauses(without_marks(text), language):
            spoken = normalise(clause, language)
            if not self._cache.has(spoken, language, voice, self._version):
                if before is not None:
                    await before()
                await self._rendered_once(spoken, language, voice, self._version)
                new += 1
        return new

    def ready(self, phrase: Phrase) -> bool:
        """Whether ``prerender`` would have nothing to do for it."""
        return all(self._cache.has(*wanted, pinned=True) for wanted in self._wanted(phrase))

    async def let_go(self, wanted: Sequence[Phrase]) -> int:
        """Unpin what no bot has wanted for a week; to be called when all its lines are ready. Return how many pieces.

        Args:
            wanted: all that is to stay, be it rendered or not.
        """
        return await asyncio.to_thread(self._let_go, wanted)

    def _let_go(self, wanted: Sequence[Phrase]) -> int:
        for piece in dict.fromkeys(piece for phrase in wanted for piece in self._wanted(phrase)):
            self._cache.wanted(*piece)
        return self._cache.unpin_unwanted()

    def _wanted(self, phrase: Phrase) -> Iterator[_Piece]:
        """All that has to be in the cache for a phrase, whatever numbers it is said with."""
        text, language, voice = phrase
        for clause in split_clauses(without_marks(text), language):
            planned = self._plan(clause, language)
            if planned is None:
                yield normalise(clause, language), language, voice, self._version
                continue
            for piece in planned.inventory(language):
                yield piece, language, voice, self._pieces_version

    async def _pin(self, piece: _Piece, before: BeforePiece | None) -> bool:
        """Have a piece in the cache, to stay there; returns whether it had to be rendered."""
        if self._cache.wanted(*piece):
            return False
        if await asyncio.to_thread(self._cache.pin, *piece):
            return False
        if before is not None:
            await before()
        pcm = await self._rendered_once(*piece)
        if not await asyncio.to_thread(self._cache.pin, *piece):
            await asyncio.to_thread(self._cache.put, *piece, pcm, self._cache.rate, pinned=True)
        return True

    async def close(self) -> None:
        """Stop what is still being rendered."""
        tasks = list(self._rendering.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def _pieces_version(self) -> str:
        return f"{self._version}+{PIECES_VERSION}"

    def _plan(self, clause: str, language: Language) -> Plan | None:
        return plan(clause, language, self._names.get(language, ())) if self._composes else None

    def _kept(self, clause: str, language: Language, voice: str | None) -> RenderedClause | None:
        """The clause from the cache, whole or in pieces."""
        kept = self._cache.get(normalise(clause, language), language, voice, self._version)
        if kept is not None:
            return RenderedClause(clause, kept, "cached")
        planned = self._plan(clause, language)
        if planned is None:
            return None
        sounds: list[Pcm] = []
        for part in planned.parts:
            sound = self.piece(part.piece, language, voice)
            if sound is None:
                return None
            sounds.append(sound)
        return RenderedClause(clause, join(planned.parts, sounds, self._cache.rate, language), "composed")

    async def _clause(self, clause: str, language: Language, voice: str | None) -> RenderedClause:
        kept = await asyncio.to_thread(self._kept, clause, language, voice)
        if kept is not None:
            return kept
        planned = self._plan(clause, language)
        if planned is not None and self._learns(planned, clause, language, voice):
            for part in planned.parts:
                if not self._cache.has(part.piece, language, voice, self._pieces_version):
                    await self._rendered_once(part.piece, language, voice, self._pieces_version)
            composed = await asyncio.to_thread(self._kept, clause, language, voice)
            if composed is not None:
                return RenderedClause(clause, composed.pcm8k, "synthesised")
        pcm = await self._rendered_once(normalise(clause, language), language, voice, self._version)
        return RenderedClause(clause, pcm, "synthesised")

    def _learns(self, planned: Plan, clause: str, language: Language, voice: str | None) -> bool:
        """Whether the pieces that are missing are worth rendering instead of the clause: those that are made on demand,
        and a carrier that came before with other numbers."""
        missing = [
            part
            for part in planned.parts
            if not self._cache.has(part.piece, language, voice, self._pieces_version)
        ]
        if any(part.unit is not None and part.unit.group not in ON_DEMAND for part in missing):
            return False
        if all(part.unit is not None for part in missing):
            return True
        key = (language.value, voice or "", *planned.carrier.segments)
        before = self._carriers.pop(key, clause)
        self._carriers[key] = clause
        while len(self._carriers) > _CARRIERS_REMEMBERED:
            self._carriers.popitem(last=False)
        return before != clause

    async def _rendered_once(self, spoken: str, language: Language, voice: str | None, version: str) -> Pcm:
        key = self._cache.key(spoken, language, voice, version)
        task = self._rendering.get(key)
        if task is None:
            task = asyncio.create_task(self._synthesise(spoken, language, voice, version))
            self._rendering[key] = task
            task.add_done_callback(lambda done: self._rendered(key, done))
        # Shielded: one caller's interruption must not take the clause from another, nor from the cache.
        return await asyncio.shield(task)

    def _count(self, rendered: RenderedClause, language: Language) -> None:
        seconds = len(rendered.pcm8k) / self._cache.rate
        self._spoken[rendered.source] += seconds
        SECONDS.labels(rendered.source, language.value).inc(seconds)
        CLAUSES.labels(rendered.source, language.value).inc()
        if rendered.source == "synthesised":
            total = sum(self._spoken.values())
            log.info(
                "%.1f s in %s had to be synthesised; of %.0f s so far %.0f %% were cached, %.0f %% composed",
                seconds,
                language.value,
                total,
                100 * self._spoken["cached"] / total if total else 0,
                100 * self._spoken["composed"] / total if total else 0,
            )

    def _rendered(self, key: str, task: asyncio.Task[Pcm]) -> None:
        self._rendering.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("a clause was not rendered: %s: %s", type(error).__name__, error)

    async def _synthesise(self, spoken: str, language: Language, voice: str | None, version: str) -> Pcm:
        async with asyncio.timeout(self._timeout_s):
            speech = await self._synthesiser.synthesise(spoken, language, voice)
        try:
            return await asyncio.to_thread(
                self._cache.put, spoken, language, voice, version, speech.pcm, speech.rate
            )
        except OSError as error:
            # A full disk must not silence the call.
            log.error("phrase could not be kept: %s", error)
            return at_rate(speech.pcm, speech.rate, self._cache.rate)


def joined(parts: Sequence[Pcm]) -> Pcm:
    """Clauses one after another."""
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)
