"""``tetraphone serve --role``: how a process of the platform is run."""

import asyncio
import io

import pytest
from rich.console import Console
from typer.testing import CliRunner

from app import media, models_process, web_process
from app.cli import cli, main
from app.prepare import tell_missing_assets
from app.role_lock import AlreadyRunning
from app.settings import load
from evals.scorecard import FOLDER
from models.registry import packaged


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


def test_a_mistake_in_the_scorecard_stops_the_start_with_its_place(monkeypatch, tmp_path, capsys):
    text = (FOLDER / "service.yml").read_text(encoding="utf-8")
    (tmp_path / "service.yml").write_text(text.replace("longest_s: 6", "longest: 6"), encoding="utf-8")
    monkeypatch.setattr("app.scorecard.FOLDER", tmp_path)
    for arguments in (["serve"], ["serve", "--role", "web"]):
        monkeypatch.setattr("sys.argv", ["tetraphone", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        said = capsys.readouterr().err
        assert "service.yml: question no_long_silence: settings.longest" in said and "longest_s" in said
        assert "Traceback" not in said


def test_the_start_fetches_nothing_and_says_what_is_missing(monkeypatch, tmp_path, capsys):
    def fetch(*_, **__):
        raise AssertionError("the network was asked")

    monkeypatch.setattr("models.assets.pull", fetch)
    monkeypatch.setattr("models.archives.fetch", fetch)
    monkeypatch.setenv("TETRAPHONE_MODEL_CACHE", str(tmp_path / "none"))
    ran = CliRunner().invoke(cli, ["serve"])
    assert ran.exit_code == 1
    said = " ".join(ran.output.split())
    assert "Required and missing: " in said and "whisper-base" in said
    assert "`tetraphone models pull` fetches them" in said


def test_what_is_optional_and_missing_is_said_and_stops_nothing(tmp_path):
    for asset in packaged().values():
        if asset.required:
            path = tmp_path / asset.name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.truncate(asset.size)
    said = io.StringIO()
    settings = load(data=tmp_path, model_cache=tmp_path)
    assert tell_missing_assets(settings, Console(file=said, width=200))
    missing = [asset for asset in packaged().values() if not asset.required]
    assert missing and all(asset.if_missing in said.getvalue() for asset in missing)
