"""Stand-ins for models, bot and log that know only what a test gives them.

A sentence of the caller is a tone, each sentence its own: the recogniser hears which tones are in the
sound it was given, so a test sees whether it was given the right one, whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import numpy as np

from bots.engine.types import HandOffWish, Heard, Reply, Say
from bots.understanding.types import Understanding
from core.events import Event, UtteranceHeard, UtteranceSpoken
from core.languages import Language
from core.recordings import RecordingWriter
from models.client import ModelsUnavailable
from models.protocols import Recognition, RecognitionRequest
from models.speech.clauses import split_clauses
from voice_gateway.leg import LINE_RATE, Pcm
from voice_gateway.phrases import fixed_lines

LOUD = 6000


class Sentences:
    """The caller's sentences, each with its tone."""

    def __init__(self) -> None:
        self._known: list[tuple[str, Language]] = []

    def tone(self, text: str, seconds: float = 1.0, language: Language = Language.EN) -> Pcm:
        """The sound of a sentence; '' sounds like speech and holds no words."""
        if (text, language) not in self._known:
            self._known.append((text, language))
        pitch = 300 + 60 * self._known.index((text, language))
        t = np.arange(round(seconds * LINE_RATE)) / LINE_RATE
        return (LOUD * np.sin(2 * np.pi * pitch * t)).astype(np.int16)

    def heard_in(self, audio: Pcm, rate: int = 16_000) -> list[tuple[str, Language, float]]:
        """The sentences in a sound, with the seconds of each."""
        size = rate // 20
        found: list[tuple[int, int]] = []
        for at in range(0, len(audio) - size + 1, size):
            window = audio[at : at + size].astype(np.float64)
            if np.sqrt(np.mean(window**2)) < LOUD / 6:
                continue
            spectrum = np.abs(np.fft.rfft(window * np.hanning(size), 4 * size))
            number = round((np.argmax(spectrum) * rate / (4 * size) - 300) / 60)
            if found and found[-1][0] == number:
                found[-1] = (number, found[-1][1] + 1)
            else:
                found.append((number, 1))
        return [
            (*self._known[number], count / 20)
            for number, count in found
            if count > 1 and 0 <= number < len(self._known)
        ]


class LoudnessVad:
    """Speech is what is loud."""

    def __init__(self) -> None:
        self.slots: set[int] = set()
        self.batches: list[int] = []
        self.broken = False
        self._next = 0

    def open(self) -> int:
        self._next += 1
        self.slots.add(self._next)
        return self._next

    def reset(self, slot: int) -> None:
        assert slot in self.slots

    def close(self, slot: int) -> None:
        self.slots.remove(slot)

    def probabilities(self, frames: Pcm, slots: list[int]) -> np.ndarray:
        if self.broken:
            raise RuntimeError("the model broke")
        assert len(set(slots)) == len(slots) and set(slots) <= self.slots
        self.batches.append(len(slots))
        return np.array([0.95 if np.abs(f).max() > LOUD / 4 else 0.02 for f in frames], np.float32)


@dataclass
class FakeRecogniser:
    sentences: Sentences
    decode_s: float = 0.1
    away: bool = False
    asked: list[tuple[str, str, float]] = field(default_factory=list)
    """(text, priority, seconds of the sentence that were in the sound)."""

    async def recognise(self, audio: Pcm, request: RecognitionRequest) -> Recognition:
        if self.away:
            raise ModelsUnavailable("away")
        assert audio.dtype == np.int16
        found = self.sentences.heard_in(audio)
        await asyncio.sleep(self.decode_s)
        if self.away:
            raise ModelsUnavailable("went away")
        words = [(text, language) for text, language, _ in found if text]
        text = " ".join(text for text, _ in words)
        language = words[0][1] if words else max(request.languages, key=lambda one: request.languages[one])
        self.asked.append((text, request.priority.value, sum(seconds for *_, seconds in found)))
        return Recognition(text, language, {language: 0.95}, -0.2, 0.9 if text else 0.0)


@dataclass(frozen=True)
class Clause:
    text: str
    pcm8k: Pcm


