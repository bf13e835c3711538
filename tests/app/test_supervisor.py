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


async def test_one_that_keeps_dying_is_started_ever_more_rarely():
    supervisor = Supervisor(("bad",), lambda role: [sys.executable, "-c", "raise SystemExit(3)"])
    running = asyncio.create_task(supervisor.run())
    await until(lambda: supervisor.children["bad"].starts >= 3)
    assert supervisor.children["bad"].pause_s > 1.0
    supervisor.stop()
    await asyncio.wait_for(running, 20)
