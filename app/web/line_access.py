"""How browsers reach the line from the pages: its address, what lets them in, and how often strangers may call."""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import URL

from core.tickets import Ticket, issue

_ADDRESSES = 10_000
_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,255}")


class Allowance:
    """So many in a time, for each address and for all together. Told the time."""

    def __init__(self, each: int = 6, all_together: int = 120, within_s: float = 60.0) -> None:
        self._each, self._all, self._within_s = each, all_together, within_s
        self._taken: OrderedDict[str, list[float]] = OrderedDict()
        self._together: list[float] = []

    def take(self, address: str, now: float) -> bool:
        """Whether one more is allowed; then it counts."""
        since = now - self._within_s
        self._together = [at for at in self._together if at > since]
        mine = [at for at in self._taken.pop(address, []) if at > since]
        allowed = len(mine) < self._each and len(self._together) < self._all
        if allowed:
            mine.append(now)
            self._together.append(now)
        self._taken[address] = mine
        while len(self._taken) > _ADDRESSES:
            self._taken.popitem(last=False)
        return allowed


@dataclass(frozen=True, slots=True)
class LineAccess:
    """
    Attributes:
        key: what tickets are signed with; the line has the same.
        url: the line's address as browsers reach it, ``https://phone.example.com``; '' for the host of the page and
            ``port``.
        public: strangers may open ``/phone``, and call.
        demo: callers may say which number they call from.
        ice_servers: as browsers take them.
        callers: how often an address may call.
    """

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    url: str = ""
    port: int = 8081
    public: bool = False
    demo: bool = False
    ice_servers: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    callers: Allowance = field(default_factory=Allowance)

    def origin(self, page: URL) -> str:
        """``ws://host:port`` or ``wss://host``, for a page at this address."""
        if self.url:
            parts = urlsplit(self.url)
            return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
        host = page.hostname or ""
        if not _HOST.fullmatch(host):
            host = "localhost"
        host = f"[{host}]" if ":" in host else host
        return f"{'wss' if page.scheme == 'https' else 'ws'}://{host}:{self.port}"

    def address(self, page: URL, path: str) -> str:
        """Where the page's WebSocket goes."""
        return f"{self.origin(page)}{urlsplit(self.url).path.rstrip('/')}{path}"

    def ticket(self, kind: str, subject: str, now: float, **claims: str) -> str:
        """Lets one browser in, once, within a minute."""
        return issue(self.key, Ticket(kind, subject, claims), now)
