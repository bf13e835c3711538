"""Telephones that ring for one call: an agent's own, a colleague's, or a number that is consulted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from voice_gateway.bridge.control import Seat
from voice_gateway.dialer import NotReached
from voice_gateway.state import CallState

logger = logging.getLogger(__name__)


class Ringing:
    """At most one telephone for each seat."""

    def __init__(self, state: CallState) -> None:
        self._state = state
        self._tasks: dict[Seat, asyncio.Task[None]] = {}

    def rings(self, seat: Seat) -> bool:
        return seat in self._tasks

    def can_ring(self, user: str) -> bool:
        """Whether an agent has a telephone, and a carrier here calls out."""
        return bool(self._state.parts.lines.telephone_of(user)) and self._state.parts.calling_out.possible

    def start(
        self, seat: Seat, number: str, line: str, then: Callable[[str], None], *, machines: bool = False
    ) -> None:
        """Ring a telephone.

        Args:
            number: E.164.
            line: whose line it is once it is answered; it is hung up as soon as no call has it.
            machines: whether an answering machine counts as an answer.
            then: told why nobody was reached, '' where somebody was.
        """
        self.stop(seat)
        work = self._ring(seat, number, line, then, machines)
        self._tasks[seat] = asyncio.create_task(work, name=f"ring {seat} {self._state.id}")

    def stop(self, *seats: Seat) -> None:
        """Nobody waits for these telephones any longer; without seats, for none."""
        for seat in seats or tuple(self._tasks):
            if (task := self._tasks.pop(seat, None)) is not None:
                task.cancel()

    async def _ring(
        self, seat: Seat, number: str, line: str, then: Callable[[str], None], machines: bool
    ) -> None:
        why = ""
        try:
            leg = await self._state.parts.calling_out.leg_to(number, machines=machines)
            self._state.parts.lines.register(line, leg, for_call=True)
        except NotReached as failure:
            why = failure.reason
        except Exception as error:
            logger.exception("call %s: a telephone could not be rung", self._state.id)
            self._state.fault("number_not_called", type(error).__name__)
            why = "failed"
        del self._tasks[seat]
        then(why)
