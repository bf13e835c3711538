"""Cantonese and Sichuan speech are told from Mandarin by words, over a call, and met with one offer."""

from __future__ import annotations

import pytest

from core.languages import Language
from voice_gateway.dialects import Dialect, DialectListener, evidence, named

ZH, YUE, SICHUAN = Language.ZH, Dialect.CANTONESE, Dialect.SICHUAN


def heard(*texts: str) -> DialectListener:
    listener = DialectListener()
    for text in texts:
        listener.take(text, ZH)
    return listener


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("我嘅包裹喺邊度", YUE),
        ("点解我仲未收到货，你哋几时送嚟", YUE),
        ("唔该帮我揾下张单", YUE),
        ("我买的东西咋个还莫得到", SICHUAN),
        ("你说的是啥子哦，我要退货，要得不", SICHUAN),
    ],
)
def test_a_sentence_full_of_the_dialect_is_enough(text, dialect):
    assert heard(text).heard is dialect


@pytest.mark.parametrize(
    "text",
    [
        "你好，请问我的包裹到哪里了",
        "我想退货，这个杯子是坏的",
        "我不晓得订单号是多少",
        "明天能送到吗，我在广州",
        "联系人工客服",
        "关系到我的退款",
    ],
)
def test_mandarin_is_mandarin(text):
    assert heard(text).heard is None


def test_faint_traces_add_up_and_plain_mandarin_wears_them_off():
    assert heard("我唔知道").heard is None
    assert heard("我唔知道", "冇收到货").heard is YUE
    assert heard("我冇收到", "我的订单号是一零四", "我想查一下快递", "佢说已经到了").heard is None


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("你会说广东话吗", YUE),
        ("有没有讲粤语的客服", YUE),
        ("可不可以讲四川话", SICHUAN),
        ("I only speak Cantonese", YUE),
    ],
)
def test_who_asks_by_name_is_believed_at_once(text, dialect):
    assert named(text) is dialect
    assert heard(text).offer(understood=True) is dialect


def test_a_dialects_name_within_other_matters_is_no_wish():
    assert named("我要一本粤语歌曲的书") is None
    assert named("寄到四川成都") is None


def test_the_offer_is_made_once_and_only_where_the_bot_is_lost():
    listener = heard("点解我仲未收到货，你哋几时送嚟")
    assert listener.offer(understood=True) is None
    assert listener.offer(understood=False) is YUE
    assert listener.offer(understood=False) is None


def test_other_languages_hold_no_chinese_dialect():
    listener = DialectListener()
    listener.take("何か係が嘅", Language.JA)
    assert listener.heard is None


def test_words_count_once_and_their_parts_not_again():
    assert evidence("唔该唔该")[YUE] == evidence("唔该")[YUE] == 1.0
