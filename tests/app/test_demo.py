"""The demo's own care: it looks for free ports before it sets anything up."""

from __future__ import annotations

import asyncio
import io
import socket

import pytest
from rich.console import Console

from app.demo import run_demo


def test_a_taken_port_ends_the_demo_at_once_and_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        monkeypatch.setenv("TETRAPHONE_DATA", str(tmp_path))
        monkeypatch.setenv("TETRAPHONE_DEMO", "1")
        monkeypatch.setenv("TETRAPHONE_LOG_LEVEL", "WARNING")
        monkeypatch.setenv("TETRAPHONE_LINE_PORT", str(taken))
        with socket.create_server(("127.0.0.1", 0)) as probe:
            free = probe.getsockname()[1]
        monkeypatch.setenv("TETRAPHONE_WEB_PORT", str(free))
        said = io.StringIO()

        status = asyncio.run(run_demo(Console(file=said, width=200), stay=False))

    assert status == 1
    assert f"Port {taken} is taken" in said.getvalue()
