"""Understanding is measured on sentences that nobody trained on, as a call would hear them."""

import json

import numpy as np
import pytest

from bots.engine.policy import Config
from bots.understanding.types import Example, Understanding
from core.languages import Language
from evals.bench.intents import (
    Case,
    MoodCase,
    accuracy,
    as_json,
    by_intent,
    confusions,
    mood_accuracy,
    spoken,
    typed,
)
from evals.bench.sentences import of_each_label, spread
from models.protocols import Recognition, Speech

EN = Language.EN
EXAMPLES = [Example(f"{label} {n}", label, EN) for label in ("greet", "deny", "thank") for n in range(6)]


def case(expected="greet", likeliest="greet", mode="typed", taken=None, **more) -> Case:
    facts = {
        "mode": mode, "language": "en", "expected": expected, "sentence": "s", "heard": "s",
        "heard_language": "en", "likeliest": likeliest, "confidence": 0.9, "taken_for": taken or likeliest,
        "length": 4,
    }  # fmt: skip
    return Case(**{**facts, **more})


def test_every_intent_is_drawn_as_often_and_the_same_ones_each_time():
    drawn = of_each_label(EXAMPLES, 2)
    assert [one.label for one in drawn] == ["greet"] * 2 + ["deny"] * 2 + ["thank"] * 2
    assert drawn == of_each_label(EXAMPLES, 2)
    assert len(of_each_label(EXAMPLES, 100)) == len(EXAMPLES)
    assert [one.label for one in spread(EXAMPLES, 5)] == ["greet", "deny", "thank", "greet", "deny"]
    assert spread(EXAMPLES, 0) == []


def test_a_doubtful_sentence_is_asked_again_rather_than_taken_wrongly():
    result = accuracy([case(), case(likeliest="thank"), case(likeliest="thank", taken="nlu_fallback")])
    assert (result.right, result.sentences, result.taken_wrongly, result.asked_again) == (1, 3, 1, 1)
    assert result.error is None


def test_spoken_accuracy_carries_its_recognition_error():
    result = accuracy([case(mode="spoken", edits=1), case(mode="spoken", edits=0, heard_language="ja")])
    assert result.error is not None and result.error.value == pytest.approx(1 / 8)
    assert result.wrong_language == 1


def test_the_worst_intents_are_named_with_what_they_were_taken_for():
    cases = [case("deny", "deny")] * 3 + [case("deny", "thank")] + [case("greet", "thank")] * 2
    assert confusions(cases, worst=1) == [("typed", "greet", "thank", 2, 2)]
    assert by_intent(cases)["deny"]["typed en"] == (3, 4)
    moods = [MoodCase("en", "neutral", "s", "neutral", 0.0), MoodCase("en", "negative", "s", "neutral", 0.1)]
    read = json.loads(json.dumps(as_json([accuracy(cases)], cases, moods)))
    assert sum(one["likeliest"] == one["expected"] for one in read["cases"]) == read["results"][0]["right"]
    assert read["sentiment"]["en"]["rate"]["value"] == mood_accuracy(moods).value == 0.5


class _ByFirstWord:
    """Takes the first word for the intent, in English alone."""

    async def understand(self, text, language):
        word = text.split()[0] if language is EN else "out_of_scope"
        return Understanding(word, 0.9)


class _Tone:
    def __init__(self):
        self.voices = []

    async def synthesise(self, text, language, voice=None):
        self.voices.append(voice)
        return Speech(np.full(24000, 500, np.int16), 24000)


class _Ear:
    """Hears what it is told to, in one language."""

    def __init__(self, texts, language=EN):
        self.texts, self.language, self.requests = list(texts), language, []

    async def recognise(self, audio, request):
        self.requests.append(request)
        scores = {one: 0.97 if one is self.language else 0.01 for one in Language}
        return Recognition(self.texts.pop(0), self.language, scores, -0.1, 0.9)


async def test_typed_sentences_are_understood_as_written():
    cases = await typed(EXAMPLES, _ByFirstWord(), Config(), lambda: None)
    assert all(one.right for one in cases) and len(cases) == len(EXAMPLES)


async def test_spoken_sentences_use_callers_voices_and_the_bots_words():
    tone, ear, done = _Tone(), _Ear(["greet 0", "", "thank you", "deny 3"]), []
    cases = await spoken(
        EXAMPLES[:4], tone, ear, _ByFirstWord(), Config(), ["parcel"], lambda: done.append(1)
    )
    assert tone.voices == ["caller_a", "caller_b", "caller_c", "caller_a"] and len(done) == 4
    assert ear.requests[0].bias == ["parcel"] and max(ear.requests[0].languages.values()) == 0.5
    assert [one.likeliest for one in cases] == ["greet", "nlu_fallback", "thank", "deny"]
    assert [one.edits for one in cases] == [0, 2, 2, 1]


async def test_a_sentence_heard_in_another_language_is_understood_in_it_as_on_a_call():
    # A clear turn of over two seconds changes the language of a call.
    tone = _Tone()
    tone.synthesise = _long
    (one,) = await spoken(
        EXAMPLES[:1], tone, _Ear(["グリート"], Language.JA), _ByFirstWord(), Config(), [], lambda: None
    )
    assert (one.heard_language, one.likeliest) == ("ja", "out_of_scope")


async def _long(text, language, voice=None):
    return Speech(np.full(24000 * 3, 500, np.int16), 24000)
