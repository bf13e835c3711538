"""Key presses gathered into one entry."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_ENTRY = 32


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """When an entry is complete.

    Attributes:
        between_s: time without a further key after which the entry is over.
        terminator: ends the entry and is no part of it.
    """

    between_s: float = 2.5
    terminator: str = "#"


@dataclass(frozen=True, slots=True)
class Entry:
    """The keys of one turn, and when the first was pressed (seconds on the media clock)."""

    keys: str
    at_s: float


class KeyCollector:
    """Collects keys; told the time with every press and tick."""

    def __init__(self, options: KeyOptions | None = None) -> None:
        self.options = options or KeyOptions()
        self._keys = ""
        self._first_s = 0.0
        self._last_s = 0.0

    @property
    def pending(self) -> bool:
        return bool(self._keys)

    def due_s(self) -> float | None:
        """When the entry will be over if no further key comes; None while there is none."""
        return self._last_s + self.options.between_s if self._keys else None

    def press(self, key: str, at_s: float) -> Entry | None:
        """Take a key; returns the entry if this completes it. A lone terminator is an entry of itself."""
        if not self._keys:
            self._first_s = at_s
        self._last_s = at_s
        if key == self.options.terminator:
            return self._take() if self._keys else Entry(key, at_s)
        self._keys += key
        if len(self._keys) >= LONGEST_ENTRY:
            return self._take()
        return None

    def tick(self, now_s: float) -> Entry | None:
        """Return the entry if no key came for long enough."""
        due_s = self.due_s()
        return self._take() if due_s is not None and now_s >= due_s - 1e-6 else None

    def _take(self) -> Entry:
        entry = Entry(self._keys, self._first_s)
        self._keys = ""
        return entry
