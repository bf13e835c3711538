"""Starts the three processes and keeps them running: what dies comes back, with a pause that grows."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)

ROLES = ("models", "media", "web")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.3, 10.0
_STEADY_S = 30.0
"""A process that ran so long before it died is restarted at once, as if it had never died."""
_GRACE_S = 15.0


@dataclass
class Child:
    """One supervised process and how often it was started."""

    role: str
    command: Sequence[str]
    process: asyncio.subprocess.Process | None = None
    starts: int = 0
    pause_s: float = field(default=_FIRST_PAUSE_S)


class Supervisor:
    """Runs the given roles until told to stop.

    Args:
        command: gives the command line of a role.
    """

    def __init__(
        self, roles: Sequence[str] = ROLES, command: Callable[[str], Sequence[str]] | None = None
    ) -> None:
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
        while not self._stopping.is_set():
            began = time.monotonic()
            child.starts += 1
            child.process = await asyncio.create_subprocess_exec(*child.command, env=_environment())
            ended = asyncio.create_task(child.process.wait())
            stop = asyncio.create_task(self._stopping.wait())
            await asyncio.wait({ended, stop}, return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            if self._stopping.is_set():
                await self._end(child)
                return
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

    async def _end(self, child: Child) -> None:
        process = child.process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _GRACE_S)
        except TimeoutError:
            logger.error("%s did not end within %.0f s and is killed", child.role, _GRACE_S)
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
