"""The models that a benchmark listens and speaks with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.models_process import model_choice
from app.settings import Settings
from models.protocols import Synthesiser
from models.recognition.decoding import WindowedDecoder
from models.recognition.recogniser import WhisperRecogniser, load_whisper


@dataclass(frozen=True)
class Ears:
    decoder: WindowedDecoder
    recogniser: WhisperRecogniser


@asynccontextmanager
async def ears_for(settings: Settings) -> AsyncIterator[Ears]:
    choice = model_choice(settings)
    decoder = load_whisper(
        choice.whisper, choice.device, choice.compute_type, choice.beam, choice.mend, choice.engine
    )
    decoder.warm()
    async with WhisperRecogniser(decoder) as recogniser:
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
