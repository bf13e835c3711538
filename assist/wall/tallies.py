"""Running sums of the day: calls in queues, and all calls; each fact costs the same however long the day is.

A call belongs to the quarter hour, and the day, in which it was queued (of all calls: began), whenever it ends; so what
was offered is what was answered, given up or still waits.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date

from assist.acd.measures import QueuedCall, QueueFold, Tally
from assist.wall.calendar import Calendar

_MOST_IN_HAND = 20_000
_KEPT_DAYS = 2

Group = tuple[Hashable, ...]
"""``(day,)``, ``(day, "queue", name)``, ``(day, "language", code)``, ``(quarter,)``, ``(quarter, queue)``."""


class Queues(QueueFold):
    """
    Args:
        wall_of: the time of day of a moment of the distributor's clock.
        target_s: the service level's time of a queue.
    """

    def __init__(
        self, calendar: Calendar, wall_of: Callable[[float], float], target_s: Callable[[str], float]
    ) -> None:
        super().__init__()
        self._calendar, self._wall_of, self._target_s = calendar, wall_of, target_s
        self.tallies: dict[Group, Tally] = {}
        self._groups: OrderedDict[str, tuple[Group, ...]] = OrderedDict()
        """Of answered calls, whose handling may go on with one agent after the other; the latest only."""

    def ended(self, call: QueuedCall) -> None:
        groups = self.groups(call)
        for group in groups:
            self.tallies.setdefault(group, Tally()).ended(call, self._target_s(call.queue))
        if call.ending == "answered":
            self._groups[call.interaction_id] = groups
            while len(self._groups) > _MOST_IN_HAND:
                self._groups.popitem(last=False)

    def handled(self, name: str, *, talk_s: float = 0.0, wrap_up_s: float = 0.0) -> None:
        for group in self._groups.get(name, ()):
            self.tallies[group].handled_s += talk_s + wrap_up_s

    def groups(self, call: QueuedCall) -> tuple[Group, ...]:
        """What a call counts in."""
        wall = self._wall_of(call.queued_at)
        day, quarter = self._calendar.day(wall), self._calendar.quarter(wall)
        return (
            (day,),
            (day, "queue", call.queue),
            (day, "language", call.language.value),
            (quarter,),
            (quarter, call.queue),
        )

    def at(self, now: float) -> Callable[..., Tally]:
        """Sums of groups together, those that wait at this moment counted in."""
        waiting: dict[Group, Tally] = {}
        for call in self.open.values():
            for group in self.groups(call):
                waiting.setdefault(group, Tally()).waits(call, now)

        def of(*groups: Group) -> Tally:
            total = Tally()
            for group in groups:
                for source in (self.tallies, waiting):
                    if (known := source.get(group)) is not None:
                        total.add(known)
            return total

        return of

    def forget(self, today: date) -> None:
        """Drop what is older than yesterday."""
        first = self._calendar.begins(today) - (_KEPT_DAYS - 1) * 90_000
        for group in [one for one in self.tallies if _before(one[0], today, first)]:
            del self.tallies[group]
        living = self.tallies.keys()
        for name in [n for n, groups in self._groups.items() if not living >= set(groups)]:
            del self._groups[name]


@dataclass(slots=True)
class Contacts:
    """All calls of a group that have ended, and those resolved without a person."""

    ended: int = 0
    contained: int = 0


class AllCalls:
    """Counts calls by the day on which they began, and by the language they ended in."""

    def __init__(self) -> None:
        self.counts: dict[tuple[date, str], Contacts] = {}

    def ended(self, day: date, language: str, contained: bool) -> None:
        for key in ((day, ""), (day, language)):
            counts = self.counts.setdefault(key, Contacts())
            counts.ended += 1
            counts.contained += contained

    def of(self, day: date, language: str = "") -> Contacts:
        return self.counts.get((day, language), Contacts())

    def forget(self, today: date) -> None:
        for key in [one for one in self.counts if (today - one[0]).days >= _KEPT_DAYS]:
            del self.counts[key]


def _before(of: Hashable, today: date, first: float) -> bool:
    if isinstance(of, date):
        return (today - of).days >= _KEPT_DAYS
    return isinstance(of, int) and of < first
