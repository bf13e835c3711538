"""``tetraphone call`` is believed by a platform that checks Twilio's signature."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import cli


@pytest.mark.parametrize("token", ["", "0123456789abcdef0123456789abcdef"])
def test_a_call_is_signed_with_the_token_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, token: str
) -> None:
    asked: dict[str, Any] = {}

    async def place_call(server: str, turns: Any, **options: Any) -> Any:
        asked.update(options, server=server)
        raise OSError("nobody answers")

    monkeypatch.setattr("app.place_call.place_call", place_call)
    monkeypatch.setenv("TETRAPHONE_DATA", str(tmp_path))
    monkeypatch.setenv("TETRAPHONE_TWILIO_AUTH_TOKEN", token)
    ran = CliRunner().invoke(cli, ["call", "dtmf:1", "--server", "http://127.0.0.1:9"])
    assert ran.exit_code == 2 and "nobody answers" in ran.stderr
    assert asked["auth_token"] == token and asked["server"] == "http://127.0.0.1:9"
