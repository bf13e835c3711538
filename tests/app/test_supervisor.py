"""What dies comes back; what is told to stop ends, and nothing is left behind."""

import asyncio
import os
import signal
import sys

from app.supervisor import Supervisor

SLEEPER = "import os,signal,sys,time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); time.sleep(60)"


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.05)


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_a_killed_process_comes_back_and_the_others_are_left_alone():
    supervisor = Supervisor(("one", "two"), lambda role: [sys.executable, "-c", SLEEPER])
    running = asyncio.create_task(supervisor.run())
    await until(lambda: supervisor.pid("one") and supervisor.pid("two"))
    first, other = supervisor.pid("one"), supervisor.pid("two")
    os.kill(first, signal.SIGKILL)
    await until(lambda: supervisor.pid("one") not in (None, first))
    assert supervisor.pid("two") == other
    second = supervisor.pid("one")
    supervisor.stop()
    await asyncio.wait_for(running, 20)
    assert gone(second) and gone(other)


async def test_a_process_that_stops_answering_is_killed_and_comes_back():
    answers = {"value": False}

    async def healthy(role):
        return answers["value"]

    def command(role):
        return [sys.executable, "-c", "import signal,time; signal.signal(15, lambda *_: 0); time.sleep(60)"]

    supervisor = Supervisor(("one",), command, healthy, check_s=0.05)
    running = asyncio.create_task(supervisor.run())
    await until(lambda: supervisor.pid("one"))
    first = supervisor.pid("one")
    await asyncio.sleep(0.5)
    assert supervisor.pid("one") == first, "one that has not answered yet is starting"
    answers["value"] = True
    await asyncio.sleep(0.5)
    answers["value"] = False
    await until(lambda: supervisor.pid("one") not in (None, first))
    assert gone(first)
    os.kill(supervisor.pid("one"), signal.SIGKILL)
    supervisor.stop()
    await asyncio.wait_for(running, 20)


async def test_calls_end_before_what_they_need(tmp_path):
    """SIGTERM reaches the models only after media has ended; a terminal's Ctrl-C reaches neither."""
    code = """
import pathlib, signal, sys, time
role, folder = sys.argv[1], pathlib.Path(sys.argv[2])
def end(*_):
    if role == "media":
        time.sleep(1)
    (folder / role).write_text("media over" if (folder / "media").exists() else "media lives")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
(folder / (role + ".up")).touch()
time.sleep(60)
"""
    roles = ("models", "media", "web")
    supervisor = Supervisor(roles, lambda role: [sys.executable, "-c", code, role, str(tmp_path)])
    running = asyncio.create_task(supervisor.run())
    await until(lambda: all((tmp_path / f"{role}.up").exists() for role in roles))
    assert all(os.getpgid(supervisor.pid(role)) != os.getpgid(0) for role in roles)
    supervisor.stop()
    await asyncio.wait_for(running, 20)
    assert {role: (tmp_path / role).read_text() for role in roles} == {
        "media": "media lives",
        "models": "media over",
        "web": "media over",
    }


async def test_one_that_keeps_dying_is_started_ever_more_rarely():
    supervisor = Supervisor(("bad",), lambda role: [sys.executable, "-c", "raise SystemExit(3)"])
    running = asyncio.create_task(supervisor.run())
    await until(lambda: supervisor.children["bad"].starts >= 3)
    assert supervisor.children["bad"].pause_s > 1.0
    supervisor.stop()
    await asyncio.wait_for(running, 20)
