"""Tasks that belong to the process: started with it, restarted when they fail, ended with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from prometheus_client import Counter, Gauge

logger = logging.getLogger(__name__)

FAILURES = Counter(
    "tetraphone_web_task_failures_total", "Background tasks that failed and were restarted", ["task"]
)
RUNNING = Gauge("tetraphone_web_tasks_running", "Background tasks that run", ["task"])
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 15.0


class Background:
    """Keeps tasks running until ``close``."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run ``work`` for ever; where it fails or ends it is logged, counted and started again."""
        self._tasks.append(asyncio.create_task(self._keep(name, work), name=name))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        pause_s = _FIRST_PAUSE_S
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            RUNNING.labels(name).set(1)
            try:
                await work()
                logger.error("%s ended by itself; starting it again in %.1f s", name, pause_s)
            except Exception:
                logger.exception("%s failed; starting it again in %.1f s", name, pause_s)
            finally:
                RUNNING.labels(name).set(0)
            FAILURES.labels(name).inc()
            if loop.time() - began > 60:
                pause_s = _FIRST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
