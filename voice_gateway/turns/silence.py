"""When a caller who says nothing is to be asked again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SilenceOptions:
    """Seconds of silence after our line before each step, and how many steps there are at most."""

    first_s: float = 7.0
    next_s: float = 6.0
    digits_s: float = 10.0
    most: int = 4


class SilenceLadder:
    """Counts silences in a row; any word or key of the caller starts again at the bottom."""

    def __init__(self, options: SilenceOptions | None = None) -> None:
        self._options = options or SilenceOptions()
        self.count = 0
        self._since_s: float | None = None
        self._slow = False

    def listen_from(self, now_s: float, *, digits: bool = False) -> None:
        """Our line has ended, or a sound of theirs that said nothing: the silence begins now.

        Args:
            digits: they are looking a number up, which takes longer.
        """
        self._since_s = now_s
        self._slow = digits

    def due_s(self) -> float | None:
        """When the silence will have lasted too long; None while we are not listening."""
        if self._since_s is None:
            return None
        if self._slow:
            return self._since_s + self._options.digits_s
        return self._since_s + (self._options.first_s if self.count == 0 else self._options.next_s)

    def step(self, now_s: float) -> int | None:
        """Return the number of the silence (1, 2, ...) if it is one by now, and stop listening."""
        due_s = self.due_s()
        if due_s is None or now_s < due_s - 1e-6:
            return None
        self._since_s = None
        self.count += 1
        return self.count

    @property
    def exhausted(self) -> bool:
        """Whether asking again is no use."""
        return self.count >= self._options.most

    def heard(self) -> None:
        """The caller said or pressed something."""
        self.count = 0
        self._since_s = None
