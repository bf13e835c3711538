"""The one thread in which recordings are stored: whatever waits for it is done in one visit.

Calls store at the same moments, a few times a second. A thread woken for each of them, and the event loop woken again
for each that is done, would cost more than the storing.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

logger = logging.getLogger(__name__)

Work = Callable[[], None]
_Waiting = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]", Work]
_Outcome = tuple["asyncio.Future[None]", Exception | None]


class Storing:
    """Does short works of many in a thread of its own, in the order in which they came."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="storing")
        self._waiting: list[_Waiting] = []
        self._access = threading.Lock()

    async def do(self, work: Work) -> None:
        """Do it in the thread. Who is cancelled meanwhile waits no longer; the work is done all the same.

        Raises:
            Exception: what the work raised.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        with self._access:
            is_first = not self._waiting
            self._waiting.append((loop, done, work))
        if is_first:
            loop.run_in_executor(self._thread, self._visit)
        await done

    def _visit(self) -> None:
        with self._access:
            batch, self._waiting = self._waiting, []
        outcomes: defaultdict[asyncio.AbstractEventLoop, list[_Outcome]] = defaultdict(list)
        for loop, done, work in batch:
            outcomes[loop].append((done, _error_of(work)))
        for loop, of_loop in outcomes.items():
            try:
                loop.call_soon_threadsafe(_tell, of_loop)
            except RuntimeError:
                logger.debug("recordings were stored after the loop had ended")


def _error_of(work: Work) -> Exception | None:
    try:
        work()
    except Exception as error:
        return error
    return None


def _tell(outcomes: list[_Outcome]) -> None:
    for done, error in outcomes:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


STORING = Storing()
"""Of the process: all its recordings lie on one disk."""
