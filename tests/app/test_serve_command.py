"""``tetraphone serve --role``: how a process of the platform is run."""

import asyncio

import pytest
from typer.testing import CliRunner

from app import media, models_process, web_process
from app.cli import cli
from app.role_lock import AlreadyRunning


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch):
    monkeypatch.setattr("app.logs.set_up", lambda role, level: None)
    monkeypatch.setenv("TETRAPHONE_DATA", str(tmp_path))


@pytest.mark.parametrize(
    ("role", "module"), [("media", media), ("models", models_process), ("web", web_process)]
)
def test_each_process_runs_on_uvloop(monkeypatch, role, module):
    loops = []

    async def serve(settings):
        loops.append(type(asyncio.get_running_loop()).__module__)

    monkeypatch.setattr(module, f"run_{role}", serve)
    assert CliRunner().invoke(cli, ["serve", "--role", role]).exit_code == 0
    assert loops == ["uvloop"]


def test_a_second_process_says_so_in_a_sentence(monkeypatch):
    async def serve(settings):
        raise AlreadyRunning("A media process is running already.")

    monkeypatch.setattr(media, "run_media", serve)
    ran = CliRunner().invoke(cli, ["serve", "--role", "media"])
    assert ran.exit_code == 2
    assert ran.stderr.strip() == "A media process is running already."
