"""Queues and opening hours as a form shows them, and back: the plan itself is what ``assist.acd.plan`` reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = "00:00-24:00"


def week_of(hours: Mapping[str, Any]) -> dict[str, str]:
    """The spans of each day; a plan may name days together, as in ``mon-fri``."""
    if "week" not in hours:
        return dict.fromkeys(DAYS, ALWAYS)
    week = dict.fromkeys(DAYS, "closed")
    for days, spans in hours["week"].items():
        first, dash, last = str(days).strip().lower().partition("-")
        start, end = DAYS.index(first), DAYS.index(last if dash else first)
        for number in range(start, (end if end >= start else end + 7) + 1):
            week[DAYS[number % 7]] = str(spans)
    return week


def with_hours(
    plan: Mapping[str, Any], name: str, zone: str, week: Mapping[str, str], holidays: str, special: str
) -> dict[str, Any]:
    """The plan with these opening hours.

    Args:
        holidays: a day or a range of days (``2026-12-28..2026-12-31``) in each line.
        special: a day and its spans in each line: ``2026-12-24: 09:00-12:00``.
    """
    hours: dict[str, Any] = {"zone": zone.strip()}
    spans = {day: text.strip() or "closed" for day, text in week.items()}
    if any(text != ALWAYS for text in spans.values()):
        hours["week"] = spans
    if days := [line.strip() for line in holidays.splitlines() if line.strip()]:
        hours["holidays"] = days
    parts = [line.partition(":") for line in special.splitlines() if line.strip()]
    if parts:
        hours["special"] = {day.strip(): text.strip() for day, _, text in parts}
    return {**plan, "hours": {**plan.get("hours", {}), name.strip(): hours}}


def with_queue(plan: Mapping[str, Any], name: str, queue: Mapping[str, Any]) -> dict[str, Any]:
    """The plan with this queue; a new one stands before the last, which takes what no other does."""
    queues = dict(plan.get("queues", {}))
    if name in queues or not queues:
        queues[name] = dict(queue)
        return {**plan, "queues": queues}
    last = list(queues)[-1]
    rest = queues.pop(last)
    return {**plan, "queues": {**queues, name: dict(queue), last: rest}}


def filled(queue: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """A queue with the settings of a form: an empty one goes back to what a queue is without it."""
    result = dict(queue)
    for name, value in given.items():
        if value in (None, "", [], {}):
            result.pop(name, None)
        else:
            result[name] = value
    return result


def names(text: str | None) -> list[str]:
    """Words between commas."""
    return [
        part.strip() for part in (text or "").replace("、", ",").replace("，", ",").split(",") if part.strip()
    ]


def joined(words: Iterable[Any] | None) -> str:
    return ", ".join(str(word) for word in words or ())


def steps_text(steps: Iterable[Mapping[str, Any]] | None) -> str:
    """``0: best, 20: 3, 40: any``."""
    return ", ".join(f"{step['after_s']:g}: {step['who']}" for step in steps or ())


def steps_of(text: str | None) -> list[dict[str, Any]]:
    """Undo ``steps_text``; what is no number stays text, so that the plan's check can name it."""
    steps = []
    for part in names(text):
        after, _, who = part.partition(":")
        steps.append({"after_s": number(after), "who": number(who)})
    return steps


def number(text: Any) -> Any:
    """A number where it is one; a whole one as such."""
    if isinstance(text, int | float) or text is None:
        return int(text) if isinstance(text, float) and text.is_integer() else text
    stripped = str(text).strip()
    try:
        value = float(stripped)
    except ValueError:
        return stripped
    return int(value) if value.is_integer() else value
