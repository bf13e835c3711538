"""The parts of a page with the version in which each last changed, so that any reader can ask what is new to it."""

from __future__ import annotations

import asyncio
from typing import Any

_TOMBSTONES_KEPT = 600
"""A reader that missed more versions than this gets the whole."""


class PartsBoard:
    """
    Attributes:
        readers: pages that follow it.
        changed: set when the next version is there; a new one then stands in its place.
    """

    def __init__(self) -> None:
        self.readers = 0
        self.version = 0
        self.changed = asyncio.Event()
        self._parts: dict[str, tuple[int, str | None]] = {}

    @property
    def drawn(self) -> bool:
        return self.version > 0

    def update(self, parts: dict[str, str], *, keep: bool = False) -> bool:
        """The parts as they are now; those that are missing are gone.

        Args:
            keep: parts that are missing and are no list's entries stay as they were.

        Returns:
            Whether anything differs.
        """
        following = self.version + 1
        new: dict[str, tuple[int, str | None]] = {}
        for name, text in parts.items():
            known = self._parts.get(name)
            if known is None or known[1] != text:
                new[name] = (following, text)
        for name, (_, was) in self._parts.items():
            if name not in parts and was is not None and not (keep and "/" not in name):
                new[name] = (following, None)
        if not new:
            return False
        self._parts |= new
        self.version = following
        limit = following - _TOMBSTONES_KEPT
        for name in [one for one, (at, text) in self._parts.items() if text is None and at < limit]:
            del self._parts[name]
        self.changed.set()
        self.changed = asyncio.Event()
        return True

    def since(self, after: int) -> tuple[int, dict[str, Any] | None]:
        """The version, and ``{"reset", "parts"}`` with what changed after another one; None for nothing."""
        reset = not self.version - _TOMBSTONES_KEPT <= after <= self.version or after < 0
        if reset:
            return self.version, {
                "reset": True,
                "parts": {n: text for n, (_, text) in self._parts.items() if text is not None},
            }
        found = {name: text for name, (at, text) in self._parts.items() if at > after}
        return self.version, {"reset": False, "parts": found} if found else None
