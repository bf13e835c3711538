"""``tetraphone simulate`` as people run it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli

SMALL = ["simulate", "--calls", "300", "--agents", "30"]


def test_the_table_has_every_hour_and_the_totals() -> None:
    done = CliRunner().invoke(cli, SMALL)
    assert done.exit_code == 0, done.output
    assert "A day of 300 calls, 30 agents" in done.output
    assert all(f"{hour:02}:00" in done.output for hour in range(24))
    assert "complaints" in done.output and "decisions" in done.output and "Invariants held." in done.output


def test_json_adds_up_and_is_kept_in_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "day.json"
    done = CliRunner().invoke(cli, [*SMALL, "--json", "--save", str(kept)])
    assert done.exit_code == 0, done.output
    report = json.loads(done.output)
    assert report == json.loads(kept.read_text())
    assert report["day"]["calls"] == 300 and len(report["hours"]) == 24
    for part in ("queues", "languages"):
        for figure in ("queued", "answered", "abandoned", "short", "call_backs"):
            assert sum(one[figure] for one in report[part].values()) == report["all"][figure]
    assert sum(hour["answered"] for hour in report["hours"]) == report["all"]["answered"]
    assert report["invariants_broken"] == [] and report["decisions_per_second"] > 0


def test_without_patience_nobody_abandons() -> None:
    done = CliRunner().invoke(cli, [*SMALL, "--patience", "0", "--json"])
    report = json.loads(done.output)
    assert report["all"]["abandoned"] == 0 and report["day"]["patience_s"] is None


def test_a_wrong_plan_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "queues.yaml"
    plan.write_text("queues: {a: {target_s: soon}}")
    done = CliRunner().invoke(cli, [*SMALL, "--queues", str(plan)])
    assert done.exit_code == 2
    assert "queues.a.target_s: accepted: a number" in done.output + capsys.readouterr().err
