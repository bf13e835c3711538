"""What kind of answer a question wants (an amount of money, a duration, a weight), and whether a passage has one.

Similarity alone prefers the passage that says most about the thing: asked for the price of a rug, how to wash it.
A question that plainly asks for a figure of one kind is better served by a passage that holds such a figure, and
a passage without one cannot answer it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.languages import Language

_N = r"(?:\d[\d.,]*|[一二三四五六七八九十百千两兩半]+|one|two|three|four|five|six|seven|eight|nine|ten|half)\s?"


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    asked: dict[Language, re.Pattern[str]]
    holds: re.Pattern[str]


def _kind(name: str, en: str, zh: str, ja: str, ko: str, holds: str) -> _Kind:
    patterns = {Language.EN: en, Language.ZH: zh, Language.JA: ja, Language.KO: ko}
    return _Kind(
        name,
        {language: re.compile(pattern, re.I) for language, pattern in patterns.items()},
        re.compile(holds, re.I),
    )


_KINDS = (
    _kind(
        "money",
        r"how much (?:is|are|does|do|for|to|will)\b(?!.*\b(?:discount|weigh|shrink)\b)|\bwhat(?:'s| is| are| does)?\b.*\b(?:price|cost|fee)s?\b"
        r"|\bhow expensive",
        r"多少钱|(?:价格|价钱|运费|费用)(?:是)?多少|多少(?:美元|块)|怎么卖",
        r"(?:いくら|何ドル|何円)(?:です|する|くらい|ぐらい|かかり|でしょう|払|$)|(?:値段|価格|料金|送料)(?:は|を)?(?:いくら|教え)",
        r"얼마(?:예요|에요|인가요|입니까|죠|나 해|$)|(?:가격|값|배송비)(?:이|은|는)? ?(?:얼마|어떻게)|몇 달러",
        rf"{_N}(?:dollars?|euros?|pounds?|yen|yuan|usd|美元|元|块|ドル|円|달러|원)|[$€£¥]\s?\d|免费|免運|免运|無料|무료|\bfree\b|half|一半|半額|절반",
    ),
    _kind(
        "duration",
        r"how (?:long|many (?:days|weeks|months|years|hours))\b(?!.*\b(?:tall|wide|is the (?:table|rug|curtain)\b(?!.*warrant)))",
        r"(?:几|多少)个?(?:天|年|个月|星期|周|小时|工作日)|多久|多长时间",
        r"何(?:日|年|か月|ヶ月|週間|時間|営業日)|どのくらい(?:で|かかり)|いつまで",
        r"며칠|몇 ?(?:일|년|달|주|시간|개월)|얼마나 (?:걸|오래)",
        rf"{_N}(?:to {_N})?(?:more )?(?:working )?(?:days?|weeks?|months?|years?|hours?)\b|\b(?:same|next) (?:working )?day"
        rf"|{_N}个?(?:工作)?(?:天|年|月|星期|周|小时|日)|{_N}(?:営業)?(?:日|年|か月|週間|時間)|{_N}(?:일|년|달|주|시간|개월)|열흘|보름|일주일",
    ),
    _kind(
        "weight",
        r"how heavy|how much\b.*\bweigh|\bweight of\b|\bwhat\b.*\bweigh",
        r"多重|多少(?:公斤|斤|克)|重量(?:是)?多少",
        r"何(?:キロ|グラム)|(?:どのくらい|どれくらい|どんなに)重|重さ",
        r"몇 ?(?:킬로|그램)|얼마나 무거|무게",
        rf"{_N}(?:kg|kilograms?|kilos?|grams?|g\b|pounds|公斤|斤|克|キロ|グラム|킬로|그램)",
    ),
    _kind(
        "size",
        r"how (?:big|large|tall|wide|high|deep)\b|\bwhat size\b|\b(?:dimensions|measurements) of",
        r"多大|多高|多宽|多长(?!时间)|尺寸(?:是)?多少|什么尺寸",
        r"(?:大きさ|サイズ|高さ|幅)(?:は|を)(?:どれ|どの|何|教え|いくつ)|何センチ",
        r"크기(?:가|는)|얼마나 (?:커|크|높|넓)|몇 ?센티",
        rf"{_N}(?:cm|mm|m\b|inch|厘米|米|センチ|センチメートル|센티)|\d ?[x×] ?\d",
    ),
    _kind(
        "temperature",
        r"(?:what|which) temperature|how (?:hot|many degrees)",
        r"多少度|几度|什么温度",
        r"何度|何℃",
        r"몇 ?도",
        rf"{_N}(?:degrees|°|℃|度|도)",
    ),
    _kind(
        "percent",
        r"how much (?:of a )?(?:discount|percent|shrink)|what (?:percentage|discount)",
        r"多少折|百分之多少|折扣(?:是)?多少|多少折扣|打几折",
        r"何(?:パーセント|割|%)",
        r"몇 ?(?:퍼센트|프로|%)|할인이 얼마",
        rf"{_N}(?:percent|%|折)|百分之|{_N}(?:パーセント|割|％)|퍼센트",
    ),
    _kind(
        "power",
        r"how many watts|what (?:is the )?(?:power|wattage)|how (?:bright|powerful)",
        r"多少瓦|几瓦|功率",
        r"何ワット|消費電力",
        r"몇 ?와트|소비 전력",
        rf"{_N}(?:watts?|w\b|瓦|ワット|와트)",
    ),
    _kind(
        "people",
        r"how many (?:people|employees|workers|staff)",
        r"多少(?:人|员工|工人)|几个人",
        r"何人",
        r"몇 ?명|몇 ?사람",
        rf"{_N}(?:people|employees|workers|个人|名|人|명)",
    ),
)


def wanted(question: str, language: Language | None) -> tuple[str, ...]:
    """The kinds of figure the question asks for; none for most questions."""
    if language is None:
        return ()
    return tuple(kind.name for kind in _KINDS if kind.asked[language].search(question))


def holds(text: str, kinds: tuple[str, ...]) -> bool:
    """Whether ``text`` holds a figure of at least one of the kinds."""
    return any(kind.holds.search(text) for kind in _KINDS if kind.name in kinds)


def fits(question: str, text: str, language: Language | None) -> int:
    """1 where the passage holds the kind of figure that is asked for, -1 where it does not, 0 where none is."""
    kinds = wanted(question, language)
    if not kinds:
        return 0
    return 1 if holds(text, kinds) else -1
