"""What is made of a decode: script, language, silence, the short window's guard, words mended by sound."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.languages import Language
from models.recognition.bias import Mender
from models.recognition.language import trust, weigh
from models.recognition.silence import is_phantom, is_silent
from models.recognition.text import normalise
from models.recognition.window import FULL_FRAMES, Guard, group_of, window_frames

WORDS = {
    Language.ZH: [
        "发票",
        "订单",
        "物流",
        "退货",
        "快递单号",
        "营业时间",
        "客服",
        "保修",
        "运费",
        "包裹",
        "转人工",
    ],
    Language.EN: ["invoice", "parcel", "HomeGoods", "PayPal", "tracking number", "duvet", "Kallax"],
    Language.JA: ["返品", "領収書", "配送", "注文番号", "営業時間", "送料", "交換", "荷物"],
    Language.KO: ["환불", "반품", "배송", "영수증", "주문번호", "송장번호", "영업시간"],
}


@pytest.fixture(scope="module")
def mender() -> Mender:
    return Mender()


@pytest.mark.parametrize(
    ("language", "heard", "meant"),
    [
        (Language.ZH, "我想开一张发飘", "我想开一张发票"),
        (Language.ZH, "退活怎么办", "退货怎么办"),
        (Language.ZH, "快地单号", "快递单号"),
        (Language.ZH, "我要传人共", "我要转人工"),
        (Language.EN, "I need an invoyce please", "I need an invoice please"),
        (Language.EN, "where is my parsel", "where is my parcel"),
        (Language.EN, "I use pay pal", "I use PayPal"),
        (Language.JA, "変ピンしたいのですが", "返品したいのですが"),
        (Language.JA, "両終章をください", "領収書をください"),
        (Language.JA, "総量はいくらですか", "送料はいくらですか"),
        (Language.KO, "영수쯩 주세요", "영수증 주세요"),
        (Language.KO, "송짱번호요", "송장번호요"),
    ],
)
def test_misheard_words_are_mended_by_their_sound(mender, language, heard, meant):
    assert mender.mend(heard, language, WORDS[language]) == meant


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (Language.ZH, "五六七八九"),
        (Language.ZH, "我的号码是五六零"),
        (Language.ZH, "今天天气很好我们去公园散步"),
        (Language.ZH, "请问银行怎么走"),
        (Language.ZH, "他从高中毕业以后就去了北京工作"),
        (Language.ZH, "这件事情我也不太清楚"),
        (Language.EN, "I like to voice my concerns"),
        (Language.EN, "my parcels were delivered"),
        (Language.EN, "four five six seven"),
        (Language.EN, "he did not do it on purpose"),
        (Language.EN, "the weather is nice today isn't it"),
        (Language.JA, "今日は天気がいいですね"),
        (Language.JA, "電話番号は零三の一二三四です"),
        (Language.JA, "昨日友達と映画を見に行きました"),
        (Language.JA, "すみませんもう一度言ってください"),
        (Language.KO, "환율이 얼마예요"),
        (Language.KO, "주민등록을 하려고요"),
        (Language.KO, "오늘 날씨가 정말 좋네요"),
        (Language.KO, "일이삼사오육이요"),
    ],
)
def test_ordinary_text_and_numbers_are_left_alone(mender, language, text):
    assert mender.mend(text, language, WORDS[language]) == text


@pytest.mark.parametrize("language", list(Language))
def test_the_bots_own_words_stay_as_they_are(mender, language):
    for word in WORDS[language]:
        assert mender.mend(word, language, WORDS[language]) == word


@given(st.text(max_size=60), st.sampled_from(list(Language)))
def test_mending_any_text_breaks_nothing(text, language):
    mended = Mender().mends(text, language, WORDS[language])
    for left, right in pairwise(mended):
        assert left.end <= right.start
    for one in mended:
        assert 0 <= one.start < one.end <= len(text)


@pytest.mark.parametrize(
    ("language", "decoded", "written"),
    [
        (Language.ZH, " 請問我的訂單在哪裡？ ", "请问我的订单在哪里?"),
        (Language.ZH, "开放 时间 早上9点", "开放时间早上9点"),
        (Language.JA, "ﾃﾚﾋﾞ の 発送", "テレビの発送"),
        (Language.JA, "發送", "發送"),  # Japanese is not Chinese
        (Language.EN, "Ｈ１０４  please\n now", "H104 please now"),
        (Language.KO, "주문  번호", "주문 번호"),
        (Language.EN, "[Music]", ""),
        (Language.EN, "My number is (555) 123-4567.", "My number is 555 123-4567."),
        (Language.ZH, "订单号（104227）", "订单号 104227"),
        (Language.JA, "注文番号は【104227】です", "注文番号は 104227 です"),
        (Language.JA, "(笑)", ""),
        (Language.EN, "♪♪", ""),
        (Language.EN, "...", ""),
    ],
)
def test_there_is_one_way_to_write_what_was_heard(language, decoded, written):
    assert normalise(decoded, language) == written


def test_a_language_outside_the_allowed_ones_is_never_chosen():
    scores = weigh({"es": 0.9, "ja": 0.06, "ko": 0.04}, {Language.KO: 1.0, Language.JA: 1.0})
    assert set(scores) == {Language.KO, Language.JA}
    assert sum(scores.values()) == pytest.approx(1.0)
    assert scores[Language.JA] > scores[Language.KO]


def test_the_earlier_turns_outweigh_a_weak_guess_but_not_a_clear_one():
    priors = {Language.KO: 0.85, Language.JA: 0.05, Language.EN: 0.05, Language.ZH: 0.05}
    weak = weigh({"ja": 0.5, "ko": 0.3}, priors)
    clear = weigh({"ja": 0.98, "ko": 0.01}, priors)
    assert max(weak, key=weak.__getitem__) is Language.KO
    assert max(clear, key=clear.__getitem__) is Language.JA


def test_a_short_word_hardly_moves_the_language_of_the_call():
    priors = {Language.KO: 0.85, Language.JA: 0.05, Language.EN: 0.05, Language.ZH: 0.05}
    short = weigh({"ja": 0.98, "ko": 0.01}, priors, trust(1.2))
    assert max(short, key=short.__getitem__) is Language.KO
    assert trust(0.2) < trust(2.0) < trust(5.0) == 1.0


def test_a_weight_of_zero_rules_a_language_out():
    assert set(weigh({"en": 1.0}, {Language.EN: 0.0, Language.ZH: 1.0})) == {Language.ZH}
    with pytest.raises(ValueError, match="weight"):
        weigh({"en": 1.0}, {Language.EN: 0.0})


@given(st.integers(0, 480_000))
def test_the_window_covers_the_audio_and_never_more_than_thirty_seconds(samples):
    frames = window_frames(samples)
    assert 800 <= frames <= FULL_FRAMES
    assert frames >= min(FULL_FRAMES, samples / 160)
    assert group_of(samples) >= frames


def test_the_guard_refuses_runaways_loops_and_guesses():
    guard = Guard()
    assert guard.holds("where is my parcel", 6, -0.2, 2.0)
    assert not guard.holds("where is my parcel", guard.cap(2.0), -0.2, 2.0)
    assert not guard.holds("and then and then " * 12, 30, -0.2, 9.0)
    assert not guard.holds("where is my parcel", 6, -0.95, 2.0)
    assert not guard.holds("Press 1 to leave a note. Press 1 to leave a note.", 20, -0.2, 6.0)
    assert not guard.holds("我想查一下订单状态，我想查一下订单状态。", 20, -0.2, 6.0)
    assert guard.holds("你好你好", 4, -0.4, 2.0)
    assert guard.holds("12121212", 8, -0.2, 4.0)


def test_silence_is_told_from_a_whisper():
    quiet = np.zeros(16_000, np.int16)
    assert is_silent(quiet)
    assert is_silent(np.zeros(0, np.int16))
    word = quiet.copy()
    word[8000:9600] = 400
    assert not is_silent(word)


def test_phantoms_of_silence_are_dropped_and_real_thanks_kept():
    assert is_phantom("ご視聴ありがとうございました", 0.5, -0.3)
    assert is_phantom("Thank you.", 0.4, -0.5)
    assert not is_phantom("Thank you.", 0.02, -0.5)
    assert not is_phantom("감사합니다", 0.05, -0.2)
    assert is_phantom("well then", 0.7, -1.0)
    assert not is_phantom("well then", 0.7, -0.3)
