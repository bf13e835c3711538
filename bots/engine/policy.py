"""What to do next: rules first, then stories, then the fallback action that the configuration names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bots.engine.courses import Course, Step
from bots.engine.tracker import Conversation
from bots.files import ProjectError, expect, read_yaml

CONFIG_KEYS = ("version", "recipe", "language", "pipeline", "policies", "assistant_id")


@dataclass(frozen=True, slots=True)
class Config:
    """What of ``config.yml`` the engine plays.

    Attributes:
        fallback_threshold: intents less certain become ``nlu_fallback``.
        ambiguity_threshold: so do those no further ahead of the second.
        core_fallback: the action where neither rule nor story says anything.
        max_history: turns of the caller that a story is matched over.
    """

    fallback_threshold: float = 0.3
    ambiguity_threshold: float = 0.1
    core_fallback: str = "action_listen"
    max_history: int = 5


def load_config(folder: Path) -> Config:
    """Read ``config.yml``; components that only a Rasa server runs are passed over."""
    path = folder / "config.yml"
    raw = read_yaml(path, CONFIG_KEYS)
    found: dict[str, Any] = {}
    names = (
        ("pipeline", "FallbackClassifier", "threshold", "fallback_threshold"),
        ("pipeline", "FallbackClassifier", "ambiguity_threshold", "ambiguity_threshold"),
        ("policies", "RulePolicy", "core_fallback_action_name", "core_fallback"),
        ("policies", "MemoizationPolicy", "max_history", "max_history"),
    )
    for part, component, key, field in names:
        for item in expect(path, part, raw.get(part) or [], list):
            item = expect(path, f"an item of {part}", item, dict)
            if item.get("name") == component and key in item:
                found[field] = item[key]
    for field in ("fallback_threshold", "ambiguity_threshold"):
        value = found.get(field, 0.0)
        if not isinstance(value, int | float) or not 0 <= value <= 1:
            raise ProjectError(path, f"the FallbackClassifier's {field} is {value!r}", "0 to 1")
    return Config(**found)


class Plan:
    """A rule being carried out: the steps still to come in this turn."""

    def __init__(self, course: Course, begin: int) -> None:
        self.course = course
        self._at = begin

    def next_action(self, conversation: Conversation) -> str | None:
        """The next action, or None where the rule has ended or no longer fits what happened."""
        while self._at < len(self.course.steps):
            step = self.course.steps[self._at]
            self._at += 1
            if step.kind == "action":
                return str(step.value)
            if step.kind == "intent" or not holds(step, conversation):
                return None
        return None


class Policy:
    """Chooses among the courses of a project."""

    def __init__(self, rules: list[Course], stories: list[Course], config: Config) -> None:
        self._by_intent: dict[str, list[Course]] = {}
        self._by_form: dict[str, list[Course]] = {}
        for rule in rules:
            if rule.finishes is not None:
                self._by_form.setdefault(rule.finishes, []).append(rule)
            elif rule.intent is not None:
                self._by_intent.setdefault(rule.intent, []).append(rule)
        self._stories = [_items(story) for story in stories]
        self.config = config

    def after_message(self, conversation: Conversation) -> Plan | None:
        """The rule for the caller's latest intent whose conditions hold; the one with most conditions."""
        fitting = [
            rule
            for rule in self._by_intent.get(conversation.intent, ())
            if all(holds(condition, conversation) for condition in rule.conditions)
        ]
        if not fitting:
            return None
        return Plan(max(fitting, key=lambda rule: len(rule.conditions)), begin=1)

    def after_form(self, conversation: Conversation, form: str) -> Plan | None:
        """The rule that says what follows the end of a form; the one with most slot steps that hold."""
        fitting = [
            rule
            for rule in self._by_form.get(form, ())
            if all(holds(step, conversation) for step in rule.steps if step.kind == "slot")
        ]
        if not fitting:
            return None
        rule = max(fitting, key=lambda one: sum(step.kind == "slot" for step in one.steps))
        return Plan(rule, begin=2)

    def by_story(self, conversation: Conversation) -> str | None:
        """The action that every story agrees on which contains the latest turns, longest stretch first."""
        history = conversation.history
        turns = [index for index, (kind, _) in enumerate(history) if kind == "intent"]
        for begin in turns[-self.config.max_history :]:
            tail = history[begin:]
            following = set()
            for story in self._stories:
                for start in range(len(story) - len(tail)):
                    if story[start : start + len(tail)] == tail:
                        following.add(story[start + len(tail)])
            if len(following) == 1:
                kind, name = following.pop()
                return name if kind == "action" else "action_listen"
        return None


def holds(step: Step, conversation: Conversation) -> bool:
    """Whether a condition is true now."""
    if step.kind == "loop":
        return bool(conversation.loop == step.value)
    if step.kind == "slot":
        slot, wanted = step.value
        value = conversation.slots.get(slot)
        if isinstance(wanted, bool) and not isinstance(value, bool):
            return (value is not None) == wanted
        return bool(value == wanted)
    return True


def _items(story: Course) -> list[tuple[str, str]]:
    return [(step.kind, str(step.value)) for step in story.steps if step.kind in ("intent", "action")]
