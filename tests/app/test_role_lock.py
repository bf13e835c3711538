"""A second platform on the same data folder is refused with a sentence, before it touches anything."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from app.media import run_media
from app.role_lock import AlreadyRunning, only_one
from app.settings import load
from core.events import CallStarted
from core.log import EventLog


@pytest.fixture
def settings(tmp_path):
    return load(data=tmp_path, web_port=18080, line_port=18081)


def test_the_second_is_told_where_the_first_runs(settings):
    with only_one(settings, "media"):
        with only_one(settings, "web"):
            pass
        with (
            pytest.raises(AlreadyRunning, match=f"{os.getpid()}.*{settings.data}"),
            only_one(settings, "media"),
        ):
            pass
    with only_one(settings, "media"):
        pass


def test_a_killed_process_holds_nothing(settings):
    code = (
        "import sys, time; from app.role_lock import only_one; from app.settings import load\n"
        f"with only_one(load(data={str(settings.data)!r}), 'media'): print('held', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment)
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning, match=str(holder.pid)), only_one(settings, "media"):
            pass
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
    with only_one(settings, "media"):
        pass


async def test_a_second_media_process_leaves_calls_and_socket_of_the_first_alone(
    settings, database, person_keys
):
    log = EventLog(database, person_keys)
    await log.start()
    await log.append(
        "live", CallStarted(carrier="c", carrier_call_id="1", caller="", called="", bot="b", language="en")
    )
    settings = settings.model_copy(update={"database_url": str(database.engine.url)})
    settings.run_folder.mkdir(parents=True)
    settings.media_socket.touch()
    with only_one(settings, "media"), pytest.raises(AlreadyRunning):
        await asyncio.wait_for(run_media(settings), 30)
    assert settings.media_socket.exists()
    assert [one.event.kind for one in await log.read("live")] == ["call_started"]
    await log.close()
