"""Which agents have a page open, and what each of them wishes to do.

One agent may have several pages (two tabs, a second screen): they share one wish, and the agent is
present while any of them is connected. The work is on one of them, the one opened last; another can take it
back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from assist.acd.types import Wish
from core.commands import SetAgentState
from core.identity import User
from core.languages import Language

_EXPIRY = timedelta(seconds=10)
_REMEMBERED_S = 60.0
_LANGUAGES = frozenset(language.value for language in Language)


@dataclass
class Presence:
    """One agent at work."""

    user: User
    wish: Wish = "offline"
    known: bool = False
    """Whether the wish was chosen here or taken over from the distributor."""
    reason: str = ""
    """Of a break."""
    pages: set[int] = field(default_factory=set)
    front: int = 0
    """The page that has the work; 0 before there is any."""
    newest: int = 0
    left_at: float = 0.0
    by_phone: bool = False
    """The agent speaks by their own telephone, not by the browser."""

    def command(self, wish: Wish | None = None) -> SetAgentState:
        """What to tell the distributor."""
        return SetAgentState(
            issued_by=self.user.username,
            expires_at=datetime.now(UTC) + _EXPIRY,
            state=wish or self.wish,
            # A code that is none of ours (an old user record) must not keep the others from counting.
            languages={
                Language(code): level
                for code, level in self.user.leveled_languages().items()
                if code in _LANGUAGES
            },
            skills=self.user.leveled_skills(),
            reason=self.reason if (wish or self.wish) == "break" else "",
            capacity=self.user.capacity,
            phone=self.user.phone if self.by_phone else "",
        )


class Attendance:
    """All agents with a page connected to this process.

    A wish outlives the pages for a minute, so that a reload or a short loss of the network changes
    nothing; who comes back later starts anew.
    """

    def __init__(self) -> None:
        self._known: dict[str, Presence] = {}
        self._pages = 0

    def presence(self, user: User, now: float) -> Presence:
        """The agent's presence, without a page of its own yet; ``now`` in seconds of a steady clock."""
        presence = self._known.get(user.username)
        if presence is None or (not presence.pages and now - presence.left_at > _REMEMBERED_S):
            presence = self._known[user.username] = Presence(user)
        presence.user = user
        return presence

    def user_changed(self, user: User) -> None:
        """The agent speaks or knows something else from now on; pages that are open tell the distributor so."""
        if (presence := self._known.get(user.username)) is not None:
            presence.user = user

    def page_number(self) -> int:
        """A number for a new page."""
        self._pages += 1
        return self._pages

    def connect(self, presence: Presence, page: int, now: float) -> Presence:
        """A page is connected, for the first time or again; returns the presence that counts.

        A page that comes for the first time takes the work over; one that was away takes nothing.
        """
        presence = self.presence(presence.user, now)
        presence.pages.add(page)
        if page > presence.newest:
            presence.newest = presence.front = page
        return presence

    def disconnect(self, presence: Presence, page: int, now: float) -> None:
        """A page is gone; without any the agent's lease is no longer renewed."""
        presence.pages.discard(page)
        presence.left_at = now

    def close(self, presence: Presence, page: int, now: float) -> None:
        """A page was closed for good; the work goes back to another that is still there."""
        self.disconnect(presence, page, now)
        if presence.front == page and presence.pages:
            presence.front = max(presence.pages)

    def all(self) -> list[Presence]:
        """Agents with a page connected."""
        return [presence for presence in self._known.values() if presence.pages]
