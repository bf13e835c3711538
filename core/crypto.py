"""Encryption at rest: one key per person, wrapped by the site key, so that a person can be erased.

AES-256-GCM throughout (``cryptography``). What is sealed is bound to where it stands by associated
data: a sealed field moved to another event does not open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Column, DateTime, LargeBinary, String, Table, delete, insert, select
from sqlalchemy.exc import IntegrityError

from core.db import Database, metadata

person_keys = Table(
    "person_keys",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

_NONCE = 12


class CannotOpen(Exception):
    """Sealed data is damaged, was moved, or belongs to another site key."""


def seal(key: bytes, data: bytes, bound_to: bytes = b"") -> bytes:
    """Encrypt: a fresh 12-byte nonce, then ciphertext and tag."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, bound_to)


def unseal(key: bytes, sealed: bytes, bound_to: bytes = b"") -> bytes:
    """Undo ``seal``.

    Raises:
        CannotOpen: if the data is not exactly what was sealed, under this key and in this place.
    """
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("sealed data does not open: damaged, moved, or under another site key") from error


class SiteKey:
    """The key of the whole site (32 bytes), from which keys for single purposes are derived."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise ValueError("TETRAPHONE_SITE_KEY must be 32 bytes, base64-encoded")
        self._secret = secret

    @classmethod
    def from_text(cls, text: str) -> SiteKey:
        try:
            return cls(base64.b64decode(text, validate=True))
        except ValueError as error:
            raise ValueError("TETRAPHONE_SITE_KEY must be 32 bytes, base64-encoded") from error

    @classmethod
    def from_file(cls, path: Path) -> SiteKey:
        """Read the key, making one (mode 0600) if there is none; safe if two processes start at once."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        if not path.exists():
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(base64.b64encode(secrets.token_bytes(32)))
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass  # another process was first; its key counts
            finally:
                fresh.unlink()
        return cls.from_text(path.read_text())

    def derived(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose (HKDF-SHA256)."""
        return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(self._secret)

    def pseudonym(self, identifier: str) -> str:
        """A stable name for a person, which nobody without the site key can compute from a number."""
        return hmac.new(self.derived("person"), identifier.encode(), hashlib.sha256).hexdigest()[:32]


class PersonKeys:
    """The keys of all persons, kept wrapped in the database."""

    def __init__(self, db: Database, site_key: SiteKey) -> None:
        self._db = db
        self._wrapping = site_key.derived("wrap person keys")
        self._cache: dict[str, bytes] = {}

    async def key(self, person: str) -> bytes:
        """The person's key, made at the first call."""
        key = await self.existing(person)
        if key is not None:
            return key
        fresh = secrets.token_bytes(32)
        row = {
            "person": person,
            "wrapped_key": seal(self._wrapping, fresh, person.encode()),
            "created_at": datetime.now(UTC),
        }
        try:
            async with self._db.begin() as connection:
                await connection.execute(insert(person_keys).values(row))
        except IntegrityError:
            # Another process made it between our look and our write.
            found = await self.existing(person)
            if found is None:
                raise
            return found
        self._remember(person, fresh)
        return fresh

    async def existing(self, person: str) -> bytes | None:
        """The person's key; None if there is none, because it was destroyed or never made."""
        if (cached := self._cache.get(person)) is not None:
            return cached
        async with self._db.read() as connection:
            query = select(person_keys.c.wrapped_key).where(person_keys.c.person == person)
            wrapped = (await connection.execute(query)).scalar_one_or_none()
        if wrapped is None:
            return None
        key = unseal(self._wrapping, wrapped, person.encode())
        self._remember(person, key)
        return key

    async def destroy(self, person: str) -> None:
        """Erase a person: what was sealed under the key can never be read again."""
        async with self._db.begin() as connection:
            await connection.execute(delete(person_keys).where(person_keys.c.person == person))
        self._cache.pop(person, None)

    def forget(self) -> None:
        """Drop cached keys, so that an erasure by another process takes effect here."""
        self._cache.clear()

    def _remember(self, person: str, key: bytes) -> None:
        if len(self._cache) >= 2000:
            self._cache.clear()
        self._cache[person] = key


def seal_json(key: bytes, data: dict[str, Any], bound_to: str) -> bytes:
    return seal(key, json.dumps(data, ensure_ascii=False).encode(), bound_to.encode())


def unseal_json(key: bytes, sealed: bytes, bound_to: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(unseal(key, sealed, bound_to.encode()))
    return data
