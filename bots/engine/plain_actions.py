"""Actions that are plain functions run on threads of their own: one that blocks holds up no call but its own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

logger = logging.getLogger(__name__)

AT_ONCE = 16


class TooManyActions(Exception):
    """Every thread is taken: plain actions of other calls have not ended."""


class ActionThreads:
    """Runs blocking work with the context variables of whoever asks.

    A thread cannot be stopped: work that nobody waits for any more keeps its thread until it ends.

    Args:
        at_once: threads; beyond them work is refused, for a queue behind what hangs would only grow.
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._free = threading.BoundedSemaphore(at_once)
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="action")

    async def run(self, work: Callable[..., Any], *given: Any) -> Any:
        """What ``work(*given)`` returns or raises.

        Raises:
            TooManyActions: no thread is free.
        """
        if not self._free.acquire(blocking=False):
            logger.error("%d plain actions have not ended yet: another one is refused", self._at_once)
            raise TooManyActions(f"{self._at_once} plain actions have not ended yet")
        doing = self._pool.submit(copy_context().run, work, *given)
        doing.add_done_callback(lambda _: self._free.release())
        return await asyncio.wrap_future(doing)
