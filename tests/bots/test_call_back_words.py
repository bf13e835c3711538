"""Unit: who asks to be called back, and who does not, in four languages."""

from __future__ import annotations

import pytest

from bots.understanding.call_back import asks_for_call_back
from core.languages import Language

ZH, EN, JA, KO = Language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (ZH, "请给我回电"), (ZH, "你们能不能回个电话给我"), (ZH, "麻烦打给我吧"), (ZH, "回電"),
        (EN, "Call me back, please."), (EN, "I'd like a call back"), (EN, "callback"), (EN, "Could you ring me back?"),
        (JA, "折り返しお願いします"), (JA, "折返しで"), (JA, "あとでかけ直してください"), (JA, "お電話をください"),
        (KO, "다시 전화해 주세요"), (KO, "콜백 부탁드려요"), (KO, "전화 주세요"),
    ],
)  # fmt: skip
def test_a_wish_to_be_called_back_is_understood(language: Language, text: str) -> None:
    assert asks_for_call_back(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (ZH, "不用回电了"), (ZH, "我再打过来吧"), (ZH, "我的包裹在哪里"), (ZH, "我打了三次电话"),
        (EN, "No need to call me back"), (EN, "Don't call me back"), (EN, "I'll call back later"),
        (EN, "I called three times"), (EN, "where is my parcel"), (EN, "the back of the lamp is broken"),
        (JA, "折り返しはいりません"), (JA, "またかけ直します"), (JA, "荷物はどこですか"),
        (KO, "전화하지 마세요"), (KO, "제가 다시 전화할게요"), (KO, "상담원 연결해 주세요"),
    ],
)  # fmt: skip
def test_other_words_about_calling_are_no_such_wish(language: Language, text: str) -> None:
    assert not asks_for_call_back(text, language)
