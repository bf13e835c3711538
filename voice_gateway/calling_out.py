"""Telephones that ring for one of us: an agent's own, or a number that is consulted. Their legs are no callers.

``CallingOut`` stands before whoever leads callers: the legs that it has asked for go to those who wait for them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from prometheus_client import Counter

from core.events import new_id
from voice_gateway.dialer import ARRIVAL_LIMIT_S, CALL_BACK, RING_LIMIT_S, Dialer, NotReached
from voice_gateway.leg import CallLeg, LegClosed, LegEvent
from voice_gateway.wrapped_leg import WrappedLeg

logger = logging.getLogger(__name__)

RUNG = Counter("tetraphone_numbers_rung_total", "Telephones rung for agents, by what came of it", ["result"])
_OURS = "leg:"
"""What such calls are placed for begins so; nobody else's does."""


class PlacedLeg(WrappedLeg):
    """A ``CallLeg`` around another one. ``over`` is set once it has ended."""

    def __init__(self, leg: CallLeg) -> None:
        super().__init__(leg)
        self.over = asyncio.Event()

    async def events(self) -> AsyncIterator[LegEvent]:
        try:
            async for event in self._leg.events():
                if isinstance(event, LegClosed):
                    self.over.set()
                yield event
        finally:
            self.over.set()

    async def close(self, *, transfer_to: str | None = None) -> None:
        await super().close(transfer_to=transfer_to)
        self.over.set()

    async def fail(self) -> None:
        # Whoever is on this line is one of us, or was called by us: no apology, and no fallback number.
        await self.close()


class CallingOut:
    """All methods belong to the event loop that they are called on."""

    def __init__(self) -> None:
        self._dialer: Dialer | None = None
        self._answer: Callable[[CallLeg], Awaitable[None]] | None = None
        self._arriving: dict[str, asyncio.Future[PlacedLeg]] = {}

    def dial_with(self, dialer: Dialer, otherwise: Callable[[CallLeg], Awaitable[None]]) -> None:
        """There is a carrier that places calls. ``otherwise`` leads every other leg."""
        self._dialer, self._answer = dialer, otherwise

    @property
    def possible(self) -> bool:
        """Whether a carrier places calls here."""
        return self._dialer is not None

    async def leg_to(self, number: str, *, machines: bool = False) -> CallLeg:
        """Ring a telephone; the leg of whoever answers. A wait that is given up stops the ringing.

        Args:
            number: E.164.
            machines: whether an answering machine counts as an answer.

        Raises:
            NotReached: nobody answered, or no call could be placed.
        """
        try:
            leg = await self._rung(number, machines)
        except NotReached as failure:
            RUNG.labels(failure.reason).inc()
            raise
        RUNG.labels("answered").inc()
        return leg

    async def _rung(self, number: str, machines: bool) -> CallLeg:
        if self._dialer is None:
            raise NotReached("no_carrier")
        name = _OURS + new_id()
        arrived = self._arriving[name] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(RING_LIMIT_S):
                await self._dialer.ring(number, name, machines=machines)
            async with asyncio.timeout(ARRIVAL_LIMIT_S):
                return await asyncio.shield(arrived)
        except (TimeoutError, asyncio.CancelledError) as given_up:
            if arrived.done():  # at the moment that somebody answered
                await arrived.result().close()
            if isinstance(given_up, TimeoutError):
                raise NotReached("no_answer") from None
            raise
        finally:
            del self._arriving[name]

    async def answer(self, leg: CallLeg) -> None:
        """Give a leg to whoever waits for it, and return when it has ended. What carriers call."""
        name = leg.info.parameters.get(CALL_BACK, "")
        if not name.startswith(_OURS):
            assert self._answer is not None
            await self._answer(leg)
            return
        arriving = self._arriving.get(name)
        if arriving is None or arriving.done():
            logger.info("a telephone was answered when nobody waited for it any more")
            await leg.close()
            return
        placed = PlacedLeg(leg)
        arriving.set_result(placed)
        await placed.over.wait()
