"""The demo's callers: their lines, rendered once with voices other than the bot's."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

import soundfile
from rich.console import Console
from rich.progress import track

from app.demo_script import CallerLine
from voice_gateway.audio.files import read_audio
from voice_gateway.caller import AudioTurn


class CallerVoices:
    """Lines of callers as sound files in a folder; a line that was changed is rendered again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, line: CallerLine) -> Path:
        name = hashlib.sha256(f"{line.language} {line.voice} {line.text}".encode()).hexdigest()[:16]
        return self._folder / f"{line.language}-{name}.wav"

    async def render_quietly(self, lines: list[CallerLine]) -> None:
        await self.render(lines, Console(quiet=True))

    async def render(self, lines: list[CallerLine], console: Console) -> None:
        """Render what is missing."""
        from models.speech.kokoro import KokoroSynthesiser

        missing = [line for line in lines if not self.path(line).exists()]
        if not missing:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        synthesiser = KokoroSynthesiser.from_assets()
        for line in track(missing, "Rendering the callers", console=console):
            speech = await synthesiser.synthesise(line.text, line.language, line.voice)
            fresh = self.path(line).with_suffix(f".{os.getpid()}.wav")  # others may render it too
            await asyncio.to_thread(soundfile.write, fresh, speech.pcm, speech.rate)
            fresh.rename(self.path(line))

    def turn(self, line: CallerLine) -> AudioTurn:
        """The line as a turn of a call."""
        return AudioTurn(read_audio(self.path(line)), line.text)
