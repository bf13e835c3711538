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


@pytest.mark.parametrize(
    "text",
    [
        "我不会说广东话",
        "我听不懂粤语",
        "我不是很懂四川话",
        "粤语我听不懂",
        "广东话我不会讲",
        "四川话听不太懂",
        "我没学过粤语",
        "不要跟我讲广东话",
        "請不要用粵語",
        "我唔识讲广东话",
        "唔使讲广东话",
        "I don't speak Cantonese",
        "I do not understand Cantonese",
        "I can't speak any Cantonese",
        "please do not speak Cantonese to me",
        "No, I never learned to speak Cantonese",
        "広東語は話せません",
        "広東語が分かりません",
        "四川語は話さないでください",
        "광동어를 못 해요",
        "광둥어는 할 줄 몰라요",
        "저는 광동어 안 해요",
        "광동어를 하지 못합니다",
    ],
)
def test_who_says_that_they_do_not_speak_it_does_not(text):
    assert named(text) is None
    assert heard(text).offer(understood=True) is None


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("我不会说普通话，我讲广东话", YUE),
        ("我听不懂，可不可以讲粤语", YUE),
        ("我普通话不好，只会说四川话", SICHUAN),
        ("广东话可以吗，普通话我不会", YUE),
        ("能不能讲广东话", YUE),
        ("你会不会讲广东话", YUE),
        ("我不太会讲普通话，会讲粤语", YUE),
        ("I don't speak Mandarin, I speak Cantonese", YUE),
        ("Sorry, I don't understand. Do you speak Cantonese?", YUE),
        ("Don't you speak Cantonese?", YUE),
        ("広東語を話せますか", YUE),
        ("日本語は分かりません。広東語で話してください", YUE),
        ("四川語でお願いします", SICHUAN),
        ("광동어 할 수 있어요?", YUE),
        ("한국어는 못 해요. 광둥어로 해 주세요", YUE),
        ("쓰촨어로 말해 주세요", SICHUAN),
    ],
)
def test_not_speaking_another_language_is_no_denial_of_the_dialect(text, dialect):
    assert named(text) is dialect


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
