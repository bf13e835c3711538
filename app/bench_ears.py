"""The models that a benchmark listens and speaks with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.models_process import model_choice
from app.settings import Settings
from models.compose import load_decoder, recogniser_of
from models.protocols import Synthesiser
from models.recognition.decoding import WindowedDecoder
from models.recognition.recogniser import WhisperRecogniser


@dataclass(frozen=True)
class Ears:
    decoder: WindowedDecoder
    recogniser: WhisperRecogniser


@asynccontextmanager
async def ears_for(settings: Settings) -> AsyncIterator[Ears]:
    """The recogniser as the models process runs it with these settings while nobody waits, and its model by itself."""
    choice = model_choice(settings)
    decoder = load_decoder(choice)
    async with recogniser_of(decoder, choice, at_rest=True) as recogniser:
        yield Ears(decoder, recogniser)


@asynccontextmanager
async def voice_for(needed: bool) -> AsyncIterator[Synthesiser | None]:
    if not needed:
        yield None
        return
    from models.speech.kokoro import KokoroSynthesiser

    synthesiser = KokoroSynthesiser.from_assets()
    try:
        yield synthesiser
    finally:
        synthesiser.close()
