"""An event loop whose time jumps over every wait: a call of minutes is tested in milliseconds, exactly.

Threads would make time ambiguous, so work for a thread is done at once, in the loop.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
STUCK_S = 5.0


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting for the next timer, moves the loop's clock to it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            # No timer and nothing to do: only a real file could wake us; none should be waited for here.
            found = super().select(STUCK_S)
            if not found:
                raise RuntimeError("nothing will ever happen again: everybody waits for somebody else")
            return found
        found = super().select(0)
        if not found:
            self.now += max(timeout, 0.0)
        return found


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        future: asyncio.Future[Any] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


class LoopClock:
    """``core.clock.Clock`` on the running loop's time."""

    def now(self) -> datetime:
        return datetime(2026, 3, 5, 9, 0, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


def run(work: Coroutine[Any, Any, T], limit_s: float = 3600.0) -> T:
    """Run to the end in virtual time; anything that takes longer than ``limit_s`` of it is stuck."""

    async def bounded() -> T:
        async with asyncio.timeout(limit_s):
            return await work

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(bounded())
