"""The pieces that numbers, dates, times and amounts are composed of: per language, with the list each is spoken in.

A unit is a stretch of words that a listener takes for one: a digit, "twenty-four", "November", 二十四日, 이백. Units
are rendered in lists of about ten, so that each has the intonation of an enumeration, and one rendering gives all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from core.languages import Language
from models.speech.frames import Frame
from models.speech.normalise import reader_of

_LIST = 10
SAID_TOGETHER = {Language.ZH: 2, Language.JA: 2, Language.KO: 3}
"""Digits that are one piece: one syllable of these, all by itself, is too short to be told from another. Of 84 Korean
digits a recogniser got 38 to 41 wrong in sentences rendered whole, 46 in threes, 76 one by one."""

DIGIT_GROUPS = {"digits": 1, "pairs": 2, "triples": 3}
"""Groups of units that stand for figures, with how many figures each unit has."""

ON_DEMAND = frozenset({"triples"})
"""Groups of so many units that each is rendered by itself, when it is wanted or when nobody calls."""


@dataclass(frozen=True)
class Unit:
    """One unit with its place in the list that it is spoken in."""

    words: str
    group: str
    chunk: tuple[str, ...]
    place: int

    def piece(self, *, final: bool) -> str:
        """What to ask the synthesiser for: as within a sentence, or as at its end."""
        return Frame(tuple(word + ("." if final else ",") for word in self.chunk)).piece(self.place)


@cache
def units(language: Language) -> dict[str, Unit]:
    """Every unit of ``language`` by its words. Where two groups hold the same words, the first one's is taken."""
    found: dict[str, Unit] = {}
    for group, words in _groups(language):
        fresh = [word for word in dict.fromkeys(words) if word and word not in found]
        length = 1 if group in ON_DEMAND else _LIST
        for start in range(0, len(fresh), length):
            chunk = tuple(fresh[start : start + length])
            found.update({word: Unit(word, group, chunk, place) for place, word in enumerate(chunk)})
    return found


def unit_for_name(name: str) -> Unit:
    """A unit of its own for a name that the bot declares."""
    return Unit(name, "names", (name,), 0)


@cache
def group(language: Language, name: str) -> tuple[Unit, ...]:
    """All units of one group."""
    return tuple(unit for unit in units(language).values() if unit.group == name)


def in_units(words: str, language: Language) -> list[Unit | None] | None:
    """``words`` as units, None for a mark between groups; None for the whole if they cannot be put together so.

    The longest unit is taken first; where words are written apart, only at their borders.
    """
    known = units(language)
    out: list[Unit | None] = []
    rest = words.strip()
    while rest:
        if mark := re.match(r"[，、,]\s*", rest):
            out.append(None)
            rest = rest[mark.end() :]
            continue
        unit = _longest(rest, known, language)
        if unit is None:
            return None
        out.append(unit)
        rest = rest[len(unit.words) :].lstrip()
    return out or None


def in_digit_groups(item: Sequence[Unit | None], language: Language) -> list[Unit | None]:
    """``item`` with the digits at its end in groups, a mark between; as it is where digits are said one by one."""
    size = SAID_TOGETHER.get(language)
    if size is None:
        return list(item)
    known, figures = units(language), _figures(language)
    digits, rest = "", list(item)
    while rest and (rest[-1] is None or rest[-1].group in DIGIT_GROUPS):
        unit = rest.pop()
        digits = (figures[unit.words] if unit else "") + digits
    if len(digits) < 3:
        return list(item)
    words = {figure: word for word, figure in figures.items()}
    out: list[Unit | None] = [*rest]
    for length in _lengths(len(digits), size):
        if out:
            out.append(None)
        out.append(known[words[digits[:length]]])
        digits = digits[length:]
    return out


def _lengths(count: int, size: int) -> list[int]:
    """So many digits in groups of ``size``; where threes would leave a single one, it takes another with it."""
    groups, left = divmod(count, size)
    if left and size == 3:
        return [3] * (groups - 1) + [2, 2] if left == 1 else [3] * groups + [2]
    return [size] * groups + [left] * (left > 0)


