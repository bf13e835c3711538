"""Fixtures for the bots."""

from __future__ import annotations

import pytest

from tests.bots.talk import Documents, Talk, load_bot


@pytest.fixture
def documents() -> Documents:
    return Documents()


@pytest.fixture
async def bot(database, documents):
    return await load_bot(database, documents)


@pytest.fixture
def call(bot):
    """Start a call: ``call("zh")``."""
    return lambda language="en", **more: Talk(bot, language, **more)
