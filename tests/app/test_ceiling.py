"""What was learned about the number of calls outlives the process, however that ends."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading

import pytest

from app import ceiling
from app.ceiling import admission_of, ceiling_kept, keep_ceiling
from app.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path, model_cache=tmp_path / "cache", max_calls=40)


async def test_a_change_is_kept_while_the_process_runs_and_not_by_the_thread_that_leads_calls(
    settings, monkeypatch
):
    learned, writers = [12], []

    def noted(settings, calls):
        writers.append(threading.current_thread())
        return keep_ceiling(settings, calls)

    monkeypatch.setattr(ceiling, "keep_ceiling", noted)
    async with ceiling_kept(settings, lambda: learned[0], every_s=0.01):
        learned[0] = 17
        async with asyncio.timeout(5):
            while admission_of(settings).learned != 17:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
    assert len(writers) == 1 and writers[0] is not threading.main_thread()


async def test_a_number_that_changes_all_the_time_is_written_seldom_and_the_last_one_at_the_end(
    settings, monkeypatch
):
    learned, written = [12], []
    monkeypatch.setattr(
        ceiling,
        "keep_ceiling",
        lambda settings, calls: (written.append(calls), keep_ceiling(settings, calls))[1],
    )
    async with ceiling_kept(settings, lambda: learned[0], every_s=60):
        for calls in range(13, 30):
            learned[0] = calls
            await asyncio.sleep(0.002)
    assert written == [29] and admission_of(settings).learned == 29


async def test_where_nothing_was_learned_nothing_is_written(settings, tmp_path):
    async with ceiling_kept(settings, lambda: 12, every_s=0.01):
        await asyncio.sleep(0.05)
    assert not list(tmp_path.glob("admission*"))


async def test_what_cannot_be_written_is_tried_again_and_harms_nothing(settings, monkeypatch, caplog):
    learned, tries = [12], []

    def full(*paths):
        tries.append(paths)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(ceiling.os, "replace", full)
        async with ceiling_kept(settings, lambda: learned[0], every_s=0.01):
            learned[0] = 15
            async with asyncio.timeout(5):
                while len(tries) < 2:
                    await asyncio.sleep(0.01)
            patched.undo()
    assert "cannot be kept" in caplog.text
    assert admission_of(settings).learned == 15


KILLED = """
import asyncio, sys
from pathlib import Path
from app.ceiling import ceiling_kept
from app.settings import Settings

async def main():
    learned = [12]
    settings = Settings(data=Path(sys.argv[1]), model_cache=Path(sys.argv[1]), max_calls=40)
    async with ceiling_kept(settings, lambda: learned[0], every_s=0.05):
        learned[0] = 9
        while not (Path(sys.argv[1]) / "admission.json").exists():
            await asyncio.sleep(0.05)
        print("kept", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def test_a_process_that_is_killed_has_kept_what_it_learned(settings, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "kept\n"
        finally:
            process.kill()
        assert process.wait(10) == -signal.SIGKILL
    assert admission_of(settings).learned == 9
