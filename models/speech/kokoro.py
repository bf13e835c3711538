"""The packaged synthesiser: Kokoro-82M (Apache-2.0) as an int8 ONNX model on the CPU."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.languages import Language
from models.protocols import BadRequest, ModelError, Overloaded, Speech
from models.speech.clauses import split_clauses
from models.speech.cutting import Recent, borders_in_quiet, boundaries, cut
from models.speech.dequantise import DERIVED_NAME, convolutions_as_float
from models.speech.frames import Frame, parse_piece
from models.speech.levels import to_level, to_pcm, trim_silence
from models.speech.normalise import normalise
from models.speech.phonemes import MAX_TOKENS, Phonemes, tokens_of
from models.speech.phonemes.vocabulary import PAD
from models.speech.phrases import ENGINE_VERSION
from models.speech.voices import StyleVectors, Voice, find_voice
from models.threads import onnx_options, plan

log = logging.getLogger(__name__)

_Rendered = tuple[NDArray[np.float32], list[tuple[int, int]]] | None

KOKORO_RATE = 24_000
LONGEST_TEXT = 2_000
"""Characters accepted in one request: some five minutes of speech."""
LIST_SPEED = 0.88
"""Pace of enumerations, from which digits and dates are cut: said at once they are too quick to be written down."""

_PAUSE_S = {"clause": 0.12, "sentence": 0.28}


class KokoroSynthesiser:
    """Speaks the four languages at 24 kHz; the same input gives the same samples.

    Args:
        folder: holds ``model.onnx``, ``voices/*.bin`` and ``voices_ja.npz``.
        workers: texts rendered at the same time, each on one core.
        waiting: requests that may wait for a worker before others are refused.
    """

    version = ENGINE_VERSION

    def __init__(self, folder: Path, *, workers: int = 1, waiting: int = 32) -> None:
        import onnxruntime

        self._session = onnxruntime.InferenceSession(
            str(_fastest_model(folder)),
            sess_options=onnx_options(plan().synthesis_threads),
            providers=["CPUExecutionProvider"],
        )
        self._styles = StyleVectors(folder)
        self._styles_lock = threading.Lock()
        self._phonemes = Phonemes()
        self._frames: Recent[_Rendered] = Recent(8)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="kokoro")
        self._pending = 0
        self._most_pending = workers + waiting

    @classmethod
    def from_assets(cls, *, workers: int = 1, waiting: int = 32) -> KokoroSynthesiser:
        """The synthesiser on the files that ``tetraphone models pull`` has fetched."""
        from models.assets import asset_path

        return cls(asset_path("kokoro/model.onnx").parent, workers=workers, waiting=waiting)

    def load(self, *languages: Language) -> None:
        """Load dictionaries and render one word in each of ``languages``, so that the first reply is not late."""
        for language in languages or tuple(Language):
            self.render(
                {Language.ZH: "您好。", Language.EN: "Hello.", Language.JA: "はい。", Language.KO: "네."}[
                    language
                ],
                language,
            )

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> Speech:
        """See ``models.protocols.Synthesiser``; rendering runs on a worker thread."""
        if self._pending >= self._most_pending:
            raise Overloaded(f"{self._pending} texts wait to be spoken")
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._pool, self.render, text, language, voice
            )
        finally:
            self._pending -= 1

    def render(self, text: str, language: Language, voice: str | None = None) -> Speech:
        """``text`` as audio, on the calling thread.

        Raises:
            BadRequest: the voice is unknown, or the text is longer than ``LONGEST_TEXT``.
        """
        if len(text) > LONGEST_TEXT:
            raise BadRequest(f"text of {len(text)} characters; at most {LONGEST_TEXT} are spoken at once")
        chosen = find_voice(language, voice)
        with self._styles_lock:
            style = self._styles.blend(chosen)
        if (asked := parse_piece(text)) is not None:
            return self._piece(asked[0], asked[1], language, chosen, style)
        parts: list[NDArray[np.float32]] = []
        pause = 0.0
        for clause in split_clauses(text, language):
            spoken = normalise(clause, language)
            if not any(character.isalnum() for character in spoken):
                continue  # marks alone would be a breath of noise
            for piece in fitting_pieces(self._phonemes(spoken, language)):
                sound = trim_silence(self._infer(tokens_of(piece), style, chosen.speed)[0], KOKORO_RATE)
                if not len(sound):
                    continue
                if parts:
                    parts.append(np.zeros(int(pause * KOKORO_RATE), np.float32))
                parts.append(sound)
                pause = _PAUSE_S["sentence" if piece.rstrip()[-1:] in ".!?" else "clause"]
        audio = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return Speech(to_pcm(to_level(audio, KOKORO_RATE)), KOKORO_RATE)

    def close(self) -> None:
        """Finish what is being rendered and let the worker threads go."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _piece(
        self, frame: Frame, wanted: int, language: Language, voice: Voice, style: NDArray[np.float32]
    ) -> Speech:
        """One segment cut out of its frame; the frame is rendered once for all its segments."""
        rendered = self._frames.get(
            (frame, language, voice.name), lambda: self._render_frame(frame, language, voice, style)
        )
        if rendered is None:  # a model that does not tell durations
            return self.render(frame.segments[wanted].rstrip(",，、"), language, voice.name)
        audio, places = rendered
        return Speech(to_pcm(cut(audio, places, wanted, KOKORO_RATE)), KOKORO_RATE)

    def _render_frame(
        self, frame: Frame, language: Language, voice: Voice, style: NDArray[np.float32]
    ) -> _Rendered:
        written = segment_phonemes(frame.segments, language, self._phonemes)
        tokens = [tokens_of(segment) for segment in written]
        listed = all(segment.endswith((",", ".")) for segment in frame.segments) and len(frame.segments) > 1
        audio, durations = self._infer(
            [token for segment in tokens for token in segment],
            style,
            voice.speed * (LIST_SPEED if listed else 1.0),
        )
        if durations is None or not len(audio):
            return None
        spoken = [len(tokens_of(segment.rstrip(" ,.!?:;…"))) for segment in written]
        places = boundaries(durations, [len(segment) for segment in tokens], spoken, len(audio))
        return to_level(audio, KOKORO_RATE), borders_in_quiet(audio, places, KOKORO_RATE)

    def _infer(
        self, tokens: list[int], style: NDArray[np.float32], speed: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """The sound of ``tokens``, and the length of each (the two pads included) where the model tells."""
        if not tokens:
            return np.zeros(0, np.float32), None
        feeds = {
            "tokens": np.array([[PAD, *tokens, PAD]], dtype=np.int64),
            "style": style[min(len(tokens), len(style)) - 1].reshape(1, 256),
            "speed": np.array([speed], dtype=np.float32),
        }
        outputs = [np.asarray(output, np.float32).ravel() for output in self._session.run(None, feeds)]
        return outputs[0], outputs[1] if len(outputs) > 1 else None


def segment_phonemes(
    segments: Sequence[str], language: Language, phonemes: Callable[[str, Language], str]
) -> list[str]:
    """The phonemes of each segment, with a mark and a space at its end.

    A Japanese particle at the head of a segment is read as what it is after the word before it (は as "wa").
    """
    out = []
    for place, segment in enumerate(segments):
        spoken = phonemes(segment, language).strip()
        if language is Language.JA and place and "ぁ" <= segment[:1] <= "ん":
            before = segments[place - 1].rstrip(",.、。")
            head, both = phonemes(before, language).strip(), phonemes(before + segment, language).strip()
            if both.startswith(head):
                spoken = both[len(head) :].strip()
        mark = spoken[-1:] in ",.!?:;…"
        last = place == len(segments) - 1
        out.append(spoken + ("" if mark else ",") + ("" if last else " "))
    return out


def _fastest_model(folder: Path) -> Path:
    int8 = folder / "model.onnx"
    if not int8.is_file():
        raise ModelError(f"{int8} is missing; run `tetraphone models pull`")
    try:
        return convolutions_as_float(int8, folder / DERIVED_NAME)
    except (ImportError, ValueError, OSError) as error:
        log.warning("speech is rendered with the slower int8 convolutions: %s", error)
        return int8


def fitting_pieces(phonemes: str, most: int = MAX_TOKENS) -> list[str]:
    """``phonemes`` cut into pieces that the model takes, at marks where there are any, else at spaces."""
    pieces: list[str] = []
    rest = phonemes.strip()
    while len(rest) > most:
        window = rest[:most]
        cuts = [match.end() for match in re.finditer(r"[,.!?:;…] ", window)] or [
            match.end() for match in re.finditer(" ", window)
        ]
        cut = cuts[-1] if cuts else most
        pieces.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*pieces, rest] if rest else pieces
