"""Who may do what: users, roles, passwords, sessions and tokens.

Passwords are hashed with Argon2id; sessions and tokens are random and stored only as SHA-256, so that
a copy of the database lets nobody in.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import JSON, Boolean, Column, DateTime, Integer, String, Table, delete, insert, select, update

from core.clock import Clock, SystemClock
from core.db import Database, metadata
from core.refusals import note_refusal


class Role(StrEnum):
    AGENT = "agent"
    EDITOR = "editor"
    QA = "qa"
    SUPERVISOR = "supervisor"
    MONITOR = "monitor"
    """A right that goes with SUPERVISOR: listening to calls, whispering, barging in, taking over."""
    NUMBERS = "numbers"
    """A right that goes with AGENT: showing a caller's number in full; each look is in the audit log."""
    ADMIN = "admin"


users = Table(
    "users",
    metadata,
    Column("username", String(60), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("languages", JSON, nullable=False),
    Column("skills", JSON, nullable=False),
    Column("language_levels", JSON, nullable=False, server_default="{}"),
    Column("skill_levels", JSON, nullable=False, server_default="{}"),
    Column("phone", String(16), nullable=False, server_default=""),
    Column("capacity", Integer, nullable=False, server_default="1"),
    Column("active", Boolean, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("username", String(60), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

SESSION_LIFE = timedelta(hours=12)
TOKEN_LIFE = timedelta(hours=12)
SHORTEST_PASSWORD = 10
LEVELS = range(1, 6)
"""Proficiency in a language or skill: 1 a beginner, 3 works in it, 5 the best there is."""
USUAL_LEVEL = 3
_TRIES, _TRIES_WITHIN = 10, timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class User:
    """``languages`` and ``skills`` are what an agent is routed by.

    Attributes:
        language_levels: proficiency 1 to 5 by language; one that is not named has the usual level, 3.
        skill_levels: the same by skill.
        phone: an agent's own telephone in E.164, for who speaks by it; ''. Administrators see it, others masked.
        capacity: how many calls an agent has at once; an offer and wrap-up count as one.
    """

    username: str
    name: str
    roles: frozenset[Role]
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    language_levels: Mapping[str, int] = field(default_factory=dict, hash=False)
    skill_levels: Mapping[str, int] = field(default_factory=dict, hash=False)
    phone: str = ""
    capacity: int = 1

    def may(self, *allowed: Role) -> bool:
        """Whether the user has one of the roles; an administrator may everything."""
        return Role.ADMIN in self.roles or any(role in self.roles for role in allowed)

    def leveled_languages(self) -> dict[str, int]:
        """Every language with its proficiency."""
        return {code: self.language_levels.get(code, USUAL_LEVEL) for code in self.languages}

    def leveled_skills(self) -> dict[str, int]:
        """Every skill with its proficiency."""
        return {skill: self.skill_levels.get(skill, USUAL_LEVEL) for skill in self.skills}


@dataclass(frozen=True, slots=True)
class Session:
    """What a log-in gives. ``secret`` is shown once, at creation, and '' afterwards."""

    user: User
    csrf: str
    kind: str
    secret: str = ""

    def admitted(self, *roles: Role) -> bool:
        """Whether its user may see what is for one of these roles; with none named, every user may."""
        return not roles or self.user.may(*roles)


class TooManyTries(Exception):
    """Too many wrong passwords; wait five minutes."""


@cache
def _nobodys_hash() -> str:
    """Compared against when the user is unknown, so that both cases take equally long."""
    return PasswordHasher().hash(secrets.token_hex(16))


class Identity:
    """Users and their sessions in the database.

    Args:
        hasher: of passwords; one that takes less time is for users whom nobody would want to be.
    """

    def __init__(
        self, db: Database, clock: Clock | None = None, hasher: PasswordHasher | None = None
    ) -> None:
        self._db = db
        self._clock = clock or SystemClock()
        self._hasher = hasher or PasswordHasher()
        self._nobody = _nobodys_hash()
        self._failures: dict[str, list[datetime]] = {}

    async def add_user(
        self,
        username: str,
        password: str,
        roles: set[Role],
        *,
        name: str = "",
        languages: tuple[str, ...] = (),
        skills: tuple[str, ...] = (),
    ) -> User:
        """Create a user, or replace one of the same name, without an entry in the audit log.

        For the platform itself (demo data, tests); people go through ``core.administration``.

        Raises:
            ValueError: if the password is shorter than ten characters or no role is given.
        """
        if not roles:
            raise ValueError("a user needs at least one role: " + ", ".join(Role))
        row = {
            "username": username,
            "name": name or username,
            "password_hash": await self.hashed(password),
            "roles": sorted(roles),
            "languages": list(languages),
            "skills": list(skills),
            "active": True,
        }
        async with self._db.begin() as connection:
            await connection.execute(delete(users).where(users.c.username == username))
            await connection.execute(insert(users).values(row))
        return User(username, name or username, frozenset(roles), languages, skills)

    async def hashed(self, password: str) -> str:
        """The password as it may be stored.

        Raises:
            ValueError: if it is shorter than ten characters.
        """
        if len(password) < SHORTEST_PASSWORD:
            raise ValueError(f"the password must have at least {SHORTEST_PASSWORD} characters")
        return await asyncio.to_thread(self._hasher.hash, password)

    async def find(self, username: str) -> User | None:
        async with self._db.read() as connection:
            query = select(users).where(users.c.username == username, users.c.active)
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else user_of(row)

    async def log_in(self, username: str, password: str, kind: str = "page") -> Session | None:
        """Check a password and open a session (``kind`` 'page') or give a token (``kind`` 'token').

        Returns None for a wrong name or password.

        Raises:
            TooManyTries: after ten failures of one name within five minutes.
        """
        now = self._clock.now()
        recent = [at for at in self._failures.get(username, ()) if now - at < _TRIES_WITHIN]
        if len(recent) >= _TRIES:
            raise TooManyTries("too many wrong passwords; wait five minutes")
        async with self._db.read() as connection:
            query = select(users).where(users.c.username == username, users.c.active)
            row = (await connection.execute(query)).mappings().one_or_none()
        stored = row["password_hash"] if row is not None else self._nobody
        try:
            await asyncio.to_thread(self._hasher.verify, stored, password)
        except (VerificationError, InvalidHashError):
            row = None
        if row is None:
            if len(self._failures) > 10_000:
                self._failures.clear()
            self._failures[username] = [*recent, now]
            return None
        self._failures.pop(username, None)
        secret, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        life = SESSION_LIFE if kind == "page" else TOKEN_LIFE
        async with self._db.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.expires_at < now))
            await connection.execute(
                insert(sessions).values(
                    token_hash=_hash(secret), username=username, kind=kind, csrf=csrf, expires_at=now + life
                )
            )
        return Session(user_of(row), csrf, kind, secret)

    async def session(self, secret: str, kind: str) -> Session | None:
        """The session of a cookie or bearer token; None if unknown, expired, or the user was shut out."""
        if not secret:
            return None
        async with self._db.read() as connection:
            query = (
                select(sessions.c.csrf, sessions.c.expires_at, users)
                .join(users, users.c.username == sessions.c.username)
                .where(sessions.c.token_hash == _hash(secret), sessions.c.kind == kind, users.c.active)
            )
            row = (await connection.execute(query)).mappings().one_or_none()
        if row is None:
            note_refusal(f"unknown_{kind}", f"a {kind} session that is not known (any more)")
            return None
        if _utc(row["expires_at"]) < self._clock.now():
            note_refusal(f"expired_{kind}", f"a {kind} session that has expired")
            return None
        return Session(user_of(row), row["csrf"], kind)

    async def log_out(self, secret: str) -> None:
        async with self._db.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.token_hash == _hash(secret)))

    async def shut_out(self, username: str) -> None:
        """Deactivate a user and end their sessions, without an entry in the audit log."""
        async with self._db.begin() as connection:
            await connection.execute(update(users).where(users.c.username == username).values(active=False))
            await connection.execute(delete(sessions).where(sessions.c.username == username))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def user_of(row: Mapping[Any, Any]) -> User:
    """A user from a row of the table."""
    return User(
        row["username"],
        row["name"],
        frozenset(Role(role) for role in row["roles"]),
        tuple(row["languages"]),
        tuple(row["skills"]),
        dict(row["language_levels"] or {}),
        dict(row["skill_levels"] or {}),
        row["phone"],
        row["capacity"],
    )
