"""Asked for a number, the caller speaks of something else, or only looks for it."""

from __future__ import annotations

import pytest

from core.languages import Language
from voice_gateway.turns.elsewhere import is_elsewhere

ZH, EN, JA, KO = Language.ZH, Language.EN, Language.JA, Language.KO


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (ZH, "请问你们支持哪些付款方式"),
        (EN, "Which payment methods do you accept?"),
        (JA, "保証期間はどのくらいですか。"),
        (KO, "상담원 운영 시간이 어떻게 되나요?"),
    ],
)
def test_a_sentence_without_a_figure_is_elsewhere(language, text):
    assert is_elsewhere(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (ZH, "请帮我查一下我的订单五九一"),
        (ZH, "请帮我查订单20"),
        (EN, "I think that one oh four"),
        (JA, "たしか注文は一〇四です"),
        (KO, "아마도 주문이 일공사 같은데"),
    ],
)
def test_a_figure_is_a_part_of_the_number(language, text):
    assert not is_elsewhere(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (ZH, "等一下我去拿那个"),
        (ZH, "好的"),
        (EN, "Hold on, I'm getting the letter"),
        (EN, "Let me have a look"),
        (EN, "Yes"),
        (JA, "ちょっと待ってください"),
        (JA, "はい"),
        (KO, "잠깐만 기다려 주세요"),
        (KO, "네"),
    ],
)
def test_who_looks_for_it_or_only_agrees_is_waited_for(language, text):
    assert not is_elsewhere(text, language)
