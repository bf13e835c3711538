"""The event log: appended once, read by everybody, the only source of truth about calls.

One writer per process gathers what its calls emit and commits it together, at most 50 ms later, so
that forty calls cost one transaction and not forty. ``(interaction_id, seq)`` is unique; ``position``
orders the whole log, and each reader keeps its own offset in it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

import core.routing_events
import core.wall_events  # noqa: F401  (a log reads the facts of all rooms)
from core import metrics
from core.crypto import CannotOpen, PersonKeys, seal_json, unseal_json
from core.db import Database, metadata
from core.events import Event, Recorded, new_id

logger = logging.getLogger(__name__)

events = Table(
    "events",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("interaction_id", String(64), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("leg_id", String(32)),
    Column("media_at", Float),
    Column("causation_id", String(32)),
    Column("kind", String(40), nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("person", String(64)),
    Column("payload", JSON, nullable=False),
    Column("sealed", LargeBinary),
    UniqueConstraint("interaction_id", "seq"),
    Index("ix_events_kind_interaction_id", "kind", "interaction_id"),
    sqlite_autoincrement=True,
)

reader_offsets = Table(
    "reader_offsets",
    metadata,
    Column("reader", String(60), primary_key=True),
    Column("position", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
)

_LAST_POSITION = select(func.max(events.c.position))

GROUP_COMMIT_S = 0.03
QUEUE_LIMIT = 20_000
FOLLOWED_AT_ONCE = 500
RIVAL_TRIES = 10


class LogFull(RuntimeError):
    """The writer is so far behind that nothing more may be promised to be kept."""


@dataclass(slots=True)
class _Waiting:
    id: str
    interaction_id: str
    event: Event
    recorded_at: datetime
    leg_id: str | None
    media_at: float | None
    causation_id: str | None
    person: str | None
    done: asyncio.Future[Recorded] | None


class EventLog:
    """Reading and writing of the log for one process. ``start`` it before ``emit``, ``close`` it after.

    Args:
        poll_s: how often it is looked, while somebody waits, whether the log has grown.
    """

    def __init__(self, db: Database, keys: PersonKeys, poll_s: float = 0.1) -> None:
        self._db = db
        self._keys = keys
        self._poll_s = poll_s
        self._newest = 0
        self._look: asyncio.Task[None] | None = None
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(QUEUE_LIMIT)
        self._writer: asyncio.Task[None] | None = None
        self._unknown_kinds: set[str] = set()

    async def start(self) -> None:
        self._writer = asyncio.create_task(self._write_forever(), name="event-log-writer")

    async def close(self) -> None:
        """Write what is waiting, then stop."""
        if (look := self._look) is not None:
            look.cancel()
            await asyncio.gather(look, return_exceptions=True)
        if self._writer is None:
            return
        await self.flush()
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)
        self._writer = None

    # --- writing ---

    def emit(
        self,
        interaction_id: str,
        event: Event,
        *,
        person: str | None = None,
        leg_id: str | None = None,
        media_at: float | None = None,
        causation_id: str | None = None,
    ) -> str:
        """Hand an event to the writer without waiting; returns its id.

        Raises:
            LogFull: if the writer is hopelessly behind.
        """
        return self._put(interaction_id, event, person, leg_id, media_at, causation_id, None)

    async def append(
        self,
        interaction_id: str,
        event: Event,
        *,
        person: str | None = None,
        leg_id: str | None = None,
        media_at: float | None = None,
        causation_id: str | None = None,
    ) -> Recorded:
        """Write an event and wait until it is committed."""
        done: asyncio.Future[Recorded] = asyncio.get_running_loop().create_future()
        self._put(interaction_id, event, person, leg_id, media_at, causation_id, done)
        return await done

    async def flush(self) -> None:
        """Wait until everything emitted so far is committed."""
        await self._queue.join()

    def _put(
        self,
        interaction_id: str,
        event: Event,
        person: str | None,
        leg_id: str | None,
        media_at: float | None,
        causation_id: str | None,
        done: asyncio.Future[Recorded] | None,
    ) -> str:
        waiting = _Waiting(
            new_id(), interaction_id, event, datetime.now(UTC), leg_id, media_at, causation_id, person, done
        )
        try:
            self._queue.put_nowait(waiting)
        except asyncio.QueueFull:
            metrics.LOG_EVENTS.labels("refused").inc()
            raise LogFull(f"more than {QUEUE_LIMIT} events wait for the database") from None
        return waiting.id

    async def _write_forever(self) -> None:
        while True:
            batch = [await self._queue.get()]
            try:
                if batch[0].done is None:
                    await asyncio.sleep(GROUP_COMMIT_S)
                while not self._queue.empty() and len(batch) < 500:
                    batch.append(self._queue.get_nowait())
                await self._commit_until_done(batch)
            finally:
                for _ in batch:
                    self._queue.task_done()

    async def _commit_until_done(self, batch: list[_Waiting]) -> None:
        delay, tries = 0.05, 0
        while True:
            try:
                recorded = await self._commit(batch)
            except Exception as error:
                tries += 1
                if not _passes(error, tries):
                    await self._leave_out_the_culprit(batch, error)
                    return
                metrics.LOG_EVENTS.labels("retried").inc(len(batch))
                logger.warning("event log: writing %d events failed (%s); again", len(batch), error)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 2.0)
                continue
            metrics.LOG_EVENTS.labels("written").inc(len(batch))
            for waiting in batch:
                if waiting.done is not None and not waiting.done.done():
                    waiting.done.set_result(recorded[waiting.id])
            return

    async def _leave_out_the_culprit(self, batch: list[_Waiting], error: Exception) -> None:
        """Write what can be written, one by one; only what cannot be is lost."""
        if len(batch) > 1:
            for waiting in batch:
                await self._commit_until_done([waiting])
            return
        waiting = batch[0]
        metrics.LOG_EVENTS.labels("lost").inc()
        logger.error(
            "event log: %s of %s cannot be written and is lost",
            waiting.event.kind,
            waiting.interaction_id,
            exc_info=error,
        )
        if waiting.done is not None and not waiting.done.done():
            waiting.done.set_exception(error)

    async def _commit(self, batch: Sequence[_Waiting]) -> dict[str, Recorded]:
        """Write the batch in one transaction; returns, by id, the events that somebody waits for."""
        rows: list[dict[str, Any]] = []
        for waiting in batch:
            open_fields, personal = waiting.event.split()
            sealed = None
            if personal:
                # Nobody's personal data is sealed under the interaction's own name.
                person = waiting.person or waiting.interaction_id
                sealed = seal_json(await self._keys.key(person), personal, waiting.id)
            rows.append(
                {
                    "id": waiting.id,
                    "interaction_id": waiting.interaction_id,
                    "recorded_at": waiting.recorded_at,
                    "leg_id": waiting.leg_id,
                    "media_at": waiting.media_at,
                    "causation_id": waiting.causation_id,
                    "kind": waiting.event.kind,
                    "schema_version": waiting.event.version,
                    "person": waiting.person or (waiting.interaction_id if sealed else None),
                    "payload": open_fields,
                    "sealed": sealed,
                }
            )
        ids = {row["interaction_id"] for row in rows}
        async with self._db.begin() as connection:
            query = (
                select(events.c.interaction_id, func.max(events.c.seq))
                .where(events.c.interaction_id.in_(ids))
                .group_by(events.c.interaction_id)
            )
            last: dict[str, int] = {name: seq for name, seq in await connection.execute(query)}
            for row in rows:
                row["seq"] = last[row["interaction_id"]] = last.get(row["interaction_id"], 0) + 1
            # One statement for all of them: one each costs several times the processor time. It tells no positions.
            await connection.execute(insert(events), rows)
            wanted = [waiting.id for waiting in batch if waiting.done is not None]
            places = select(events.c.id, events.c.position).where(events.c.id.in_(wanted))
            positions = {id_: at for id_, at in await connection.execute(places)} if wanted else {}
        return {
            row["id"]: Recorded(
                position=positions[row["id"]],
                id=row["id"],
                interaction_id=row["interaction_id"],
                seq=row["seq"],
                recorded_at=row["recorded_at"],
                event=waiting.event,
                leg_id=row["leg_id"],
                media_at=row["media_at"],
                causation_id=row["causation_id"],
                person=row["person"],
            )
            for row, waiting in zip(rows, batch, strict=True)
            if waiting.done is not None
        }

    # --- reading ---

    async def read(self, interaction_id: str, after_seq: int = 0) -> list[Recorded]:
        """All events of one interaction, in order."""
        query = (
            select(events)
            .where(events.c.interaction_id == interaction_id, events.c.seq > after_seq)
            .order_by(events.c.seq)
        )
        return await self._open_all(await self._rows(query))

    async def read_from(self, position: int, limit: int = 500) -> list[Recorded]:
        """The next events after a position in the whole log; none only where there are no more.

        Events that cannot be read are passed over, however many there are in a row.
        """
        while True:
            found, last = await self._page(position, limit)
            if found or last == position:
                return found
            position = last

    async def unfinished(self, begin: Sequence[type[Event]], end: type[Event], up_to: int) -> list[str]:
        """Interactions of which the last ``begin`` up to position ``up_to`` has no ``end`` after it.

        One that has ended may begin again: a customer is called back under the same id.
        """
        kinds = [kind.kind for kind in begin]
        began = (
            select(events.c.interaction_id, func.max(events.c.position).label("position"))
            .where(events.c.kind.in_(kinds), events.c.position <= up_to)
            .group_by(events.c.interaction_id)
            .subquery()
        )
        later = events.alias()
        ended = select(later.c.position).where(
            later.c.kind == end.kind,
            later.c.interaction_id == began.c.interaction_id,
            later.c.position > began.c.position,
        )
        query = select(began.c.interaction_id).where(~ended.exists()).order_by(began.c.position)
        async with self._db.read() as connection:
            return [row[0] for row in await connection.execute(query)]

    async def newest_of(self, kind: type[Event], limit: int, among: int) -> list[Recorded]:
        """The newest events of one kind, the newest first, looked for among the log's last ``among`` events."""
        since = await self.last_position() - among
        # The index on the kind would lead through all events of that kind since the beginning.
        same_kind = func.coalesce(events.c.kind, "") == kind.kind
        query = select(events).where(events.c.position > since, same_kind)
        return await self._open_all(await self._rows(query.order_by(events.c.position.desc()).limit(limit)))

    async def of_kinds(self, kinds: Sequence[type[Event]], among: int) -> list[Recorded]:
        """The events of some kinds among the log's last ``among`` ones, in order."""
        since = await self.last_position() - among
        wanted = func.coalesce(events.c.kind, "").in_([kind.kind for kind in kinds])
        query = select(events).where(events.c.position > since, wanted).order_by(events.c.position)
        return await self._open_all(await self._rows(query))

    async def facts(
        self, position: int, kinds: Sequence[type[Event]], limit: int = 500
    ) -> tuple[list[Recorded], int]:
        """The next events of some kinds after a position, and how far was looked.

        What is personal in them is left closed (their fields are blank), so this is quick, and right for
        readers that count and do not show words.
        """
        last = await self.last_position()
        if last <= position:
            return [], position
        wanted = func.coalesce(events.c.kind, "").in_([kind.kind for kind in kinds])
        query = select(events).where(events.c.position > position, events.c.position <= last, wanted)
        rows = await self._rows(query.order_by(events.c.position).limit(limit))
        found = [one for row in rows if (one := await self._open(row, personal=False)) is not None]
        return found, rows[-1]["position"] if len(rows) == limit else last

    async def position_at(self, moment: datetime) -> int:
        """A position before which (nearly) everything was recorded before the moment.

        Found by halving, for which the log must be in the order of time; where a clock was set back it is
        so except around that moment.
        """
        low, high = 0, await self.last_position()
        while low < high:
            middle = (low + high) // 2
            query = select(events.c.position, events.c.recorded_at).where(events.c.position > middle)
            async with self._db.read() as connection:
                row = (await connection.execute(query.order_by(events.c.position).limit(1))).first()
            if row is None or _utc(row.recorded_at) >= moment:
                high = middle
            else:
                low = row.position
        return low

    async def last_position(self) -> int:
        async with self._db.read() as connection:
            return (await connection.execute(_LAST_POSITION)).scalar() or 0

    async def follow(self, position: int) -> AsyncIterator[Recorded]:
        """Yield events after a position for ever, as they are committed by any process."""
        while True:
            found, last = await self._page(position, FOLLOWED_AT_ONCE)
            for recorded in found:
                yield recorded
            # A page that is not full was the last; to ask at once whether it was would double the questions.
            full, position = last - position >= FOLLOWED_AT_ONCE, last
            if not full:
                await self.grown(position)

    async def drive(self, catch_up: Callable[[], Awaitable[int]]) -> None:
        """Call a reader for ever: again at once while it finds something, else when there is more to find."""
        while True:
            seen = self._newest
            if not await catch_up():
                await self.grown(seen)

    async def grown(self, position: int) -> None:
        """Wait until something lies after a position, whoever wrote it. One look serves all who wait."""
        while self._newest <= position:
            if self._look is None:
                self._look = asyncio.create_task(self._look_again(), name="event-log-look")
            await asyncio.shield(self._look)

    async def _look_again(self) -> None:
        try:
            await asyncio.sleep(self._poll_s)
            self._newest = await self.last_position()
        finally:
            self._look = None

    async def offset(self, reader: str) -> int:
        """Where a named reader stopped; 0 for a new one."""
        async with self._db.read() as connection:
            query = select(reader_offsets.c.position).where(reader_offsets.c.reader == reader)
            return (await connection.execute(query)).scalar_one_or_none() or 0

    async def set_offset(self, reader: str, position: int) -> None:
        """Remember how far a reader came; readers see an event again rather than never."""
        async with self._db.begin() as connection:
            changed = await connection.execute(
                update(reader_offsets).where(reader_offsets.c.reader == reader).values(position=position)
            )
            if changed.rowcount == 0:
                await connection.execute(insert(reader_offsets).values(reader=reader, position=position))

    async def _page(self, position: int, limit: int) -> tuple[list[Recorded], int]:
        """The readable ones of the next events, and the position of the last one looked at."""
        query = select(events).where(events.c.position > position).order_by(events.c.position).limit(limit)
        rows = await self._rows(query)
        return await self._open_all(rows), rows[-1]["position"] if rows else position

    async def _rows(self, query: Any) -> Sequence[Any]:
        async with self._db.read() as connection:
            return (await connection.execute(query)).mappings().all()

    async def _open_all(self, rows: Sequence[Any]) -> list[Recorded]:
        return [recorded for row in rows if (recorded := await self._open(row)) is not None]

    async def _open(self, row: Any, *, personal: bool = True) -> Recorded | None:
        """The event; without personal content where that is gone or not asked for; None where it cannot be
        read at all."""
        kind = Event.registry.get(row["kind"])
        if kind is None:
            # Readers that wait at such an event come by again and again.
            if row["kind"] not in self._unknown_kinds:
                self._unknown_kinds.add(row["kind"])
                logger.warning("event log: events of unknown kind %r are left out", row["kind"])
            return None
        words = await self._personal(row) if personal else None
        erased = personal and words is None
        try:
            event = kind.join(row["payload"], words)
        except (ValueError, TypeError):
            logger.exception("event log: the event at position %d is damaged and left out", row["position"])
            return None
        return Recorded(
            position=row["position"],
            id=row["id"],
            interaction_id=row["interaction_id"],
            seq=row["seq"],
            recorded_at=_utc(row["recorded_at"]),
            event=event,
            leg_id=row["leg_id"],
            media_at=row["media_at"],
            causation_id=row["causation_id"],
            person=row["person"],
            erased=erased,
        )

    async def _personal(self, row: Any) -> dict[str, Any] | None:
        """The personal fields; None where their key is destroyed, or they do not open."""
        if row["sealed"] is None:
            return {}
        try:
            key = await self._keys.existing(row["person"])
            return None if key is None else unseal_json(key, row["sealed"], row["id"])
        except (CannotOpen, ValueError) as error:
            logger.error(
                "event log: the words at position %d do not open and are left out (%s)",
                row["position"],
                error,
            )
            return None


def _utc(moment: datetime) -> datetime:
    """SQLite keeps no time zone; all times are written in UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _passes(error: Exception, tries: int) -> bool:
    """Whether the same events are worth another try."""
    if isinstance(error, IntegrityError):
        # Another process took the same seq. That passes; a value that no table accepts does not.
        return tries < RIVAL_TRIES
    # The database is locked or away.
    away = isinstance(error, DBAPIError) and error.connection_invalidated
    return away or isinstance(error, OperationalError | PoolTimeout | TimeoutError | OSError)
