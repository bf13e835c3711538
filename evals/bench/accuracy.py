"""Recognition error of the pipeline through G.711, by language, beside the decoder with the full window.

The pipeline is what a call uses: the scheduler with the short window, its guard, and the full window where
the guard asks for it. Both hear the same clips with the same prior for the language, so the difference is
the short window's alone. A language fails if the paired interval says that the pipeline is worse by a point
or more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from core.languages import Language
from evals.bench.bootstrap import Interval, paired_difference, ratio
from evals.bench.clips import Clip, Noise
from evals.bench.errors import edits, units
from models.protocols import Pcm, Recogniser, Recognition, RecognitionRequest
from models.recognition.decoding import Utterance, WindowedDecoder
from voice_gateway.language_tracker import LanguageTracker

ENOUGH = 30
"""Real clips from which a language is judged by them alone."""
RUNAWAY_UNITS = 10
"""More than twice what was said, and so many units on top, is a runaway."""
_POINT = 0.01
_FEWEST = 5
"""Clips below which resampling them says nothing about other clips."""

Verdict = Literal["passes", "fails", "too few clips"]


@dataclass(frozen=True)
class Heard:
    """One clip with what both decoders made of it.

    Attributes:
        pipeline_language: chosen with the priors of a call.
        cold_language: what would have been chosen had nothing been known about the caller.
        length: units of the reference: words in English, else characters.
    """

    clip: str
    kind: str
    voice: str
    language: str
    reference: str
    pipeline: str
    full: str
    pipeline_language: str
    cold_language: str
    pipeline_edits: int
    full_edits: int
    length: int
    fell_back: bool
    pipeline_ms: float
    full_ms: float
    condition: str = "g711"

    @property
    def runaway(self) -> bool:
        """Whether far more was recognised than can have been said: a decoder that repeats itself."""
        return len(units(self.pipeline, Language(self.language))) > 2 * self.length + RUNAWAY_UNITS


@dataclass(frozen=True)
class LanguageResult:
    """The figures of one language and kind of clip; rates are of edits per unit, times are medians."""

    language: str
    kind: str
    clips: int
    units: int
    pipeline: Interval
    full: Interval
    difference: Interval
    verdict: Verdict
    fallbacks: int
    wrong_language: int
    wrong_language_cold: int
    pipeline_ms: float
    full_ms: float
    condition: str = "g711"
    runaways: int = 0

    @property
    def fails(self) -> bool:
        return self.verdict == "fails"


@dataclass(frozen=True)
class HeardInNoise:
    """What was made of a clip in which nobody speaks; anything but nothing is an error."""

    clip: str
    seconds: float
    pipeline: str
    full: str
    pipeline_units: int
    full_units: int
    condition: str = "g711"


def priors_of_a_call(language: Language) -> dict[Language, float]:
    """The weights of a call's first turn where the greeting was in the caller's language."""
    return LanguageTracker(language).weights()


def request_for(language: Language) -> RecognitionRequest:
    """As a call asks, without the bot's words: these clips are about other matters."""
    return RecognitionRequest("bench", priors_of_a_call(language), deadline_s=60.0)


def language_without_priors(scores: Mapping[Language, float], priors: Mapping[Language, float]) -> Language:
    """What the recogniser would have taken the speech for, all languages weighing the same."""
    return max(scores, key=lambda language: scores[language] / priors[language])


async def listen(
    recogniser: Recogniser,
    decoder: WindowedDecoder,
    clips: Iterable[Clip],
    progress: Callable[[Clip], None],
    condition: str = "g711",
) -> list[Heard]:
    """Recognise every clip both ways, one after another."""
    results = []
    for clip in clips:
        request = request_for(clip.language)
        answer = await recogniser.recognise(clip.audio, request)
        full, full_ms = await _in_full(decoder, clip.audio, request)
        results.append(replace(compare(clip, answer, full, full_ms), condition=condition))
        progress(clip)
    return results


async def _in_full(
    decoder: WindowedDecoder, audio: Pcm, request: RecognitionRequest
) -> tuple[Recognition, float]:
    began = time.perf_counter()
    answer = await asyncio.to_thread(decoder.decode_full, Utterance(audio, request))
    return answer, (time.perf_counter() - began) * 1000


def compare(clip: Clip, answer: Recognition, full: Recognition, full_ms: float) -> Heard:
    """Count both answers against the clip's reference."""
    reference = units(clip.text, clip.language)
    cold = language_without_priors(answer.language_scores, priors_of_a_call(clip.language))
    return Heard(
        clip=clip.name,
        kind="real" if clip.real else "synthetic",
        voice=clip.voice,
        language=clip.language.value,
        reference=clip.text,
        pipeline=answer.text,
        full=full.text,
        pipeline_language=answer.language.value,
        cold_language=cold.value,
        pipeline_edits=edits(reference, units(answer.text, clip.language)),
        full_edits=edits(reference, units(full.text, clip.language)),
        length=len(reference),
        fell_back=answer.full_window,
        pipeline_ms=answer.decode_ms,
        full_ms=full_ms,
    )


def judge(kind: str, heard: Sequence[Heard]) -> LanguageResult:
    """The figures of one language."""
    ours = [one.pipeline_edits for one in heard]
    theirs = [one.full_edits for one in heard]
    lengths = [one.length for one in heard]
    difference = paired_difference(ours, theirs, lengths)
    return LanguageResult(
        language=heard[0].language,
        kind=kind,
        clips=len(heard),
        units=sum(lengths),
        pipeline=ratio(ours, lengths),
        full=ratio(theirs, lengths),
        difference=difference,
        verdict=verdict(difference, len(heard)),
        fallbacks=sum(one.fell_back for one in heard),
        wrong_language=sum(one.pipeline_language != one.language for one in heard),
        wrong_language_cold=sum(one.cold_language != one.language for one in heard),
        pipeline_ms=float(np.median([one.pipeline_ms for one in heard])),
        full_ms=float(np.median([one.full_ms for one in heard])),
        condition=heard[0].condition,
        runaways=sum(one.runaway for one in heard),
    )


def verdict(difference: Interval, clips: int) -> Verdict:
    """Fails only where the interval excludes every difference under one point."""
    if clips < _FEWEST:
        return "too few clips"
    return "fails" if difference.low >= _POINT else "passes"


async def listen_to_nothing(
    recogniser: Recogniser,
    decoder: WindowedDecoder,
    clips: Iterable[Noise],
    progress: Callable[[Noise], None],
    condition: str = "g711",
) -> list[HeardInNoise]:
    """Recognise clips without speech, all four languages weighing the same."""
    results = []
    for clip in clips:
        request = RecognitionRequest("bench", dict.fromkeys(Language, 1.0), deadline_s=60.0)
        answer = await recogniser.recognise(clip.audio, request)
        full, _ = await _in_full(decoder, clip.audio, request)
        results.append(
            HeardInNoise(
                clip.name,
                round(clip.seconds, 2),
                answer.text,
                full.text,
                len(units(answer.text, answer.language)),
                len(units(full.text, full.language)),
                condition,
            )
        )
        progress(clip)
    return results


def as_json(
    results: Sequence[LanguageResult], heard: Sequence[Heard], nothing: Sequence[HeardInNoise] = ()
) -> dict[str, Any]:
    """Every figure and every clip, from which the figures follow again."""
    return {
        "results": [asdict(one) for one in results],
        "clips": [asdict(one) for one in heard],
        "no_speech": [asdict(one) for one in nothing],
    }
