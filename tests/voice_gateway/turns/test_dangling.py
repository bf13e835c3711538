"""Words that call for more, and words that may well be all."""

from __future__ import annotations

import pytest

from core.languages import Language
from voice_gateway.turns.dangling import dangles, prefaces

ZH, EN, JA, KO = Language.ZH, Language.EN, Language.JA, Language.KO


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my", EN), ("I would like to return the", EN), ("my number is...", EN), ("I called you because", EN),
        ("我想查一下我的", ZH), ("因为你们发错了然后", ZH), ("我要退一个", ZH), ("作为一个男人最起码的", ZH),
        ("この商品を", JA), ("届いたのが壊れていたので", JA), ("注文番号は", JA), ("こちらは", JA), ("水曜日でも", JA),
        ("주문한 상품을", KO), ("물건이 안 와서 그런데", KO), ("어제 주문했는데 그리고", KO), ("그리고", KO), ("주문번호는 그 상품은", KO), ("신용카드를", KO),
    ],
)  # fmt: skip
def test_a_sentence_that_breaks_off_calls_for_more(text, language):
    assert dangles(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my parcel", EN), ("yes", EN), ("I did not.", EN), ("What is this for?", EN), ("that", EN),
        ("好的", ZH), ("是的", ZH), ("这个是我的", ZH), ("我要退货", ZH), ("我的包裹到哪里了", ZH), ("嗯", ZH), ("", ZH),
        ("はい", JA), ("注文したいんですが", JA), ("返品したいんですけど", JA), ("荷物が届きません", JA), ("これは壊れています。", JA),
        ("こんにちは", JA), ("もしもし、こんばんは", JA), ("いつでも", JA), ("何時でも", JA), ("どちらでも", JA), ("なんでも", JA),
        ("네", KO), ("반품하고 싶은데요", KO), ("언제 와요", KO), ("주문 취소해 주세요", KO), ("아니요", KO), ("상담원", KO),
        ("김지은", KO), ("가을", KO), ("마을", KO),
    ],
)  # fmt: skip
def test_a_whole_turn_does_not(text, language):
    assert not dangles(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("注文の配送状況を確認したいのですが、", JA), ("返品したいんですけど", JA), ("配送状況を確認したいのですか", JA), ("昨日届きましたが", JA),
        ("すみません、", JA), ("もしもし、すみません", JA), ("반품하고 싶은데요", KO), ("주문 상태를 확인하려고 하는데요,", KO),
        ("안녕하세요,", KO), ("你好，", ZH), ("Hello", EN),
        # A pause is a full stop to a recogniser, and half a word something else.
        ("すみません。", JA), ("積みません。", JA), ("つみません", JA), ("配送状況を確認したいのですか。", JA), ("もしもし。すみません。", JA),
        ("確認したいのですが。", JA), ("すみませんが、", JA), ("すみませんけど", JA),
        ("안녕하세요.", KO), ("你好。", ZH), ("Good morning.", EN),
    ],
)  # fmt: skip
def test_a_polite_opening_is_a_preface(text, language):
    assert prefaces(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("番号は104227です", JA), ("届きましたが。", JA), ("わが", JA), ("保証はいつまでですか", JA), ("", JA),
        ("네", KO), ("언제 와요", KO), ("I would like to know", EN), ("hello where is my parcel", EN), ("你好我想查订单", ZH), ("すみませんが届きません", JA), ("我想查一下", ZH),
        ("荷物はまだ積みません。", JA), ("반품하고 싶은데요.", KO), ("どうすればいいですか。", JA),
    ],
)  # fmt: skip
def test_other_words_are_none(text, language):
    assert not prefaces(text, language)
