"""Which skills a bot's callers are handed over with (``handing_over.yml``): for its actions, and for whoever administers skills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bots.files import ProjectError, expect, read_yaml


@dataclass(frozen=True)
class HandingOver:
    """
    Attributes:
        by_matter: skills that the person must have, by what the caller wants.
        otherwise: those for every other matter.
    """

    by_matter: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    otherwise: tuple[str, ...] = ()

    def skills(self, matter: str) -> tuple[str, ...]:
        """What a hand-over for this matter asks for."""
        return self.by_matter.get(matter, self.otherwise)

    @property
    def asked(self) -> tuple[str, ...]:
        """Every skill that some hand-over asks for, each once."""
        return tuple(
            dict.fromkeys(one for skills in (*self.by_matter.values(), self.otherwise) for one in skills)
        )


def load_handing_over(folder: Path) -> HandingOver:
    """Read ``handing_over.yml`` of a bot; without the file, it asks for no skills.

    Raises:
        ProjectError: naming what is accepted.
    """
    path = folder / "handing_over.yml"
    if not path.is_file():
        return HandingOver()
    content = read_yaml(path, ("skills", "otherwise"))
    by_matter = expect(path, "skills", content.get("skills") or {}, dict)
    return HandingOver(
        {str(matter): _skills(path, f"skills.{matter}", given) for matter, given in by_matter.items()},
        _skills(path, "otherwise", content.get("otherwise") or []),
    )


def _skills(path: Path, where: str, given: Any) -> tuple[str, ...]:
    for skill in expect(path, where, given, list):
        if not isinstance(skill, str) or not skill:
            raise ProjectError(path, f"{where} holds {skill!r}", "names of skills")
    return tuple(given)
