"""Agents by what calls ask for: who may take such a call, the best first, the longest idle among equals.

For every kind of call that was ever asked for, agents are kept by proficiency, and the free ones of each
proficiency in a heap. An entry of a heap is good only as long as the agent is as it says; others are
thrown away when they come to the top.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping

from assist.acd.plan import Rule
from assist.acd.types import Agent, Profile

_Free = tuple[int, float, str]
"""Calls at hand, idle since, user."""


class Pool:
    """The agents at work who speak one language, by proficiency in what one kind of call asks for."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.serving: dict[int, set[str]] = {}
        self.level_of: dict[str, int] = {}
        self.free: dict[int, list[_Free]] = {}

    @property
    def best(self) -> int:
        """The highest proficiency at work; 0: nobody has the skills."""
        return max((level for level, users in self.serving.items() if users), default=0)

    def levels(self, rule: Rule) -> Iterator[int]:
        """Proficiencies that may take a call under this rule, the best first.

        Where nobody at work is as good as asked, the best there are count: nobody waits for a skill that
        nobody at work has.
        """
        best = self.best
        lowest = best if rule == "best" else 0 if rule == "any" else min(int(rule), best)
        return (level for level in range(best, lowest - 1, -1) if self.serving.get(level))

    def users(self, rule: Rule) -> list[set[str]]:
        return [self.serving[level] for level in self.levels(rule)]


class Pools:
    """All pools, kept true to the agents."""

    def __init__(self, agents: Mapping[str, Agent]) -> None:
        self._agents = agents
        self._pools: dict[Profile, Pool] = {}

    def pool(self, profile: Profile) -> Pool:
        pool = self._pools.get(profile)
        if pool is None:
            pool = self._pools[profile] = Pool(profile)
            for agent in self._agents.values():
                self._place(pool, agent)
        return pool

    def changed(self, user: str) -> None:
        """An agent came, went, or may do something else from now on."""
        agent = self._agents.get(user)
        for pool in self._pools.values():
            before = pool.level_of.pop(user, None)
            if before is not None:
                pool.serving[before].discard(user)
            if agent is not None:
                self._place(pool, agent)

    def freed(self, agent: Agent) -> None:
        """An agent has room for a call again."""
        if agent.free:
            entry = (agent.load, agent.idle_since, agent.user)
            for pool in self._pools.values():
                if (level := pool.level_of.get(agent.user)) is not None:
                    heapq.heappush(pool.free.setdefault(level, []), entry)

    def _place(self, pool: Pool, agent: Agent) -> None:
        level = agent.level(pool.profile)
        if level is None or not agent.serving:
            return
        pool.level_of[agent.user] = level
        pool.serving.setdefault(level, set()).add(agent.user)
        if agent.free:
            heapq.heappush(pool.free.setdefault(level, []), (agent.load, agent.idle_since, agent.user))

    def choose(self, profile: Profile, rule: Rule, without: Collection[str] = ()) -> Agent | None:
        """The free agent who is to be offered such a call; None where there is none."""
        pool = self.pool(profile)
        for level in pool.levels(rule):
            heap = pool.free.get(level)
            if not heap:
                continue
            passed: list[_Free] = []
            chosen = None
            while heap:
                load, idle_since, user = heap[0]
                agent = self._agents.get(user)
                good = (
                    agent is not None
                    and agent.free
                    and (agent.load, agent.idle_since) == (load, idle_since)
                    and pool.level_of.get(user) == level
                )
                if good and user not in without:
                    chosen = agent
                    break
                entry = heapq.heappop(heap)
                if good and entry not in passed:
                    passed.append(entry)
            _put_back(heap, passed)
            if chosen is not None:
                return chosen
        return None


def _put_back(heap: list[_Free], entries: Iterable[_Free]) -> None:
    for entry in entries:
        heapq.heappush(heap, entry)
