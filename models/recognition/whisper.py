"""Whisper through CTranslate2, for batches of utterances; blocking, called from the recogniser's own threads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.languages import Language
from models.protocols import RECOGNISER_RATE, Pcm, Recognition, RecognitionRequest
from models.recognition.bias import Mender
from models.recognition.language import trust, weigh
from models.recognition.scheduler import Doubt
from models.recognition.silence import is_phantom, is_silent
from models.recognition.text import normalise
from models.recognition.window import FULL_FRAMES, Guard, window_frames
from models.threads import plan

MAX_SECONDS = 30.0
_FULL_TOKENS = 224


@dataclass(frozen=True)
class Utterance:
    """One piece of audio and what may be heard in it."""

    audio: Pcm
    request: RecognitionRequest

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.audio) / RECOGNISER_RATE


@dataclass(frozen=True)
class _Decoded:
    text: str
    tokens: int
    mean_logprob: float
    no_speech: float


class WhisperDecoder:
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
        from faster_whisper import WhisperModel

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
        self._extract: Any = model.feature_extractor
        self._tokenizer: Any = model.hf_tokenizer
        self._beam, self._full_beam = beam, full_beam
        self._guard = guard or Guard()
        self._mender = Mender() if mend else None
        self._sot = self._id("<|startoftranscript|>")
        self._end = self._id("<|endoftext|>")
        self._after_language = [self._id("<|transcribe|>"), self._id("<|notimestamps|>")]
        self._languages = {language: self._id(f"<|{language.value}|>") for language in Language}

    def _id(self, token: str) -> int:
        found = self._tokenizer.token_to_id(token)
        if found is None:
            raise ValueError(
                f"the recogniser's tokenizer lacks {token}; the model is not multilingual Whisper"
            )
        return int(found)

    def warm(self) -> None:
        """Run everything once, so that the first caller does not wait for what loads lazily."""
        noise = (np.random.default_rng(0).standard_normal(RECOGNISER_RATE) * 500).astype(np.int16)
        request = RecognitionRequest("warm", dict.fromkeys(Language, 1.0))
        self.decode([Utterance(noise, request)])
        normalise("體", Language.ZH)
        if self._mender:
            self._mender.warm()

    def decode(self, batch: Sequence[Utterance]) -> list[Recognition | Doubt]:
        """Decode with the short window; a doubt where its guard asks for the full one.

        All utterances are padded to the longest, so they should be of similar length.
        """
        answers: list[Recognition | Doubt] = [Doubt()] * len(batch)
        loud = []
        for place, utterance in enumerate(batch):
            if is_silent(utterance.audio):
                answers[place] = _nothing(weigh({}, utterance.request.languages))
            else:
                loud.append(place)
        if loud:
            heard = [batch[place] for place in loud]
            frames = max(window_frames(len(one.audio)) for one in heard)
            for place, answer in zip(
                loud, self._run(heard, frames, self._beam, frames < FULL_FRAMES), strict=True
            ):
                answers[place] = answer
        return answers

    def decode_full(self, utterance: Utterance) -> Recognition:
        """Decode with all of Whisper's thirty seconds."""
        if is_silent(utterance.audio):
            return _nothing(weigh({}, utterance.request.languages))
        answer = self._run([utterance], FULL_FRAMES, self._full_beam, guarded=False)[0]
        assert isinstance(answer, Recognition)
        return answer

    def _run(
        self, batch: Sequence[Utterance], frames: int, beam: int, guarded: bool
    ) -> list[Recognition | Doubt]:
        from ctranslate2 import StorageView

        features = np.stack([self._features(one.audio, frames) for one in batch])
        encoded = self._model.encode(StorageView.from_array(features))
        scores = self._languages_of(batch, encoded)
        chosen = [max(one, key=lambda language: one[language]) for one in scores]
        prompts = [[self._sot, self._languages[language], *self._after_language] for language in chosen]
        cap = max(self._guard.cap(one.seconds) for one in batch) if guarded else _FULL_TOKENS
        results = self._model.generate(
            encoded,
            prompts,
            beam_size=beam,
            max_length=len(prompts[0]) + cap,
            return_scores=True,
            return_no_speech_prob=True,
        )
        answers: list[Recognition | Doubt] = []
        for utterance, language, score, result in zip(batch, chosen, scores, results, strict=True):
            decoded = self._decoded(result)
            believed = self._guard.holds(
                decoded.text, decoded.tokens, decoded.mean_logprob, utterance.seconds
            )
            answer = self._answer(utterance, language, score, decoded)
            if guarded and not believed and decoded.no_speech < 0.9:
                sound = self._guard.bounded(decoded.text, decoded.tokens, utterance.seconds)
                answers.append(Doubt(answer if sound and answer.text else None))
            else:
                answers.append(answer)
        return answers

    def _features(self, audio: Pcm, frames: int) -> NDArray[np.float32]:
        samples = audio.astype(np.float32) / 32768.0
        mel: NDArray[np.float32] = self._extract(samples)[:, :frames]
        padded = np.zeros((mel.shape[0], frames), dtype=np.float32)
        padded[:, : mel.shape[1]] = mel
        return padded

    def _languages_of(self, batch: Sequence[Utterance], encoded: Any) -> list[dict[Language, float]]:
        priors = [one.request.languages for one in batch]
        if all(sum(weight > 0 for weight in prior.values()) == 1 for prior in priors):
            return [weigh({}, prior) for prior in priors]
        guesses = self._model.detect_language(encoded)
        found = []
        for one, guess in zip(batch, guesses, strict=True):
            heard = {token.strip("<|>"): float(probability) for token, probability in guess}
            found.append(weigh(heard, one.request.languages, trust(one.seconds)))
        return found

    def _decoded(self, result: Any) -> _Decoded:
        ids = [token for token in result.sequences_ids[0] if token < self._end]
        # CTranslate2 gives the mean over the tokens without the end mark; Whisper's own mean counts that too.
        total = float(result.scores[0]) * max(1, len(result.sequences_ids[0]))
        return _Decoded(
            text=str(self._tokenizer.decode(ids)).strip(),
            tokens=len(ids),
            mean_logprob=total / (len(ids) + 1),
            no_speech=float(result.no_speech_prob),
        )

    def _answer(
        self, utterance: Utterance, language: Language, scores: dict[Language, float], decoded: _Decoded
    ) -> Recognition:
        text = normalise(decoded.text, language)
        if not text or is_phantom(text, decoded.no_speech, decoded.mean_logprob):
            return replace(_nothing(scores), tokens=decoded.tokens)
        if self._mender and utterance.request.bias:
            text = self._mender.mend(text, language, utterance.request.bias)
        return Recognition(
            text=text,
            language=language,
            language_scores=scores,
            mean_logprob=decoded.mean_logprob,
            confidence=min(1.0, math.exp(decoded.mean_logprob)),
            tokens=decoded.tokens,
        )


def _nothing(scores: dict[Language, float]) -> Recognition:
    return Recognition("", max(scores, key=lambda language: scores[language]), scores, 0.0, 0.0)
