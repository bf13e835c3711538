"""What every Whisper model is used with, whatever runs it: the short window and its guard, silence, languages, text.

Blocking; called from the recogniser's own threads.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.languages import Language
from models.protocols import RECOGNISER_RATE, Pcm, Recognition, RecognitionRequest, Word
from models.recognition.bias import Mender
from models.recognition.language import trust, weigh
from models.recognition.scheduler import Doubt
from models.recognition.silence import is_phantom, is_silent
from models.recognition.text import normalise
from models.recognition.window import FULL_FRAMES, MIDDLE_FRAMES, Guard, once, window_frames

MAX_SECONDS = 30.0
FULL_TOKENS = 224
CROWDED_FROM = 0.4
"""Pressure from which callers wait for each other's decodes now and then."""
BEAMS = ((0.85, 1), (CROWDED_FROM, 3))
"""From which pressure on a search is at most how wide, the narrowest first. Of a decoder's time three cost a tenth
less than five, with no more errors; one a third less, with some more in Chinese and Japanese and fewer in Korean."""
_NO_SPEECH = ("<|nospeech|>", "<|nocaptions|>")
"""What the mark is called, from Whisper's second version on and before."""


def width(beam: int, load: float) -> int:
    """How wide a search is that would be ``beam`` wide if nobody waited for what it costs.

    >>> width(5, 0.3), width(5, 0.7), width(2, 0.7), width(5, 0.9)
    (5, 3, 2, 1)
    """
    return min([beam, *(limit for begin, limit in BEAMS if load >= begin)])


@dataclass(frozen=True)
class Utterance:
    """One piece of audio and what may be heard in it.

    Attributes:
        wanted: whether anybody still waits for the words. A decoder that asks on its way may give up where nobody does,
            and leave off with whatever it has: nobody reads it.
    """

    audio: Pcm
    request: RecognitionRequest
    wanted: Callable[[], bool] = field(default=lambda: True, compare=False)

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.audio) / RECOGNISER_RATE


@dataclass(frozen=True)
class Decoded:
    """What a model made of one utterance.

    Attributes:
        tokens: of the text, without marks.
        mean_logprob: over the tokens and the end mark.
        no_speech: probability that nobody speaks.
        circles: the search was given up, since the text went round in circles.
    """

    text: str
    tokens: int
    mean_logprob: float
    no_speech: float
    words: tuple[Word, ...] | None = None
    circles: bool = False


@dataclass(frozen=True)
class Reading:
    """What a model made of one utterance of a batch.

    Attributes:
        place: the utterance's in the batch.
        scores: the languages'.
        language: the one decoded in.
    """

    place: int
    scores: dict[Language, float]
    language: Language
    decoded: Decoded


def _to_nobody(place: int, answer: Recognition | Doubt) -> None:
    """All answers are waited for together."""


