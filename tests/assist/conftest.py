"""Fixtures of the people's room."""

from __future__ import annotations

import pytest

from core.log import EventLog


@pytest.fixture
def log(event_log: EventLog) -> EventLog:
    """A log in a database of its own for each test."""
    return event_log
