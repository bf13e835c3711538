"""A network of its own for one program, whose cable can be pulled: a Linux network namespace behind a pair of links.

It needs root and ``ip`` (iproute2). All of it is gone after ``async with``.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType


class NoNetwork(RuntimeError):
    """The namespace cannot be made; the message says why."""


class OwnNetwork:
    """``async with`` it.

    Attributes:
        here: this machine's address, as the program in the namespace reaches it.
    """

    def __init__(self) -> None:
        number = os.getpid() % 250
        self.name = f"tetraphone-{os.getpid()}"
        self.here, self.there = f"10.213.{number}.1", f"10.213.{number}.2"
        self._outer, self._inner = f"tpa{os.getpid()}", f"tpb{os.getpid()}"
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> OwnNetwork:
        if os.geteuid() != 0 or shutil.which("ip") is None:
            raise NoNetwork("a network of its own needs root and the command ip (iproute2)")
        async with AsyncExitStack() as stack:
            await _ip("netns", "add", self.name)
            stack.push_async_callback(_ip, "netns", "del", self.name)
            await _ip(
                "link", "add", self._outer, "type", "veth", "peer", "name", self._inner, "netns", self.name
            )
            # Before the namespace: its end of the pair goes with ours.
            stack.push_async_callback(_ip, "link", "del", self._outer)
            await _ip("addr", "add", f"{self.here}/24", "dev", self._outer)
            await _ip("link", "set", self._outer, "up")
            await _ip("-n", self.name, "addr", "add", f"{self.there}/24", "dev", self._inner)
            await _ip("-n", self.name, "link", "set", "lo", "up")
            await self.plug(True)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def plug(self, there: bool) -> None:
        """Pull the cable at the program's end, or put it in again."""
        await _ip("-n", self.name, "link", "set", self._inner, "up" if there else "down")

    def inside(self, program: str, folder: Path) -> Path:
        """A script in ``folder`` that runs a program in this network."""
        script = folder / "in-its-own-network"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} "{program}" "$@"\n')
        script.chmod(0o700)
        return script


async def _ip(*words: str) -> None:
    process = await asyncio.create_subprocess_exec(
        "ip", *words, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    if process.returncode:
        raise NoNetwork(f"ip {' '.join(words)}: {said.decode(errors='replace').strip()}")
