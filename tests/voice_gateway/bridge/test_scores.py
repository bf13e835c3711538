"""Unit: a score from 1 to 5 is understood in four languages, and ordinary words are not taken for one."""

from __future__ import annotations

import pytest

from core.languages import Language
from voice_gateway.bridge.scores import score_in

ZH, EN, JA, KO = Language.ZH, Language.EN, Language.JA, Language.KO


@pytest.mark.parametrize(
    ("text", "language", "score"),
    [
        ("五", ZH, 5), ("五分。", ZH, 5), ("我给四分吧", ZH, 4), ("非常满意，打5分", ZH, 5), ("两颗星", ZH, 2), ("3", ZH, 3),
        ("Five.", EN, 5), ("I'd say four", EN, 4), ("4 stars", EN, 4), ("I give it a three.", EN, 3),
        ("four out of five", EN, 4), ("One, please.", EN, 1),
        ("五", JA, 5), ("五点です", JA, 5), ("よん", JA, 4), ("３点かな", JA, 3),
        ("오점이요", KO, 5), ("다섯", KO, 5), ("4점 드릴게요", KO, 4), ("삼 점입니다.", KO, 3),
    ],
)  # fmt: skip
def test_what_is_a_score(text, language, score):
    assert score_in(text, language) == score


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("一般", ZH), ("十分满意", ZH), ("四分或者五分", ZH), ("十五分", ZH), ("满意", ZH), ("六分", ZH), ("", ZH),
        ("No one helped me", EN), ("ten", EN), ("very good", EN), ("15 stars", EN),
        ("にゃあ", JA), ("十点", JA), ("まあまあです", JA),
        ("이것은 좋아요", KO), ("십오점", KO), ("일이 많아요", KO),
    ],
)  # fmt: skip
def test_what_is_none(text, language):
    assert score_in(text, language) is None
