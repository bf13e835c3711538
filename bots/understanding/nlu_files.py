"""Reading training data: Rasa YAML, one folder per language."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bots.files import ProjectError, expect, read_yaml
from bots.understanding.types import Entity, Example
from core.languages import Language

_ITEM_KEYS = ("intent", "synonym", "lookup", "regex", "examples")
_BRACKETS = re.compile(r"\[([^\]]+)\](?:\((\w+)(?::([^)]*))?\)|\{([^}]*)\})")


@dataclass(slots=True)
class NluData:
    """Training sentences, synonyms and lookups.

    Attributes:
        lookups: by language, then by name of the list.
        synonyms: by language: spelling -> the value that it stands for.
    """

    intents: list[Example] = field(default_factory=list)
    lookups: dict[Language, dict[str, list[str]]] = field(default_factory=dict)
    synonyms: dict[Language, dict[str, str]] = field(default_factory=dict)

    def vocabulary(self, language: Language) -> list[str]:
        """The words of all lookups in a language, those of ``term`` first, each once."""
        lists = self.lookups.get(language, {})
        ordered = sorted(lists, key=lambda name: (name != "term", name != "product", name))
        return list(dict.fromkeys(word for name in ordered for word in lists[name]))


def load_nlu(folder: Path | str) -> NluData:
    """Read every ``*.yml`` under the four language folders; other folders are other data.

    Raises:
        ProjectError: no folder for a language, or a file that is not Rasa training data.
    """
    data = NluData()
    for language in Language:
        paths = sorted((Path(folder) / language.value).glob("*.yml"))
        if not paths:
            raise ProjectError(
                Path(folder) / language.value, "holds no training data", "*.yml in Rasa's format"
            )
        for path in paths:
            _read(path, language, data)
    return data


def load_sentences(path: Path, language: Language) -> list[Example]:
    """The sentences of one file with their labels, as for sentiment."""
    data = NluData()
    _read(path, language, data)
    return data.intents


def _read(path: Path, language: Language, data: NluData) -> None:
    for item in expect(path, "nlu", read_yaml(path, ("version", "nlu")).get("nlu") or [], list):
        item = expect(path, "an item of nlu", item, dict)
        if unknown := item.keys() - set(_ITEM_KEYS):
            raise ProjectError(path, f"an item of nlu has the key {unknown.pop()!r}", _ITEM_KEYS)
        lines = _lines(path, item)
        if "intent" in item:
            data.intents += [_example(line, str(item["intent"]), language, path) for line in lines]
        elif "synonym" in item:
            table = data.synonyms.setdefault(language, {})
            table.update({line: str(item["synonym"]) for line in lines})
        elif "lookup" in item:
            data.lookups.setdefault(language, {}).setdefault(str(item["lookup"]), []).extend(lines)


def _lines(path: Path, item: dict[str, Any]) -> list[str]:
    text = expect(path, f"examples of {item}", item.get("examples"), str)
    lines = []
    for line in text.splitlines():
        if not line.strip():
            continue
        if not line.startswith("- "):
            raise ProjectError(path, f"the line {line!r}", "lines that begin with '- '")
        lines.append(line[2:].strip())
    return lines


def _example(line: str, label: str, language: Language, path: Path) -> Example:
    text = ""
    at = 0
    entities = []
    for match in _BRACKETS.finditer(line):
        text += line[at : match.start()]
        name, value = match.group(2), match.group(3)
        if name is None:
            raise ProjectError(
                path, f"the annotation in {line!r}", "[words](entity) or [words](entity:value)"
            )
        entities.append(Entity(name, value or match.group(1), len(text), len(text) + len(match.group(1))))
        text += match.group(1)
        at = match.end()
    return Example(text + line[at:], label, language, tuple(entities), str(path))


def masked(line: Example) -> str:
    """The sentence with every entity replaced by its name: two of these must never be equal."""
    text = line.text
    for entity in sorted(line.entities, key=lambda one: -one.start):
        text = f"{text[: entity.start]}{entity.name}{text[entity.end :]}"
    return text
