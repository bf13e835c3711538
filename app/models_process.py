"""The models process: recognition, synthesis, embeddings, and the knowledge index that only one may own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from app.common import Common, beside, open_common
from app.role_lock import only_one
from app.serving import serve_until_told, unix_config
from app.settings import Settings
from app.voice import speech_choice
from kb_ingest.index import PassageIndex
from kb_ingest.index.edge import EdgeIndex
from kb_ingest.index.server import ServerIndex
from kb_ingest.library import Library
from kb_ingest.service import knowledge_routes
from models.compose import ModelChoice, packaged_loader
from models.memory import giving_back, keep_few_heaps
from models.protocols import Role, Vectors
from models.server import Loader, Loading, Services, build_app

logger = logging.getLogger(__name__)

INDEX = "knowledge index"


class _LoadedEmbedder:
    """The process's own embedder, once it is there."""

    def __init__(self) -> None:
        self.services: Services | None = None

    async def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        embedder = self.services.embedder if self.services else None
        if embedder is None:
            raise Loading("the embedder is not loaded yet")
        return await embedder.embed(texts, role)


def model_choice(settings: Settings) -> ModelChoice:
    """Which models the settings ask for."""
    packaged = settings.recogniser_model == "whisper-base"
    return ModelChoice(
        whisper=None if packaged else Path(settings.recogniser_model),
        device=settings.device,
        compute_type=settings.recogniser_compute_type or None,
        beam=settings.recogniser_beam,
        max_batch=settings.recogniser_batch,
        embedder=settings.embedder_model or None,
        engine=settings.decoder,
        speech=speech_choice(settings),
    )


def passage_index(settings: Settings) -> PassageIndex:
    """The embedded engine, or a Qdrant server where one is set."""
    if settings.qdrant_url:
        return ServerIndex(settings.qdrant_url)
    return EdgeIndex(settings.data / "knowledge")


def _loader(common: Common, library: Library, embedder: _LoadedEmbedder) -> Loader:
    models = packaged_loader(model_choice(common.settings))

    def load(services: Services) -> AbstractAsyncContextManager[None]:
        @asynccontextmanager
        async def loaded() -> AsyncIterator[None]:
            embedder.services = services
            services.awaited.add(INDEX)
            async with models(services):
                mended = await library.start()
                services.awaited.discard(INDEX)
                logger.info("the knowledge index is open (%d passages indexed anew)", mended)
                try:
                    yield
                finally:
                    await library.close()

        return loaded()

    return load


async def run_models(settings: Settings) -> None:
    """Serve on ``models.sock`` until told to stop.

    Raises:
        AlreadyRunning: another models process works on this data folder.
    """
    keep_few_heaps()
    with only_one(settings, "models"):
        await _run_models(settings)


async def _run_models(settings: Settings) -> None:
    async with open_common(settings) as common:
        embedder = _LoadedEmbedder()
        name = "multilingual-e5-small" if settings.embedder_model else "multilingual-e5-small-q4"
        library = Library(common.db, passage_index(settings), embedder, embedder_name=name)
        broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        app = build_app(
            extra_routes=knowledge_routes(library),
            loader=_loader(common, library, embedder),
            on_failure=broken.set_exception,
        )
        async with beside(giving_back(), "giving memory back"):
            await serve_until_told([unix_config(app, settings.models_socket)], broken=broken)
