"""Recognition error of the pipeline through G.711, by language, beside the decoder with the full window.

The pipeline is what a call uses: the short window, its guard, and the full window where the guard asks
for it. Both decoders hear the same clips with the same prior for the language, so the difference is the
short window's alone. A language fails if the paired interval says that the pipeline is worse by a point
or more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import numpy as np

from core.languages import Language
from evals.bench.bootstrap import Interval, paired_difference, ratio
from evals.bench.clips import Clip
from evals.bench.errors import edits, units
from models.protocols import Recognition, RecognitionRequest
from models.recognition.whisper import Utterance, WhisperDecoder

_PRIOR = 0.85
"""Weight of the clip's own language, as on a call after its first turn; the others share the rest."""
_POINT = 0.01


@dataclass(frozen=True)
class Heard:
    """One clip with what both decoders made of it."""

    clip: str
    language: str
    reference: str
    pipeline: str
    full: str
    pipeline_language: str
    pipeline_edits: int
    full_edits: int
    length: int
    fell_back: bool
    pipeline_ms: float
    full_ms: float


@dataclass(frozen=True)
class LanguageResult:
    language: str
    kind: str
    clips: int
    units: int
    pipeline: Interval
    full: Interval
    difference: Interval
    fails: bool
    fallbacks: int
    wrong_language: int
    pipeline_ms: float
    full_ms: float


def request_for(language: Language) -> RecognitionRequest:
    rest = (1 - _PRIOR) / (len(Language) - 1)
    weights = {other: _PRIOR if other is language else rest for other in Language}
    return RecognitionRequest("bench", weights)


def listen(decoder: WhisperDecoder, clips: Iterable[Clip], progress: Callable[[Clip], None]) -> list[Heard]:
    """Decode every clip both ways."""
    results = []
    for clip in clips:
        utterance = Utterance(clip.audio, request_for(clip.language))
        began = time.perf_counter()
        short = decoder.decode([utterance])[0]
        answer = short or decoder.decode_full(utterance)
        middle = time.perf_counter()
        full = decoder.decode_full(utterance)
        ended = time.perf_counter()
        results.append(_compare(clip, answer, full, short is None, middle - began, ended - middle))
        progress(clip)
    return results


def _compare(
    clip: Clip, answer: Recognition, full: Recognition, fell_back: bool, took: float, full_took: float
) -> Heard:
    reference = units(clip.text, clip.language)
    return Heard(
        clip=clip.name,
        language=clip.language.value,
        reference=clip.text,
        pipeline=answer.text,
        full=full.text,
        pipeline_language=answer.language.value,
        pipeline_edits=edits(reference, units(answer.text, clip.language)),
        full_edits=edits(reference, units(full.text, clip.language)),
        length=len(reference),
        fell_back=fell_back,
        pipeline_ms=took * 1000,
        full_ms=full_took * 1000,
    )


def judge(kind: str, heard: list[Heard]) -> LanguageResult:
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
        fails=difference.low >= _POINT,
        fallbacks=sum(one.fell_back for one in heard),
        wrong_language=sum(one.pipeline_language != one.language for one in heard),
        pipeline_ms=float(np.median([one.pipeline_ms for one in heard])),
        full_ms=float(np.median([one.full_ms for one in heard])),
    )


def as_json(results: list[LanguageResult], heard: list[Heard]) -> dict[str, object]:
    return {"results": [asdict(one) for one in results], "clips": [asdict(one) for one in heard]}
