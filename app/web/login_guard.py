"""Bounds on log-ins beyond those of ``core.identity``: by address, and at once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from fastapi import Request

from core.clock import Clock, SystemClock
from core.identity import Identity, Session

_FAILURES, _WITHIN = 30, timedelta(minutes=5)
_AT_ONCE = 2
_ADDRESSES = 10_000


class TooManyLogins(Exception):
    """Too many wrong passwords from one address."""


class LoginGuard:
    """One per web process. A password check costs 50 ms of a core and 64 MiB, so few run at once."""

    def __init__(self, identity: Identity, clock: Clock | None = None) -> None:
        self._identity = identity
        self._clock = clock or SystemClock()
        self._failures: dict[str, list[datetime]] = {}
        self._checking = asyncio.Semaphore(_AT_ONCE)

    async def log_in(self, request: Request, username: str, password: str, kind: str) -> Session | None:
        """See ``Identity.log_in``.

        Raises:
            TooManyLogins: after thirty failures from the request's address within five minutes.
            TooManyTries: after ten failures of the name.
        """
        address = request.client.host if request.client else ""
        now = self._clock.now()
        recent = [at for at in self._failures.get(address, ()) if now - at < _WITHIN]
        if len(recent) >= _FAILURES:
            raise TooManyLogins
        async with self._checking:
            session = await self._identity.log_in(username, password, kind)
        if session is None:
            if len(self._failures) >= _ADDRESSES:
                self._failures.clear()
            self._failures[address] = [*recent, now]
        return session
