"""The plan of a site: its queues and opening hours, read from YAML and checked before anything starts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml

from assist.acd.hours import ALL_DAY, DAY_MINUTES, Hours, Span

SHIPPED = Path(__file__).with_name("plan.yaml")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Rule = Literal["best", "any"] | int
"""Who may take a call: the best at work, those with at least this proficiency, or all who speak it."""


class PlanError(ValueError):
    """One line per wrong setting: where it stands, what is wrong, what is accepted."""


@dataclass(frozen=True, slots=True)
class Step:
    """From ``after_s`` of waiting on, those whom ``rule`` names may take the call."""

    after_s: float
    rule: Rule


STEPS = (Step(0.0, "best"), Step(20.0, 3), Step(40.0, "any"))


@dataclass(frozen=True, slots=True)
class Overflow:
    """Where calls go on waiting, with the time they have waited.

    Attributes:
        to: the other queue.
        after_s: of waiting; None: not for that.
        more_than: calls waiting when one more arrives; None: not for that.
        when_closed: outside this queue's hours, if the other one is open.
    """

    to: str
    after_s: float | None = None
    more_than: int | None = None
    when_closed: bool = False


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Beyond these figures supervisors are alerted; None: not for that. See docs/wallboard.md."""

    waiting: int | None = None
    longest_wait_s: float | None = None
    service_level: float | None = None
    abandonment: float | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue: what it takes, who serves it, how fast it is to be served.

    Attributes:
        reasons, intents, calls_skills: a hand-over with one of these belongs here.
        skills: what agents need for its calls, in addition to what the call asks for.
        priority: points added to each call's own.
        target_s, target_share: service level: this share answered within this time.
        hours: when it is open; None: always.
        out_of_hours: what a closed queue does with a call.
        no_answer: what is done with a call that nobody took in time, or that found the queue full.
        most_waiting: more are refused; None: the platform's limit alone.
        last_agent_s: how long a call is kept for the agent who had the caller last.
        alerts: when supervisors are told that something goes wrong; routing does not follow it.
    """

    name: str
    reasons: frozenset[str] = frozenset()
    intents: frozenset[str] = frozenset()
    calls_skills: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    priority: int = 0
    target_s: float = 20.0
    target_share: float = 0.8
    hours: Hours | None = None
    out_of_hours: Literal["voicemail", "told_so"] = "told_so"
    no_answer: Literal["voicemail", "told_so"] = "told_so"
    steps: tuple[Step, ...] = STEPS
    overflow: Overflow | None = None
    most_waiting: int | None = None
    last_agent_s: float = 15.0
    alerts: Thresholds = Thresholds()

    def takes(self, reason: str, intent: str, skills: Iterable[str]) -> bool:
        return reason in self.reasons or intent in self.intents or not self.calls_skills.isdisjoint(skills)

    def is_open(self, at: datetime) -> bool:
        return self.hours is None or self.hours.is_open(at)


MAY_STAY = frozenset(("caller_asked", "no_answer", "answer_rejected"))
"""Reasons of hand-overs after which the bot still has something to offer. Complaints, and matters in which the bot
itself is at its end, never stay."""


@dataclass(frozen=True, slots=True)
class Peak:
    """Above this load (work at hand for each place of an agent) these intents stay with the bot."""

    load: float = 1.5
    intents: frozenset[str] = frozenset()

    def concerns(self, reason: str, intent: str) -> bool:
        """Whether such a hand-over may be put off at all."""
        return reason in MAY_STAY and intent in self.intents


@dataclass(frozen=True, slots=True)
class Plan:
    """All queues, in the order in which they are asked whether a call is theirs; the last takes the rest."""

    queues: Mapping[str, Queue] = field(default_factory=lambda: {"general": Queue("general")})
    peak: Peak = field(default_factory=Peak)
    break_reasons: tuple[str, ...] = ("lunch", "rest", "meeting", "training", "other")

    def queue_for(self, reason: str, intent: str, skills: Iterable[str]) -> Queue:
        wanted = list(skills)
        queues = list(self.queues.values())
        return next((queue for queue in queues if queue.takes(reason, intent, wanted)), queues[-1])


def load_plan(path: Path = SHIPPED) -> Plan:
    """Read and check a plan.

    Raises:
        PlanError: naming the file and every wrong setting in it.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(f"{path}: cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PlanError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    try:
        return parse_plan(data)
    except PlanError as error:
        raise PlanError("\n".join(f"{path}: {line}" for line in str(error).splitlines())) from None


def parse_plan(data: Any) -> Plan:
    """Check a plan as YAML gives it.

    Raises:
        PlanError: one line per wrong setting.
    """
    reader = _Reader()
    plan = reader.plan(data)
    if reader.errors or plan is None:
        raise PlanError("\n".join(reader.errors))
    return plan


class _Reader:
    """Reads settings and gathers what is wrong with them, so that all is told at once."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def plan(self, data: Any) -> Plan | None:
        data = self._mapping("the file", data, {"hours", "queues", "peak", "break_reasons"})
        named_hours = {
            str(name): self._hours(f"hours.{name}", one)
            for name, one in self._mapping("hours", data.get("hours", {})).items()
        }
        queues = {}
        for name, one in self._mapping("queues", data.get("queues", {})).items():
            queues[str(name)] = self._queue(str(name), one, named_hours)
        if not queues:
            self._wrong("queues", data.get("queues"), "at least one queue")
            return None
        self._check_overflows(queues)
        reasons = self._names("break_reasons", data.get("break_reasons", list(Plan().break_reasons)))
        for reason in sorted({one for one in reasons if len(one) > 60 or reasons.count(one) > 1}):
            self._wrong("break_reasons", reason, "1 to 60 characters, each reason once")
        return Plan(queues, self._peak(data.get("peak", {})), tuple(reasons))

    def _queue(self, name: str, data: Any, hours: Mapping[str, Hours | None]) -> Queue:
        at = f"queues.{name}"
        known = {
            "takes", "skills", "priority", "target_s", "target_share", "hours", "out_of_hours", "no_answer",
            "steps", "overflow", "most_waiting", "last_agent_s", "alerts",
        }  # fmt: skip
        data = self._mapping(at, data if data is not None else {}, known)
        takes = self._mapping(f"{at}.takes", data.get("takes", {}), {"reasons", "intents", "skills"})
        named = data.get("hours")
        if named is not None and named not in hours:
            self._wrong(f"{at}.hours", named, f"one of {', '.join(hours) or '(none are defined)'}")
        most = data.get("most_waiting")
        return Queue(
            name=name,
            reasons=frozenset(self._names(f"{at}.takes.reasons", takes.get("reasons", []))),
            intents=frozenset(self._names(f"{at}.takes.intents", takes.get("intents", []))),
            calls_skills=frozenset(self._names(f"{at}.takes.skills", takes.get("skills", []))),
            skills=frozenset(self._names(f"{at}.skills", data.get("skills", []))),
            priority=int(self._number(f"{at}.priority", data.get("priority", 0), -100, 100, whole=True)),
            target_s=self._number(f"{at}.target_s", data.get("target_s", 20), 1, 86_400),
            target_share=self._number(f"{at}.target_share", data.get("target_share", 0.8), 0, 1),
            hours=hours.get(named) if isinstance(named, str) else None,
            out_of_hours=self._then(f"{at}.out_of_hours", data.get("out_of_hours", "told_so")),
            no_answer=self._then(f"{at}.no_answer", data.get("no_answer", "told_so")),
            steps=self._steps(f"{at}.steps", data["steps"]) if "steps" in data else STEPS,
            overflow=self._overflow(f"{at}.overflow", data["overflow"]) if "overflow" in data else None,
            most_waiting=None
            if most is None
            else int(self._number(f"{at}.most_waiting", most, 0, 100_000, whole=True)),
            last_agent_s=self._number(f"{at}.last_agent_s", data.get("last_agent_s", 15), 0, 3600),
            alerts=self._alerts(f"{at}.alerts", data.get("alerts", {})),
        )

    def _alerts(self, at: str, data: Any) -> Thresholds:
        most = {"waiting": 100_000, "longest_wait_s": 86_400, "service_level": 1, "abandonment": 1}
        given = {
            name: self._number(f"{at}.{name}", value, 0, most[name], whole=name == "waiting")
            for name, value in self._mapping(at, data, set(most)).items()
            if name in most and value is not None
        }
        return Thresholds(**given)  # type: ignore[arg-type]

    def _then(self, at: str, data: Any) -> Literal["voicemail", "told_so"]:
        if data not in ("voicemail", "told_so"):
            self._wrong(at, data, "voicemail, told_so")
        return "voicemail" if data == "voicemail" else "told_so"

    def _steps(self, at: str, data: Any) -> tuple[Step, ...]:
        steps: list[Step] = []
        for number, one in enumerate(data if isinstance(data, list) else [None]):
            here = f"{at}[{number}]"
            if not isinstance(one, dict) or set(one) != {"after_s", "who"}:
                self._wrong(here, one, "a list of {after_s: seconds, who: best, any, or 1 to 5}")
                continue
            who = one["who"]
            if who not in ("best", "any") and (isinstance(who, bool) or who not in range(1, 6)):
                self._wrong(f"{here}.who", who, "best, any, or a proficiency from 1 to 5")
                continue
            steps.append(Step(self._number(f"{here}.after_s", one["after_s"], 0, 86_400), who))
        if steps and (steps[0].after_s != 0 or any(b.after_s <= a.after_s for a, b in pairwise(steps))):
            self._wrong(at, [step.after_s for step in steps], "times that begin with 0 and rise")
        return tuple(steps) or STEPS

    def _overflow(self, at: str, data: Any) -> Overflow:
        data = self._mapping(at, data, {"to", "after_s", "more_than", "when_closed"})
        after, more = data.get("after_s"), data.get("more_than")
        if after is None and more is None and not data.get("when_closed"):
            self._wrong(at, data, "at least one of after_s, more_than, when_closed: true")
        return Overflow(
            to=str(data.get("to", "")),
            after_s=None if after is None else self._number(f"{at}.after_s", after, 1, 86_400),
            more_than=None
            if more is None
            else int(self._number(f"{at}.more_than", more, 0, 100_000, whole=True)),
            when_closed=bool(data.get("when_closed")),
        )

    def _check_overflows(self, queues: Mapping[str, Queue]) -> None:
        for name, queue in queues.items():
            seen, at = {name}, queue
            while at.overflow is not None:
                if at.overflow.to not in queues:
                    if at is queue:
                        others = ", ".join(other for other in queues if other != name)
                        self._wrong(f"queues.{name}.overflow.to", at.overflow.to, f"another queue ({others})")
                    break
                at = queues[at.overflow.to]
                if at.name in seen:
                    self._wrong(f"queues.{name}.overflow.to", queue.overflow and queue.overflow.to,
                                "queues that do not overflow in a circle")  # fmt: skip
                    break
                seen.add(at.name)

    def _peak(self, data: Any) -> Peak:
        data = self._mapping("peak", data, {"load", "intents"})
        return Peak(
            self._number("peak.load", data.get("load", 1.5), 0.1, 1000),
            frozenset(self._names("peak.intents", data.get("intents", []))),
        )

    # --- hours ---

    def _hours(self, at: str, data: Any) -> Hours | None:
        data = self._mapping(at, data, {"zone", "week", "holidays", "special"})
        zone = data.get("zone")
        try:
            zone_info = ZoneInfo(str(zone))
        except (KeyError, ValueError, OSError):
            self._wrong(f"{at}.zone", zone, "a time zone such as Asia/Shanghai or Europe/Berlin")
            return None
        week: list[tuple[Span, ...]] = [ALL_DAY] * 7
        if "week" in data:
            week = [()] * 7
            for days, text in self._mapping(f"{at}.week", data["week"]).items():
                for weekday in self._days(f"{at}.week", days):
                    week[weekday] = self._spans(f"{at}.week.{days}", text)
        holidays = [
            day
            for one in self._list(f"{at}.holidays", data.get("holidays", []))
            for day in self._dates(at, one)
        ]
        special: dict[date, tuple[Span, ...]] = {}
        for one, text in self._mapping(f"{at}.special", data.get("special", {})).items():
            for day in self._dates(at, one, "special"):
                special[day] = self._spans(f"{at}.special.{one}", text)
        return Hours(zone_info, tuple(week), frozenset(holidays), special)

    def _days(self, at: str, written: Any) -> list[int]:
        first, dash, last = str(written).strip().lower().partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            self._wrong(at, written, "mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri")
            return []
        start, end = DAYS.index(first), DAYS.index(last or first)
        return [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]

    def _spans(self, at: str, written: Any) -> tuple[Span, ...]:
        text = str(written).strip().lower()
        if text == "closed":
            return ()
        spans = []
        for part in text.split(","):
            found = re.fullmatch(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)", part.strip())
            start, end = (
                (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)
            )
            if not found or start == end or start >= DAY_MINUTES or end > DAY_MINUTES:
                self._wrong(
                    at, written, 'closed, or spans such as "09:00-12:30, 13:30-18:00" or "22:00-06:00"'
                )
                return ()
            if int(found[2]) > 59 or int(found[4]) > 59:
                self._wrong(at, written, "minutes from 00 to 59")
                return ()
            spans.append((start, end))
        return tuple(spans)

    def _dates(self, at: str, written: Any, which: str = "holidays") -> list[date]:
        first, _, last = str(written).partition("..")
        try:
            start, end = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
        except ValueError:
            self._wrong(f"{at}.{which}", written, "dates such as 2026-12-25, or 2026-12-28..2026-12-31")
            return []
        days = (end - start).days
        if not 0 <= days <= 366:
            self._wrong(f"{at}.{which}", written, "a range that ends after it begins, within a year")
            return []
        return [start + timedelta(days=number) for number in range(days + 1)]

    # --- kinds of values ---

    def _wrong(self, at: str, given: Any, accepted: str) -> None:
        self.errors.append(f"{at}: accepted: {accepted} (given: {given!r})")

    def _mapping(self, at: str, data: Any, known: set[str] | None = None) -> dict[Any, Any]:
        if not isinstance(data, dict):
            self._wrong(at, data, "settings with names")
            return {}
        for name in data:
            if known is not None and name not in known:
                self._wrong(
                    f"{at}.{name}" if at != "the file" else str(name), data[name], ", ".join(sorted(known))
                )
        return data

    def _list(self, at: str, data: Any) -> list[Any]:
        if isinstance(data, list):
            return data
        self._wrong(at, data, "a list")
        return []

    def _names(self, at: str, data: Any) -> list[str]:
        names = self._list(at, data)
        for name in names:
            if not isinstance(name, str) or not name.strip():
                self._wrong(at, name, "a list of names")
        return [str(name) for name in names]

    def _number(self, at: str, data: Any, low: float, high: float, *, whole: bool = False) -> float:
        kind = int if whole else int | float
        if isinstance(data, bool) or not isinstance(data, kind) or not low <= data <= high:
            self._wrong(at, data, f"a {'whole ' if whole else ''}number from {low:g} to {high:g}")
            return low
        return data


def wall(seconds: float) -> datetime:
    """The time of day of seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)
