"""Rendering while nobody calls, or few do: the bot's lines after it was published, documents' answers after those were."""

from __future__ import annotations

import asyncio
import builtins
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from enum import Enum
from typing import Protocol

from app.common import beside
from core.languages import Language
from kb_ingest.sentences import split_sentences
from kb_ingest.store import StoredDocument
from models.protocols import BadRequest, ModelError
from models.recognition.load import Load
from models.speech.speaker import Phrase, Speaker

log = logging.getLogger(__name__)

QUIET_S = 15.0
"""Room for so long before rendering begins, or goes on after calls were in the way."""
FEW = 0.25
"""Share of the ceiling up to which calls are few."""
SPARE = 0.3
"""Utilisation of the recogniser up to which it has time to spare beside them."""
BESIDE_S = 2.0
"""Rest before each piece that is rendered beside calls, so that a caller's own clause seldom meets one."""
_RETRY_S = 5.0
_AWAY = (ModelError, TimeoutError, OSError)


class Room(Enum):
    """For rendering: all of the machine, a piece now and then beside few calls, or none."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


def room_beside(calls: int, ceiling: int, load: Load | None) -> Room:
    """What a site that is never without calls leaves for rendering.

    Args:
        calls: under way.
        ceiling: calls that may be led at once.
        load: of the recogniser; None where it has not been asked for a while, so that it is idle.
    """
    if not calls:
        return Room.ALL
    spare = load is None or (load.spare and load.utilisation <= SPARE)
    return Room.SOME if calls <= FEW * ceiling and spare else Room.NONE


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
    room: Callable[[], Room],
    voices: Mapping[Language, str],
) -> AsyncIterator[None]:
    """Render the bot's lines, then documents' answers and groups of digits, beside whatever is done within."""

    async def work() -> None:
        try:
            await render_when_idle(speaker, phrases, room)
            if old := await speaker.let_go([*phrases, *numbers]):
                log.info("%d pieces that the bot has not needed for a week are kept for good no more", old)
        except Exception:
            log.exception("rendering the bot's lines ended early; documents' answers come next")
        # A thousand pieces, none of which is missed when it is not there: for hours without any call.
        alone = lambda: Room.ALL if room() is Room.ALL else Room.NONE  # noqa: E731
        async with beside(render_when_idle(speaker, numbers, alone), "rendering groups of digits"):
            await keep_answers_ready(speaker, documents, room, voices)

    async with beside(work(), "rendering documents' answers"):
        yield


async def keep_answers_ready(
    speaker: Speaker,
    documents: Documents,
    room: Callable[[], Room],
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
                    await _render_document(speaker, documents, document, room, voices, quiet_s)
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
    room: Callable[[], Room],
    voices: Mapping[Language, str],
    quiet_s: float,
) -> None:
    assert document.language is not None
    language = document.language
    new = 0
    yields = _yields_to_calls(room, quiet_s)
    for text in await documents.spoken_texts(document.id):
        for sentence in split_sentences(text):
            try:
                new += await speaker.keep(sentence, language, voices.get(language), yields)
            except BadRequest as error:
                log.error("a sentence of a document cannot be spoken: %s", error)
    if new:
        log.info("%d clauses of a document in %s were rendered", new, language.value)


async def render_when_idle(
    speaker: Speaker, phrases: list[Phrase], room: Callable[[], Room], *, quiet_s: float = QUIET_S
) -> int:
    """Render ``phrases`` into the cache, one after another, and only while there is room; returns what was new.

    A call that comes meanwhile waits for at most one piece. Models that are away are waited for.

    Args:
        room: what there is at this moment.
    """
    new, begun = 0, False
    yields = _yields_to_calls(room, quiet_s)
    for done, phrase in enumerate(phrases):
        while True:
            if not begun and not speaker.ready(phrase):
                # Only once: from then on each piece looks for itself whether there is still room.
                await _until_room(room, quiet_s)
                begun = True
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


def _yields_to_calls(room: Callable[[], Room], quiet_s: float) -> Callable[[], Awaitable[None]]:
    """What to await before each piece: room, if there is none; a rest beside calls; and else nothing."""

    async def wait() -> None:
        if room() is Room.SOME:
            await asyncio.sleep(BESIDE_S)
        if room() is Room.NONE:
            await _until_room(room, quiet_s)

    return wait


async def _until_room(room: Callable[[], Room], quiet_s: float) -> None:
    quiet = 0.0
    while quiet < quiet_s:
        quiet = 0.0 if room() is Room.NONE else quiet + 1.0
        await asyncio.sleep(1.0)
