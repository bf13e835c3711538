"""Fixtures for all rooms."""

from __future__ import annotations

import asyncio
from pathlib import Path

import hypothesis
import pytest

from core.crypto import PersonKeys, SiteKey
from core.db import Database, sqlite_url
from core.log import EventLog
from tests.quick_passwords import QuickHasher

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("any-machine", deadline=None)
hypothesis.settings.load_profile("any-machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What plays sound in real time comes first, before anything that other tests keep running."""
    items.sort(key=lambda item: item.get_closest_marker("live") is None)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("core.identity.PasswordHasher", QuickHasher)
        yield


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """The folder of the real model assets, which the set-up (``make test``) has fetched."""
    from models.assets import asset_path

    path = asset_path("whisper-base")
    return path.parent


@pytest.fixture(scope="session")
def spoken_line(model_cache):
    """``spoken_line(text, language)``: the path of a WAV file in which a packaged voice says it.

    Rendered once and kept between runs, since it depends on nothing but the words; not for tests of the voice.
    """
    from app.demo_script import CallerLine
    from app.demo_voices import CallerVoices

    voices = CallerVoices(model_cache.parent / "test-callers")

    def say(text, language, voice="bot") -> Path:
        line = CallerLine(text, language, voice)
        asyncio.run(voices.render_quietly([line]))
        return voices.path(line)

    return say


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
    log = EventLog(database, person_keys, poll_s=0.01)
    await log.start()
    yield log
    await log.close()