@cache
def _figures(language: Language) -> dict[str, str]:
    """What each unit of digits stands for: 二十四 is not among them, 二四 is "24"."""
    return {
        unit.words: f"{number:0{length}d}"
        for name, length in DIGIT_GROUPS.items()
        for number, unit in enumerate(group(language, name))
    }


def numbers_of_all_groups(language: Language) -> list[str]:
    """Numbers, digit by digit, that together hold every group of digits that is rendered on demand."""
    if SAID_TOGETHER.get(language) != 3:
        return []
    return [" ".join(f"{number:03d}{number + 1:03d}") for number in range(0, 1000, 2)]


def _longest(rest: str, known: dict[str, Unit], language: Language) -> Unit | None:
    for length in range(min(len(rest), _longest_length(language)), 0, -1):
        unit = known.get(rest[:length])
        if unit is not None and (language is not Language.EN or not rest[length : length + 1].isalnum()):
            return unit
    return None


@cache
def _longest_length(language: Language) -> int:
    return max(map(len, units(language)))


def _groups(language: Language) -> Iterable[tuple[str, list[str]]]:
    read = reader_of(language)
    yield "digits", list(read.digit_names)
    for name, length in list(DIGIT_GROUPS.items())[1 : SAID_TOGETHER.get(language, 1)]:
        yield name, [read.digits(f"{value:0{length}d}") for value in range(10**length)]
    yield from _calendar(language)
    yield "letters", [read.letters[chr(code)] for code in range(ord("A"), ord("Z") + 1)]
    yield "numbers", [read.cardinal(value) for value in range(100)]
    yield "hundreds", [read.cardinal(value * 100) for value in range(1, 10)]
    yield "thousands", [read.cardinal(value * 1000) for value in range(1, 10)]
    yield "amounts", list(_AMOUNTS[language])


def _calendar(language: Language) -> Iterable[tuple[str, list[str]]]:
    read = reader_of(language)
    dates = [read.date(None, month, 1) for month in range(1, 13)]
    days = [read.date(None, 1, day) for day in range(1, 32)]
    first = read.date(None, 1, 1)
    # What January 1 and January 2 have in common is the month.
    month = len(_common(first, days[1]))
    end = len(first) - month
    names = [date[: len(date) - end].strip() for date in dates]
    if language is Language.EN:
        yield "on_months", [f"on {name}" for name in names]
    yield "months", names
    yield "days", [day[month:].strip() for day in days]


def _common(first: str, second: str) -> str:
    length = next((at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), 0)
    common = first[:length]
    return common[: common.rindex(" ") + 1] if " " in common else common


_AMOUNTS = {
    Language.ZH: (
        "万", "亿", "零", "点", "分", "元", "美元", "日元", "韩元", "欧元", "英镑", "上午", "下午", "百分之", "两", "两点",
        *(f"{hour}点" for hour in "一三四五六七八九十"), "十一点", "十二点",
    ),
    Language.EN: (
        "thousand", "million", "hundred", "point", "dollars", "dollar", "cents", "cent", "euros", "pounds", "yuan", "yen",
        "won", "and", "percent", "o'clock", "oh", "A M", "P M",
    ),
    Language.JA: (
        "マン", "オク", "テン", "エン", "ドル", "セント", "ユーロ", "ポンド", "人民元", "ウォン", "パーセント", "午前", "午後",
        "レイジ", "イチジ", "ニジ", "サンジ", "ヨジ", "ゴジ", "ロクジ", "シチジ", "ハチジ", "クジ", "ジュージ", "ジューイチジ", "ジューニジ",
        "ゴフン", "ジュップン", "ジューゴフン", "ニジュップン", "サンジュップン", "ヨンジュップン", "ゴジュップン",
    ),
    Language.KO: (
        "만", "억", "원", "달러", "센트", "유로", "위안", "엔", "점", "퍼센트", "오전", "오후", "시", "분", "개", "명", "번",
        "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열", "열한", "열두",
    ),
}  # fmt: skip
