"""Unit: when a queue opens again, in words, across midnight, weekends and the change of clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from assist.acd.hours import Hours
from core.languages import Language
from voice_gateway.opening import opening_words

ZH, EN, JA, KO = Language
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("opens", "language", "words"),
    [
        ("2026-03-04 09:00", EN, "today at 9 AM"),
        ("2026-03-05 09:30", EN, "tomorrow at 9:30 AM"),
        ("2026-03-09 13:05", EN, "on Monday at 1:05 PM"),
        ("2026-03-16 09:00", EN, "on March 16 at 9 AM"),
        ("2026-03-05 00:00", EN, "tomorrow at 12 AM"),
        ("2026-03-04 09:00", ZH, "今天上午9点"),
        ("2026-03-05 13:30", ZH, "明天下午1点30分"),
        ("2026-03-09 12:00", ZH, "星期一中午12点"),
        ("2026-03-16 18:15", ZH, "3月16日晚上6点15分"),
        ("2026-03-04 09:00", JA, "本日午前9時"),
        ("2026-03-09 12:10", JA, "月曜日の午後0時10分"),
        ("2026-03-16 09:00", JA, "3月16日午前9時"),
        ("2026-03-05 09:00", KO, "내일 오전 9시"),
        ("2026-03-09 13:30", KO, "월요일 오후 1시 30분"),
        ("2026-03-16 09:00", KO, "3월 16일 오전 9시"),
    ],
)
def test_the_opening_is_told_as_people_tell_it(opens: str, language: Language, words: str) -> None:
    assert opening_words(at(opens), at("2026-03-04 02:00"), BERLIN, language) == words


def test_today_is_that_of_the_queues_zone_not_of_the_machines() -> None:
    # 23:30 UTC is tomorrow morning in Seoul.
    now, opens = datetime(2026, 3, 4, 23, 30, tzinfo=UTC), datetime(2026, 3, 5, 0, 0, tzinfo=UTC)
    assert opening_words(opens, now, ZoneInfo("Asia/Seoul"), EN) == "today at 9 AM"


@pytest.mark.parametrize("night", ["2026-03-28 23:00", "2026-10-24 23:00"])
def test_a_night_in_which_the_clocks_change_moves_no_opening(night: str) -> None:
    hours = Hours(BERLIN, (((9 * 60, 18 * 60),),) * 7)
    now = at(night)
    opens = hours.next_change(now)
    assert opens is not None
    assert opening_words(opens, now, BERLIN, EN) == "tomorrow at 9 AM"
    assert (opens - now).total_seconds() / 3600 in (9, 11)
