"""Unit: numbers, dates, languages, yes and no, as callers say them and as the recogniser writes them."""

from __future__ import annotations

from datetime import date

import pytest

from bots.understanding.entities import extract, holds_order_number, is_only_a_number, yes_no
from bots.understanding.normalise import fold, for_intent
from core.languages import Language

ORDER = {
    "zh": [
        "一零四二二七",
        "幺零四两两七",
        "订单号是一〇四二二七",
        "H104227",
        "1 0 4 2 2 7",
        "嗯 10 42 27",
        "１０４２２７",
        "我的單號是104,227",
        "一 零 四 二 二 七。",
        "1零4二27",
        "不是104228 是104227",
        "是104227不是104228",
        "一零四嗯二二七",
    ],
    "en": [
        "one oh four two two seven",
        "one zero four double two seven",
        "ten forty two twenty seven",
        "H-104,227.",
        "it's 1-0-4-2-2-7",
        "h 1 0 4 2 2 7",
        "age 104227",
        "8 104227",
        "1 oh 4 to 2 7",
        "104 227 please",
        "one oh four, uh, two two seven",
        "sorry 104228 no I mean 104227",
        "One O four two two seven",
    ],
    "ja": [
        "いちぜろよんににななです",
        "一ゼロ四二二七",
        "104227です",
        "10の42の27",
        "エイチ104227",
        "104227についてですが",
        "イチ、ゼロ、ヨン、ニ、ニ、ナナ",
        "いちまるよんににしち",
        "104228じゃなくて104227です",
        "１０４２２７の返品",
    ],
    "ko": [
        "일공사이이칠이요",
        "일 공 사 이 이 칠",
        "일영사 이이칠입니다",
        "104 227이에요",
        "에이치 104227입니다",
        "십 사십이 이십칠",
        "하나 공 넷 둘 둘 일곱",
        "104227 영수증 주세요",
        "104227 이 주문이요",
        "1 공 4 2 2 7",
    ],
}


@pytest.mark.parametrize(
    ("language", "text"), [(one, text) for one, texts in ORDER.items() for text in texts]
)
def test_an_order_number_is_found_however_it_is_said(language, text):
    found = [e.value for e in extract(text, Language(language)) if e.name == "order_number"]
    assert found[:1] == ["104227"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "我买了两个"),
        ("zh", "一下"),
        ("zh", "三月五号买的"),
        ("zh", "七天内可以退吗"),
        ("zh", "二十四小时"),
        ("en", "one moment please"),
        ("en", "I ordered two chairs"),
        ("en", "for my wife too"),
        ("en", "open 24 hours"),
        ("ja", "にほんごでお願いします"),
        ("ja", "二つ買いました"),
        ("ja", "三月五日に届きました"),
        ("ja", "一人で組み立てました"),
        ("ko", "이사 오면서 주문했어요"),
        ("ko", "두 개 샀어요"),
        ("ko", "3월 5일에 샀어요"),
        ("ko", "일이 사실 그게 아니라"),
    ],
)
def test_ordinary_words_are_no_numbers(language, text):
    names = {entity.name for entity in extract(text, Language(language))}
    assert not names & {"order_number", "digits", "phone", "tracking_number"}


