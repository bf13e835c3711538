"""Whisper through CTranslate2, on a CPU or a GPU."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.languages import Language
from models import instructions
from models.protocols import Word
from models.recognition.decoding import MAX_SECONDS, Decoded, Reading, Utterance, WindowedDecoder
from models.recognition.language import weigh
from models.recognition.silence import sound_from
from models.recognition.window import HOP, Guard
from models.recognition.words import begun_at, words_of
from models.threads import plan

_ROOM = 448
"""Tokens that a Whisper model has places for."""

__all__ = ["MAX_SECONDS", "Utterance", "WhisperDecoder"]


class WhisperDecoder(WindowedDecoder):
    """A Whisper model of any size in CTranslate2's format.

    Args:
        folder: where ``model.bin``, ``config.json``, ``tokenizer.json`` and the vocabulary lie.
        device: ``cpu`` or ``cuda``.
        compute_type: as CTranslate2 names it; None means int8 on the CPU and float16 on a GPU.
        beam: width of the search with the short window; 1 is greedy. Five cost hardly more in a batch and made
            fewer errors in Chinese and Japanese.
        full_beam: the same with the full window.
        guard: when the short window is not believed.
        mend: whether misheard words are mended by their sound after decoding.
    """

    def __init__(
        self,
        folder: Path,
        device: str = "cpu",
        compute_type: str | None = None,
        beam: int = 5,
        full_beam: int = 5,
        guard: Guard | None = None,
        mend: bool = True,
    ) -> None:
        if device == "cpu":
            instructions.use_widest()
        from faster_whisper import WhisperModel

        super().__init__(beam, full_beam, guard, mend)
        self._device = device
        shares = plan()
        model = WhisperModel(
            str(folder),
            device=device,
            compute_type=compute_type or ("int8" if device == "cpu" else "float16"),
            cpu_threads=shares.recognition_threads,
            num_workers=shares.recognition_lanes,
            local_files_only=True,
        )
        self._model: Any = model.model
        self._extract = model.feature_extractor
        self._use(model.hf_tokenizer)

    def _hear(
        self, batch: Sequence[Utterance], frames: Sequence[int], beam: int, caps: Sequence[int]
    ) -> Iterator[Reading]:
        from ctranslate2 import Device

        encoded = self._encoded([self._features(one.audio, max(frames)) for one in batch])
        scores = self._languages_of(batch, encoded)
        chosen = [max(one, key=lambda language: one[language]) for one in scores]
        prompts = [[self._sot, self._languages[language], *self._after_language] for language in chosen]
        results = self._model.generate(
            encoded,
            prompts,
            beam_size=beam,
            # It decodes no more than half of what it is told, as Whisper's reference gives half its room to the past.
            max_length=min(_ROOM, 2 * (len(prompts[0]) + max(caps))),
            return_scores=True,
            return_no_speech_prob=True,
        )
        rows = np.array(encoded.to_device(Device.cpu)) if any(one.request.words for one in batch) else None
        for row, (one, result) in enumerate(zip(batch, results, strict=True)):
            heard = self._decoded(result)
            if rows is not None and one.request.words and heard.tokens:
                ids = [token for token in result.sequences_ids[0] if token < self._end]
                words = self._words(rows[row : row + 1], prompts[row], ids, one, chosen[row])
                heard = replace(heard, words=words)
            yield Reading(row, scores[row], chosen[row], heard)

    def _encoded(self, features: list[NDArray[np.float32]]) -> Any:
        """What the decoder attends to, as CTranslate2's StorageView.

        A processor encodes one utterance after the other: those of a batch together do not fit into its cache, which
        costs a half more. The decoder's weights are what has to be read again for each, so it works on all at once.
        """
        from ctranslate2 import StorageView

        if self._device != "cpu" or len(features) == 1:
            return self._model.encode(StorageView.from_array(np.stack(features)))
        rows = [np.array(self._model.encode(StorageView.from_array(one[np.newaxis]))) for one in features]
        return StorageView.from_array(np.concatenate(rows))

    def _words(
        self,
        encoded: NDArray[np.float32],
        prompt: list[int],
        ids: list[int],
        utterance: Utterance,
        language: Language,
    ) -> tuple[Word, ...]:
        """Where each word lies, by what the decoder attends to, and how sure it is of its tokens."""
        from ctranslate2 import StorageView

        frames = min(-(-len(utterance.audio) // HOP), 2 * encoded.shape[1])
        (aligned,) = self._model.align(
            StorageView.from_array(np.ascontiguousarray(encoded)), prompt, [ids], frames
        )
        words = words_of(self._tokenizer, ids, language, aligned.alignments, aligned.text_token_probs)
        return begun_at(words, sound_from(utterance.audio))

    def _languages_of(self, batch: Sequence[Utterance], encoded: Any) -> list[dict[Language, float]]:
        if self._one_language_each(batch):
            return [weigh({}, one.request.languages) for one in batch]
        guesses = self._model.detect_language(encoded)
        return [
            self._weighed(one, {token.strip("<|>"): float(probability) for token, probability in guess})
            for one, guess in zip(batch, guesses, strict=True)
        ]

    def _decoded(self, result: Any) -> Decoded:
        ids = [token for token in result.sequences_ids[0] if token < self._end]
        # CTranslate2 gives the mean over the tokens without the end mark; Whisper's own mean counts that too.
        total = float(result.scores[0]) * max(1, len(result.sequences_ids[0]))
        return Decoded(
            text=str(self._tokenizer.decode(ids)).strip(),
            tokens=len(ids),
            mean_logprob=total / (len(ids) + 1),
            no_speech=float(result.no_speech_prob),
        )
