"""Recognition is judged by pairs of answers to the same clip."""

import json

import numpy as np
import pytest

from core.languages import Language
from evals.bench.accuracy import (
    Heard,
    as_json,
    compare,
    judge,
    language_without_priors,
    listen,
    listen_to_nothing,
    priors_of_a_call,
)
from evals.bench.bootstrap import paired_difference
from evals.bench.clips import Clip, Noise
from models.protocols import Recognition

EN, JA = Language.EN, Language.JA


def heard(ours: int, theirs: int, number: int = 0, **more) -> Heard:
    facts = {
        "clip": f"c{number}", "kind": "real", "voice": "", "language": "en", "reference": "x", "pipeline": "",
        "full": "", "pipeline_language": "en", "cold_language": "en", "pipeline_edits": ours,
        "full_edits": theirs, "length": 10, "fell_back": False, "pipeline_ms": 300.0, "full_ms": 900.0,
    }  # fmt: skip
    return Heard(**{**facts, **more})


def test_a_language_fails_only_if_every_likely_difference_is_a_point_or_more():
    steadily_worse = [heard(2, 1, n) for n in range(20)]
    assert judge("real", steadily_worse).verdict == "fails"
    worse_by_chance = [heard(1, 0)] + [heard(1, 1, n) for n in range(1, 20)]
    assert judge("real", worse_by_chance).difference.value > 0
    assert judge("real", worse_by_chance).verdict == "passes"
    assert judge("real", [heard(0, 1, n) for n in range(20)]).verdict == "passes"


def test_one_clip_is_no_evidence():
    result = judge("real", [heard(5, 0)])
    assert result.verdict == "too few clips" and not result.fails


def test_the_figures_follow_again_from_the_clips_in_the_json():
    clips = [
        heard(n % 3, n % 2, n, fell_back=n == 4, pipeline_language="ja" if n == 7 else "en")
        for n in range(12)
    ]
    result = judge("real", clips)
    read = json.loads(json.dumps(as_json([result], clips)))
    rows = read["clips"]
    assert (
        sum(row["pipeline_edits"] for row in rows) / sum(row["length"] for row in rows)
        == result.pipeline.value
    )
    again = paired_difference(
        [row["pipeline_edits"] for row in rows],
        [row["full_edits"] for row in rows],
        [row["length"] for row in rows],
    )
    assert read["results"][0]["difference"] == {"value": again.value, "low": again.low, "high": again.high}
    assert (result.fallbacks, result.wrong_language, result.wrong_language_cold) == (1, 1, 0)


def test_without_priors_the_recognisers_own_guess_shows():
    priors = priors_of_a_call(EN)
    assert priors[EN] == pytest.approx(0.5)
    scores = {EN: 0.55, JA: 0.4, Language.KO: 0.03, Language.ZH: 0.02}
    assert language_without_priors(scores, priors) is JA


def answer(text: str, full: bool = False, language: Language = EN) -> Recognition:
    return Recognition(text, language, priors_of_a_call(EN), -0.2, 0.8, full_window=full, decode_ms=250.0)


class _Recogniser:
    def __init__(self, text):
        self.text, self.requests = text, []

    async def recognise(self, audio, request):
        self.requests.append(request)
        return answer(self.text, full=True)


class _Decoder:
    def decode_full(self, utterance):
        return answer("where is my parcel")


async def test_both_decoders_hear_the_same_clip_with_the_same_priors():
    clip = Clip("one", EN, "Where's my parcel?", np.zeros(16000, np.int16), True)
    recogniser, seen = _Recogniser("wheres my parcels"), []
    (result,) = await listen(recogniser, _Decoder(), [clip], seen.append)
    assert seen == [clip]
    assert recogniser.requests[0].languages == priors_of_a_call(EN)
    assert (result.pipeline_edits, result.full_edits, result.length) == (1, 2, 3)
    assert result.fell_back and result.pipeline_ms == 250.0 and result.kind == "real"


async def test_any_word_heard_where_nobody_speaks_counts():
    noise = Noise("hum.wav", np.zeros(16000, np.int16))
    (result,) = await listen_to_nothing(_Recogniser(""), _Decoder(), [noise], lambda clip: None)
    assert (result.pipeline_units, result.full_units) == (0, 4)


def test_a_wrong_language_is_counted_against_the_clips_own():
    clip = Clip("one", EN, "yes", np.zeros(16000, np.int16), False, "caller_a")
    result = compare(clip, answer("はい", language=JA), answer("yes"), 900.0)
    assert (result.pipeline_language, result.pipeline_edits, result.kind) == ("ja", 1, "synthetic")
