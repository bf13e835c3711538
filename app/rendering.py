"""Rendering while nobody calls: the bot's lines after it was published, documents' answers after those were."""

from __future__ import annotations

import asyncio
import builtins
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from app.common import beside
from core.languages import Language
from kb_ingest.sentences import split_sentences
from kb_ingest.store import StoredDocument
from models.protocols import BadRequest, ModelError
from models.speech.speaker import Phrase, Speaker

log = logging.getLogger(__name__)

QUIET_S = 15.0
"""No call for so long before rendering begins, or goes on."""
_RETRY_S = 5.0
_AWAY = (ModelError, TimeoutError, OSError)


class Documents(Protocol):
    """The knowledge base, as far as it is asked here: ``kb_ingest.client.KnowledgeClient``."""

    async def list(self) -> builtins.list[StoredDocument]: ...
    async def spoken_texts(self, document_id: str) -> builtins.list[str]: ...


@asynccontextmanager
async def rendering_when_idle(
    speaker: Speaker,
    phrases: list[Phrase],
    numbers: list[Phrase],
    documents: Documents,
    calls: Callable[[], int],
    voices: Mapping[Language, str],
) -> AsyncIterator[None]:
    """Render the bot's lines, then documents' answers and groups of digits, beside whatever is done within."""

    async def work() -> None:
        try:
            await render_when_idle(speaker, phrases, calls)
        except Exception:
            log.exception("rendering the bot's lines ended early; documents' answers come next")
        async with beside(render_when_idle(speaker, numbers, calls), "rendering groups of digits"):
            await keep_answers_ready(speaker, documents, calls, voices)

    async with beside(work(), "rendering documents' answers"):
        yield


async def keep_answers_ready(
    speaker: Speaker,
    documents: Documents,
    calls: Callable[[], int],
    voices: Mapping[Language, str],
    *,
    quiet_s: float = QUIET_S,
    every_s: float = 20.0,
) -> None:
    """Render what answers from each new or changed document consist of; runs until cancelled.

    A document that cannot be rendered now does not keep the others waiting.
    """
    done: set[str] = set()
    while True:
        try:
            for document in await documents.list():
                if document.sha256 in done or document.language is None:
                    continue
                try:
                    await _render_document(speaker, documents, document, calls, voices, quiet_s)
                except (*_AWAY, LookupError) as error:
                    log.info("a document's answers are rendered later (%s)", type(error).__name__)
                    continue
                except Exception:
                    log.exception(
                        "a document's answers cannot be rendered ahead; they will be when asked for"
                    )
                done.add(document.sha256)
        except (*_AWAY, LookupError) as error:
            log.info("answers are rendered later (%s)", type(error).__name__)
        await asyncio.sleep(every_s)


async def _render_document(
    speaker: Speaker,
    documents: Documents,
    document: StoredDocument,
    calls: Callable[[], int],
    voices: Mapping[Language, str],
    quiet_s: float,
) -> None:
    assert document.language is not None
    language = document.language
    new = 0
    yields = _yields_to_calls(calls, quiet_s)
    for text in await documents.spoken_texts(document.id):
        for sentence in split_sentences(text):
            try:
                new += await speaker.keep(sentence, language, voices.get(language), yields)
            except BadRequest as error:
                log.error("a sentence of a document cannot be spoken: %s", error)
    if new:
        log.info("%d clauses of a document in %s were rendered", new, language.value)


async def render_when_idle(
    speaker: Speaker, phrases: list[Phrase], calls: Callable[[], int], *, quiet_s: float = QUIET_S
) -> int:
    """Render ``phrases`` into the cache, one after another, and only while no call is live; returns what was new.

    A call that comes meanwhile waits for at most one piece. Models that are away are waited for.

    Args:
        calls: how many calls are live.
    """
    new = 0
    yields = _yields_to_calls(calls, quiet_s)
    for done, phrase in enumerate(phrases):
        while True:
            if not speaker.ready(phrase):
                await _until_quiet(calls, quiet_s)
            try:
                new += await speaker.prerender([phrase], before=yields)
            except BadRequest as error:
                log.error("a line of the bot cannot be spoken: %s", error)
            except _AWAY as error:
                log.info("lines are rendered later (%s)", type(error).__name__)
                await asyncio.sleep(_RETRY_S)
                continue
            break
        if new and done % 50 == 49:
            log.info("%d of %d lines are ready", done + 1, len(phrases))
    if new:
        log.info("all %d lines are ready; %d pieces were rendered", len(phrases), new)
    return new


def _yields_to_calls(calls: Callable[[], int], quiet_s: float) -> Callable[[], Awaitable[None]]:
    """What to await before each piece: it waits for quiet if a call is live, and costs nothing otherwise."""

    async def wait() -> None:
        if calls():
            await _until_quiet(calls, quiet_s)

    return wait


async def _until_quiet(calls: Callable[[], int], quiet_s: float) -> None:
    quiet = 0.0
    while quiet < quiet_s:
        quiet = 0.0 if calls() else quiet + 1.0
        await asyncio.sleep(1.0)
