"""The mathematics of the audit log: how an entry is hashed, how its head is sealed, and what may be written.

Pure functions and a small file; ``core.audit`` keeps the entries in the database.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.redaction import MASK, redact

logger = logging.getLogger(__name__)

START = "0" * 64
"""What stands for the entry before the first."""

SECRETS = frozenset({"password", "password_hash", "secret", "token", "token_hash", "csrf", "key"})
"""Fields that may never come near the log."""

PERSONAL = frozenset({"name", "phone", "email", "caller", "address"})
"""Fields of persons: only the first character is kept, and of numbers the last four figures."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done.

    Attributes:
        position: 1, 2, 3 ... without a gap.
        at: when, ISO 8601 in UTC.
        actor: the user name, or ``system:`` and the account on the machine's command line.
        origin: ``console``, ``api``, ``command line`` or ``platform``.
        action: what, such as ``user.added``.
        subject: to whom or what, such as ``user:mei``.
        before: the fields that changed, as they were; None where there was nothing.
        after: the same as they are now.
        hash: HMAC-SHA256 over the hash of the entry before and this entry's content, in hex.
    """

    position: int
    at: str
    actor: str
    origin: str
    action: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    hash: str = ""


def canonical(entry: Entry) -> bytes:
    """The content of an entry as bytes: the same content always gives the same bytes."""
    content = [
        entry.position, entry.at, entry.actor, entry.origin, entry.action, entry.subject, entry.before, entry.after,
    ]  # fmt: skip
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def chain_hash(key: bytes, previous: str, entry: Entry) -> str:
    """The hash that binds an entry to all before it; nobody without the key can compute it."""
    return hmac.new(key, previous.encode() + b"\n" + canonical(entry), hashlib.sha256).hexdigest()


def head_seal(key: bytes, purpose: str, position: int, hash_: str) -> str:
    """What shows that a head (the last position and its hash) was written by the platform itself."""
    text = f"{purpose}\n{position}\n{hash_}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Equality of two hashes in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def shown(fields: Mapping[str, Any] | None, plain: frozenset[str] = frozenset()) -> dict[str, Any] | None:
    """Fields as the log may keep them: personal ones masked, numbers in texts too.

    Args:
        plain: fields that belong to the company, such as its own telephone number; kept as they are.

    Raises:
        ValueError: if a field is a secret; the log is kept for long and read by people.
    """
    if fields is None:
        return None
    masked = {name: _field(name, value, plain) for name, value in fields.items()}
    # Through JSON once, so that what is hashed now is what the database gives back later.
    result: dict[str, Any] = json.loads(json.dumps(masked, allow_nan=False))
    return result


def _field(name: str, value: Any, plain: frozenset[str]) -> Any:
    if name in SECRETS:
        raise ValueError(f"the field {name!r} is a secret and must not be given to the audit log")
    if name in plain or value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {key: _field(str(key), inner, plain) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [
            _field(name, inner, plain)
            for inner in (sorted(value) if isinstance(value, set | frozenset) else value)
        ]
    text = str(value)
    if name in PERSONAL:
        masked = redact(text)
        return masked if masked != text else (text[:1] + MASK if text else "")
    return redact(text)


class Witness:
    """A file beside the database that remembers the last head it saw.

    Whoever can write the database alone can set the log back to an older state, head and all, or empty
    it; the file still knows better. It is a lower bound: another machine may have written more since.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key

    def read(self) -> tuple[int, str] | None:
        """(position, hash) of the newest head that was seen; None if there is no file.

        Raises:
            ValueError: if the file is not one that the platform wrote.
        """
        try:
            seen = json.loads(self._path.read_text())
            position, hash_, seal = int(seen["position"]), str(seen["hash"]), str(seen["seal"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"the witness file {self._path.name} cannot be read: {error}") from error
        if not same(seal, head_seal(self._key, "witness", position, hash_)):
            raise ValueError(f"the witness file {self._path.name} was not written by this site")
        return position, hash_

    def advance(self, position: int, hash_: str) -> None:
        """Remember a newer head. A file that cannot be written is logged; what was done stays done."""
        seal = head_seal(self._key, "witness", position, hash_)
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump({"position": position, "hash": hash_, "seal": seal}, file)
            os.replace(fresh, self._path)
        except OSError as error:
            logger.error("the witness of the audit log cannot be written: %s", error)
