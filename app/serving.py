"""How a process serves HTTP: on a port or a Unix socket, ending in order when it is told to."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from app.supervisor import end_with_supervisor

logger = logging.getLogger(__name__)

_GRACEFUL_S = 10


class _Server(uvicorn.Server):
    """Uvicorn without signal handling of its own: several servers of a process end together."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Uvicorn's own would end the first server at once and then raise the signal again, for the next.
        yield


def unix_config(app: ASGIApp, path: Path) -> uvicorn.Config:
    """Serve on a Unix socket that only this user may open; a stale one is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    path.unlink(missing_ok=True)
    return uvicorn.Config(
        app,
        uds=str(path),
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=_GRACEFUL_S,
    )


def port_config(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=_GRACEFUL_S,
        # Forwarded addresses are believed from this machine's proxy only.
        forwarded_allow_ips="127.0.0.1",
    )


async def serve_until_told(
    configs: Sequence[uvicorn.Config], drain: Sequence[Callable[[], Awaitable[None]]] = ()
) -> None:
    """Serve all until SIGTERM, SIGINT, or the supervisor's death.

    Args:
        drain: coroutine functions that are awaited after the signal and before the servers close.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    servers = [_Server(config) for config in configs]
    tasks = [asyncio.create_task(server.serve(), name=f"serve {os.getpid()}") for server in servers]
    watch = asyncio.create_task(end_with_supervisor(stop.set))
    waiting = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {waiting}:
            task.result()
            raise RuntimeError("a server ended by itself; is its port or socket in use?")
        for step in drain:
            await step()
    finally:
        for server in servers:
            server.should_exit = True
        watch.cancel()
        waiting.cancel()
        await asyncio.gather(*tasks, watch, waiting, return_exceptions=True)