@dataclass
class FakeSpeaker:
    """0.06 s a character, rendered at ten times real time; the platform's own lines are cached."""

    away: bool = False
    broken: bool = False
    cached: set[str] = field(default_factory=lambda: {text for text, _ in fixed_lines()})
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    async def at_hand(self, text: str, language: Language, voice: str | None = None) -> bool:
        return text in self.cached

    async def clauses(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Clause]:
        self.asked.append((text, voice))
        if self.broken:
            raise RuntimeError("the synthesiser broke")
        for part in split_clauses(text, language):
            if text not in self.cached:
                if self.away:
                    raise ModelsUnavailable("away")
                await asyncio.sleep(0.006 * len(part))
            yield Clause(part, sound_of(part))


def sound_of(text: str) -> Pcm:
    """What a spoken text sounds like: noise of its length, not a tone."""
    rng = np.random.default_rng(len(text))
    return rng.integers(-3000, 3000, round(0.06 * len(text) * LINE_RATE)).astype(np.int16)


Answer = Callable[[Heard], Reply | Awaitable[Reply]]


@dataclass
class FakeBot:
    """Answers by rule; every session keeps what it heard."""

    answer: Answer
    greeting: str = "Welcome to the shop. How can I help?"
    name: str = "shop"
    listen: str = "open"
    asks: str = ""
    """The slot that the greeting asks for."""
    sessions: list[FakeSession] = field(default_factory=list)

    def start(self, session_id: str, language: Language, caller_number: str | None = None) -> FakeSession:
        self.sessions.append(FakeSession(self, language))
        return self.sessions[-1]

    def vocabulary(self, language: Language) -> list[str]:
        return ["parcel"]


class FakeSession:
    def __init__(self, bot: FakeBot, language: Language) -> None:
        self.bot, self.language = bot, language
        self.heard: list[Heard] = []
        self.silences = 0

    async def open(self) -> Reply:
        return reply(
            self.bot.greeting,
            language=self.language,
            key="utter_greet",
            listen=self.bot.listen,
            slots={"requested_slot": self.bot.asks} if self.bot.asks else {},
        )

    async def hear(self, heard: Heard) -> Reply:
        self.heard.append(heard)
        answer = self.bot.answer(heard)
        return answer if isinstance(answer, Reply) else await answer

    async def silence(self) -> Reply:
        self.silences += 1
        if self.silences >= 3:
            return reply("I cannot hear you. Goodbye.", end_call=True)
        return reply("Are you still there?", key="utter_still_there")


def reply(
    text: str,
    *,
    language: Language = Language.EN,
    key: str = "utter_answer",
    intent: str = "test",
    **more: object,
) -> Reply:
    says = (Say(text, language, key),) if text else ()
    return Reply(says, language, understanding=Understanding(intent, 0.9), **more)  # type: ignore[arg-type]


def to_a_person(text: str = "I will get somebody.", reason: str = "caller_asked") -> Reply:
    return reply(text, hand_off=HandOffWish(reason, "ask_person"), outcome="handed_off", listen="none")


@dataclass
class FakeLog:
    events: list[tuple[str, Event, float]] = field(default_factory=list)

    def emit(self, interaction_id: str, event: Event, **envelope: object) -> str:
        self.events.append((interaction_id, event, asyncio.get_running_loop().time()))
        return str(len(self.events))

    def of(self, kind: type[Event], interaction_id: str | None = None) -> list:
        return [e for i, e, _ in self.events if isinstance(e, kind) and interaction_id in (None, i)]

    def kinds(self, interaction_id: str | None = None) -> list[str]:
        return [e.kind for i, e, _ in self.events if interaction_id in (None, i)]

    def at(self, kind: type[Event]) -> float:
        return next(at for _, e, at in self.events if isinstance(e, kind))

    def transcript(self) -> list[tuple[str, str]]:
        lines = [e for _, e, _ in self.events if isinstance(e, UtteranceHeard | UtteranceSpoken)]
        return [(e.speaker, e.text) for e in sorted(lines, key=lambda e: e.start_s)]


def recordings(folder):
    """Recordings under a fixed key, for reading them again."""

    async def open_recording(name: str, person: str, channels: int = 2) -> RecordingWriter:
        return RecordingWriter(folder, name, KEY, person, channels=channels)

    return open_recording


KEY = bytes(32)
