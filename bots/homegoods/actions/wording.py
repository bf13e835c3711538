"""Values as they are said: numbers digit by digit, days, carriers."""

from __future__ import annotations

from datetime import date

from core.languages import Language

_NEAR = {
    Language.ZH: {-1: "昨天", 0: "今天", 1: "明天", 2: "后天"},
    Language.EN: {-1: "yesterday", 0: "today", 1: "tomorrow"},
    Language.JA: {-1: "昨日", 0: "本日", 1: "明日"},
    Language.KO: {-1: "어제", 0: "오늘", 1: "내일"},
}
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_CARRIERS = {
    "SF Express": {"zh": "顺丰", "ja": "エスエフエクスプレス", "ko": "에스에프 익스프레스"},
    "UPS": {"zh": "联合包裹", "ja": "ユーピーエス", "ko": "유피에스"},
    "FedEx": {"zh": "联邦快递", "ja": "フェデックス", "ko": "페덱스"},
    "Yamato": {"zh": "大和运输", "ja": "ヤマト運輸", "ko": "야마토"},
    "Sagawa": {"zh": "佐川急便", "ja": "佐川急便", "ko": "사가와"},
    "CJ Logistics": {"zh": "希杰物流", "ja": "シージェイ物流", "ko": "씨제이 대한통운"},
}


def digit_by_digit(number: str) -> str:
    """``H104227`` -> ``1 0 4 2 2 7``: an order's letter is understood, so it is left out."""
    number = number[1:] if number[:1].upper() == "H" else number
    return " ".join(number)


def ticket(number: str) -> str:
    """``R104227`` -> ``R 1 0 4 2 2 7``."""
    return " ".join(number.replace("-", ""))


def day(when: date, today: date, language: Language) -> str:
    """A day as it is said: today, tomorrow, else month and day ("on March 5" in English)."""
    if (near := _NEAR[language].get((when - today).days)) is not None:
        return near
    if language is Language.EN:
        return f"on {_MONTHS[when.month - 1]} {when.day}"
    if language is Language.KO:
        return f"{when.month}월 {when.day}일"
    return f"{when.month}月{when.day}日"


def carrier(name: str, language: Language) -> str:
    """A carrier's name as callers know it."""
    return _CARRIERS.get(name, {}).get(language.value, name)
