"""The database: SQLite (WAL) by default, PostgreSQL by URL, through SQLAlchemy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)
"""All rooms register their tables here; the migrations are checked against it by a test."""

_BUSY_MS = 10_000


def sqlite_url(path: Path) -> str:
    """The URL of an embedded database file."""
    return f"sqlite+aiosqlite:///{path}"


class Database:
    """One engine for one process.

    Args:
        url: an SQLAlchemy async URL, ``sqlite+aiosqlite:///...`` or ``postgresql+asyncpg://...``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        # A bounded pool with a bounded wait: a stuck database shows as an error, not as a silent pile-up.
        # The connection given back last is taken first: few of their threads are ever woken.
        self.engine: AsyncEngine = create_async_engine(
            url, pool_size=5, max_overflow=5, pool_timeout=10, pool_use_lifo=True
        )
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _set_pragmas)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that takes the write lock at once, so that two processes never deadlock."""
        async with self.engine.begin() as connection:
            if self.is_sqlite:
                # The driver begins a transaction only at the first change, and then a deferred one.
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading."""
        async with self.engine.connect() as connection:
            yield connection

    async def create_all(self) -> None:
        """Create all registered tables (tests and small tools; the platform runs migrations)."""
        async with self.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)

    async def ping(self) -> None:
        """Raise if the database does not answer."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
