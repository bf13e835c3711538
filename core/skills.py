"""Skills as users have them, and queues and bots ask for them: free words, so one that is written differently never matches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.identity import User


@dataclass(frozen=True, slots=True)
class SkillUse:
    """
    Attributes:
        levels: proficiency by user name, of those who have it.
        needed_by: queues whose agents need it.
        taken_by: queues that take calls which ask for it.
        bots: bots that hand callers over with it.
    """

    name: str
    levels: Mapping[str, int]
    needed_by: tuple[str, ...] = ()
    taken_by: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()

    @property
    def asked(self) -> bool:
        """Whether a call may ask for it, or some queue has to do with it."""
        return bool(self.needed_by or self.taken_by or self.bots)


def skills_in_use(
    users: Iterable[User], plan: Mapping[str, Any], bots: Mapping[str, Iterable[str]]
) -> dict[str, SkillUse]:
    """Every skill that one of these users has, or a queue of the plan or a bot asks for, by name.

    Args:
        bots: the skills that each bot hands callers over with, by its name.
    """
    levels: dict[str, dict[str, int]] = {}
    for user in users:
        for skill, level in user.leveled_skills().items():
            levels.setdefault(skill, {})[user.username] = level
    needed, taken = (_queues_by_skill(plan, which) for which in (_needed, _taken))
    asking: dict[str, list[str]] = {}
    for bot, skills in bots.items():
        for skill in skills:
            asking.setdefault(skill, []).append(bot)
    return {
        name: SkillUse(
            name,
            levels.get(name, {}),
            tuple(needed.get(name, ())),
            tuple(taken.get(name, ())),
            tuple(asking.get(name, ())),
        )
        for name in sorted({*levels, *needed, *taken, *asking})
    }


def plan_with_skill_renamed(plan: Mapping[str, Any], skill: str, to: str) -> dict[str, Any]:
    """The plan with every queue asking for another name; as it was where no queue asks for it."""

    def renamed(names: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(to if name == skill else name for name in names))

    queues = {}
    for name, queue in plan.get("queues", {}).items():
        changed = dict(queue or {})
        if skill in _needed(changed):
            changed["skills"] = renamed(_needed(changed))
        if skill in _taken(changed):
            changed["takes"] = {**changed["takes"], "skills": renamed(_taken(changed))}
        queues[name] = queue if queue is None else changed
    return {**plan, "queues": queues}


def levels_with_skill_renamed(levels: Mapping[str, int], skill: str, to: str) -> dict[str, int]:
    """A user's skills under the other name; who has both keeps the better of them."""
    renamed: dict[str, int] = {}
    for name, level in levels.items():
        name = to if name == skill else name
        renamed[name] = max(level, renamed.get(name, 0))
    return renamed


def _queues_by_skill(plan: Mapping[str, Any], which: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, queue in plan.get("queues", {}).items():
        for skill in which(queue or {}):
            found.setdefault(str(skill), []).append(str(name))
    return found


def _needed(queue: Mapping[str, Any]) -> list[str]:
    return list(queue.get("skills") or ())


def _taken(queue: Mapping[str, Any]) -> list[str]:
    return list((queue.get("takes") or {}).get("skills") or ())
