"""Which of the allowed languages was spoken: Whisper's guess, weighed by what is known about the call."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.languages import Language

_FLOOR = 1e-6
"""A language that Whisper rules out entirely may still win by a strong prior."""


_CODES = {Language.ZH: ("zh", "yue")}
_FULL_TRUST_S = 3.0
_LEAST_TRUST = 0.3


def trust(seconds: float) -> float:
    """How far Whisper's guess is believed: it is far too sure of itself on a single short word.

    >>> trust(0.9), trust(1.5), trust(6.0)
    (0.3, 0.5, 1.0)
    """
    return min(1.0, max(_LEAST_TRUST, seconds / _FULL_TRUST_S))


def _chance(heard: Mapping[str, float], language: Language) -> float:
    return sum(heard.get(code, 0.0) for code in _CODES.get(language, (language.value,)))


def weigh(
    heard: Mapping[str, float], priors: Mapping[Language, float], trust: float = 1.0
) -> dict[Language, float]:
    """Return the probability of each allowed language; sums to one.

    Args:
        heard: Whisper's probability of each language code, over all the languages that it knows.
        priors: weight of each allowed language; one of zero or less rules it out.
        trust: 1 takes the guess at its word, 0 ignores it.

    Cantonese, which newer models name by itself, counts as Chinese: it is written so, and its words tell the dialect.

    >>> weigh({"yue": 0.6, "ja": 0.3, "zh": 0.1}, {Language.ZH: 1, Language.JA: 1})[Language.ZH] > 0.6
    True
    >>> weigh({"ja": 0.5, "es": 0.3, "ko": 0.2}, {Language.JA: 1, Language.KO: 5})[Language.KO] > 0.5
    True
    """
    allowed = {language: weight for language, weight in priors.items() if weight > 0}
    if not allowed:
        raise ValueError("no language has a weight above zero")
    logs = {
        language: math.log(weight) + trust * math.log(max(_chance(heard, language), _FLOOR))
        for language, weight in allowed.items()
    }
    best = max(logs.values())
    scores = {language: math.exp(value - best) for language, value in logs.items()}
    total = sum(scores.values())
    return {language: score / total for language, score in scores.items()}
