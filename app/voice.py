"""The synthesiser that the settings ask for: the same in every process, or phrases would not be found again."""

from __future__ import annotations

from app.settings import Settings
from models.speech.choice import SynthesiserChoice


def speech_choice(settings: Settings) -> SynthesiserChoice:
    """Which synthesiser the settings ask for."""
    if settings.synthesiser == "kokoro":
        return SynthesiserChoice()
    return SynthesiserChoice("coqui", settings.coqui_model, settings.coqui_voices, settings.device)
