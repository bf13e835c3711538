"""Rules and stories: which action follows what."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal

from bots.engine.domain import Domain
from bots.files import ProjectError, expect, read_yaml

FILE_KEYS = ("version", "rules", "stories", "nlu", "responses")
STEP_KEYS = ("intent", "or", "action", "active_loop", "slot_was_set")


@dataclass(frozen=True, slots=True)
class Step:
    """One step; ``value`` is the name (a loop's may be None), or a (slot, value) pair."""

    kind: Literal["intent", "action", "loop", "slot"]
    value: Any


@dataclass(frozen=True, slots=True)
class Course:
    """A rule or a story with its alternatives spelt out."""

    name: str
    steps: tuple[Step, ...]
    conditions: tuple[Step, ...] = ()

    @property
    def intent(self) -> str | None:
        return self.steps[0].value if self.steps[0].kind == "intent" else None

    @property
    def finishes(self) -> str | None:
        """The form at whose end this rule begins, or None."""
        kinds = [step.kind for step in self.steps[:2]]
        if kinds == ["action", "loop"] and self.steps[1].value is None:
            return str(self.steps[0].value)
        return None


def load_courses(
    folder: Path, domain: Domain, known_actions: frozenset[str]
) -> tuple[list[Course], list[Course]]:
    """Read the rules and the stories of every file under ``data/``.

    Raises:
        ProjectError: naming the file, the rule and what is accepted.
    """
    rules: list[Course] = []
    stories: list[Course] = []
    names: set[str] = set()
    for path in sorted((folder / "data").rglob("*.yml")):
        content = read_yaml(path, FILE_KEYS)
        for kind, target in (("rule", rules), ("story", stories)):
            plural = {"rule": "rules", "story": "stories"}[kind]
            for raw in expect(path, plural, content.get(plural) or [], list):
                raw = expect(path, f"an item of {plural}", raw, dict)
                accepted = (
                    {kind, "steps", "condition", "conversation_start"} if kind == "rule" else {kind, "steps"}
                )
                if unknown := raw.keys() - accepted:
                    raise ProjectError(
                        path, f"{kind} {raw.get(kind)!r} has the key {unknown.pop()!r}", accepted
                    )
                name = str(raw.get(kind))
                if name in names:
                    raise ProjectError(path, f"{kind} {name!r} is there twice")
                names.add(name)
                where = f"{kind} {name!r}"
                conditions = _steps(path, where, raw.get("condition") or [], domain, known_actions)
                steps = _steps(path, where, raw.get("steps") or [], domain, known_actions)
                if not steps:
                    raise ProjectError(path, f"{where} has no steps", STEP_KEYS)
                for chosen in product(*steps):
                    target.append(Course(name, tuple(chosen), tuple(one for [one] in conditions)))
    if not rules:
        raise ProjectError(folder / "data", "holds no rules")
    return rules, stories


def _steps(path: Path, where: str, raw: Any, domain: Domain, actions: frozenset[str]) -> list[list[Step]]:
    steps: list[list[Step]] = []
    for item in expect(path, where, raw, list):
        item = expect(path, where, item, dict)
        keys = [key for key in item if key in STEP_KEYS]
        if len(keys) != 1 or item.keys() - {"intent", "entities", *keys}:
            raise ProjectError(path, f"{where} has the step {item}", STEP_KEYS)
        key, value = keys[0], item[keys[0]]
        if key == "or":
            steps.append([one for part in _steps(path, where, value, domain, actions) for one in part])
        elif key == "intent":
            if value not in domain.intents:
                raise ProjectError(path, f"{where} names the unknown intent {value!r}", domain.intents)
            steps.append([Step("intent", value)])
        elif key == "action":
            if value not in actions:
                raise ProjectError(path, f"{where} names the unknown action {value!r}", actions)
            steps.append([Step("action", value)])
        elif key == "active_loop":
            value = None if value in (None, "null") else value
            if value is not None and value not in domain.forms:
                raise ProjectError(path, f"{where} names the unknown form {value!r}", domain.forms)
            steps.append([Step("loop", value)])
        else:
            for pair in expect(path, where, value, list):
                pair = expect(path, f"{where} slot_was_set", pair, (dict, str))
                for slot, wanted in (pair if isinstance(pair, dict) else {pair: True}).items():
                    if slot != "requested_slot" and slot not in domain.slots:
                        raise ProjectError(path, f"{where} names the unknown slot {slot!r}", domain.slots)
                    steps.append([Step("slot", (slot, wanted))])
    return steps
