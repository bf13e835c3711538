"""What a clause is composed of, and how the pieces meet."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from core.languages import Language
from models.protocols import Speech
from models.speech.composition import join, plan
from models.speech.frames import Frame, bare, parse_piece, without_marks
from models.speech.inventory import group, in_units, numbers_of_all_groups, units
from models.speech.normalise import ITEM_CLOSE, ITEM_OPEN, mark_items, normalise
from models.speech.phrases import PhraseCache
from models.speech.speaker import Speaker

ZH, EN, JA, KO = Language.ZH, Language.EN, Language.JA, Language.KO
ORDER = {
    ZH: "订单 {} 已经发货。",
    EN: "Order {} has shipped.",
    JA: "ご注文 {} は発送済みです。",
    KO: "주문 {} 건은 발송되었습니다.",
}


def words(clause, language, names=()):
    planned = plan(clause, language, tuple(names))
    return [part.unit.words if part.unit else "*" for part in planned.parts]


@pytest.mark.parametrize("language", list(Language))
@given(number=st.from_regex(r"\A\d{6}\Z"))
def test_every_order_number_has_the_same_carrier_and_a_piece_for_every_one_to_three_digits(language, number):
    clause = ORDER[language].format(" ".join(number))
    planned = plan(clause, language)
    assert planned.carrier == plan(ORDER[language].format("1 2 3 4 5 6"), language).carrier
    digits = [part.unit.words for part in planned.parts if part.unit]
    names = [words for words, unit in units(language).items() if unit.group == "digits"]
    spelt = [names[int(digit)] for digit in number]
    assert "".join(digits) == "".join(spelt)
    assert len(digits) == {EN: 6, KO: 2}.get(language, 3)


def test_a_number_of_odd_length_ends_in_a_single_digit():
    assert words("单号是 1 0 4 2 2。", ZH) == ["*", "一零", "四二", "二"]


@pytest.mark.parametrize(
    ("digits", "groups"),
    [("104", "일공사"), ("1042", "일공 사이"), ("10422", "일공사 이이"), ("1042271", "일공사 이이 칠일")],
)
def test_korean_digits_come_in_threes_and_none_is_left_alone(digits, groups):
    assert words(f"번호는 {' '.join(digits)}", KO)[1:] == groups.split()


def test_numbers_of_all_groups_hold_every_group_that_is_not_rendered_at_once():
    held = {part.unit for number in numbers_of_all_groups(KO) for part in plan(number, KO).parts if part.unit}
    assert held == set(group(KO, "triples")) and len(held) == 1000
    assert plan(numbers_of_all_groups(KO)[0], KO).inventory(KO)
    assert numbers_of_all_groups(EN) == []


def test_korean_dates_are_composed():
    assert words("11월 24일 도착 예정입니다.", KO) == ["십일월", "이십사 일", "*"]


@pytest.mark.parametrize("language", list(Language))
@given(days=st.integers(0, 365))
def test_every_day_is_a_month_and_a_day(language, days):
    when = date(2027, 1, 1) + timedelta(days)
    name = f"{when:%B} {when.day}"
    clause = {
        ZH: f"预计{when.month}月{when.day}日送达。",
        EN: f"It should arrive on {name}.",
        JA: f"お届けは{when.month}月{when.day}日の予定です。",
        KO: f"{when.month}월 {when.day}일 도착 예정입니다.",
    }[language]
    units_said = [part.unit.group for part in plan(clause, language).parts if part.unit]
    assert units_said == (["on_months", "days"] if language is EN else ["months", "days"])


@pytest.mark.parametrize(
    ("language", "clause", "pieces"),
    [
        (EN, "The total is $1,234.50.",
         ["*", "one thousand", "two hundred", "thirty-four", "dollars", "and", "fifty", "cents"]),
        (ZH, "一共是2345元。", ["*", "两千", "三百", "四十五", "*"]),
        (JA, "合計は12,800円です。", ["*", "イチ", "マン", "ニセン", "ハッピャク", "エン", "*"]),
        (KO, "합계는 35,800원입니다.", ["*", "삼", "만", "오천", "팔백", "원", "*"]),
        (EN, "We call back at 3:30 pm.", ["*", "three", "thirty", "P M"]),
        (ZH, "下午3:05给您回电话。", ["*", "三点", "零五", "分", "*"]),
        (KO, "오후 3시 30분에 전화드리겠습니다.", ["*", "세", "시", "삼십", "분", "*"]),
        (EN, "Its number is R 1 0 4 2 2 7.", ["*", "R", "one", "zero", "four", "two", "two", "seven"]),
        (EN, "Your parcel is H104227.", ["*", "H", "one", "zero", "four", "two", "two", "seven"]),
    ],
)  # fmt: skip
def test_amounts_times_and_codes_are_composed(language, clause, pieces):
    assert words(clause, language) == pieces


def test_a_name_is_a_piece_and_tomorrow_has_the_carrier_of_a_date():
    names = ("Oakland", "tomorrow")
    dated = plan("It is in Oakland now and should arrive on March 5.", EN, names)
    near = plan("It is in Oakland now and should arrive tomorrow.", EN, names)
    assert dated.carrier == near.carrier
    assert words("It is in Oakland now.", EN, names) == ["*", "Oakland", "*"]
    assert plan("She lives in Oaklands.", EN, names) is None


def test_what_does_not_vary_is_not_composed():
    for language, text in ((EN, "Hello, how can I help?"), (ZH, "请问有什么可以帮您？")):
        assert plan(text, language) is None


def test_the_end_of_a_sentence_sounds_like_one():
    assert plan("I can't find 7 1 1 6 9 4.", EN).parts[-1].final
    assert not plan("I heard 7 1 1 6 9 4,", EN).parts[-1].final
    assert not any(part.final for part in plan("Order 7 1 1 6 9 4 has shipped.", EN).parts)


def test_groups_of_digits_are_further_apart_than_digits():
    gaps = [part.gap_s for part in plan("Order 1 0 4 2 2 7 has shipped.", EN).parts if part.unit]
    assert gaps[3] > 2 * gaps[1] == 2 * gaps[2]


def test_marks_change_nothing_of_what_is_said():
    for language, clause in (
        (ZH, "1月5日～8日，共2件，￥35.5"),
        (EN, "3-5 days, 24/7, 20% off until 3/5"),
        (JA, "3～5日で2個"),
    ):
        marked = mark_items(clause, language)
        plain = (marked or "").replace(ITEM_OPEN, "").replace(ITEM_CLOSE, "")
        assert marked is None or plain.split() == normalise(clause, language).split()


@pytest.mark.parametrize("language", list(Language))
def test_no_unit_is_read_as_another_and_all_can_be_put_together(language):
    for word, unit in units(language).items():
        assert in_units(word, language) == [unit]
        frame, place = parse_piece(unit.piece(final=False))
        assert frame.segments[place] == word + ","


def test_a_piece_is_asked_for_by_a_text_and_no_caller_can_write_one():
    piece = Frame(("Order", "four", "has shipped.")).piece(1)
    assert piece == "Order‖⟦four⟧‖has shipped."
    assert parse_piece(piece) == (Frame(("Order", "four", "has shipped.")), 1)
    assert bare(piece) == "four" and bare("Hello.") == "Hello."
    assert parse_piece(without_marks("⟦Hello⟧")) is None


def test_pieces_meet_in_silence():
    planned = plan("Order 1 0 4 2 2 7 has shipped.", EN)
    wave = 20_000 * np.cos(np.arange(800) * (2 * np.pi * 60 / 8_000))
    loud = [wave.astype(np.int16) for _ in planned.parts]
    whole = join(planned.parts, loud, 8_000, EN)
    assert np.abs(np.diff(whole.astype(int))).max() <= 20_000 / 14, "a step would be heard as a click"
    gaps = sum(part.gap_s for part in planned.parts)
    assert len(whole) == pytest.approx(800 * len(loud) + 8_000 * (gaps + 0.08), abs=20)


def vowel(seconds, level):
    return level * np.sin(np.arange(round(seconds * 8_000)) * (2 * np.pi * 500 / 8_000))


def hiss(seconds, level):
    """As the end of "six": what of it passes a telephone line lies above 2 kHz."""
    white = np.random.default_rng(1).normal(0, 1, round(seconds * 8_000))
    high = np.convolve(white, [0.25, -0.5, 0.25], "same")
    return level * high / np.abs(high).max()


def joined_pieces(planned, sounds):
    """What is left of each piece once they are joined."""
    whole, at = join(planned.parts, sounds, 8_000, EN), 160
    for part, sound in zip(planned.parts, sounds, strict=True):
        at += round(part.gap_s * 8_000)
        yield part, whole[at : at + len(sound)]
        at += len(sound)


def test_the_breath_behind_a_unit_is_silenced_and_that_behind_a_carrier_is_not():
    planned = plan("Order 1 0 4 2 2 7 has shipped.", EN)
    sound = np.concatenate([vowel(0.3, 10_000), vowel(0.1, 300)]).astype(np.int16)
    for part, left in joined_pieces(planned, [sound] * len(planned.parts)):
        breath = np.abs(left[2_400 + 280 : -16])
        assert breath.max() == (0 if part.unit else 300)
        assert np.abs(left[1_600:2_400]).max() == 10_000


def test_a_soft_consonant_at_the_end_of_a_unit_is_not_taken_for_a_breath():
    planned = plan("I can't find 6 6 6.", EN)
    # "six" ends in a hiss 25 to 30 dB below its vowel, Korean "chil" in a sonorant 20 dB below.
    for end in (hiss(0.12, 1_000), vowel(0.12, 1_000)):
        sound = np.concatenate([vowel(0.2, 10_000), end]).astype(np.int16)
        for _, left in joined_pieces(planned, [sound] * 4):
            assert np.array_equal(left[1_600:-16], sound[1_600:-16])


def test_a_silent_unit_is_left_as_it_is():
    planned = plan("I can't find 6 6 6.", EN)
    for sound in (np.zeros(800, np.int16), np.zeros(0, np.int16)):
        assert not join(planned.parts, [sound] * 4, 8_000, EN).any()


class Voice:
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def synthesise(self, text, language, voice=None):
        self.asked.append(text)
        return Speech(np.full(800, 1_000, np.int16), 8_000)


@pytest.fixture
async def voice_and_speaker(tmp_path):
    voice = Voice()
    speaker = Speaker(voice, PhraseCache(tmp_path), version="tone/1")
    yield voice, speaker
    await speaker.close()


def seconds_from(source):
    labels = {"source": source, "language": EN.value}
    return REGISTRY.get_sample_value("tetraphone_speech_seconds_total", labels) or 0.0


async def sources(speaker, text):
    return [clause.source async for clause in speaker.clauses(text, EN)]


async def test_after_publication_any_number_is_composed(voice_and_speaker):
    voice, speaker = voice_and_speaker
    await speaker.prerender([("Order 1 2 3 4 5 6 has shipped.", EN, None)])
    asked, seconds = len(voice.asked), seconds_from("composed")
    assert await sources(speaker, "Order 9 8 7 0 0 0 has shipped.") == ["composed"]
    assert len(voice.asked) == asked
    assert seconds_from("composed") > seconds


async def test_a_carrier_that_comes_again_with_other_numbers_is_learned(voice_and_speaker):
    voice, speaker = voice_and_speaker
    await speaker.prerender([("Order 1 2 3 4 5 6 has shipped.", EN, None)])
    said = [
        await sources(speaker, f"Ticket {number} is closed.") for number in ("1 1 1 2", "3 3 3 4", "5 5 5 6")
    ]
    assert said == [["synthesised"], ["synthesised"], ["composed"]]
    assert voice.asked[-3:] == [
        "Ticket one one one two is closed.", "⟦Ticket⟧‖seven‖is closed.", "Ticket‖seven‖⟦is closed.⟧"
    ]  # fmt: skip


async def test_a_text_that_is_the_same_every_time_is_kept_whole(voice_and_speaker):
    _, speaker = voice_and_speaker
    await speaker.prerender([("Order 1 2 3 4 5 6 has shipped.", EN, None)])
    assert await sources(speaker, "Call us on 5 5 5 1 2 3 4 today.") == ["synthesised"]
    assert await sources(speaker, "Call us on 5 5 5 1 2 3 4 today.") == ["cached"]
