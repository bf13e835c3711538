"""Run by Alembic: connects with the platform's own engine and runs the migrations on it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from alembic import context
from sqlalchemy import Connection

from app.migrations.tables import metadata
from core.db import Database


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def _run(url: str) -> None:
    db = Database(url)
    try:
        async with db.engine.begin() as connection:
            await connection.run_sync(_migrate)
    finally:
        await db.close()


_url = context.config.get_main_option("sqlalchemy.url")
if not _url:
    raise ValueError("no database URL was given")
# In a thread of its own, so that it works whether or not the caller has an event loop running.
with ThreadPoolExecutor(1) as _pool:
    _pool.submit(asyncio.run, _run(_url)).result()
