"""Which agents have a page open, and what each of them wishes to do.

One agent may have several pages (two tabs, a second screen): they share one wish, and the agent is
present while any of them is connected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from assist.acd.types import Wish
from core.commands import SetAgentState
from core.identity import User
from core.languages import Language

_EXPIRY = timedelta(seconds=10)
_LANGUAGES = frozenset(language.value for language in Language)


@dataclass
class Presence:
    """One agent at work."""

    user: User
    wish: Wish = "offline"
    known: bool = False
    """Whether the wish was chosen here or taken over from the distributor."""
    pages: set[int] = field(default_factory=set)

    def command(self, wish: Wish | None = None) -> SetAgentState:
        """What to tell the distributor."""
        return SetAgentState(
            issued_by=self.user.username,
            expires_at=datetime.now(UTC) + _EXPIRY,
            state=wish or self.wish,
            # A code that is none of ours (an old user record) must not keep the others from counting.
            languages=[Language(code) for code in self.user.languages if code in _LANGUAGES],
            skills=list(self.user.skills),
        )


class Attendance:
    """All agents with a page open in this process."""

    def __init__(self) -> None:
        self._present: dict[str, Presence] = {}
        self._pages = 0

    def open_page(self, user: User) -> tuple[Presence, int]:
        """A page was opened; returns the agent's presence and the page's number."""
        presence = self._present.get(user.username)
        if presence is None:
            presence = self._present[user.username] = Presence(user)
        presence.user = user
        self._pages += 1
        presence.pages.add(self._pages)
        return presence, self._pages

    def close_page(self, username: str, page: int) -> None:
        """A page is gone; without any the agent's lease is no longer renewed."""
        presence = self._present.get(username)
        if presence is None:
            return
        presence.pages.discard(page)
        if not presence.pages:
            del self._present[username]

    def all(self) -> list[Presence]:
        return list(self._present.values())
