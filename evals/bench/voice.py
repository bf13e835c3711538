"""How well what we say is understood over a telephone line, composed of pieces and synthesised whole.

Every sentence is spoken both ways by the bot's voice, sent through G.711 and recognised by the packaged recogniser,
told the language. A number counts as right however it is written: "104227", "one zero four, two two seven". The
recogniser itself errs on numbers, so the difference between the two ways is what tells about the voice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bots.understanding.normalise import fold
from bots.understanding.numbers import digit_runs
from core.languages import Language
from evals.bench.bootstrap import Interval, paired_difference, ratio
from evals.bench.clips import through_the_line
from evals.bench.errors import edits, units
from evals.bench.sounds import Keep, not_kept
from evals.bench.voice_sentences import NAMES, SENTENCES
from models.protocols import Pcm, Recogniser, RecognitionRequest
from models.speech.composition import as_heard, plan
from models.speech.levels import spoken_level
from models.speech.normalise import normalise
from models.speech.speaker import Speaker

LINE_RATE = 8_000
_QUIET = np.zeros(round(0.3 * LINE_RATE), np.int16)
_LONG_RUN = 3
_EDGE_S = 0.003


@dataclass(frozen=True)
class SpokenBothWays:
    """One sentence with what was heard of it.

    Attributes:
        composed_share: of the composed sentence's sound, what came out of pieces; the rest was one clause whole.
        length: units of the reference: words in English, else characters, digits one each.
        composed_file, whole_file: where the sounds are kept, as spoken, before the line; '' where they are not.
    """

    language: str
    kind: str
    text: str
    composed: str
    whole: str
    composed_edits: int
    whole_edits: int
    length: int
    composed_s: float
    whole_s: float
    composed_share: float
    composed_file: str = ""
    whole_file: str = ""


@dataclass(frozen=True)
class Joint:
    """Where two pieces meet.

    Attributes:
        level_db: by how much the right one is louder.
        step: the largest step between two samples within 3 ms of the joint, of full scale.
        pitch_semitones: from the end of the left voice to the beginning of the right one; None where either is
            unvoiced there.
        left, right: the pieces.
        file: where the sentence that they are of is kept; '' where it is not.
    """

    language: str
    level_db: float
    step: float
    pitch_semitones: float | None
    left: str = ""
    right: str = ""
    file: str = ""


@dataclass(frozen=True)
class VoiceResult:
    """The figures of one language; rates are of edits per unit."""

    language: str
    sentences: int
    composed: Interval
    whole: Interval
    difference: Interval
    composed_share: float
    joints: int
    level_db_median: float
    level_db_p95: float
    step_largest: float
    pitch_semitones_median: float


async def speak_and_listen(
    composing: Speaker,
    plain: Speaker,
    recogniser: Recogniser,
    language: Language,
    progress: Callable[[], None],
    keep: Keep = not_kept,
) -> list[SpokenBothWays]:
    """Say and recognise every sentence of a language both ways.

    Args:
        composing: its pieces are rendered here, as when a bot is published. It declares ``NAMES``.
        plain: a speaker that composes nothing, with a cache of its own.
        keep: takes each sound.

    Raises:
        RuntimeError: a clause that can be composed was not, so that whole would be compared with whole.
    """
    out = []
    for number, (kind, text) in enumerate(SENTENCES[language]):
        await composing.prerender([(text, language, None)])
        parts = [clause async for clause in composing.clauses(text, language)]
        for part in parts:
            if part.source != "composed" and plan(part.text, language, NAMES[language]) is not None:
                raise RuntimeError(f"{part.text!r} was {part.source}, not composed: the caches are not apart")
        composed = np.concatenate([part.pcm8k for part in parts])
        whole = await plain.render(text, language)
        sounds = {"composed": composed, "whole": whole}
        heard = [await _heard(recogniser, sound, language) for sound in sounds.values()]
        wrong = [wrong_units(text, one, language) for one in heard]
        pieced = sum(len(part.pcm8k) for part in parts if part.source == "composed")
        out.append(
            SpokenBothWays(
                language.value, kind, text, heard[0], heard[1], wrong[0][0], wrong[1][0], wrong[0][1],
                round(len(composed) / LINE_RATE, 2), round(len(whole) / LINE_RATE, 2),
                round(pieced / max(1, len(composed)), 3),
                *(keep(f"{language}-{number:02}-{way}", sound) for way, sound in sounds.items()),
            )
        )  # fmt: skip
        progress()
    return out


async def _heard(recogniser: Recogniser, sound: Pcm, language: Language) -> str:
    audio = through_the_line(np.concatenate([_QUIET, sound, _QUIET]), LINE_RATE)
    request = RecognitionRequest("bench", {language: 1.0}, deadline_s=60.0)
    return (await recogniser.recognise(audio, request)).text


def wrong_units(reference: str, heard: str, language: Language) -> tuple[int, int]:
    """Edits and the reference's length, numbers compared by what they say and not by how they are written."""
    counted = []
    for said in (_in_words, _digits_apart):
        wanted = units(said(reference, language), language)
        counted.append((edits(wanted, units(said(heard, language), language)), len(wanted)))
    return min(counted, key=lambda one: one[0] / max(1, one[1]))


