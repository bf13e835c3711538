"""What the platform asks of a model, and nothing about how it is done.

Each protocol is small enough for a fake in a test and for a remote implementation: ``models.client`` implements
the same ones over a Unix socket. Audio to the recogniser is int16 mono at 16 kHz; audio from the synthesiser is
int16 mono at the rate it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.languages import Language

RECOGNISER_RATE = 16_000
"""Samples per second that every recogniser expects."""

Pcm = NDArray[np.int16]
Vectors = NDArray[np.float32]
Role = Literal["query", "passage"]


class Priority(StrEnum):
    """Why an utterance is decoded; earlier classes are served first, none is starved."""

    CONFIRMED = "confirmed"  # the caller's turn has ended and waits for an answer
    SPECULATIVE = "speculative"  # a short pause; the turn has perhaps ended
    PARTIAL = "partial"  # the caller still speaks; for live transcripts

    @property
    def rank(self) -> int:
        """0 for the most urgent class."""
        return {"confirmed": 0, "speculative": 1, "partial": 2}[self.value]


@dataclass(frozen=True)
class RecognitionRequest:
    """How to listen to one piece of audio.

    Attributes:
        call_id: whose audio it is; of each call (or leg) one speculative and one partial request may wait.
        languages: the languages that may be heard, each with its prior weight (earlier turns, the number called,
            the caller's country code). Weights need not sum to one; a weight of zero rules a language out.
        bias: words the bot knows (products, forms of words); misheard ones are mended by their sound.
        priority: see :class:`Priority`.
        deadline_s: seconds from now by which an answer is wanted; orders requests of one class.
        words: whether each word's time and confidence are wanted too; costs one more pass of the decoder.
    """

    call_id: str
    languages: Mapping[Language, float]
    bias: Sequence[str] = ()
    priority: Priority = Priority.CONFIRMED
    deadline_s: float = 2.0
    words: bool = False

    def __post_init__(self) -> None:
        if not any(weight > 0 for weight in self.languages.values()):
            raise ValueError("a recognition request needs at least one language with a weight above zero")


@dataclass(frozen=True)
class Word:
    """One recognised word with its place in the audio, in seconds from its beginning."""

    text: str
    start_s: float
    end_s: float
    confidence: float


@dataclass(frozen=True)
class Recognition:
    """What was heard.

    Attributes:
        text: normalised text (NFKC; Simplified characters for Chinese); empty for silence, noise and music.
        language: the language decoded in; of the request's languages.
        language_scores: probability of each allowed language, priors included; sums to one.
        mean_logprob: mean log probability of the tokens; 0 is certain.
        confidence: 0..1, from ``mean_logprob``; 0 where nothing was heard.
        words: words with times and confidence as they were decoded, before anything was mended; where the
            recogniser was asked for them and can tell.
        full_window: whether the short window's guard sent it to the slower full decode.
        queue_ms: time waited before decoding began.
        decode_ms: wall time of the decode (of the whole batch that it was part of).
        tokens: tokens generated.
    """

    text: str
    language: Language
    language_scores: Mapping[Language, float]
    mean_logprob: float
    confidence: float
    words: Sequence[Word] | None = None
    full_window: bool = False
    queue_ms: float = 0.0
    decode_ms: float = 0.0
    tokens: int = 0


@dataclass(frozen=True)
class Speech:
    """Synthesised audio: int16 mono samples and their rate in samples per second."""

    pcm: Pcm = field(repr=False)
    rate: int

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.pcm) / self.rate


class ModelError(Exception):
    """The base of every error that a model raises on purpose."""


class Overloaded(ModelError):
    """The queue is full; ask again later, or do without."""


class Superseded(ModelError):
    """A newer request of the same call and class took this one's place; its answer is no longer wanted."""


class BadRequest(ModelError):
    """The input cannot be served by any retry: wrong shape, too long, unknown voice."""


@runtime_checkable
class Recogniser(Protocol):
    """Turns audio into text."""

    async def recognise(self, audio: Pcm, request: RecognitionRequest) -> Recognition:
        """Return what was heard in ``audio`` (int16, 16 kHz, at most 30 s).

        Raises:
            Overloaded: the queue is full.
            Superseded: a newer speculative or partial request of the same call replaced this one.
            BadRequest: the audio is not int16 mono, or longer than 30 s.
        """
        ...


@runtime_checkable
class Synthesiser(Protocol):
    """Turns text into audio."""

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> Speech:
        """Return ``text`` spoken in ``language``; ``voice`` None means that language's default voice.

        Raises:
            BadRequest: the voice is unknown, or the text too long for one request.
            Overloaded: too many requests wait already.
        """
        ...


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors whose dot product is their cosine similarity."""

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        ...

    async def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """Return float32 of shape (len(texts), dimension), rows of length one."""
        ...


@runtime_checkable
class VoiceActivity(Protocol):
    """Tells speech from its absence, for many calls at once; each call has a slot that holds its state."""

    def probabilities(self, frames: NDArray[np.float32] | Pcm, slots: Sequence[int]) -> NDArray[np.float32]:
        """Return the probability of speech, shape (n,), for ``frames`` (n, 256) at 8 kHz, one per slot."""
        ...

    def open(self) -> int:
        """Take a fresh slot."""
        ...

    def reset(self, slot: int) -> None:
        """Forget what the slot has heard."""
        ...

    def close(self, slot: int) -> None:
        """Give the slot back."""
        ...


@runtime_checkable
class EndOfTurn(Protocol):
    """Tells by the sound of a sentence whether its speaker has finished."""

    def finished(self, audio: Pcm) -> float:
        """Return the probability that the speaker has; ``audio`` (int16, 16 kHz) ends in the pause."""
        ...


@dataclass(frozen=True)
class Message:
    """One message of a conversation with a language model."""

    role: Literal["system", "user", "assistant"]
    content: str


@runtime_checkable
class LanguageModel(Protocol):
    """Optional. Everything works without one."""

    async def complete(
        self, messages: Sequence[Message], max_tokens: int = 256, timeout_s: float = 10.0
    ) -> str:
        """Return the model's reply.

        Raises:
            LanguageModelError: the endpoint cannot be reached, is too slow, or answers with nonsense.
        """
        ...


class LanguageModelError(ModelError):
    """The language model gave no usable answer; the caller goes on without one."""
