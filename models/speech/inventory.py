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
WHOLE_NUMBERS = frozenset({Language.KO})
"""Where digits are not composed: put together, Korean ones were understood worse than a sentence rendered whole."""

PAIRED = frozenset({Language.ZH, Language.JA})
"""Where digits are said two by two: one syllable of these, all by itself, is too short to be told from another."""


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
        for start in range(0, len(fresh), _LIST):
            chunk = tuple(fresh[start : start + _LIST])
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
    if language in WHOLE_NUMBERS and sum(unit is not None and unit.group in _DIGITS for unit in out) > 1:
        return None
    return out or None


_DIGITS = ("digits", "pairs")


def in_pairs(item: Sequence[Unit | None], language: Language) -> list[Unit | None]:
    """``item`` with its digits two by two, a mark between; as it is where digits are said one by one."""
    if language not in PAIRED:
        return list(item)
    known = units(language)
    singles = [unit.words for unit in group(language, "digits")]
    pairs = [unit.words for unit in group(language, "pairs")]
    digits, rest = "", list(item)
    while rest and (rest[-1] is None or rest[-1].group in _DIGITS):
        unit = rest.pop()
        if unit is not None:
            number = singles.index(unit.words) if unit.group == "digits" else pairs.index(unit.words)
            digits = (f"{number}" if unit.group == "digits" else f"{number:02d}") + digits
    if len(digits) < 3:
        return list(item)
    out: list[Unit | None] = [*rest]
    for at in range(0, len(digits), 2):
        said = digits[at : at + 2]
        if out:
            out.append(None)
        out.append(known[pairs[int(said)] if len(said) == 2 else singles[int(said)]])
    return out


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
    if language in PAIRED:
        yield "pairs", [read.digits(f"{value:02d}") for value in range(100)]
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
