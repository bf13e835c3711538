"""A carrier that places calls, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from voice_gateway.carriers.simulated import SimulatedLeg, Step
from voice_gateway.dialer import CALL_BACK, NotReached


class Telephone:
    """A carrier that places calls: each one does what the test says, the last for ever."""

    def __init__(self, *does: Sequence[Step] | str) -> None:
        self.does = list(does)
        self.rung: list[tuple[str, float]] = []
        self.legs: list[SimulatedLeg] = []
        self.stopped = 0
        self.answer = None
        self._tasks: list[asyncio.Task] = []

    async def ring(self, number: str, call_back: str, *, machines: bool = False) -> None:
        self.machines = machines
        self.rung.append((number, asyncio.get_running_loop().time()))
        does = self.does.pop(0) if len(self.does) > 1 else self.does[0]
        try:
            if does == "never":
                await asyncio.get_running_loop().create_future()
            await asyncio.sleep(8)
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if isinstance(does, str):
            raise NotReached(does)
        leg = SimulatedLeg(does, caller=number, called="+14155550199", parameters={CALL_BACK: call_back})
        self.legs.append(leg)
        self._tasks.append(asyncio.create_task(self.answer(leg)))

    async def over(self) -> None:
        """Wait until every leg has ended."""
        await asyncio.gather(*self._tasks)
