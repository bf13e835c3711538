"""``tetraphone users add`` is noted, and ``tetraphone audit verify`` finds what was done behind its back."""

import json
import sqlite3

import pytest
from typer.testing import CliRunner

from app.cli import cli


@pytest.fixture
def command(tmp_path, monkeypatch):
    monkeypatch.setenv("TETRAPHONE_DATA", str(tmp_path))
    monkeypatch.setenv("TETRAPHONE_PASSWORD", "a long enough password")
    return lambda *arguments: CliRunner().invoke(cli, arguments)


def test_the_log_of_the_command_line_is_verified(command, tmp_path):
    assert "no entries yet" in command("audit", "verify").stdout
    assert command("users", "add", "root", "--role", "admin").exit_code == 0
    added = command(
        "users", "add", "mei", "--role", "agent", "--languages", "zh:5,en", "--skills", "billing:4"
    )
    assert added.exit_code == 0, added.output
    assert command("users", "add", "mei", "--role", "qa").exit_code == 0
    found = command("audit", "verify")
    assert found.exit_code == 0 and "intact: 4 entries" in found.stdout
    receipt = found.stdout.rsplit(": ", 1)[1].strip()
    assert command("audit", "verify", "--receipt", receipt).exit_code == 0
    assert command("audit", "verify", "--receipt", "nonsense").exit_code == 2

    newest, *_, first = json.loads(command("audit", "list", "--json").stdout)
    assert first["subject"] == "user:root" and first["origin"] == "command line"
    assert first["actor"].startswith("system:") and newest["action"] == "user.password_reset"
    assert "user:mei" in command("audit", "list").stdout

    with sqlite3.connect(tmp_path / "tetraphone.db") as db:
        db.execute("DROP TRIGGER audit_entries_no_delete")
        db.execute("DELETE FROM audit_entries WHERE position = 2")
    db.close()
    broken = command("audit", "verify")
    assert broken.exit_code == 1 and "missing: entry 2 is missing" in broken.stdout
    assert json.loads(command("audit", "verify", "--json").stdout)["ok"] is False


def test_who_is_added_again_keeps_what_is_not_said(command, tmp_path):
    command(
        "users", "add", "mei", "--role", "agent", "--languages", "zh:5,en", "--phone", "+86 138 0000 0000",
        "--capacity", "2",
    )  # fmt: skip
    assert command("users", "add", "mei", "--role", "agent", "--skills", "billing:4").exit_code == 0

    def row():
        with sqlite3.connect(tmp_path / "tetraphone.db") as db:
            found = db.execute(
                "SELECT language_levels, skill_levels, phone, capacity FROM users WHERE username = 'mei'"
            ).fetchone()
        db.close()
        return json.loads(found[0]), json.loads(found[1]), found[2], found[3]

    assert row() == ({"zh": 5, "en": 3}, {"billing": 4}, "+8613800000000", 2)
    assert command("users", "add", "mei", "--role", "agent", "--phone", "").exit_code == 0
    assert row()[2] == ""
    refused = command("users", "add", "mei", "--role", "agent", "--phone", "mei's")
    assert refused.exit_code == 2 and "mei's" in refused.output
    refused = command("users", "add", "mei", "--role", "agent", "--capacity", "6")
    assert refused.exit_code == 2 and "1 to 5 calls" in refused.output


def test_the_migrated_log_is_append_only(command, tmp_path):
    command("users", "add", "root", "--role", "admin")
    with (
        sqlite3.connect(tmp_path / "tetraphone.db") as db,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        db.execute("UPDATE audit_entries SET actor = 'x'")
    db.close()


def test_the_command_line_cannot_take_the_last_administrators_role(command):
    command("users", "add", "root", "--role", "admin")
    refused = command("users", "add", "root", "--role", "agent")
    assert refused.exit_code != 0
    wrong = command("users", "add", "mei", "--role", "king")
    assert wrong.exit_code == 2 and "accepted" in wrong.output
