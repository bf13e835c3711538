"""Queues and opening hours as a form shows them, and back: the plan itself is what ``assist.acd.plan`` reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from assist.acd.plan import Peak, Plan, Queue

Part = Literal["queues", "hours"]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = "00:00-24:00"
_USUAL = Queue("")
_AS_IT_IS = ("priority", "target_s", "out_of_hours", "no_answer", "most_waiting", "last_agent_s")
_TAKES = ("reasons", "intents", "skills")
_SKILLS = ("skills", "needs")
"""Chosen from a list, and so no text."""
_ALERTS_AT, _ALERTS_SHARE = ("waiting", "longest_wait_s"), ("service_level", "abandonment")


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


def without(plan: Mapping[str, Any], part: Part, name: str) -> dict[str, Any]:
    """The plan without a queue, or without opening hours; whether it is one then, its check says."""
    return {**plan, part: {one: rest for one, rest in plan.get(part, {}).items() if one != name}}


def break_reasons_of(plan: Mapping[str, Any]) -> list[str]:
    """What agents choose from; the usual ones where the plan does not say."""
    return list(plan.get("break_reasons", Plan().break_reasons))


def with_break_reason(plan: Mapping[str, Any], before: str | None, key: str) -> dict[str, Any]:
    """The plan with another reason of a break, or with this one under another name in its place."""
    reasons, key = break_reasons_of(plan), key.strip()
    changed = [*reasons, key] if before is None else [key if one == before else one for one in reasons]
    return {**plan, "break_reasons": changed}


def without_break_reason(plan: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The plan without it; with none left, a break has no reason."""
    return {**plan, "break_reasons": [one for one in break_reasons_of(plan) if one != key]}


def peak_of(plan: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """The load above which the peak rule counts, and the intents that it keeps."""
    peak = plan.get("peak") or {}
    return peak.get("load", Peak().load), list(peak.get("intents") or ())


def with_peak(plan: Mapping[str, Any], load: Any, intents: str) -> dict[str, Any]:
    """The plan with another peak rule; without intents it keeps no call."""
    return {**plan, "peak": filled({}, load=number(load), intents=names(intents))}


def queue_fields(queue: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that can be set about a queue, as its form shows it; shares in per cent."""
    takes, overflow, alerts = (queue.get(part) or {} for part in ("takes", "overflow", "alerts"))
    return {
        **{name: queue.get(name, getattr(_USUAL, name)) for name in _AS_IT_IS},
        "target_share": _percent(queue.get("target_share", _USUAL.target_share)),
        "hours": queue.get("hours") or "",
        **{name: joined(takes.get(name)) for name in _TAKES if name not in _SKILLS},
        "skills": list(takes.get("skills") or ()),
        "needs": list(queue.get("skills") or ()),
        "steps": steps_text(queue.get("steps")),
        "overflow": overflow.get("to", ""),
        "overflow_after": overflow.get("after_s"),
        "overflow_more": overflow.get("more_than"),
        "overflow_closed": bool(overflow.get("when_closed")),
        **{f"alert_{name}": alerts.get(name) for name in _ALERTS_AT},
        **{f"alert_{name}": _percent(alerts.get(name)) for name in _ALERTS_SHARE},
    }


def queue_of(fields: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Undo ``queue_fields``. A setting that was left to its default and shows it is left to it.

    Args:
        before: the queue as it was shown.
    """
    shown = queue_fields(before)

    def touched(name: str) -> bool:
        return bool(fields[name] != shown[name])

    overflow = {
        "to": fields["overflow"],
        "after_s": number(fields["overflow_after"]),
        "more_than": number(fields["overflow_more"]),
        "when_closed": fields["overflow_closed"] or None,
    }
    alerts = {name: number(fields[f"alert_{name}"]) for name in _ALERTS_AT}
    alerts |= {name: _share(fields[f"alert_{name}"]) for name in _ALERTS_SHARE}
    given = {name: number(fields[name]) for name in _AS_IT_IS if touched(name) or name in before}
    if touched("target_share") or "target_share" in before:
        given["target_share"] = _share(fields["target_share"])
    return filled(
        before,
        **given,
        hours=fields["hours"],
        takes=filled({}, **{name: names(fields[name]) for name in _TAKES}),
        skills=names(fields["needs"]),
        steps=steps_of(fields["steps"]),
        overflow=filled({}, **overflow) if fields["overflow"] else {},
        alerts=filled({}, **alerts),
    )


def _percent(share: Any) -> Any:
    return number(round(share * 100, 4)) if isinstance(share, int | float) else share


def _share(percent: Any) -> Any:
    return round(percent / 100, 6) if isinstance(percent, int | float) else percent


def filled(queue: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """A queue with the settings of a form: an empty one goes back to what a queue is without it."""
    result = dict(queue)
    for name, value in given.items():
        if value in (None, "", [], {}):
            result.pop(name, None)
        else:
            result[name] = value
    return result


def names(text: str | Iterable[str] | None) -> list[str]:
    """Words between commas, or of a list."""
    parts = (
        (text or "").replace("、", ",").replace("，", ",").split(",")
        if isinstance(text, str | None)
        else text
    )
    return [part.strip() for part in parts if part.strip()]


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
