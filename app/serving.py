"""How a process serves HTTP: on a port or a Unix socket, ending in order when it is told to."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from app.ending import GRACEFUL_S
from app.supervisor import end_with_supervisor

logger = logging.getLogger(__name__)

Step = Callable[[], Awaitable[None]]


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
        timeout_graceful_shutdown=GRACEFUL_S,
    )


def port_config(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=GRACEFUL_S,
        # Forwarded addresses are believed from this machine's proxy only.
        forwarded_allow_ips="127.0.0.1",
    )


async def serve_until_told(
    configs: Sequence[uvicorn.Config],
    drain: Sequence[Step] = (),
    *,
    once_open: Step | None = None,
    broken: asyncio.Future[None] | None = None,
) -> None:
    """Serve all until SIGTERM, SIGINT, or the supervisor's death.

    Args:
        drain: awaited after the signal and before the servers close.
        once_open: work for later, begun when all servers accept connections.
        broken: fails when the process has become of no use; it then ends with that error, and the
            supervisor starts it anew.
    """
    # What start-up made stays for good. To walk all of it again, as a full collection does, takes a quarter of a second
    # in which no sound moves.
    gc.collect()
    gc.freeze()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_unhandled)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    servers = [_Server(config) for config in configs]
    tasks = [asyncio.create_task(server.serve(), name=f"serve {os.getpid()}") for server in servers]
    watch = asyncio.create_task(end_with_supervisor(stop.set))
    waiting = asyncio.create_task(stop.wait())
    later = asyncio.create_task(_once_open(servers, once_open)) if once_open else None
    ends: set[asyncio.Future[Any]] = {waiting, *tasks}
    if broken is not None:
        ends.add(broken)
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for ended in done - {waiting}:
            ended.result()
            raise RuntimeError("a server ended by itself; is its port or socket in use?")
        for step in drain:
            await step()
    finally:
        for server in servers:
            server.should_exit = True
        others = [task for task in (watch, waiting, later) if task is not None]
        for task in others:
            task.cancel()
        await asyncio.gather(*tasks, *others, return_exceptions=True)


def _unhandled(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what no task caught.

    Anyio waits for a Unix socket by registering ``Future.set_result`` as the reader. A request that is cancelled in
    the very round in which its answer comes has it called on a future that is done: nothing is lost, nothing failed.
    """
    harmless = "Future.set_result" in repr(context.get("handle"))
    if harmless and isinstance(context.get("exception"), asyncio.InvalidStateError):
        logger.debug("a socket became readable for a request that was given up in the same moment")
        return
    loop.default_exception_handler(context)


async def _once_open(servers: Sequence[_Server], step: Step) -> None:
    # Uvicorn announces nothing when it listens; looking is what there is.
    while not all(server.started for server in servers):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    try:
        await step()
    except Exception:
        # What can wait until the process serves must not keep it from serving.
        logger.exception("work that was left for after the start failed")
