"""A number that is divided over a person's turns is masked as one that is said at once."""

import pytest

from core.languages import Language
from core.redaction import MASK
from core.redaction_turns import PAUSE_S, TurnRedactor

ZH, EN, JA, KO = Language.ZH, Language.EN, Language.JA, Language.KO


def masked(language, *turns, apart_s=3.0):
    redactor = TurnRedactor()
    return [redactor.redact(text, language, n * apart_s, n * apart_s + 1) for n, text in enumerate(turns)]


def figures(turns, spoken=()):
    return [text for text in turns if any(c.isdigit() or c in spoken for c in text)]


@pytest.mark.parametrize(
    ("language", "turns"),
    [
        (EN, ("4111", "1111", "1111", "1234")),
        (EN, ("four one one one", "double one double one", "one one one one", "one two three four")),
        (
            EN,
            ("My card number is four one one one.", "One one one one.", "And then 1111.", "1234, that's all"),
        ),
        (EN, ("3782", "822463", "10005")),
        (ZH, ("六二二二", "零二一二", "三四五六", "七八九零", "一二三")),
        (ZH, ("我的银行卡号是6222", "0212", "然后3456", "7890。", "123")),
        (JA, ("4111です", "1111", "次は1111", "1234です")),
        (JA, ("カードは4111", "いちいちいちいち", "1111", "いちにさんよん")),
        (KO, ("4111이요", "1111", "그리고 1111", "1234입니다")),
        (KO, ("사일일일", "일일일일", "일일일일", "일이삼사")),
        (KO, ("카드 번호는 4111", "1111이고요", "1111", "1234예요")),
    ],
)
def test_a_card_number_in_groups_over_several_turns_leaves_no_group(language, turns):
    assert not figures(masked(language, *turns), "一二三四五六七八九零일사")
    assert all(MASK in text for text in masked(language, *turns))


@pytest.mark.parametrize(
    ("language", "turns", "shown"),
    [
        (EN, ("138", "0013", "8000"), 1),
        (JA, ("090", "1234", "5678"), 1),
        (KO, ("공일공", "1234", "5678"), 0),
    ],
)
def test_of_a_telephone_number_in_groups_the_area_alone_may_stay(language, turns, shown):
    assert len(figures(masked(language, *turns))) == shown


@pytest.mark.parametrize(
    ("language", "turns"),
    [
        (EN, ("104227", "104227")),
        (EN, ("My order is H104227.", "104227 is the number.", "Two of them.")),
        (EN, ("104", "227")),
        (EN, ("I have three lamps", "one two times", "it cost 1,299 dollars")),
        (ZH, ("我的订单号是104227", "一零四二二七", "买了三个")),
        (JA, ("注文番号は104227です", "104227です", "三つです")),
        (KO, ("주문번호 104227이요", "일공사이이칠", "세 개요", "이것은 일이 많아서 이사 이후로 오일 동안")),
    ],
)
def test_what_a_shop_must_hear_stays_over_turns_too(language, turns):
    assert masked(language, *turns) == list(turns)


def test_after_a_pause_another_number_begins():
    assert masked(EN, "My number is 104", "22712 is what it says", apart_s=PAUSE_S + 5)[1].startswith("22712")
    assert masked(EN, "It ends with 10488", "2271 is what it says")[1].startswith(MASK)


def test_people_do_not_go_on_with_each_others_numbers():
    caller, agent = TurnRedactor(), TurnRedactor()
    caller.redact("It ends with 10488", EN, 0, 1)
    assert agent.redact("2271 dollars it is", EN, 2, 3) == "2271 dollars it is"