class WindowedDecoder(ABC):
    """A Whisper model behind the short window and its guard; a subclass runs the model.

    Args:
        beam: width of the search with the short window; 1 is greedy. While callers wait for each other it is what
            ``BEAMS`` says at most.
        full_beam: the same with the full window.
        guard: when the short window is not believed.
        mend: whether misheard words are mended by their sound after decoding.
    """

    _extract: Any
    """Set by the subclass: samples in, spectrogram out."""
    _one_by_one = False
    """Whether each utterance of a batch is encoded by itself, and so with a window of its own."""

    def __init__(
        self, beam: int = 1, full_beam: int = 1, guard: Guard | None = None, mend: bool = True
    ) -> None:
        self._beam, self._full_beam = beam, full_beam
        self._guard = guard or Guard()
        self._mender = Mender() if mend else None

    def _use(self, tokenizer: Any) -> None:
        """Take the marks of Whisper's language from the model's own tokenizer.

        Raises:
            ValueError: it lacks one, so that the model is not multilingual Whisper.
        """
        self._tokenizer = tokenizer
        self._sot = self._id("<|startoftranscript|>")
        self._end = self._id("<|endoftext|>")
        self._after_language = [self._id("<|transcribe|>"), self._id("<|notimestamps|>")]
        self._languages = {language: self._id(f"<|{language.value}|>") for language in Language}
        names = (tokenizer.token_to_id(name) for name in _NO_SPEECH)
        self._silence: int | None = next((found for found in names if found is not None), None)
        """The mark of no speech; the smallest models have none."""

    def _id(self, token: str) -> int:
        found = self._tokenizer.token_to_id(token)
        if found is None:
            raise ValueError(
                f"the recogniser's tokenizer lacks {token}; the model is not multilingual Whisper"
            )
        return int(found)

    @abstractmethod
    def _hear(
        self, batch: Sequence[Utterance], frames: Sequence[int], beam: int, caps: Sequence[int]
    ) -> Iterator[Reading]:
        """Run the model; each utterance's reading as soon as it is there.

        Args:
            frames: of each utterance its window, in frames of 10 ms, to which it is padded; the same for all unless they
                are encoded one by one.
            caps: of each the most tokens of its text; a model may allow all of them the longest's.
        """

    def _mel(self, audio: Pcm) -> NDArray[np.float32]:
        """The log-mel spectrogram, shape (channels, frames)."""
        mel: NDArray[np.float32] = self._extract(audio.astype(np.float32) / 32768.0)
        return mel

    def warm(self) -> None:
        """Run everything once, so that the first caller does not wait for what loads lazily."""
        noise = (np.random.default_rng(0).standard_normal(RECOGNISER_RATE) * 500).astype(np.int16)
        request = RecognitionRequest("warm", dict.fromkeys(Language, 1.0))
        self.decode([Utterance(noise, request)])
        normalise("體", Language.ZH)
        if self._mender:
            self._mender.warm()

    def decode(
        self,
        batch: Sequence[Utterance],
        load: float = 0.0,
        answered: Callable[[int, Recognition | Doubt], None] = _to_nobody,
    ) -> list[Recognition | Doubt]:
        """Decode with the short window; a doubt where its guard asks for a longer one.

        Args:
            batch: of similar lengths, as most models pad all to the longest.
            load: how hard the lanes are pressed, 0 to 1.
            answered: told the place and the answer of each utterance when it is there, before the batch's end.
        """
        beam = width(self._beam, load)
        answers: dict[int, Recognition | Doubt] = {}
        loud = []
        for place, utterance in enumerate(batch):
            if is_silent(utterance.audio):
                answers[place] = _nothing(weigh({}, utterance.request.languages))
                answered(place, answers[place])
            else:
                loud.append(place)
        if loud:
            frames = [window_frames(len(batch[place].audio)) for place in loud]
            if not self._one_by_one:
                frames = [max(frames)] * len(frames)
            for place, answer in self._run([batch[place] for place in loud], frames, beam):
                answers[loud[place]] = answer
                answered(loud[place], answer)
        return [answers[place] for place in range(len(batch))]

    def decode_full(self, utterance: Utterance) -> Recognition:
        """Decode with all of Whisper's thirty seconds."""
        if is_silent(utterance.audio):
            return _nothing(weigh({}, utterance.request.languages))
        ((_, answer),) = self._run([utterance], [FULL_FRAMES], self._full_beam)
        assert isinstance(answer, Recognition)
        return answer

    def decode_again(self, utterance: Utterance, load: float = 0.0) -> Recognition:
        """Decode what the short window is not believed of: with a middle window, or else with all of thirty seconds.

        A text that runs away even then is cut where it begins to repeat itself, and nobody is to be sure of it.

        Args:
            load: how hard the lanes are pressed, 0 to 1. While they are crowded the middle window is the last one: what
                runs away there mostly does so in the full one as well, and that takes as long as ten callers' short ones.
        """
        beam = width(self._full_beam, load)
        if is_silent(utterance.audio):
            return _nothing(weigh({}, utterance.request.languages))
        windows = [MIDDLE_FRAMES, FULL_FRAMES]
        if window_frames(len(utterance.audio)) >= MIDDLE_FRAMES:
            windows.remove(MIDDLE_FRAMES)
        elif load >= CROWDED_FROM:
            windows.remove(FULL_FRAMES)
        limit = min(FULL_TOKENS, self._guard.longest(utterance.seconds))
        for frames in windows:
            (reading,) = self._hear([utterance], [frames], beam, [limit])
            decoded = reading.decoded
            well = not decoded.circles and not self._guard.ran_away(decoded.text, decoded.tokens, limit)
            if well or not utterance.wanted():
                return self._answer(utterance, reading, decoded)
        cut = replace(
            decoded,
            text=once(decoded.text),
            mean_logprob=min(decoded.mean_logprob, self._guard.mean_logprob),
            words=None,
        )
        return self._answer(utterance, reading, cut)

    def _run(
        self, batch: Sequence[Utterance], frames: Sequence[int], beam: int
    ) -> Iterator[tuple[int, Recognition | Doubt]]:
        """Places and answers in the order in which they are there; what has the full window is believed."""
        guarded = [window < FULL_FRAMES for window in frames]
        caps = [
            self._guard.cap(one.seconds) if doubtful else FULL_TOKENS
            for one, doubtful in zip(batch, guarded, strict=True)
        ]
        for reading in self._hear(batch, frames, beam, caps):
            place, decoded, utterance = reading.place, reading.decoded, batch[reading.place]
            believed = not decoded.circles and self._guard.holds(
                decoded.text, decoded.tokens, decoded.mean_logprob, utterance.seconds
            )
            answer = self._answer(utterance, reading, decoded)
            if guarded[place] and not believed and decoded.no_speech < 0.9:
                sound = not decoded.circles and self._guard.bounded(
                    decoded.text, decoded.tokens, utterance.seconds
                )
                yield place, Doubt(answer if sound and answer.text else None)
            else:
                yield place, answer

    def _features(self, audio: Pcm, frames: int) -> NDArray[np.float32]:
        mel = self._mel(audio)[:, :frames]
        padded = np.zeros((mel.shape[0], frames), dtype=np.float32)
        padded[:, : mel.shape[1]] = mel
        return padded

    @staticmethod
    def _one_language_each(batch: Sequence[Utterance]) -> bool:
        """Whether nothing is to be guessed."""
        return all(sum(weight > 0 for weight in one.request.languages.values()) == 1 for one in batch)

    @staticmethod
    def _weighed(utterance: Utterance, heard: dict[str, float]) -> dict[Language, float]:
        """The allowed languages' probabilities, given the model's guess by language code."""
        return weigh(heard, utterance.request.languages, trust(utterance.seconds))

    def _answer(self, utterance: Utterance, reading: Reading, decoded: Decoded) -> Recognition:
        """What is told of a reading, with its text or a part of it."""
        language, scores = reading.language, reading.scores
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
            words=decoded.words,
        )


def _nothing(scores: dict[Language, float]) -> Recognition:
    return Recognition("", max(scores, key=lambda language: scores[language]), scores, 0.0, 0.0)
