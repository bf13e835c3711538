"""Days and dates in four languages."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bots.understanding.types import Entity
from core.languages import Language

_RELATIVE = {
    Language.ZH: {
        "大前天": -3,
        "前天": -2,
        "昨天": -1,
        "昨日": -1,
        "今天": 0,
        "今日": 0,
        "明天": 1,
        "后天": 2,
        "大后天": 3,
    },
    Language.EN: {
        "the day before yesterday": -2,
        "yesterday": -1,
        "today": 0,
        "the day after tomorrow": 2,
        "tomorrow": 1,
    },
    Language.JA: {
        "一昨日": -2,
        "おととい": -2,
        "昨日": -1,
        "きのう": -1,
        "今日": 0,
        "きょう": 0,
        "本日": 0,
        "明日": 1,
        "あした": 1,
        "明後日": 2,
        "あさって": 2,
    },
    Language.KO: {"그저께": -2, "그제": -2, "어제": -1, "오늘": 0, "내일": 1, "모레": 2},
}
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_EN_MONTH = "|".join(f"{month}|{month[:3]}" for month in _MONTHS)
_EN = re.compile(
    rf"\b(?P<m>{_EN_MONTH})\.? (?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b"
    rf"|\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<m2>{_EN_MONTH})\b"
)
_HAN = "〇零一二三四五六七八九"
_N = rf"\d{{1,2}}|[{_HAN}十]{{1,3}}"
_CJK = re.compile(rf"(?P<m>{_N})\s*月\s*(?P<d>{_N})\s*[日号號]?")
_KO = re.compile(r"(?P<m>\d{1,2})\s*월\s*(?P<d>\d{1,2})\s*일?")


def find_dates(text: str, language: Language, today: date | None = None) -> list[Entity]:
    """Dates in folded text.

    Args:
        today: the caller's day; with it values are ISO dates (the nearest such day in the past half year
            or the coming one), without it ``today-1`` or ``--03-05``.
    """
    found: list[Entity] = []
    words = _RELATIVE[language]
    pattern = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    boundary = r"\b" if language is Language.EN else ""
    for match in re.finditer(f"{boundary}(?:{pattern}){boundary}", text):
        offset = words[match.group()]
        value = (today + timedelta(days=offset)).isoformat() if today else f"today{offset:+d}"
        found.append(Entity("date", value, match.start(), match.end()))
    calendar = {Language.EN: _EN, Language.KO: _KO}.get(language, _CJK)
    for match in calendar.finditer(text):
        groups = match.groupdict()
        month, day = groups["m"] or groups.get("m2") or "", groups["d"] or groups.get("d2") or ""
        number = (
            _MONTHS.index(next(m for m in _MONTHS if m.startswith(month[:3]))) + 1
            if (language is Language.EN)
            else _han(month)
        )
        if (resolved := _resolve(number, _han(day), today)) is not None:
            found.append(Entity("date", resolved, match.start(), match.end()))
    return found


def _han(text: str) -> int:
    if text.isdigit():
        return int(text)
    if "十" in text:
        tens, ones = text.split("十", 1)
        return (_digit(tens) if tens else 1) * 10 + (_digit(ones) if ones else 0)
    return _digit(text)


def _digit(text: str) -> int:
    return max(0, _HAN.index(text[-1]) - 1)


def _resolve(month: int, day: int, today: date | None) -> str | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    if today is None:
        return f"--{month:02d}-{day:02d}"
    candidates = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            candidates.append(date(year, month, day))
        except ValueError:
            continue
    return min(candidates, key=lambda one: abs((one - today).days)).isoformat() if candidates else None
