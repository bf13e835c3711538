"""Starts the three processes and keeps them running: what dies comes back, with a pause that grows.

What hangs is killed, and comes back likewise. Told to end, it ends ``media`` first, since calls need the
other two to the last.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.ending import GRACE_S
from app.health import Healthy, platform_health
from app.settings import load

logger = logging.getLogger(__name__)

ROLES = ("models", "media", "web")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.3, 10.0
_STEADY_S = 30.0
"""A process that ran so long before it died is restarted at once, as if it had never died."""
CHECK_S = 5.0
MISSES = 3
"""A process that answered once and then misses so many checks in a row hangs."""
START_LIMIT_S = 120.0
"""So long it may take until it answers for the first time."""
ENDS_FIRST = "media"


@dataclass
class Child:
    """One supervised process and how often it was started."""

    role: str
    command: Sequence[str]
    process: asyncio.subprocess.Process | None = None
    starts: int = 0
    pause_s: float = field(default=_FIRST_PAUSE_S)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """It has ended and is not started again."""


class Supervisor:
    """Runs the given roles until told to stop.

    Args:
        command: gives the command line of a role; without one, the platform's own processes are run.
        healthy: whether the process of a role answers; without one, the platform's own are asked.
    """

    def __init__(
        self,
        roles: Sequence[str] = ROLES,
        command: Callable[[str], Sequence[str]] | None = None,
        healthy: Healthy | None = None,
        check_s: float = CHECK_S,
    ) -> None:
        if healthy is None and command is None:
            healthy = platform_health(load())
        self._healthy = healthy
        self._check_s = check_s
        make = command or (lambda role: [sys.executable, "-m", "app.cli", "serve", "--role", role])
        self.children = {role: Child(role, make(role)) for role in roles}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Start all, restart what dies, and on SIGTERM or SIGINT (or ``stop``) end all."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        try:
            async with asyncio.TaskGroup() as group:
                for child in self.children.values():
                    group.create_task(self._keep(child))
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def stop(self) -> None:
        self._stopping.set()

    def pid(self, role: str) -> int | None:
        """The running process of a role, None between death and rebirth."""
        process = self.children[role].process
        return process.pid if process is not None and process.returncode is None else None

    async def _keep(self, child: Child) -> None:
        try:
            await self._run_again_and_again(child)
        finally:
            child.over.set()

    async def _run_again_and_again(self, child: Child) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            child.starts += 1
            # A group of its own: Ctrl-C on a terminal is for the supervisor, which ends them in order.
            child.process = await asyncio.create_subprocess_exec(
                *child.command, env=_environment(), process_group=0
            )
            ended = asyncio.create_task(child.process.wait())
            stop = asyncio.create_task(self._stopping.wait())
            hung = asyncio.create_task(self._until_hung(child))
            try:
                await asyncio.wait({ended, stop, hung}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                stop.cancel()
                hung.cancel()
            if self._stopping.is_set():
                await self._end(child)
                return
            if not ended.done():
                logger.error("%s does not answer any more and is killed", child.role)
                child.process.kill()
                await ended
            lived = time.monotonic() - began
            child.pause_s = _FIRST_PAUSE_S if lived > _STEADY_S else min(child.pause_s * 2, _LONGEST_PAUSE_S)
            logger.error(
                "%s ended with %s after %.0f s; starting it again in %.1f s",
                child.role,
                child.process.returncode,
                lived,
                child.pause_s,
            )
            try:
                await asyncio.wait_for(self._stopping.wait(), child.pause_s)
            except TimeoutError:
                continue

    async def _until_hung(self, child: Child) -> None:
        """Returns when the process has stopped answering."""
        if self._healthy is None:
            await asyncio.Event().wait()
            return
        began, answered, misses = time.monotonic(), False, 0
        while misses < MISSES:
            await asyncio.sleep(self._check_s)
            if await self._healthy(child.role):
                answered, misses = True, 0
            elif answered or time.monotonic() - began > START_LIMIT_S:
                misses += 1

    async def _end(self, child: Child) -> None:
        first = self.children.get(ENDS_FIRST)
        if first is not None and first is not child:
            await first.over.wait()
        process = child.process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), GRACE_S)
        except TimeoutError:
            logger.error("%s did not end within %.0f s and is killed", child.role, GRACE_S)
            process.kill()
            await process.wait()


def _environment() -> dict[str, str]:
    return {**os.environ, "TETRAPHONE_SUPERVISOR_PID": str(os.getpid())}


async def end_with_supervisor(stop: Callable[[], None], poll_s: float = 1.0) -> None:
    """In a supervised process: call ``stop`` when the supervisor is gone, so that nothing is orphaned."""
    parent = os.environ.get("TETRAPHONE_SUPERVISOR_PID")
    if parent is None:
        return
    # Nothing announces a parent's death; looking once a second is what there is.
    while os.getppid() == int(parent):  # noqa: ASYNC110
        await asyncio.sleep(poll_s)
    logger.warning("the supervisor is gone; ending")
    stop()
