"""Personal numbers are masked in every form a caller may say them; what a shop needs is not."""

import logging

import pytest

from core.redaction import MASK, RedactingFilter, mask_number, redact


@pytest.mark.parametrize(
    "text",
    [
        "my card is 4111 1111 1111 1111 thanks",
        "card four one one one, one one one one, one one one one, one one one one",
        "我的卡号是六二二二零二一二三四五六七八九零一二三",
        "身份证号码110101199003071234",
        "身份证是11010119900307123X",
        "手机号幺三八零零一三八零零零",
        "电话是13800138000",
        "電話番号は090-1234-5678です",
        "ゼロきゅうゼロいちにさんよんごろくななはちです",
        "주민번호는 900101-1234567 입니다",
        "제 번호는 공일공 일이삼사 오육칠팔이에요",
        "call +1 (415) 555-0123 please",
        "验证码是 482913",
        "my verification code is four eight two nine",
        "暗証番号は4829です",
        "인증번호는 482913이에요",
        "the PIN is 4 8 2 9",
        "the code is 482913",
        "the security code on the back is 482",
        "my card is 4111 1111",
        "我的银行卡是 4111 6222",
        "my phone is 8765 4321",
        "电话八七六五四三二一",
        "passport E12345678",
        "identity card A123456789012",
        "2024-01-02 4111111111111111",
    ],
)
def test_a_personal_number_is_masked(text):
    masked = redact(text)
    assert MASK in masked
    for secret in (
        "4111",
        "482",
        "1990",
        "900101",
        "六二二二",
        "幺三八",
        "五五五",
        "ゼロきゅう",
        "공일공",
        "four one",
    ):
        assert secret not in masked


@pytest.mark.parametrize(
    "text",
    [
        "my order is H104227",
        "订单号是一零四二二七",
        "注文番号は104227です",
        "주문번호 일공사이이칠이요",
        "tracking number SF1234567890",
        "the product code is 2210",
        "parcel EE123456789CN",
        "my phone broke and order 104227 is late",
        "it was 1,299.00 dollars on 2026-11-21",
        "2026-11-21 10:30 arrived",
        "it happened one or two times, maybe three",
        "이것은 일이 많아서 이사 이후로 오일 동안",
    ],
)
def test_what_a_shop_must_hear_stays(text):
    assert redact(text) == text


def test_redacting_twice_changes_nothing():
    once = redact("card 4111 1111 1111 1111, code is 482913, phone 13800138000")
    assert redact(once) == once


def test_log_lines_and_tracebacks_pass_the_redactor(caplog):
    caplog.handler.addFilter(RedactingFilter())
    try:
        raise ValueError("bad card 4111 1111 1111 1111")
    except ValueError:
        logging.getLogger("x").exception("caller %s said it", "13800138000")
    assert "4111" not in caplog.text
    assert "1380013" not in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "验证码是 48291357",
        "验证码是 482913570123",
        "the code is 4829 1357",
        "my password 482913579135",
        "確認コードは48291357です",
        "인증번호는 48291357이에요",
    ],
)
def test_a_code_is_masked_wholly_however_long(text):
    masked = redact(text)
    assert MASK in masked and not any(character.isdigit() for character in masked)


@pytest.mark.parametrize(
    "text",
    [
        "주민번호는 900101-1234567 입니다",
        "主民番号 9001011234567",
        "マイナンバーは1234 5678 9018です",
        "身份证号码110101199003071234",
        "11010119900307123X",
    ],
)
def test_an_identity_number_is_masked_wholly(text):
    masked = redact(text)
    assert MASK in masked and not any(character.isdigit() for character in masked)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+8613800138000", "****8000"),
        ("+81 90 1234 5678", "****5678"),
        ("13800138000", "****8000"),
        ("4111 1111 1111 1234", "****1234"),
        ("9001011234567", "****"),
        ("123456789018", "****"),
        ("11010119900307123X", "****"),
    ],
)
def test_a_telephone_keeps_its_last_four_figures_and_an_identity_number_none(number, masked):
    assert mask_number(number) == masked


@pytest.mark.parametrize("word", ["card", "code", "phone", "银行卡", "カード", "카드"])
def test_of_a_number_with_too_many_figures_nothing_is_left_behind(word):
    masked = redact(f"my {word} is " + "-".join("4" + "1" * 24))
    assert masked.rstrip("1").endswith(MASK) and masked.count("1") <= 4
