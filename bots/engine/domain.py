"""The domain: intents, entities, slots with their mappings, forms and responses."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bots.files import ProjectError, expect, read_yaml

CALL_START = "call_start"
"""The intent with which the platform itself opens a conversation."""
DOMAIN_KEYS = ("version", "intents", "entities", "slots", "forms", "responses", "actions", "session_config")
SLOT_TYPES = ("text", "bool", "categorical", "float", "list", "any")
MAPPING_TYPES = ("from_entity", "from_text", "from_intent", "from_trigger_intent", "custom")
RESPONSE_KEYS = ("text", "condition", "custom", "channel", "buttons", "image", "metadata", "id")


@dataclass(frozen=True, slots=True)
class Mapping:
    """One way to fill a slot."""

    kind: str
    entity: str = ""
    value: Any = None
    intents: frozenset[str] = frozenset()
    not_intents: frozenset[str] = frozenset()
    conditions: tuple[tuple[str | None, str | None], ...] = ()
    """(active loop, requested slot) pairs, any of which must hold; empty: always."""


@dataclass(frozen=True, slots=True)
class Slot:
    name: str
    kind: str
    initial: Any
    mappings: tuple[Mapping, ...]
    values: tuple[str, ...] = ()

    @property
    def told(self) -> bool:
        """Whether callers fill it with what they say, rather than the bot or the platform."""
        return any(
            mapping.kind in ("from_entity", "from_text") and mapping.intents != {CALL_START}
            for mapping in self.mappings
        )


@dataclass(frozen=True, slots=True)
class Form:
    name: str
    required_slots: tuple[str, ...]
    ignored_intents: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Variation:
    """One wording of a response, said where all its slot conditions hold."""

    text: str
    conditions: tuple[tuple[str, Any], ...] = ()
    custom: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Domain:
    intents: frozenset[str]
    entities: frozenset[str]
    slots: dict[str, Slot]
    forms: dict[str, Form]
    responses: dict[str, tuple[Variation, ...]]
    actions: frozenset[str]
    raw: dict[str, Any]
    """As in the file: rasa-sdk actions are given it."""

    @property
    def told(self) -> frozenset[str]:
        """The slots that callers fill with what they say."""
        return frozenset(name for name, slot in self.slots.items() if slot.told)

    def initial_slots(self) -> dict[str, Any]:
        return {name: slot.initial for name, slot in self.slots.items()} | {"requested_slot": None}


def load_domain(folder: Path) -> Domain:
    """Read ``domain.yml``, or every file of ``domain/``, of a Rasa project.

    Raises:
        ProjectError: naming the file, the place and what is accepted.
    """
    single = folder / "domain.yml"
    paths = [single] if single.exists() else sorted((folder / "domain").glob("*.yml"))
    if not paths:
        raise ProjectError(single, "is missing")
    merged: dict[str, Any] = {}
    for path in paths:
        for key, value in read_yaml(path, DOMAIN_KEYS).items():
            _merge(merged, key, value, path)
    path = paths[0]
    intents = frozenset(_names(path, "intents", merged.get("intents", [])))
    entities = frozenset(_names(path, "entities", merged.get("entities", [])))
    actions = frozenset(_names(path, "actions", merged.get("actions", [])))
    forms = {
        name: _form(path, name, raw)
        for name, raw in expect(path, "forms", merged.get("forms", {}), dict).items()
    }
    slots = {
        name: _slot(path, name, raw, intents, entities, forms)
        for name, raw in expect(path, "slots", merged.get("slots", {}), dict).items()
    }
    for form in forms.values():
        for slot in form.required_slots:
            if slot not in slots:
                raise ProjectError(
                    path, f"forms.{form.name} needs the slot {slot!r}, which is not there", slots
                )
    responses = {
        name: tuple(
            _variation(path, name, one, slots) for one in expect(path, f"responses.{name}", raw, list)
        )
        for name, raw in expect(path, "responses", merged.get("responses", {}), dict).items()
    }
    for name in responses:
        if not name.startswith("utter_"):
            raise ProjectError(path, f"responses.{name} has a wrong name", "names that begin with utter_")
    return Domain(intents, entities, slots, forms, responses, actions, merged)


def _merge(merged: dict[str, Any], key: str, value: Any, path: Path) -> None:
    if isinstance(value, dict):
        target = merged.setdefault(key, {})
        if twice := target.keys() & value.keys():
            raise ProjectError(path, f"{key} defines {', '.join(sorted(twice))} a second time")
        target.update(value)
    elif isinstance(value, list):
        merged.setdefault(key, []).extend(value)
    else:
        merged[key] = value


def _names(path: Path, where: str, raw: Any) -> list[str]:
    names = []
    for item in expect(path, where, raw, list):
        if isinstance(item, dict) and len(item) == 1:
            item = next(iter(item))
        names.append(expect(path, f"an item of {where}", item, str))
    return names


def _form(path: Path, name: str, raw: Any) -> Form:
    raw = expect(path, f"forms.{name}", raw, dict)
    if unknown := raw.keys() - {"required_slots", "ignored_intents"}:
        raise ProjectError(path, f"forms.{name}.{unknown.pop()}", ("required_slots", "ignored_intents"))
    ignored = raw.get("ignored_intents", [])
    ignored = [ignored] if isinstance(ignored, str) else ignored
    return Form(
        name,
        tuple(expect(path, f"forms.{name}.required_slots", raw.get("required_slots"), list)),
        frozenset(ignored),
    )


def _slot(
    path: Path, name: str, raw: Any, intents: frozenset[str], entities: frozenset[str], forms: dict[str, Form]
) -> Slot:
    raw = expect(path, f"slots.{name}", raw, dict)
    kind = raw.get("type")
    if kind not in SLOT_TYPES:
        raise ProjectError(path, f"slots.{name}.type is {kind!r}", SLOT_TYPES)
    values = tuple(str(value) for value in raw.get("values", []))
    if kind == "categorical" and not values:
        raise ProjectError(path, f"slots.{name} is categorical and has no values", "a list under values")
    mappings = []
    for item in expect(path, f"slots.{name}.mappings", raw.get("mappings"), list):
        item = expect(path, f"slots.{name}.mappings", item, dict)
        if item.get("type") not in MAPPING_TYPES:
            raise ProjectError(
                path, f"slots.{name}.mappings has the type {item.get('type')!r}", MAPPING_TYPES
            )
        entity = item.get("entity", "")
        if item["type"] == "from_entity" and entity not in entities:
            raise ProjectError(path, f"slots.{name} maps the unknown entity {entity!r}", entities)
        wanted, unwanted = _intents(item.get("intent")), _intents(item.get("not_intent"))
        if unknown := set(wanted | unwanted) - intents:
            raise ProjectError(path, f"slots.{name} maps the unknown intent {unknown.pop()!r}", intents)
        conditions = []
        for condition in item.get("conditions", []):
            loop = condition.get("active_loop")
            if loop is not None and loop not in forms:
                raise ProjectError(path, f"slots.{name} has a condition on the unknown form {loop!r}", forms)
            conditions.append((loop, condition.get("requested_slot")))
        mappings.append(Mapping(item["type"], entity, item.get("value"), wanted, unwanted, tuple(conditions)))
    return Slot(name, kind, raw.get("initial_value"), tuple(mappings), values)


def _intents(raw: Any) -> frozenset[str]:
    if raw is None:
        return frozenset()
    return frozenset([raw] if isinstance(raw, str) else raw)


def _variation(path: Path, name: str, raw: Any, slots: dict[str, Slot]) -> Variation:
    raw = expect(path, f"responses.{name}", raw, dict)
    if unknown := raw.keys() - set(RESPONSE_KEYS):
        raise ProjectError(path, f"responses.{name} has the key {unknown.pop()!r}", RESPONSE_KEYS)
    conditions = []
    for condition in raw.get("condition", []):
        condition = expect(path, f"responses.{name}.condition", condition, dict)
        if condition.get("type") != "slot" or condition.get("name") not in slots:
            raise ProjectError(
                path,
                f"responses.{name} has the condition {condition}",
                "{type: slot, name: a slot of the domain, value: ...}",
            )
        conditions.append((condition["name"], condition.get("value")))
    return Variation(raw.get("text") or "", tuple(conditions), dict(raw.get("custom") or {}))
