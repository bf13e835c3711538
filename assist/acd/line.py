"""The waiting calls in their order, gathered into groups that the same agents may take.

Within a group only the first call has to be looked at: if nobody is free for it, nobody is for those
behind it. A call that somebody rejected, or that is kept for an agent, is a group of its own.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from assist.acd.plan import Rule
from assist.acd.types import Profile, Rank


@dataclass(slots=True)
class Group:
    """Calls that the same agents may take, in the order of the queue."""

    profile: Profile
    rule: Rule
    calls: list[tuple[Rank, str]] = field(default_factory=list)

    def ahead_of(self, rank: Rank) -> int:
        """How many of them go before a call of this rank."""
        return bisect_left(self.calls, (rank, ""))


class Line:
    """Who waits and is offered to nobody."""

    def __init__(self) -> None:
        self.groups: dict[Hashable, Group] = {}
        self._where: dict[str, tuple[Hashable, Rank]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._where

    def put(self, name: str, rank: Rank, profile: Profile, rule: Rule, own: str = "") -> None:
        """Put a call into its group, or move it there; ``own`` names a group of its own."""
        key: Hashable = (profile, rule, own)
        if self._where.get(name) == (key, rank):
            return
        self.take(name)
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group(profile, rule)
        insort(group.calls, (rank, name))
        self._where[name] = (key, rank)

    def take(self, name: str) -> None:
        """Take a call out, if it is there."""
        where = self._where.pop(name, None)
        if where is None:
            return
        key, rank = where
        group = self.groups[key]
        del group.calls[bisect_left(group.calls, (rank, name))]
        if not group.calls:
            del self.groups[key]

    def heads(self) -> Iterator[tuple[Group, str]]:
        """The first of each group, by rank; after one was taken out, the next of its group follows in turn."""
        heads = [(group.calls[0], number, group) for number, group in enumerate(self.groups.values())]
        heapify(heads)
        while heads:
            (_, name), number, group = heappop(heads)
            yield group, name
            if name not in self._where and group.calls:
                heappush(heads, (group.calls[0], number, group))