@pytest.mark.parametrize(
    ("language", "text", "name", "value"),
    [
        ("zh", "运单号是七三零一一八五五二零四六", "tracking_number", "730118552046"),
        ("en", "730 118 552 046", "tracking_number", "730118552046"),
        ("en", "EE 123 456 789 CN", "tracking_number", "EE123456789CN"),
        ("zh", "我的手机是13800138001", "phone", "13800138001"),
        ("ko", "공일공 일이삼사 오육칠팔", "phone", "01012345678"),
        ("en", "ten forty two", "digits", "1042"),
        ("zh", "一零四", "digits", "104"),
        ("zh", "請說英文", "language", "en"),
        ("ja", "韓国語でお願いします", "language", "ko"),
        ("ko", "일본말 되나요", "language", "ja"),
        ("en", "Mandarin please", "language", "zh"),
        ("zh", "会说粤语吗", "language", "other"),
    ],
)
def test_other_values_are_found(language, text, name, value):
    assert (name, value) in [(entity.name, entity.value) for entity in extract(text, Language(language))]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("zh", "昨天到的", "2026-03-09"),
        ("zh", "三月五号", "2026-03-05"),
        ("zh", "十二月二十一日", "2025-12-21"),
        ("en", "on March 5th", "2026-03-05"),
        ("en", "the 21st of December", "2025-12-21"),
        ("en", "the day before yesterday", "2026-03-08"),
        ("ja", "3月5日", "2026-03-05"),
        ("ja", "明後日", "2026-03-12"),
        ("ko", "3월 5일", "2026-03-05"),
        ("ko", "어제", "2026-03-09"),
    ],
)
def test_dates_are_told_from_the_callers_day(language, text, value):
    found = extract(text, Language(language), date(2026, 3, 10))
    assert [entity.value for entity in found if entity.name == "date"] == [value]


def test_a_date_that_does_not_exist_is_no_date():
    assert not [e for e in extract("13月40号", Language.ZH) if e.name == "date"]


YES = {
    "zh": ["是的", "对对对", "没错", "嗯 好的", "可以", "没问题", "對的", "要的"],
    "en": ["yes", "Yeah, that's right.", "uh huh", "yes please", "sure thing", "go ahead"],
    "ja": ["はい", "そうです", "はいお願いします", "ええ間違いないです", "大丈夫です"],
    "ko": ["네", "네 맞아요", "예 그렇게 해주세요", "그럼요", "괜찮아요"],
}
NO = {
    "zh": ["不是", "不对", "没有了，谢谢", "不用了", "算了", "错了"],
    "en": ["no", "No, that's all.", "nope", "not really", "no thank you", "that's wrong"],
    "ja": ["いいえ", "違います", "いえ大丈夫です", "特にないです", "結構です"],
    "ko": ["아니요", "아뇨 괜찮아요", "없어요", "아니에요", "필요 없어요"],
}


@pytest.mark.parametrize(
    ("language", "text", "whole"),
    [
        ("zh", "请帮我查一下订单状态号码是638491", True),
        ("zh", "我的订单,号码是8652227", True),  # a figure too many was heard
        ("zh", "订单号是85358", False),
        ("zh", "订单的快递单号是638491", False),
        ("zh", "号码是638491", False),
        ("zh", "没有订单号,就是638491", False),
        ("zh", "下订单时的手机号,1381234", False),
        ("en", "the shipping number of my order is 104 227", False),
        ("en", "I don't have the order number it's 104 227", False),
        ("ja", "注文のお問い合わせ番号は104227", False),
        ("ja", "注文番号はわからないのですが、104227", False),
        ("en", "the status of order number 205 853", True),
        ("en", "the tracking number of my order is 205 853", False),
        ("ja", "注文番号は104227", True),
        ("ja", "中文番号は104227", True),
        ("ja", "追跡番号は104227", False),
        ("ko", "제 주문번호 일공사이이칠", True),
        ("ko", "운송장 번호 일공사이이칠", False),
    ],
)
def test_an_order_number_is_whole_with_six_figures_once_it_is_called_one(language, text, whole):
    assert holds_order_number(text, Language(language)) == whole
    assert holds_order_number(text, Language(language), asked=True) == ("85358" not in text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("请帮我查一下定单状态,号码是,刘奇子刘奇子", "674674"),
        ("我的订单到哪里了?订单后是五九亿,四五八!", "591458"),
        ("请帮我查一下订单状态号码式4教议刘奇斯", "491674"),
        ("订单后是,63吧,63吧", "638638"),
        ("订单后是22763吧", "227638"),
        ("订单后是,六骑子,就三零。", "674930"),
        ("定单状态号码是853 溜旗子", "853674"),
        ("号码就是四舅一,四五八", "491458"),
        ("号码是刘奇子", ""),
        ("号码是刘奇子刘奇子刘", ""),
        ("电话号码是13812345678", ""),
        ("刘奇子刘奇子", ""),
        ("号码是其他人告诉我的就是这样", ""),
        ("我的号码是对的吧就这样吧", ""),
        ("手机号码是一三吧七五六,两吧三一四", ""),
        ("运单号码是八五三刘奇子,二幺吧零四四", ""),
        ("订单号是63849,就是那个", ""),
        ("订单号是63849把它取消", ""),
        ("然后63849吧", ""),
        ("我在三号, 2 0 3 5 6就行", ""),
    ],
)
def test_figures_that_were_taken_for_words_are_a_number_after_the_number_is(text, number):
    found = [one.value for one in extract(fold(text, Language.ZH), Language.ZH) if one.name == "order_number"]
    assert found == [number] * bool(number)


