"""What a benchmark sets up before it measures: admission, bursts, threads of the peer."""

import asyncio
import json
import os
import signal
import sys
from types import SimpleNamespace

import psutil
import pytest
from rich.console import Console
from typer.testing import CliRunner

from app import bench_platform
from app.bench_capacity import Wanted, burst_job, idle_memory, jobs
from app.bench_cli import _measure
from app.bench_peers import peer_environment, peer_threads
from app.bench_platform import BenchFailed, Platform, free_port, started, throw_away
from app.ceiling import admission_of, keep_ceiling
from app.cli import cli
from app.settings import Settings
from evals.bench.capacity.resources import Usage
from models.threads import configure, usable_cores

PLATFORM = Platform("http://127.0.0.1:1")


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path, model_cache=tmp_path / "cache", max_calls=42)


def test_all_calls_of_the_largest_step_are_admitted_from_the_start(settings, tmp_path):
    wanted = Wanted(calls=(1, 40))
    assert wanted.admitted == settings.max_calls >= 40
    keep_ceiling(settings, wanted.admitted)
    assert json.loads((tmp_path / "admission.json").read_text()) == {"calls": 42}
    admission = admission_of(settings)
    assert admission.ceiling == 42 and admission.admits(40)
    assert Wanted(calls=(1, 40), ceiling=10).admitted == 10


def test_each_step_may_have_turns_of_its_own(settings, tmp_path):
    each = jobs(settings, tmp_path, Wanted(calls=(1, 10, 20), turns=(40, 500, 300)), (), PLATFORM)
    assert [(job.places, job.turns) for job in each] == [(1, 40), (10, 500), (20, 300)]
    one = jobs(settings, tmp_path, Wanted(calls=(1, 10), turns=(60,)), (), PLATFORM)
    assert [job.turns for job in one] == [60, 60]


def test_turns_for_each_step_must_match_the_steps():
    result = CliRunner().invoke(cli, ["bench", "capacity", "--calls", "1,2,3", "--turns", "5,6"])
    assert result.exit_code == 2 and "one for each of --calls" in result.output


@pytest.mark.parametrize(("ceiling", "places", "extra"), [(40, 40, 160), (25, 25, 100), (60, 40, 260)])
def test_a_burst_is_counted_from_the_ceiling_of_that_moment(settings, tmp_path, ceiling, places, extra):
    job = burst_job(settings, tmp_path, Wanted(calls=(1, 40)), (), PLATFORM, 5, ceiling)
    assert (job.places, job.extra, job.places + job.extra) == (places, extra, 5 * ceiling)


def test_the_peer_has_a_thread_a_core_whatever_we_have_set_for_ourselves(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    import os

    configure()
    theirs = peer_environment(dict(os.environ), peer_threads())
    assert theirs["OMP_NUM_THREADS"] == str(usable_cores())
    assert "OPENBLAS_NUM_THREADS" not in theirs and "OMP_WAIT_POLICY" not in theirs
    assert theirs["PATH"] == os.environ["PATH"]


def test_prepared_data_is_made_anew_when_a_document_changes(settings, tmp_path, monkeypatch):
    document = tmp_path / "warranty.md"
    document.write_text("two years")
    monkeypatch.setattr(bench_platform, "knowledge_files", lambda settings: [document])
    before = bench_platform._made_of(settings)
    assert bench_platform._made_of(settings) == before
    document.write_text("three years")
    assert bench_platform._made_of(settings) != before


async def test_what_was_prepared_once_is_copied_the_next_time(settings, monkeypatch):
    made = []

    async def publish(own, console):
        made.append(own.data.name)
        (own.data / "documents.sha256").write_text("all")
        (own.data / "knowledge").mkdir()

    monkeypatch.setattr(bench_platform, "prepare", lambda own, console: None)
    monkeypatch.setattr(bench_platform, "publish_documents", publish)
    for name in ("first", "second"):
        own = settings.model_copy(update={"data": settings.data / name})
        own.data.mkdir()
        await bench_platform._prepared(own, Console(quiet=True))
        assert (own.data / "knowledge").is_dir()
    assert made == ["first"]


async def test_a_platform_renders_nothing_while_it_is_measured(settings, tmp_path, monkeypatch):
    seen = []

    async def prepared(own, console):
        seen.append(own.render_ahead)
        raise BenchFailed("enough")

    monkeypatch.setattr(bench_platform, "_prepared", prepared)
    assert settings.render_ahead
    with pytest.raises(BenchFailed, match="enough"):
        async with throw_away(settings, Console(quiet=True), tmp_path / "log"):
            pass
    assert seen == [False]


def test_idle_memory_is_taken_once_it_has_settled():
    readings = iter([100.0, 900.0, 1200.0, 1201.0, 5000.0])

    class Loading:
        def meter(self):
            usage = {"models": Usage(memory_mib=next(readings))}
            return SimpleNamespace(begin=lambda: None, sample=lambda: usage)

    assert idle_memory(Loading(), pause_s=0.0) == 1201.0
    assert idle_memory(PLATFORM) is None


def test_told_to_end_a_benchmark_ends_the_server_that_it_has_started(tmp_path):
    (tmp_path / "readyz").touch()
    port, seen = free_port(), []
    command = (sys.executable, "-m", "http.server", "--directory", str(tmp_path), str(port))

    async def measuring():
        lines = (f"http://127.0.0.1:{port}",)
        async with started("a server", command, lines, tmp_path / "log") as pid:
            seen.append(pid)
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(60)

    with pytest.raises(SystemExit) as told:
        _measure(measuring())
    assert told.value.code == 128 + signal.SIGTERM
    assert seen and not psutil.pid_exists(seen[0])
