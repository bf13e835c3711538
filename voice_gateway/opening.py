"""When a closed queue opens again, as a caller hears it: in the zone of the queue, relative to its today."""

from __future__ import annotations

from datetime import datetime, tzinfo

from core.languages import Language

NEAR_DAYS = 6
"""Up to so many days ahead the weekday tells; beyond it the date does."""

_WEEKDAYS = {
    Language.ZH: [f"星期{day}" for day in "一二三四五六日"],
    Language.EN: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    Language.JA: [f"{day}曜日" for day in "月火水木金土日"],
    Language.KO: [f"{day}요일" for day in "월화수목금토일"],
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
_TODAY = {
    Language.ZH: ("今天", "明天"),
    Language.EN: ("today", "tomorrow"),
    Language.JA: ("本日", "明日"),
    Language.KO: ("오늘", "내일"),
}


def opening_words(opens_at: datetime, now: datetime, zone: tzinfo, language: Language) -> str:
    """Such as "tomorrow at 9:30 AM"; both times must know their zone."""
    opens = opens_at.astimezone(zone)
    days = (opens.date() - now.astimezone(zone).date()).days
    clock = _clock(opens, language)
    if 0 <= days <= 1:
        day = _TODAY[language][days]
        return f"{day} {clock}" if language.spaces_words else f"{day}{clock}"
    if days <= NEAR_DAYS:
        day = _WEEKDAYS[language][opens.weekday()]
        match language:
            case Language.EN:
                return f"on {day} {clock}"
            case Language.JA:
                return f"{day}の{clock}"
            case Language.KO:
                return f"{day} {clock}"
            case _:
                return f"{day}{clock}"
    match language:
        case Language.EN:
            return f"on {_MONTHS[opens.month - 1]} {opens.day} {clock}"
        case Language.KO:
            return f"{opens.month}월 {opens.day}일 {clock}"
        case _:
            return f"{opens.month}月{opens.day}日{clock}"


def _clock(at: datetime, language: Language) -> str:
    hour, minute = at.hour % 12 or 12, at.minute
    morning = at.hour < 12
    match language:
        case Language.EN:
            return f"at {hour}{f':{minute:02}' if minute else ''} {'AM' if morning else 'PM'}"
        case Language.ZH:
            half = (
                "凌晨"
                if at.hour < 6
                else "上午"
                if morning
                else "中午"
                if at.hour == 12
                else "下午"
                if at.hour < 18
                else "晚上"
            )
            return f"{half}{hour}点{f'{minute}分' if minute else ''}"
        case Language.JA:
            return f"{'午前' if morning else '午後'}{at.hour % 12}時{f'{minute}分' if minute else ''}"
        case Language.KO:
            return f"{'오전' if morning else '오후'} {hour}시{f' {minute}분' if minute else ''}"
