"""Where a reply may be cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.languages import Language
from models.speech.clauses import split_clauses
from models.speech.kokoro import fitting_pieces


@pytest.mark.parametrize(
    ("language", "text", "clauses"),
    [
        (
            Language.ZH,
            "您好，您的包裹已经发出，预计明天送达。",
            ["您好，您的包裹已经发出，", "预计明天送达。"],
        ),
        (
            Language.JA,
            "お荷物は出荷されました。明日の午前中に届く予定です。",
            ["お荷物は出荷されました。", "明日の午前中に届く予定です。"],
        ),
        (
            Language.KO,
            "택배가 출발했습니다. 내일 도착할 예정입니다.",
            ["택배가 출발했습니다.", "내일 도착할 예정입니다."],
        ),
        (
            Language.EN,
            "Mr. Smith, your parcel left today. It is 3.5 kg.",
            ["Mr. Smith, your parcel left today.", "It is 3.5 kg."],
        ),
        (Language.EN, "It costs $1,299.50, delivery included, until 10:30 p.m. tomorrow.", None),
        (Language.EN, "", []),
        (Language.ZH, "   ", []),
        (Language.ZH, "好。", ["好。"]),
    ],
)
def test_clauses(language, text, clauses):
    found = split_clauses(text, language)
    if clauses is None:
        assert any("$1,299.50" in clause for clause in found)
        assert any("10:30 p.m. tomorrow" in clause for clause in found)
    else:
        assert found == clauses


def test_a_number_is_never_cut_even_in_an_endless_sentence():
    text = "订单号是" + "123456789012" * 3 + "然后" * 40
    assert any("123456789012" in clause for clause in split_clauses(text, Language.ZH))


@given(st.text(alphabet="您好ab 3.5,，。、！?はい네 \n", max_size=300), st.sampled_from(list(Language)))
def test_nothing_but_white_space_is_lost(text, language):
    clauses = split_clauses(text, language)
    assert "".join("".join(clauses).split()) == "".join(text.split())
    assert all(clause.strip() for clause in clauses)


def test_clauses_stay_short_enough_to_start_soon():
    text = "这是一个很长的句子没有任何标点符号" * 20
    assert max(map(len, split_clauses(text, Language.ZH))) <= 45


def test_phonemes_are_cut_to_what_the_model_takes_without_losing_any():
    sounds = ("abc def, " * 200).strip()
    pieces = fitting_pieces(sounds, 510)
    assert all(len(piece) <= 510 for piece in pieces)
    assert "".join(pieces).replace(" ", "") == sounds.replace(" ", "")
    assert fitting_pieces("", 510) == []
    assert [len(piece) for piece in fitting_pieces("x" * 1100, 510)] == [510, 510, 80]
