"""The wrap-ups that one page has seen begin, and what became of those that ended by themselves; no elements here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from assist.desk.view import CallTab
from assist.live import LiveCall


class WrapUps:
    """Every call of the agent counts, the one that is shown and those behind it.

    Args:
        call: a call that is still known, by its id.
    """

    def __init__(self, username: str, call: Callable[[str], LiveCall | None]) -> None:
        self._username, self._call = username, call
        self._open: list[str] = []
        self._told: set[str] = set()
        """Those of them of which the agent knows that they could not be saved."""

    def see(self, tabs: Iterable[CallTab]) -> None:
        """These are the agent's calls now."""
        for one in tabs:
            if one.state == "wrap_up" and one.call.id not in self._open:
                self._open.append(one.call.id)

    def ended(self, tabs: Iterable[CallTab]) -> Iterator[tuple[str, str]]:
        """The calls whose wrap-up has ended by itself, each once, and how: saved, empty or failed."""
        under_way = {one.call.id for one in tabs}
        for name in [one for one in self._open if one not in under_way]:
            lapsed = self._lapsed(name)  # the log comes a moment after the distributor's state
            if lapsed in ("saved", "empty"):
                self.done(name)
                yield name, lapsed
            elif lapsed == "failed" and name not in self._told:
                self._told.add(name)
                yield name, lapsed

    @property
    def late(self) -> str | None:
        """The first call whose words could not be saved when its wrap-up ended, and still can be."""
        return next((name for name in self._open if self._lapsed(name) == "failed"), None)

    def done(self, name: str) -> None:
        """Saved, or not to be kept; nothing where it was done before."""
        if name in self._open:
            self._open.remove(name)
        self._told.discard(name)

    def _lapsed(self, name: str) -> str:
        call = self._call(name)
        return call.draft(self._username).lapsed if call is not None else ""
