"""The voices of ``voices.toml`` and their style vectors."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.languages import Language
from models.protocols import BadRequest, ModelError

log = logging.getLogger(__name__)

DEFAULT_VOICE = "bot"
FALLBACK = "jf_alpha"
"""The Japanese voice that speaks where a language's own voice files are missing."""

STYLE_SHAPE = (510, 256)


@dataclass(frozen=True)
class Voice:
    """One entry of ``voices.toml``: style files with their weights, and the pace."""

    name: str
    language: Language
    blend: Mapping[str, float]
    speed: float = 1.0


_FILE = Path(__file__).with_name("voices.toml")


def voice_definition(language: Language, name: str | None) -> str:
    """All that a voice's sound depends on, as text; its mere name where ``voices.toml`` does not list it."""
    wanted = name or DEFAULT_VOICE
    voice = _table().get((language, wanted))
    return wanted if voice is None else f"{sorted(voice.blend.items())} {voice.speed}"


@cache
def _table() -> dict[tuple[Language, str], Voice]:
    entries = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {
        (Language(language), name): Voice(name, Language(language), entry["blend"], entry.get("speed", 1.0))
        for language, voices in entries.items()
        for name, entry in voices.items()
    }


def voice_names(language: Language) -> list[str]:
    """Names of the voices of ``language``, the bot's first."""
    return [name for (spoken, name) in _table() if spoken is language]


def find_voice(language: Language, name: str | None) -> Voice:
    """The voice ``name`` of ``language``; None is the bot's. A Kokoro style (``zf_xiaoni``) is accepted as well.

    Raises:
        BadRequest: there is no such voice; the message names the ones there are.
    """
    wanted = name or DEFAULT_VOICE
    if (voice := _table().get((language, wanted))) is not None:
        return voice
    if len(wanted) > 3 and wanted[2] == "_" and wanted.replace("_", "").isalnum():
        return Voice(wanted, language, {wanted: 1.0})
    raise BadRequest(
        f"no voice {wanted!r} for {language.value}; there are: {', '.join(voice_names(language))}"
    )


class StyleVectors:
    """Style vectors read from a folder: ``voices/NAME.bin`` (float32) and ``voices_ja.npz``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: dict[str, NDArray[np.float32]] = {}
        self._warned: set[str] = set()

    def blend(self, voice: Voice) -> NDArray[np.float32]:
        """The mixed style of ``voice``, shape (510, 256): one row per length of the phoneme string.

        A style whose file is missing is left out of the mix with a warning; if none is left, the Japanese
        fallback speaks.

        Raises:
            BadRequest: a style was asked for by its own name and has no file.
            ModelError: not even the fallback is there.
        """
        found = {name: style for name in voice.blend if (style := self._style(name)) is not None}
        missing = sorted(set(voice.blend) - set(found))
        if missing and voice.name in voice.blend:
            raise BadRequest(f"no voice file for {voice.name!r}")
        if missing and (label := f"{voice.language.value}.{voice.name}") not in self._warned:
            self._warned.add(label)
            instead = ", ".join(found) or FALLBACK
            log.warning("voice %s lacks %s; %s speaks instead", label, ", ".join(missing), instead)
        if not found:
            fallback = self._style(FALLBACK)
            if fallback is None:
                raise ModelError(f"no voice files in {self._folder}; run `tetraphone models pull`")
            return fallback
        total = sum(voice.blend[name] for name in found)
        mixed = sum(style * np.float32(voice.blend[name] / total) for name, style in found.items())
        return np.asarray(mixed, dtype=np.float32)

    def _style(self, name: str) -> NDArray[np.float32] | None:
        if name not in self._loaded:
            single = self._folder / "voices" / f"{name}.bin"
            if single.is_file():
                self._loaded[name] = np.fromfile(single, dtype=np.float32).reshape(STYLE_SHAPE)
            elif (bundle := self._folder / "voices_ja.npz").is_file():
                with np.load(bundle, allow_pickle=False) as styles:
                    if name in styles.files:
                        self._loaded[name] = styles[name].astype(np.float32).reshape(STYLE_SHAPE)
        return self._loaded.get(name)
