"""Understanding on the held-out sentences: typed, and spoken over a telephone line; and the callers' mood.

Typed sentences go to the embedder and the classifier as the bot asks them. Spoken ones are said by voices
other than the bot's, pass through G.711, and are recognised as on a call: by the whole pipeline, with
the prior weights of a first turn and the bot's own words as bias; what was heard is then understood in the
language that the call would go on in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bots.engine.context import in_context
from bots.engine.policy import Config
from bots.understanding.normalise import for_intent
from bots.understanding.sentiment import SentimentModel
from bots.understanding.types import Embedder, Example, Understander
from core.languages import Language
from evals.bench.bootstrap import Interval, proportion, ratio
from evals.bench.clips import OTHER_THAN_BOT, rendered_clips
from evals.bench.errors import edits, units
from models.protocols import RECOGNISER_RATE, Recogniser, RecognitionRequest, Synthesiser
from voice_gateway.language_tracker import LanguageTracker

NOT_UNDERSTOOD = "nlu_fallback"


@dataclass(frozen=True)
class Case:
    """One sentence and what was made of it.

    Attributes:
        expected, likeliest: the intent meant, and the classifier's first choice.
        taken_for: what the bot acts on outside of any question; ``nlu_fallback`` where it asks again.
        heard: as recognised; the sentence itself where it was typed.
        heard_language: that the call goes on in.
        edits, length: of the recognition, in units of the language; 0 and the length where typed.
    """

    mode: str
    language: str
    expected: str
    sentence: str
    heard: str
    heard_language: str
    likeliest: str
    confidence: float
    taken_for: str
    voice: str = ""
    edits: int = 0
    length: int = 0

    @property
    def right(self) -> bool:
        return self.likeliest == self.expected


@dataclass(frozen=True)
class MoodCase:
    """One sentence of known mood."""

    language: str
    expected: str
    sentence: str
    likeliest: str
    score: float


@dataclass(frozen=True)
class Accuracy:
    """One language, typed or spoken.

    Attributes:
        asked_again: sentences that the bot is too unsure of to act on.
        taken_wrongly: sentences that it acts on as another intent.
        error: of the recognition; None where typed.
    """

    mode: str
    language: str
    sentences: int
    right: int
    rate: Interval
    asked_again: int
    taken_wrongly: int
    error: Interval | None
    wrong_language: int


async def typed(
    examples: Sequence[Example], understander: Understander, config: Config, progress: Callable[[], None]
) -> list[Case]:
    """Understand the sentences as they are written."""
    cases = []
    for example in examples:
        cases.append(
            await _case("typed", example, example.text, example.language, understander, config, "", 0)
        )
        progress()
    return cases


async def spoken(
    examples: Sequence[Example],
    synthesiser: Synthesiser,
    recogniser: Recogniser,
    understander: Understander,
    config: Config,
    bias: Sequence[str],
    progress: Callable[[], None],
) -> list[Case]:
    """Say the sentences of one language, hear them as a call does, and understand what was heard."""
    cases = []
    for number, example in enumerate(examples):
        voice = OTHER_THAN_BOT[number % len(OTHER_THAN_BOT)]
        clip = (await rendered_clips(synthesiser, example.language, [example.text], [voice]))[0]
        tracker = LanguageTracker(example.language)
        answer = await recogniser.recognise(
            clip.audio, RecognitionRequest("bench", tracker.weights(), bias=bias, deadline_s=60.0)
        )
        tracker.heard(answer.language, answer.language_scores, len(clip.audio) / RECOGNISER_RATE)
        reference = units(example.text, example.language)
        wrong = edits(reference, units(answer.text, example.language))
        cases.append(
            await _case("spoken", example, answer.text, tracker.current, understander, config, voice, wrong)
        )
        progress()
    return cases


async def _case(
    mode: str,
    example: Example,
    heard: str,
    language: Language,
    understander: Understander,
    config: Config,
    voice: str,
    wrong: int,
) -> Case:
    if heard:
        found = await understander.understand(heard, language)
        taken = in_context(heard, language, found, "open", config, wants_text=False, soft_yes=False).intent
        likeliest, confidence = found.intent, found.confidence
    else:  # the call asks again without troubling the bot
        likeliest, confidence, taken = NOT_UNDERSTOOD, 0.0, NOT_UNDERSTOOD
    return Case(
        mode=mode,
        language=example.language.value,
        expected=example.label,
        sentence=example.text,
        heard=heard,
        heard_language=language.value,
        likeliest=likeliest,
        confidence=round(confidence, 3),
        taken_for=taken,
        voice=voice,
        edits=wrong,
        length=len(units(example.text, example.language)),
    )


async def moods(examples: Sequence[Example], model: SentimentModel, embedder: Embedder) -> list[MoodCase]:
    """The likeliest of negative, neutral and positive for each sentence."""
    sentences = [(example.text, example.language) for example in examples]
    vectors = await embedder.embed([for_intent(text, language) for text, language in sentences], "query")
    probabilities = model.classifier.probabilities(vectors, sentences)
    scores = model.scores(vectors, sentences)
    return [
        MoodCase(
            example.language.value,
            example.label,
            example.text,
            model.classifier.labels[int(np.argmax(row))],
            round(score, 3),
        )
        for example, row, score in zip(examples, probabilities, scores, strict=True)
    ]


def accuracy(cases: Sequence[Case]) -> Accuracy:
    """The figures of one language and mode."""
    first = cases[0]
    right = sum(case.right for case in cases)
    lengths = [case.length for case in cases]
    return Accuracy(
        mode=first.mode,
        language=first.language,
        sentences=len(cases),
        right=right,
        rate=proportion(right, len(cases)),
        asked_again=sum(case.taken_for == NOT_UNDERSTOOD for case in cases),
        taken_wrongly=sum(case.taken_for not in (case.expected, NOT_UNDERSTOOD) for case in cases),
        error=ratio([case.edits for case in cases], lengths) if first.mode == "spoken" else None,
        wrong_language=sum(case.heard_language != case.language for case in cases),
    )


def by_intent(cases: Sequence[Case]) -> dict[str, dict[str, tuple[int, int]]]:
    """For every intent, by ``mode language``: right ones and all."""
    counts: dict[str, dict[str, tuple[int, int]]] = {}
    for case in cases:
        row = counts.setdefault(case.expected, {})
        right, all_of_them = row.get(f"{case.mode} {case.language}", (0, 0))
        row[f"{case.mode} {case.language}"] = (right + case.right, all_of_them + 1)
    return counts


def confusions(cases: Sequence[Case], worst: int = 4) -> list[tuple[str, str, str, int, int]]:
    """Of each mode's worst intents: (mode, meant, taken for, how often, sentences of that intent)."""
    found = []
    for mode in dict.fromkeys(case.mode for case in cases):
        of_mode = [case for case in cases if case.mode == mode]
        meant = Counter(case.expected for case in of_mode)
        wrong = Counter(case.expected for case in of_mode if not case.right)
        pairs = Counter((case.expected, case.likeliest) for case in of_mode if not case.right)
        for intent in sorted(wrong, key=lambda one: (-wrong[one] / meant[one], one))[:worst]:
            rows = [(other, count) for (expected, other), count in pairs.items() if expected == intent]
            for other, count in sorted(rows, key=lambda row: (-row[1], row[0])):
                found.append((mode, intent, other, count, meant[intent]))
    return found


def mood_accuracy(cases: Sequence[MoodCase]) -> Interval:
    """Share of sentences whose mood was told."""
    return proportion(sum(case.likeliest == case.expected for case in cases), len(cases))


def as_json(
    results: Sequence[Accuracy], cases: Sequence[Case], mood_cases: Sequence[MoodCase]
) -> dict[str, Any]:
    """Every figure and every sentence, from which the figures follow again."""
    moods_of = {
        language: [case for case in mood_cases if case.language == language]
        for language in dict.fromkeys(case.language for case in mood_cases)
    }
    return {
        "results": [asdict(one) for one in results],
        "by_intent": by_intent(cases),
        "confusions": [
            dict(zip(("mode", "meant", "taken_for", "times", "of"), row, strict=True))
            for row in confusions(cases)
        ],
        "sentiment": {
            language: {"sentences": len(group), "rate": asdict(mood_accuracy(group))}
            for language, group in moods_of.items()
        },
        "cases": [asdict(case) for case in cases],
        "sentiment_cases": [asdict(case) for case in mood_cases],
    }
