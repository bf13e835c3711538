"""Digits spoken one by one, in groups or mixed with written ones, in four languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from core.languages import Language

_EN_DIGITS = {
    "zero": "0",
    "oh": "0",
    "o": "0",
    "nought": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "niner": "9",
}
_EN_TEENS = {
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
    "thirteen": "13",
    "fourteen": "14",
    "fifteen": "15",
    "sixteen": "16",
    "seventeen": "17",
    "eighteen": "18",
    "nineteen": "19",
}
_EN_TENS = {
    "twenty": "2",
    "thirty": "3",
    "forty": "4",
    "fourty": "4",
    "fifty": "5",
    "sixty": "6",
    "seventy": "7",
    "eighty": "8",
    "ninety": "9",
}
# Heard for a digit, and meant so only between other digits.
_EN_BETWEEN = {"to": "2", "too": "2", "for": "4", "ate": "8", "won": "1", "tree": "3", "sex": "6"}

_HAN = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True)) | {"○": "0"}
_ZH = _HAN | {"幺": "1", "妖": "1", "腰": "1", "两": "2", "兩": "2", "洞": "0", "拐": "7", "勾": "9"}
_JA = _HAN | {
    "ゼロ": "0",
    "ぜろ": "0",
    "れい": "0",
    "レイ": "0",
    "まる": "0",
    "マル": "0",
    "丸": "0",
    "いち": "1",
    "イチ": "1",
    "に": "2",
    "ニ": "2",
    "にい": "2",
    "ニー": "2",
    "さん": "3",
    "サン": "3",
    "よん": "4",
    "ヨン": "4",
    "し": "4",
    "シ": "4",
    "ご": "5",
    "ゴ": "5",
    "ごお": "5",
    "ろく": "6",
    "ロク": "6",
    "なな": "7",
    "ナナ": "7",
    "しち": "7",
    "シチ": "7",
    "はち": "8",
    "ハチ": "8",
    "きゅう": "9",
    "キュウ": "9",
    "きゅー": "9",
    "く": "9",
    "ク": "9",
}
_KO = _HAN | {
    "공": "0",
    "영": "0",
    "제로": "0",
    "일": "1",
    "이": "2",
    "삼": "3",
    "사": "4",
    "오": "5",
    "육": "6",
    "륙": "6",
    "칠": "7",
    "팔": "8",
    "구": "9",
    "하나": "1",
    "둘": "2",
    "셋": "3",
    "넷": "4",
    "다섯": "5",
    "여섯": "6",
    "일곱": "7",
    "여덟": "8",
    "아홉": "9",
}
_KO_TENS = {"십": "1"} | {
    tens + "십": digit for tens, digit in zip("이삼사오육칠팔구", "23456789", strict=True)
}
_FILLERS = {
    Language.ZH: "嗯|呃|啊|额|那个|然后|杠",
    Language.EN: "uh|um|er|erm|and then|then|dash|hyphen",
    Language.JA: "えーと|えっと|えー|えと|あの|あのー|の|ハイフン",
    Language.KO: "음|어|저|그|에|다시|하이픈|대시",
}
_KO_ENDING = re.compile("이|입|요|번|에|로|인|은|는|를|예|네|라|고")
_COMPLETE = 6
"""Written digits that make a whole order number."""
_HEARD_AS = {
    character: digit
    for digit, characters in {
        "0": "零〇玲灵凌铃", "1": "一幺亿意义议易艺益腰妖邀", "2": "二两儿耳俩", "3": "三山伞散", "4": "四司斯丝子寺死思",
        "5": "五无武舞午吴屋", "6": "六刘溜流留柳遛", "7": "七期奇旗骑其起齐琪棋妻", "8": "八吧把爸巴", "9": "九就舅酒久旧救教",
    }.items()
    for character in (digit, *characters)
}  # fmt: skip
"""Chinese figures and what a recogniser writes for them where it takes them for words: 「刘奇子」 for 六七四."""
_SEPARATOR = r"[\s,、，.。·・\-‐–—ー_/]"
_CALLED = r"(?:号码|单号|编号|号马|浩马|后马|[订定]单[号后])(?:就?是|式|市|室|试|为)?"
"""「号码是」 and 「订单号」, as they are said and as they are heard."""
_FIGURE = f"[{''.join(_HEARD_AS)}]"
_MORE = rf"{_SEPARATOR}*{_FIGURE}"
_CALLED_AND_HEARD = re.compile(rf"{_CALLED}{_SEPARATOR}*({_FIGURE}(?:{_MORE}){{{_COMPLETE - 1}}})(?!{_MORE})")
_WORD_FOLLOWS = re.compile(rf"{_SEPARATOR}*+\w")
_LEAST_SPELT = {Language.ZH: 3, Language.EN: 3, Language.JA: 4, Language.KO: 4}
"""Fewer spelt digits in a row are ordinary words (に, 이사, 一, one)."""


@dataclass(frozen=True, slots=True)
class DigitRun:
    """Digits that belong together.

    Attributes:
        groups: as they came: ``("10", "42", "27")``.
        spelt: how many of the groups were words.
    """

    digits: str
    start: int
    end: int
    groups: tuple[str, ...]
    spelt: int


def digit_runs(text: str, language: Language) -> list[DigitRun]:
    """Find every run of digits in folded text (see ``normalise.fold``)."""
    unit, gap = _patterns(language)
    runs: list[DigitRun] = []
    at = 0
    while (first := unit.search(text, at)) is not None:
        groups = [_value(first, language)]
        spelt = int(not first.group().strip().isdigit())
        end = first.end()
        while True:
            between = gap.match(text, end)
            begin = between.end() if between else end
            following = unit.match(text, begin)
            if following is None and language is Language.EN:
                following = _between(text, begin, unit, gap)
            if following is None:
                break
            word = not following.group().strip().isdigit()
            if word and not spelt and len("".join(groups)) >= _COMPLETE:
                # "104227 이 주문", "104227について": the number is whole, what follows is a word.
                break
            if word and begin > end and _is_a_word(text, following.end(), unit, language):
                break
            groups.append(_value(following, language))
            spelt += not following.group().strip().isdigit()
            end = following.end()
        at = end
        if (
            spelt
            and spelt == len(groups)
            and len("".join(groups)) < _LEAST_SPELT[language]
            and not _whole(text, first.start(), end)
        ):
            continue
        runs.append(DigitRun("".join(groups), first.start(), end, tuple(groups), spelt))
    if language is Language.ZH and all(len(run.digits) < _COMPLETE for run in runs):
        return _with_heard_as_words(text, runs)
    return runs


def _with_heard_as_words(text: str, runs: list[DigitRun]) -> list[DigitRun]:
    """The same, where six figures follow the words 「号码是」, and some of them were taken for words."""
    found = _CALLED_AND_HEARD.search(text)
    if found is None:
        return runs
    start, end = found.span(1)
    said = [character for character in found[1] if character in _HEARD_AS]
    words = [character for character in said if character not in _ZH and not character.isdigit()]
    if said[-1] in words:
        # "63849,就是那个", "63849把它取消": the last may really be a word.
        apart = words == said[-1:] and text[end - 2] not in _HEARD_AS
        if apart or _WORD_FOLLOWS.match(text, end):
            return runs
    digits = tuple(_HEARD_AS[character] for character in said)
    whole = DigitRun("".join(digits), start, end, digits, spelt=sum(not one.isdigit() for one in said))
    return sorted(
        [whole, *(run for run in runs if run.end <= start or run.start >= end)], key=lambda one: one.start
    )


def _is_a_word(text: str, at: int, unit: re.Pattern[str], language: Language) -> bool:
    """Whether a Korean syllable after a space begins a word (영수증) and is no digit."""
    if language is not Language.KO:
        return False
    return (
        bool(re.match(r"[가-힣]", text[at:])) and not unit.match(text, at) and not _KO_ENDING.match(text, at)
    )


def _whole(text: str, start: int, end: int) -> bool:
    return not re.search(r"\w", text[:start] + text[end:])


def _between(text: str, at: int, unit: re.Pattern[str], gap: re.Pattern[str]) -> re.Match[str] | None:
    """A word that is a digit only because digits stand on both sides ("one oh four *to* two seven")."""
    found = re.compile(rf"\b(?P<between>{'|'.join(_EN_BETWEEN)})\b").match(text, at)
    if found is None:
        return None
    after = gap.match(text, found.end())
    return found if unit.match(text, after.end() if after else found.end()) else None


@lru_cache(maxsize=8)
def _patterns(language: Language) -> tuple[re.Pattern[str], re.Pattern[str]]:
    if language is Language.EN:
        digit = "|".join(sorted(_EN_DIGITS, key=len, reverse=True))
        tens = "|".join(_EN_TENS)
        unit = (
            r"(?P<number>\d+)"
            rf"|\b(?P<times>double|triple)[\s-]+(?P<repeated>{digit}|\d)\b"
            rf"|\b(?P<tens>{tens})(?:[\s-]+(?P<ones>one|two|three|four|five|six|seven|eight|nine)\b)?\b"
            rf"|\b(?P<teen>{'|'.join(_EN_TEENS)})\b"
            rf"|\b(?P<digit>{digit})\b"
        )
    else:
        table = {Language.ZH: _ZH, Language.JA: _JA, Language.KO: _KO}[language]
        words = "|".join(_guarded(word) for word in sorted(table, key=len, reverse=True))
        unit = rf"(?P<number>\d+)|(?P<digit>{words})"
        if language is Language.KO:
            unit = rf"(?P<number>\d+)|(?P<kotens>{'|'.join(_KO_TENS)})(?P<koones>[일이삼사오육칠팔구])?|(?P<digit>{words})"
    gap = rf"{_SEPARATOR}*(?:(?:{_FILLERS[language]}){_SEPARATOR}+|(?:{_FILLERS[language]})(?=\d))?{_SEPARATOR}*"
    if language in (Language.ZH, Language.JA):
        gap = rf"{_SEPARATOR}*(?:{_FILLERS[language]})?{_SEPARATOR}*"
    return re.compile(unit), re.compile(gap)


def _guarded(word: str) -> str:
    """A digit word that is not the tail of another word (エイチ) nor an ending (이요, 이에요)."""
    if word in ("イチ", "いち"):
        return f"(?<![エえ]){word}"
    if word == "이":
        return "이(?!요|에요|예요|고요|고|라고|라|야|네요|죠|지요|거든|랑|나|면)"
    return re.escape(word)


def _value(match: re.Match[str], language: Language) -> str:
    found = {name: value for name, value in match.groupdict().items() if value}
    if "number" in found:
        return found["number"]
    if "between" in found:
        return _EN_BETWEEN[found["between"]]
    if "times" in found:
        digit = _EN_DIGITS.get(found["repeated"], found["repeated"])
        return digit * (2 if found["times"] == "double" else 3)
    if "tens" in found:
        return _EN_TENS[found["tens"]] + _EN_DIGITS.get(found.get("ones", ""), "0")
    if "teen" in found:
        return _EN_TEENS[found["teen"]]
    if "kotens" in found:
        return _KO_TENS[found["kotens"]] + _KO.get(found.get("koones", ""), "0")
    table = {Language.ZH: _ZH, Language.EN: _EN_DIGITS, Language.JA: _JA, Language.KO: _KO}[language]
    return table[found["digit"]]