def test_an_order_misheard_in_japanese_is_no_wish_for_chinese():
    heard = "中文の状況を知りたいのですが、中文番号は2人7458"
    assert "language" not in {entity.name for entity in extract(heard, Language.JA)}
    assert for_intent("中文の状況を知りたい", Language.JA) == for_intent("注文の状況を知りたい", Language.JA)
    assert for_intent("積みません。", Language.JA) == "すみません"
    assert for_intent("中文番号104227", Language.JA) == for_intent("注文番号104227", Language.JA)
    assert for_intent("荷物を積みません", Language.JA) == "荷物を積みません"
    for text, language in (
        ("中文", Language.JA),
        ("中文でお願いします", Language.JA),
        ("中文で話せますか", Language.JA),
        ("中文に切り替えてください", Language.JA),
        ("中国語でお願いします", Language.JA),
        ("说中文吧", Language.ZH),
    ):
        assert "zh" in {entity.value for entity in extract(text, language) if entity.name == "language"}


@pytest.mark.parametrize(("language", "text"), [(one, text) for one, texts in YES.items() for text in texts])
def test_yes_is_yes(language, text):
    assert yes_no(text, Language(language)) is True


@pytest.mark.parametrize(("language", "text"), [(one, text) for one, texts in NO.items() for text in texts])
def test_no_is_no(language, text):
    assert yes_no(text, Language(language)) is False


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "是不是可以退货"),
        ("en", "yes I want to return the chair"),
        ("ja", "荷物はどこですか"),
        ("ko", "주문 조회해 주세요"),
        ("en", ""),
    ],
)
def test_whole_sentences_are_neither(language, text):
    assert yes_no(text, Language(language)) is None


@pytest.mark.parametrize(
    ("language", "text"), [("zh", "好的"), ("en", "okay"), ("ja", "大丈夫です"), ("ko", "괜찮아요")]
)
def test_okay_answers_by_what_was_asked(language, text):
    assert yes_no(text, Language(language), soft=True) is True
    assert yes_no(text, Language(language), soft=False) is False


def test_folding_keeps_the_length():
    for text in ("請說ＥＮＧＬＩＳＨ　１２３", "İstanbul", "ﾊﾝｶｸ"):
        assert len(fold(text, Language.ZH)) == len(text)


def test_sentences_that_differ_by_number_alone_are_trained_alike():
    assert for_intent("订单104227到哪了？", Language.ZH) == for_intent("訂單 200,318 到哪了", Language.ZH)


def test_a_bare_number_is_known_as_such():
    for text, language in (("it's 104227 please", Language.EN), ("订单号是104227", Language.ZH)):
        assert is_only_a_number(text, language, extract(text, language))
    text = "I want to return 104227"
    assert not is_only_a_number(text, Language.EN, extract(text, Language.EN))
