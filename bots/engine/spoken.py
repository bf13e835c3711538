"""How a bot sounds: its voices, and what the places in its responses hold (``speaking.yml``).

With this a bot is rendered ahead when it is published: every wording without places as it stands, and of every
wording with places the words around them, so that numbers, dates and names never rendered before need no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bots.files import ProjectError, read_yaml
from core.languages import Language

_SAMPLES: dict[str, dict[Language, str]] = {
    "digits": dict.fromkeys(Language, "1 0 4 2 2 7"),
    "code": dict.fromkeys(Language, "R 1 0 4 2 2 7"),
    "count": dict.fromkeys(Language, "3"),
    "date": {
        Language.ZH: "3月5日",
        Language.EN: "on March 5",
        Language.JA: "3月5日",
        Language.KO: "3월 5일",
    },
}
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Variable:
    """What a place in responses may hold.

    Attributes:
        kind: ``digits``, ``code`` (letters and digits), ``count``, ``date``, or ``name`` for ``names`` alone.
        names: words that are spoken as one piece: towns, products, "tomorrow".
    """

    kind: str = "name"
    names: Mapping[Language, Sequence[str]] = field(default_factory=dict)

    def examples(self, language: Language) -> list[str]:
        """Values that between them need every piece."""
        sample = [_SAMPLES[self.kind][language]] if self.kind in _SAMPLES else []
        return [*sample, *self.names.get(language, ())]


@dataclass(frozen=True)
class Spoken:
    """The bot's voices by language (the platform's ``bot`` voice where none is named) and its variables."""

    voices: Mapping[Language, str] = field(default_factory=dict)
    variables: Mapping[str, Variable] = field(default_factory=dict)

    @property
    def names(self) -> dict[Language, tuple[str, ...]]:
        """Every declared name, by language."""
        return {
            language: tuple(
                dict.fromkeys(
                    name for variable in self.variables.values() for name in variable.names.get(language, ())
                )
            )
            for language in Language
        }

    def wordings(self, text: str, language: Language) -> Iterator[str]:
        """``text`` with its places filled so that between them every piece of it is needed; none if a place is
        not declared."""
        places = list(dict.fromkeys(_PLACE.findall(text)))
        examples = {place: self._examples(place, language) for place in places}
        if not all(examples.values()):
            return
        for turn in range(max([1, *map(len, examples.values())])):
            values = {place: options[min(turn, len(options) - 1)] for place, options in examples.items()}
            yield _PLACE.sub(lambda match, values=values: values[match[1]], text)  # type: ignore[misc]

    def _examples(self, place: str, language: Language) -> list[str]:
        variable = self.variables.get(place)
        return variable.examples(language) if variable else []


def load_spoken(folder: Path) -> Spoken:
    """Read ``speaking.yml`` of a bot; without the file, nothing is declared.

    Raises:
        ProjectError: naming what is accepted.
    """
    path = folder / "speaking.yml"
    if not path.is_file():
        return Spoken()
    content = read_yaml(path, ("voices", "variables"))
    voices = {_language(path, code): str(name) for code, name in (content.get("voices") or {}).items()}
    variables = {
        str(name): _variable(path, str(name), given or {})
        for name, given in (content.get("variables") or {}).items()
    }
    return Spoken(voices, variables)


def _variable(path: Path, name: str, given: Any) -> Variable:
    if not isinstance(given, dict) or given.keys() - {"kind", "names"}:
        raise ProjectError(path, f"the variable {name!r} is not a mapping of these", ("kind", "names"))
    kind = given.get("kind", "name")
    if kind not in (*_SAMPLES, "name"):
        raise ProjectError(path, f"the variable {name!r} has the kind {kind!r}", (*_SAMPLES, "name"))
    names = {
        _language(path, code): tuple(str(word) for word in words)
        for code, words in (given.get("names") or {}).items()
    }
    if numbered := [word for words in names.values() for word in words if re.search(r"\d", word)]:
        raise ProjectError(path, f"the name {numbered[0]!r} holds digits", "words alone")
    return Variable(kind, names)


def _language(path: Path, code: Any) -> Language:
    try:
        return Language(code)
    except ValueError:
        raise ProjectError(path, f"no language {code!r}", [one.value for one in Language]) from None
