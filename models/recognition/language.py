"""Which of the allowed languages was spoken: Whisper's guess, weighed by what is known about the call."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.languages import Language

_FLOOR = 1e-6
"""A language that Whisper rules out entirely may still win by a strong prior."""


def weigh(heard: Mapping[str, float], priors: Mapping[Language, float]) -> dict[Language, float]:
    """Return the probability of each allowed language; sums to one.

    Args:
        heard: Whisper's probability of each language code, over all the languages that it knows.
        priors: weight of each allowed language; one of zero or less rules it out.

    >>> weigh({"ja": 0.5, "es": 0.3, "ko": 0.2}, {Language.JA: 1, Language.KO: 5})[Language.KO] > 0.5
    True
    """
    allowed = {language: weight for language, weight in priors.items() if weight > 0}
    if not allowed:
        raise ValueError("no language has a weight above zero")
    logs = {
        language: math.log(weight) + math.log(max(heard.get(language.value, 0.0), _FLOOR))
        for language, weight in allowed.items()
    }
    best = max(logs.values())
    scores = {language: math.exp(value - best) for language, value in logs.items()}
    total = sum(scores.values())
    return {language: score / total for language, score in scores.items()}