def _in_words(text: str, language: Language) -> str:
    return normalise(text, language)


def _digits_apart(text: str, language: Language) -> str:
    """Runs of digits, in figures or words, as figures one by one; other numbers in words."""
    folded = fold(text, language)
    out, at = "", 0
    for run in digit_runs(folded, language):
        if len(run.digits) >= _LONG_RUN:
            out += f"{folded[at : run.start]} {' '.join(run.digits)} "
            at = run.end
    return normalise(out + folded[at:], language)


def joints(
    speaker: Speaker, text: str, language: Language, names: tuple[str, ...] = (), file: str = ""
) -> list[Joint]:
    """Every joint within the composed clause ``text``; none where it is not composed or not all of it is there.

    Args:
        file: where the sentence is kept that it is of.
    """
    planned = plan(text, language, names)
    if planned is None:
        return []
    pieces = [speaker.piece(part.piece, language) for part in planned.parts]
    there = [piece for piece in pieces if piece is not None and len(piece)]
    if len(there) < len(pieces):
        return []
    heard = as_heard(planned.parts, there, LINE_RATE, language)
    out = []
    for (before, left), (after, right) in pairwise(
        (part.piece, sound) for part, sound in zip(planned.parts, heard, strict=True)
    ):
        levels = [spoken_level((sound / 32768).astype(np.float32), LINE_RATE) for sound in (left, right)]
        edge = round(_EDGE_S * LINE_RATE)
        seam = np.concatenate([left[-edge:], [0], right[:edge]]).astype(np.float64) / 32768
        pitches = pitch(left[-_PITCH_SAMPLES:]), pitch(right[:_PITCH_SAMPLES])
        jump = 12 * float(np.log2(pitches[1] / pitches[0])) if all(pitches) else None
        out.append(
            Joint(
                language.value,
                round(levels[1] - levels[0], 2),
                round(float(np.abs(np.diff(seam)).max()), 5),
                None if jump is None else round(jump, 2),
                before,
                after,
                file,
            )
        )
    return out


_PITCH_SAMPLES = round(0.09 * LINE_RATE)
_LOWEST_HZ, _HIGHEST_HZ, _VOICED, _ALIKE = 70, 420, 0.5, 0.88


def pitch(sound: Pcm | NDArray[np.float64], rate: int = LINE_RATE) -> float:
    """The fundamental of a short stretch by autocorrelation, in hertz; 0.0 where it is not voiced."""
    wave = np.asarray(sound, np.float64)
    wave = wave - wave.mean() if len(wave) else wave
    shortest, longest = rate // _HIGHEST_HZ, rate // _LOWEST_HZ
    if len(wave) <= longest or not wave.any():
        return 0.0
    spectrum = np.fft.rfft(wave, 2 * len(wave))
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[: longest + 1]
    # Fewer samples overlap at longer lags: weigh them alike.
    correlation = correlation / (len(wave) - np.arange(longest + 1))
    inner = correlation[1:-1]
    peaks = 1 + np.flatnonzero((inner >= correlation[:-2]) & (inner >= correlation[2:]))
    peaks = peaks[peaks >= shortest]
    if not len(peaks) or correlation[peaks].max() < _VOICED * correlation[0]:
        return 0.0
    # Two periods are as alike as one: the shortest that will do.
    near = peaks[correlation[peaks] >= _ALIKE * correlation[peaks].max()]
    return rate / int(near[0])


def judge(spoken: Sequence[SpokenBothWays], met: Sequence[Joint]) -> VoiceResult:
    """The figures of one language."""
    ours = [one.composed_edits for one in spoken]
    theirs = [one.whole_edits for one in spoken]
    lengths = [one.length for one in spoken]
    steps = np.abs([one.level_db for one in met] or [0.0])
    jumps = [abs(one.pitch_semitones) for one in met if one.pitch_semitones is not None]
    sound = sum(one.composed_s for one in spoken)
    return VoiceResult(
        language=spoken[0].language,
        sentences=len(spoken),
        composed=ratio(ours, lengths),
        whole=ratio(theirs, lengths),
        difference=paired_difference(ours, theirs, lengths),
        composed_share=sum(one.composed_share * one.composed_s for one in spoken) / sound if sound else 0.0,
        joints=len(met),
        level_db_median=float(np.median(steps)),
        level_db_p95=float(np.percentile(steps, 95)),
        step_largest=max((one.step for one in met), default=0.0),
        pitch_semitones_median=float(np.median(jumps)) if jumps else 0.0,
    )


def as_json(
    results: Sequence[VoiceResult], spoken: Sequence[SpokenBothWays], met: Sequence[Joint]
) -> dict[str, Any]:
    """Every figure, sentence and joint, from which the figures follow again."""
    return {
        "results": [asdict(one) for one in results],
        "sentences": [asdict(one) for one in spoken],
        "joints": [asdict(one) for one in met],
    }
