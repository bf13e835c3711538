"""Stored runs are worked out again from their files alone, by the command that measured them."""

import json
from types import SimpleNamespace

import pytest
from rich.console import Console
from stored_step import counted, store_step
from typer.testing import CliRunner

from app.bench_capacity import measure_step
from app.bench_load import Step
from app.cli import cli
from evals.bench.capacity.generator import Job

MACHINE = {
    "processor": "a processor", "cores": 2, "memory_gib": 8.0, "system": "Linux", "python": "3.11", "load_before": 0.0,
}  # fmt: skip


def a_step(folder, name="calls-002", **more):
    job = {"name": name, "extra": 0, "turns": 2, "limit_s": 60.0} | more.pop("job", {})
    store_step(folder / name, job, **more)


def work_out(what, folder):
    figures = folder / "figures.json"
    result = CliRunner().invoke(cli, ["bench", what, "--again", str(folder), "--json", str(figures)])
    return result, json.loads(figures.read_text()) if figures.exists() else None


@pytest.fixture
def both(tmp_path):
    """A run beside a peer: ours answers twice as quickly, and only ours tells lines and events."""
    (tmp_path / "machine.json").write_text(json.dumps(MACHINE))
    (tmp_path / "peer.json").write_text(
        json.dumps({"peer": "pipecat 9", "peer_threads": {"OMP_NUM_THREADS": "2"}})
    )
    a_step(tmp_path / "tetraphone", gaps_s=(0.5, 0.5))
    a_step(tmp_path / "pipecat", gaps_s=(1.0, 1.0), told=False)
    return tmp_path


def test_both_sides_and_the_ratio_are_worked_out_again(both):
    result, figures = work_out("peers", both)
    assert result.exit_code == 0, result.output
    assert figures["ratio"] == [
        {"calls": 2, "p50": pytest.approx(2.0, abs=0.1), "p95": pytest.approx(2.0, abs=0.1)}
    ]
    assert figures["ours"][0]["gap_ms"]["p50"] == pytest.approx(500, abs=25)
    assert figures["peer"] == "pipecat 9" and figures["machine"] == MACHINE
    assert "The same calls" in result.output


def test_a_run_that_did_not_store_what_the_peer_was_says_so_and_is_worked_out(both):
    (both / "peer.json").unlink()
    result, figures = work_out("peers", both)
    assert result.exit_code == 0 and "version and threads are not told" in result.output.replace("\n", " ")
    assert figures["ratio"][0]["calls"] == 2


def test_a_step_of_one_side_only_is_named_and_left_out(both):
    a_step(both / "pipecat", "calls-004", told=False)
    result, figures = work_out("peers", both)
    assert "calls-004" in result.output and len(figures["ours"]) == len(figures["theirs"]) == 1


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("machine.json", "machine.json is missing"),
        ("tetraphone/calls-002/used.json", "no used.json"),
        ("pipecat/calls-002/calls/c0.wav", "c0.wav"),
    ],
)
def test_what_is_missing_is_named(both, missing, said):
    (both / missing).unlink()
    result, figures = work_out("peers", both)
    assert result.exit_code == 2 and said in result.output.replace("\n", "") and figures is None


def test_a_step_cut_short_is_marked_and_is_not_said_to_be_held(tmp_path):
    (tmp_path / "machine.json").write_text(json.dumps(MACHINE))
    a_step(tmp_path, "calls-001")
    used = tmp_path / "calls-001" / "used.json"
    whole, _ = work_out("capacity", tmp_path)
    assert "holds 2 calls" in whole.output and "SHORT" not in whole.output
    used.write_text(json.dumps(json.loads(used.read_text()) | {"over_at_s": 60.0}))
    short, figures = work_out("capacity", tmp_path)
    assert "SHORT of 2" in short.output and "No step kept" in short.output and figures["steps"][0]["short"]


def test_the_card_tells_what_was_discarded_and_what_the_cache_held(tmp_path):
    (tmp_path / "machine.json").write_text(json.dumps(MACHINE))
    a_step(tmp_path)
    before, _ = work_out("capacity", tmp_path)
    assert before.exit_code == 0 and "what was for nothing" not in before.output
    (tmp_path / "calls-002" / "metrics-before.txt").write_text(counted(0, 0.0, 0.0, {}))
    (tmp_path / "calls-002" / "metrics.txt").write_text(
        counted(10, 8.0, 1.0, {"cached": 3.0, "composed": 1.0})
    )
    told, figures = work_out("capacity", tmp_path)
    assert all(share in told.output for share in ("12.5%", "75.0%", "25.0%")), told.output
    assert figures["steps"][0]["recognition"]["decode_s"] == 8.0


async def test_counters_are_read_once_before_the_step_and_once_after_it(tmp_path, monkeypatch):
    told = []

    async def run_step(platform, job, tell):
        told.append("step")
        store_step(tmp_path / "calls-002", {"name": "calls-002", "extra": 0})
        return Step(job, seconds=10.0)

    async def metrics():
        told.append("look")
        return counted(100 * len(told), 5.0 * len(told), 0.0, {"cached": 1.0 * len(told)})

    async def events(sids):
        return {}

    monkeypatch.setattr("app.bench_capacity.run_step", run_step)
    fields = {
        "server": "",
        "folder": str(tmp_path / "calls-002"),
        "recordings": "",
        "seed": "1",
        "name": "calls-002",
    }
    job = Job(**fields, places=2, turns=2, warm_up_s=0.0, limit_s=60.0, languages=("en",), fillers=())
    platform = SimpleNamespace(metrics=metrics, events=events)
    figures = await measure_step(Console(quiet=True), platform, job, None, set())
    assert told == ["look", "step", "look"]
    assert figures["recognition"]["jobs"]["decoded"] == 200 and figures["recognition"]["decode_s"] == 10.0
