"""Fixtures for all rooms."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

from core.crypto import PersonKeys, SiteKey
from core.db import Database, sqlite_url
from core.log import EventLog

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("any-machine", deadline=None)
hypothesis.settings.load_profile("any-machine")


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """The folder of the real model assets, which the set-up (``make test``) has fetched."""
    from models.assets import asset_path

    path = asset_path("whisper-base")
    return path.parent


@pytest.fixture
async def database(tmp_path):
    """An empty embedded database with every table that is registered."""
    db = Database(sqlite_url(tmp_path / "test.db"))
    await db.create_all()
    yield db
    await db.close()


@pytest.fixture
def person_keys(database) -> PersonKeys:
    return PersonKeys(database, SiteKey(b"k" * 32))


@pytest.fixture
async def event_log(database, person_keys):
    """A log that is being written."""
    log = EventLog(database, person_keys)
    await log.start()
    yield log
    await log.close()
