"""A score from 1 to 5 in what a caller says: a bare number, or one with its unit somewhere in a sentence.

Numbers hide in ordinary words (一般, no one, 이것): without a unit only a number that stands alone counts.
"""

from __future__ import annotations

import re

from bots.understanding.normalise import fold
from core.languages import Language

_NAMES: dict[Language, dict[str, int]] = {
    Language.ZH: {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5},
    Language.EN: {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5},
    Language.JA: {
        "一": 1, "二": 2, "三": 3, "四": 4, "五": 5,
        "いち": 1, "に": 2, "さん": 3, "よん": 4, "し": 4, "ご": 5,
    },
    Language.KO: {
        "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5,
        "하나": 1, "둘": 2, "셋": 3, "넷": 4, "다섯": 5,
    },
}  # fmt: skip
_UNITS = {
    Language.ZH: r"\s*(?:分|颗?星)",
    Language.EN: r"[\s-]*(?:stars?|points?)\b|\s+out\s+of\s+(?:5|five)\b",
    Language.JA: r"\s*(?:点|つ星)",
    Language.KO: r"\s*점",
}
_AROUND = {
    Language.ZH: r"我?(?:打|给|评|选)?|吧|啊|呢",
    Language.EN: r"i(?:'d| would)? (?:say|give (?:it|you))(?: a)?|a|please|number",
    Language.JA: r"です|でお願いします|かな|番",
    Language.KO: r"이?요|입니다|번|드릴게요|예요",
}
_MARKS = re.compile(r"[^\w\s'-]+")


def score_in(text: str, language: Language) -> int | None:
    """The score; None where there is none, or several different ones."""
    folded = _MARKS.sub(" ", fold(text, language)).strip().lower()
    names = {**{str(n): n for n in range(1, 6)}, **_NAMES[language]}
    number = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    begin = r"(?<!\w)" if language.spaces_words else r"(?<![\d.十百])"
    with_unit = {names[found] for found in re.findall(f"{begin}({number})(?:{_UNITS[language]})", folded)}
    if with_unit:
        return with_unit.pop() if len(with_unit) == 1 else None
    alone = re.fullmatch(rf"(?:{_AROUND[language]})?\s*({number})\s*(?:{_AROUND[language]})?", folded)
    return names[alone.group(1)] if alone else None
