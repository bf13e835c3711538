"""Reading a project's YAML, with errors that name the file and what is accepted there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml


class ProjectError(ValueError):
    """A project file that cannot be played; the message names the file and what is accepted."""

    def __init__(self, path: Path, problem: str, accepted: Iterable[str] | str = "") -> None:
        hint = accepted if isinstance(accepted, str) else ", ".join(sorted(accepted))
        super().__init__(f"{path}: {problem}" + (f"; accepted: {hint}" if hint else ""))
        self.path = path


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """YAML 1.2 booleans, as Rasa reads them: only ``true`` and ``false``, so that ``no`` stays a word."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def _no_duplicates(loader: _Loader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.MarkedYAMLError(None, None, f"the key {key!r} occurs twice", key_node.start_mark)
        seen.add(key)
    mapping: dict[Any, Any] = yaml.constructor.SafeConstructor.construct_mapping(loader, node, deep=True)
    return mapping


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _no_duplicates)


def read_yaml(path: Path, keys: Iterable[str]) -> dict[str, Any]:
    """Read a mapping whose top-level keys are among ``keys``.

    Raises:
        ProjectError: no such file, not YAML, not a mapping, or an unknown key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ProjectError(path, f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ProjectError(path, f"is not UTF-8 (byte {error.start})") from error
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.YAMLError as error:
        raise ProjectError(path, f"is not valid YAML: {error}") from error
    accepted = set(keys)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ProjectError(path, "must hold a mapping", accepted)
    if unknown := [str(key) for key in content if key not in accepted]:
        raise ProjectError(path, f"unknown key {', '.join(unknown)}", accepted)
    version = content.get("version")
    if version is not None and not str(version).startswith("3."):
        raise ProjectError(path, f"version {version!r} is not played", "3.0, 3.1")
    return content


def expect(path: Path, where: str, value: Any, kind: type | tuple[type, ...]) -> Any:
    """Return ``value`` if it is of that kind, else raise a ``ProjectError`` that says where."""
    if isinstance(value, kind):
        return value
    kinds = kind if isinstance(kind, tuple) else (kind,)
    names = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false", int: "a number"}
    raise ProjectError(
        path,
        f"{where} is {type(value).__name__}",
        " or ".join(names.get(one, one.__name__) for one in kinds),
    )
