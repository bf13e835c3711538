"""Fixtures of the carriers' tests."""

from __future__ import annotations

import pytest
from served_line import Listener


@pytest.fixture
def listener() -> Listener:
    return Listener()
