"""A log in a database of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.crypto import PersonKeys, SiteKey
from core.db import Database, sqlite_url
from core.log import EventLog


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    import core.identity  # noqa: F401  (registers its tables)

    db = Database(sqlite_url(tmp_path / "test.db"))
    await db.create_all()
    yield db
    await db.close()


@pytest.fixture
async def log(db: Database) -> AsyncIterator[EventLog]:
    log = EventLog(db, PersonKeys(db, SiteKey(b"k" * 32)))
    await log.start()
    yield log
    await log.close()
