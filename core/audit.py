"""The audit log: who did what, when, with what was before and after; append-only and chained by hash.

Each entry's hash is keyed (HMAC-SHA256 under a key derived from the site key) and covers the entry before
it; the last position and its hash are sealed beside it, and remembered in a file outside of the database. An
entry that was removed, altered or moved, and a log whose end was cut off, are found by ``AuditLog.verify``.

A change and its entry share a transaction, so neither is ever there without the other::

    async with audit.transaction() as change:
        await change.connection.execute(update(users)...)
        await change.note("root", Action.USER_DISABLED, "user:mei", before={...}, after={...}, origin="console")

What changes nothing, such as a look at a number in full, is noted alone: ``await audit.note(...)``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DDL, JSON, Column, Index, Integer, String, Table, event, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.audit_actions import Action
from core.audit_chain import START, Entry, Witness, chain_hash, head_seal, same, shown
from core.audit_check import Receipt, Verification, Walk
from core.clock import Clock, SystemClock
from core.crypto import SiteKey
from core.db import Database, metadata

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("origin", String(20), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_entries_subject", "subject"),
    Index("ix_audit_entries_actor", "actor"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("seal", String(64), nullable=False),
)

APPEND_ONLY = tuple(
    f"CREATE TRIGGER IF NOT EXISTS audit_entries_no_{what.lower()} BEFORE {what} ON audit_entries "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    for what in ("UPDATE", "DELETE")
)
"""SQLite: against mistakes. Against malice stands the chain, since whoever owns the file can drop triggers."""

for _statement in APPEND_ONLY:
    event.listen(audit_entries, "after_create", DDL(_statement).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]

CHUNK = 500
_LINES = logging.getLogger("tetraphone.audit")


class Unaudited(RuntimeError):
    """A transaction of the audit log ended without an entry; it was rolled back."""


class Change:
    """A transaction that must note what it did before it ends."""

    def __init__(self, log: AuditLog, connection: AsyncConnection) -> None:
        self._log = log
        self.connection = connection
        self.noted: list[Entry] = []
        self._unchanged = False

    def nothing(self) -> None:
        """Say that nothing was changed after all, so that nothing is to be noted."""
        self._unchanged = True

    async def note(
        self,
        actor: str,
        action: Action,
        subject: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        origin: str = "platform",
        plain: frozenset[str] = frozenset(),
    ) -> Entry:
        """Append an entry to the log.

        Args:
            subject: what it was done to, by its key; it is kept as it is, so no caller's number.
            before: only the fields that changed. Personal ones are masked here.
            plain: fields that are not personal although they look so (the company's own numbers).

        Raises:
            ValueError: if a field is a password or another secret.
        """
        entry = Entry(0, "", actor, origin, str(action), subject, shown(before, plain), shown(after, plain))
        entry = await self._log._append(self.connection, entry)
        self.noted.append(entry)
        return entry


class AuditLog:
    """The log in the database.

    Args:
        witness: file outside of the database that remembers the newest head; None does without.
    """

    def __init__(
        self, db: Database, site_key: SiteKey, *, clock: Clock | None = None, witness: Path | None = None
    ) -> None:
        self._db = db
        self._key = site_key.derived("audit log")
        self._clock = clock or SystemClock()
        self._witness = Witness(witness, self._key) if witness is not None else None

    # --- writing ---

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Change]:
        """A transaction in which something is changed and noted, both or neither.

        Raises:
            Unaudited: at its end, if nothing was noted.
        """
        async with self._db.begin() as connection:
            change = Change(self, connection)
            yield change
            if not change.noted:
                if change._unchanged:
                    return
                raise Unaudited("a change was made without an entry in the audit log; it was rolled back")
        for entry in change.noted:
            # A second copy wherever log lines are collected; the hash is the entry's receipt.
            _LINES.info(
                "%d %s: %s %s %s (%s)",
                entry.position, entry.hash, entry.actor, entry.action, entry.subject, entry.origin,
            )  # fmt: skip
        await self._remember(change.noted[-1])

    async def note(self, actor: str, action: Action, subject: str, **details: Any) -> Entry:
        """Note something that changes nothing here; see ``Change.note``."""
        async with self.transaction() as change:
            return await change.note(actor, action, subject, **details)

    async def _append(self, connection: AsyncConnection, entry: Entry) -> Entry:
        query = select(audit_head).where(audit_head.c.id == 1).with_for_update()
        head = (await connection.execute(query)).mappings().one_or_none()
        newest = (
            select(audit_entries.c.position, audit_entries.c.hash)
            .order_by(audit_entries.c.position.desc())
            .limit(1)
        )
        last = (await connection.execute(newest)).one_or_none()
        last_position, last_hash = (last.position, last.hash) if last else (0, START)
        if head is not None and self._is_ours(head) and head["position"] >= last_position:
            # What was cut off stays a gap that can be seen: the numbering goes on behind it.
            position, previous = int(head["position"]), str(head["hash"])
        else:
            position, previous = last_position, last_hash
            if last_position or head is not None:
                marker = Entry(0, "", "platform", "platform", str(Action.HEAD_LOST), "audit", None, None)
                marker = await self._insert(connection, marker, position + 1, previous)
                position, previous = marker.position, marker.hash
        entry = await self._insert(connection, entry, position + 1, previous)
        row = {
            "position": entry.position,
            "hash": entry.hash,
            "seal": head_seal(self._key, "head", entry.position, entry.hash),
        }
        if head is None:
            await connection.execute(insert(audit_head).values(id=1, **row))
        else:
            await connection.execute(update(audit_head).where(audit_head.c.id == 1).values(row))
        return entry

    async def _insert(self, connection: AsyncConnection, entry: Entry, position: int, previous: str) -> Entry:
        at = self._clock.now().astimezone(UTC).isoformat(timespec="milliseconds")
        entry = replace(entry, position=position, at=at)
        entry = replace(entry, hash=chain_hash(self._key, previous, entry))
        row = {column.name: getattr(entry, column.name) for column in audit_entries.columns}
        await connection.execute(insert(audit_entries).values(row))
        return entry

    def _is_ours(self, head: Mapping[Any, Any]) -> bool:
        return same(head["seal"], head_seal(self._key, "head", head["position"], head["hash"]))

    async def _remember(self, entry: Entry) -> None:
        """Move the witness on, unless it knows of something that the log has lost."""
        if self._witness is None:
            return
        try:
            seen = await asyncio.to_thread(self._witness.read)
        except ValueError as error:
            _LINES.error("%s", error)
            return
        if seen is not None:
            found = await self._hash_at(seen[0])
            if found is None or not same(found, seen[1]):
                _LINES.error("the audit log is not what the witness saw at entry %d; verify it", seen[0])
                return
        await asyncio.to_thread(self._witness.advance, entry.position, entry.hash)

    # --- reading ---

    async def entries(
        self,
        *,
        actor: str = "",
        action: str = "",
        actions: Collection[str] = (),
        subject: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Entry]:
        """Entries, newest first.

        Args:
            actor: the user name exactly.
            action: the beginning of it: ``user`` finds ``user.added``.
            actions: only these; none: all.
            subject: a part of it.
            before: only those of a smaller position, for the next page.
        """
        query = select(audit_entries).order_by(audit_entries.c.position.desc()).limit(limit)
        if actor:
            query = query.where(audit_entries.c.actor == actor)
        if action:
            query = query.where(audit_entries.c.action.startswith(action, autoescape=True))
        if actions:
            query = query.where(audit_entries.c.action.in_([str(one) for one in actions]))
        if subject:
            query = query.where(audit_entries.c.subject.contains(subject, autoescape=True))
        if since is not None:
            query = query.where(
                audit_entries.c.at >= since.astimezone(UTC).isoformat(timespec="milliseconds")
            )
        if until is not None:
            query = query.where(audit_entries.c.at < until.astimezone(UTC).isoformat(timespec="milliseconds"))
        if before is not None:
            query = query.where(audit_entries.c.position < before)
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [_entry(row) for row in rows]

    async def verify(self, receipt: Receipt | None = None) -> Verification:
        """Go through the whole log and say whether it is what was written.

        Args:
            receipt: position and hash of an entry that was written down elsewhere; must be there still.
        """
        walk = Walk(self._key, receipt)
        if self._witness is not None:
            try:
                walk.witness(await asyncio.to_thread(self._witness.read))
            except ValueError as error:
                walk.witness_broken(str(error))
        # One connection and thus one snapshot: what is appended meanwhile belongs to the next look.
        async with self._db.read() as connection:
            if self._db.is_sqlite:
                await connection.exec_driver_sql("BEGIN")
            else:
                await connection.execution_options(isolation_level="REPEATABLE READ")
            head = (
                (await connection.execute(select(audit_head).where(audit_head.c.id == 1)))
                .mappings()
                .one_or_none()
            )
            done = -(2**31)  # whatever was put before the first is to be found too
            while True:
                query = (
                    select(audit_entries)
                    .where(audit_entries.c.position > done)
                    .order_by(audit_entries.c.position)
                    .limit(CHUNK)
                )
                rows = (await connection.execute(query)).mappings().all()
                for row in rows:
                    walk.step(_entry(row))
                if len(rows) < CHUNK:
                    break
                done = rows[-1]["position"]
                await asyncio.sleep(0)
        found = walk.end(None if head is None else (head["position"], head["hash"], self._is_ours(head)))
        if found.ok and found.entries and self._witness is not None:
            await asyncio.to_thread(self._witness.advance, found.entries, found.head)
        return found

    async def _hash_at(self, position: int) -> str | None:
        async with self._db.read() as connection:
            query = select(audit_entries.c.hash).where(audit_entries.c.position == position)
            return (await connection.execute(query)).scalar_one_or_none()


def _entry(row: Mapping[Any, Any]) -> Entry:
    return Entry(**{column.name: row[column.name] for column in audit_entries.columns})
