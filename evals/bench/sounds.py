"""The sounds that a benchmark measured on, kept so that each of its figures can be listened to and recognised again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import soundfile

from voice_gateway.leg import LINE_RATE, Pcm

Keep = Callable[[str, Pcm], str]
"""Given a name and int16 at 8 kHz, tells the file by which figures refer to the sound; '' where it is not kept."""


def not_kept(name: str, sound: Pcm) -> str:
    """Keeps nothing."""
    return ""


def kept_in(folder: Path) -> Keep:
    """Keeps WAV files in a folder; their names are within it."""

    def keep(name: str, sound: Pcm) -> str:
        file = f"{name.replace(' ', '-')}.wav"
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / file, sound, LINE_RATE, subtype="PCM_16")
        return file

    return keep
