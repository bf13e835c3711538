"""How well an agent speaks a language or knows a matter: 1 (a little), 3 (works in it) to 5 (the best)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

USUAL = 3
"""Of whoever has a skill and no number for it."""

Name = TypeVar("Name", bound=str)


def with_levels(given: Mapping[Name, int] | Iterable[Name]) -> dict[Name, int]:
    """Proficiency by name; names alone have the usual one."""
    return dict(given) if isinstance(given, Mapping) else dict.fromkeys(given, USUAL)
