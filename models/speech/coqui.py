"""Coqui TTS behind the same protocol, for machines with a GPU (extra ``coqui``).

Licence: XTTS v2 speaks all four languages and copies a voice from a few seconds of it, but its weights are under
the Coqui Public Model License, which allows non-commercial use only. Choosing it for a company's hotline needs an
agreement with whoever holds those rights; the platform says so at start-up. Other models of the library have
licences of their own.

The library cannot cut a piece out of a sentence: a piece that replies are composed of is rendered alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from core.languages import Language
from models.protocols import BadRequest, ModelError, Overloaded, Speech
from models.speech.frames import bare
from models.speech.levels import to_level, to_pcm, trim_silence
from models.speech.normalise import normalise

log = logging.getLogger(__name__)

XTTS = "tts_models/multilingual/multi-dataset/xtts_v2"
_XTTS_CODES = {Language.ZH: "zh-cn", Language.EN: "en", Language.JA: "ja", Language.KO: "ko"}
LONGEST_TEXT = 1_000


class CoquiSynthesiser:
    """Speaks through the ``TTS`` class of coqui-tts.

    Args:
        model: the library's model name, or a folder with ``model.pth`` and ``config.json``.
        voices: voice name to a speaker's name of the model, or to a recording (``.wav``) to take the voice from.
            ``bot`` is used where a request names none.
        device: ``cuda`` or ``cpu``.
        waiting: requests that may wait before others are refused.
        factory: makes the library's object from the model name; by default the library itself, imported here.

    Raises:
        ModelError: the library is not installed, or there is no ``bot`` voice.
    """

    def __init__(
        self,
        voices: Mapping[str, str],
        *,
        model: str = XTTS,
        device: str = "cuda",
        waiting: int = 16,
        factory: Callable[[str], Any] | None = None,
    ) -> None:
        if "bot" not in voices:
            raise ModelError("the Coqui synthesiser needs a voice named 'bot'")
        if model == XTTS:
            log.warning("the weights of XTTS v2 are for non-commercial use only (Coqui Public Model License)")
        self._tts = (factory or _library)(model).to(device)
        self._voices = dict(voices)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="coqui")
        self._pending = 0
        self._most_pending = waiting + 1
        self.version = f"coqui/{Path(model).name}/1"

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> Speech:
        """See ``models.protocols.Synthesiser``."""
        if len(text) > LONGEST_TEXT:
            raise BadRequest(f"text of {len(text)} characters; at most {LONGEST_TEXT} are spoken at once")
        speaker = self._voices.get(voice or "bot")
        if speaker is None:
            raise BadRequest(f"no voice {voice!r}; there are: {', '.join(self._voices)}")
        if self._pending >= self._most_pending:
            raise Overloaded(f"{self._pending} texts wait to be spoken")
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._pool, self._render, normalise(bare(text).rstrip(","), language), language, speaker
            )
        finally:
            self._pending -= 1

    def close(self) -> None:
        """Finish what is being rendered and let the worker thread go."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _render(self, text: str, language: Language, speaker: str) -> Speech:
        # The library refuses a language or a speaker where a model has but one.
        asked = {"language": _XTTS_CODES[language]} if self._tts.is_multi_lingual else {}
        if self._tts.is_multi_speaker:
            asked["speaker_wav" if Path(speaker).suffix == ".wav" else "speaker"] = speaker
        samples = self._tts.tts(text=text, **asked)
        rate = int(self._tts.synthesizer.output_sample_rate)
        audio = trim_silence(np.asarray(samples, dtype=np.float32), rate)
        return Speech(to_pcm(to_level(audio, rate)), rate)


def _library(model: str) -> Any:
    try:
        from TTS.api import TTS
    except ImportError as error:
        raise ModelError("coqui-tts is not installed; install the extra `coqui`") from error
    folder = Path(model)
    if folder.is_dir():
        return TTS(model_path=str(folder / "model.pth"), config_path=str(folder / "config.json"))
    return TTS(model)
