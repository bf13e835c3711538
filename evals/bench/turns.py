"""When a turn is taken to be over: false cut-offs and the delay after the real end, by language.

On media time, not in real time: each clip goes through a call's voice activity, endpointer and end-of-turn model, the
model's answer arriving as late as told; docs/turns.md lists what a call does otherwise. A *whole* clip is to be one
turn, ended soon after its last sound. A *paused* one is the same clip with a silence of 0.3 to 0.8 s put in at its
quietest moment: a speaker who stops to think; a turn that ends there is a false cut-off, as it is in any pause that the
clip has by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from bots.understanding.entities import extract
from core.languages import Language
from evals.bench.bootstrap import Interval, proportion
from evals.bench.clips import Clip
from evals.bench.sounds import Keep, not_kept
from models.protocols import EndOfTurn, Recogniser, RecognitionRequest, VoiceActivity
from voice_gateway.audio.playout import voiced_until
from voice_gateway.audio.resample import RECOGNISER_RATE, resample
from voice_gateway.language_tracker import LanguageTracker
from voice_gateway.leg import LINE_RATE, Pcm
from voice_gateway.turns.dangling import dangles, prefaces
from voice_gateway.turns.endpointing import Ended, Endpointer, Paused, TurnProfile, WasNoise, WentOn
from voice_gateway.turns.voice import HOP_S, HOP_SAMPLES, Hop, VoiceGate

BEFORE_S = 0.5
AFTER_S = 2.0
PRE_ROLL_S = 0.3
ANSWER_S = 0.1
"""From a question to the end-of-turn model until its answer counts; measured on two cores, idle otherwise."""
WORDS_S = 0.25
"""From a question to the recogniser until its words are there."""
_NOISE = 12
_MIDDLE = (0.3, 0.7)
_LEAST_S = 1.2
"""Clips shorter than this have no middle to pause in."""

Kind = Literal["whole", "paused"]
JudgedBy = Literal["silence", "model", "model and words"]
Complete = Callable[[str, Language], bool]
"""Whether words need no more: all digits of a number are there."""
Hear = Callable[[Pcm, Language], Awaitable[tuple[str, Language, float]]]
"""Words, language and confidence of a sound at 8 kHz, by a recogniser that expects the language."""


def order_number_said(text: str, language: Language) -> bool:
    """Whether the words hold a whole order number, as a call decides that has asked for one."""
    return any(entity.name == "order_number" for entity in extract(text, language))


def hearing(recogniser: Recogniser) -> Hear:
    """As a call in that language asks."""

    async def hear(sound: Pcm, language: Language) -> tuple[str, Language, float]:
        request = RecognitionRequest("bench", LanguageTracker(language).weights(), deadline_s=60.0)
        found = await recogniser.recognise(resample(sound, LINE_RATE, RECOGNISER_RATE), request)
        return found.text, found.language, found.confidence

    return hear


@dataclass(frozen=True)
class Speech:
    """A caller's turn as it comes over the line.

    Attributes:
        sound: int16 at 8 kHz, with line noise before and after.
        end_s: where the caller's last sound ends.
        file: where the sound is kept; '' where it is not.
    """

    name: str
    language: str
    kind: Kind
    sound: Pcm
    end_s: float
    file: str = ""


@dataclass(frozen=True)
class Question:
    """A pause that was asked about: where the voice had ended, how probably the speaker too, and the words so far."""

    voice_end_s: float
    probability: float
    words: str | None = None
    dangling: bool = False
    complete: bool = False
    preface: bool = False


@dataclass(frozen=True)
class Followed:
    """What became of one turn. Times in seconds from the beginning of the sound.

    Attributes:
        ends_s: when each turn was taken to be over, by voice activity's last voice and by the clock.
        cut_off: whether one was before the caller's last word.
        delay_s: from the last sound to the end of the last turn; None if none ended.
        longest_pause_s: the longest silence within the turn, as voice activity hears it.
        file: where the sound is kept; '' where it is not.
    """

    clip: str
    language: str
    kind: Kind
    judge: JudgedBy
    end_s: float
    ends_s: tuple[tuple[float, float], ...]
    questions: tuple[Question, ...]
    longest_pause_s: float
    cut_off: bool
    delay_s: float | None
    file: str = ""


@dataclass(frozen=True)
class Endings:
    """The figures of one language and kind, by one judge."""

    language: str
    kind: Kind
    judge: JudgedBy
    turns: int
    cut_offs: int
    cut_off_rate: Interval
    delay_median_s: float
    delay_p90_s: float
    questions: int


def speeches(clips: Sequence[Clip], seed: int = 1) -> Iterator[Speech]:
    """Each clip whole, and with a pause where it is long enough; the same for the same seed."""
    rng = np.random.default_rng(seed)
    for clip in clips:
        narrow = resample(clip.audio, RECOGNISER_RATE, LINE_RATE)
        yield _on_the_line(clip, "whole", [narrow], rng)
        if len(narrow) >= _LEAST_S * LINE_RATE:
            at = quietest(narrow)
            pause = np.zeros(round(rng.uniform(0.3, 0.8) * LINE_RATE), np.int16)
            yield _on_the_line(clip, "paused", [narrow[:at], pause, narrow[at:]], rng)


def _on_the_line(clip: Clip, kind: Kind, parts: list[Pcm], rng: np.random.Generator) -> Speech:
    said = np.concatenate(parts)
    end_s = BEFORE_S + voiced_until(said)
    quiet = [np.zeros(round(seconds * LINE_RATE), np.int16) for seconds in (BEFORE_S, AFTER_S)]
    sound = np.concatenate([quiet[0], said, quiet[1]])
    noise = rng.integers(-_NOISE, _NOISE + 1, len(sound))
    noisy = np.clip(sound.astype(np.int32) + noise, -32768, 32767).astype(np.int16)
    return Speech(clip.name, clip.language.value, kind, noisy, end_s)


def quietest(sound: Pcm) -> int:
    """The sample in the middle part where 50 ms are the softest."""
    size = LINE_RATE // 20
    first, last = (int(share * len(sound)) for share in _MIDDLE)
    energies = np.convolve(sound[first:last].astype(np.float64) ** 2, np.ones(size), "valid")
    return first + int(np.argmin(energies)) + size // 2


def hops_of(vad: VoiceActivity, sound: Pcm) -> list[Hop]:
    """The sound as a call's listener judges it, hop by hop."""
    slot, gate, hops = vad.open(), VoiceGate(), []
    try:
        for number in range(len(sound) // HOP_SAMPLES):
            frame = sound[number * HOP_SAMPLES : (number + 1) * HOP_SAMPLES]
            probability = float(vad.probabilities(frame[None], [slot])[0])
            hops.append(gate.process(probability, number * HOP_S, (number + 1) * HOP_S))
    finally:
        vad.close(slot)
    return hops


class PauseJudge:
    """Answers for one sound, each pause once."""

    def __init__(
        self, model: EndOfTurn, speech: Speech, hear: Hear | None = None, complete: Complete | None = None
    ) -> None:
        self._complete = complete
        self._model = model
        self._speech = speech
        self._hear = hear
        self._known: dict[float, Question] = {}

    async def question(self, start_s: float, voice_end_s: float, now_s: float) -> Question:
        if voice_end_s not in self._known:
            first = max(0, round((start_s - PRE_ROLL_S) * LINE_RATE))
            heard = self._speech.sound[first : round(now_s * LINE_RATE)]
            p = round(self._model.finished(resample(heard, LINE_RATE, RECOGNISER_RATE)), 4)
            self._known[voice_end_s] = Question(voice_end_s, p)
            if self._hear is not None:
                text, language, _ = await self._hear(heard, Language(self._speech.language))
                whole = self._complete is not None and self._complete(text, language)
                self._known[voice_end_s] = Question(
                    voice_end_s, p, text, dangles(text, language), whole, prefaces(text, language)
                )
        return self._known[voice_end_s]


async def follow(
    speech: Speech, hops: Sequence[Hop], profile: TurnProfile, by: JudgedBy, judge: PauseJudge | None
) -> Followed:
    """Lead one turn through the endpointer."""
    endpointer = Endpointer(profile)
    ended: list[Ended] = []
    questions: list[Question] = []
    asked_s: float | None = None
    for hop in hops:
        if asked_s is not None:
            _answer(endpointer, questions[-1], hop.start_s - asked_s, by)
        for event in endpointer.process(hop):
            match event:
                case Paused(start_s, voice_end_s) if by != "silence" and judge is not None:
                    questions.append(await judge.question(start_s, voice_end_s, hop.end_s))
                    asked_s = hop.end_s
                case Ended():
                    ended.append(event)
                    asked_s = None
                case WentOn() | WasNoise():
                    asked_s = None
    last_voice_s = max((hop.end_s for hop in hops if hop.voiced), default=0.0)
    return Followed(
        clip=speech.name,
        language=speech.language,
        kind=speech.kind,
        judge=by,
        end_s=round(speech.end_s, 3),
        ends_s=tuple((round(one.voice_end_s, 3), round(one.at_s, 3)) for one in ended),
        questions=tuple(questions),
        longest_pause_s=round(_longest_pause(hops), 3),
        cut_off=any(one.voice_end_s < last_voice_s - 0.2 for one in ended),
        delay_s=round(ended[-1].at_s - speech.end_s, 3) if ended else None,
        file=speech.file,
    )


def _answer(endpointer: Endpointer, question: Question, since_s: float, by: JudgedBy) -> None:
    """Tell what is known by now of the present pause."""
    if since_s >= ANSWER_S - 1e-9:
        endpointer.judged(question.voice_end_s, question.probability)
    if by == "model and words" and question.words and since_s >= WORDS_S - 1e-9:
        endpointer.words_known(
            complete=question.complete, dangling=question.dangling, preface=question.preface
        )


def _longest_pause(hops: Sequence[Hop]) -> float:
    voiced = [hop for hop in hops if hop.voiced]
    return max((b.start_s - a.end_s for a, b in pairwise(voiced)), default=0.0)


async def measure(
    clips: Sequence[Clip],
    vad: VoiceActivity,
    model: EndOfTurn | None,
    hear: Hear | None,
    profile: TurnProfile,
    progress: Callable[[], None],
    complete: Complete | None = None,
    keep: Keep = not_kept,
) -> list[Followed]:
    """Every clip, whole and paused: by the silence alone, with the model, and with the words too.

    Args:
        complete: tells whether the words at a pause need no more; None where nothing certain is asked for.
        keep: takes each sound.
    """
    found = []
    for number, speech in enumerate(speeches(clips)):
        name = f"endings/{speech.language}-{number:03}-{speech.kind}"
        speech = replace(speech, file=keep(name, speech.sound))
        hops = hops_of(vad, speech.sound)
        found.append(await follow(speech, hops, profile, "silence", None))
        if model is not None:
            judge = PauseJudge(model, speech, hear, complete)
            found.append(await follow(speech, hops, profile, "model", judge))
            if hear is not None:
                found.append(await follow(speech, hops, profile, "model and words", judge))
        progress()
    return found


def figures(followed: Sequence[Followed]) -> list[Endings]:
    """By language, kind and judge."""
    groups: dict[tuple[str, Kind, JudgedBy], list[Followed]] = {}
    for one in followed:
        groups.setdefault((one.language, one.kind, one.judge), []).append(one)
    return [_figures(*key, group) for key, group in groups.items()]


def _figures(language: str, kind: Kind, judge: JudgedBy, group: Sequence[Followed]) -> Endings:
    delays = [one.delay_s for one in group if one.delay_s is not None]
    cut_offs = sum(one.cut_off for one in group)
    return Endings(
        language=language,
        kind=kind,
        judge=judge,
        turns=len(group),
        cut_offs=cut_offs,
        cut_off_rate=proportion(cut_offs, len(group)),
        delay_median_s=float(np.median(delays)) if delays else float("nan"),
        delay_p90_s=float(np.percentile(delays, 90)) if delays else float("nan"),
        questions=sum(len(one.questions) for one in group),
    )


def as_json(followed: Sequence[Followed]) -> dict[str, Any]:
    """Every figure and every turn, from which the figures follow again."""
    return {
        "endings": [asdict(one) for one in figures(followed)],
        "turns": [asdict(one) for one in followed],
    }
