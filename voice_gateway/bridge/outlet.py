"""Where our own voice leaves: straight to the caller's leg, or as one voice among those of the bridge.

Whoever speaks (``Mouth``) sees a leg all the time: sound, marks and a clear. In a bridge the sound waits here, and
every tick takes 20 ms of it; a mark passes when all before it was taken.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from voice_gateway.leg import FRAME_SAMPLES, Pcm, Speaking


class Outlet:
    """A ``Speaking``. ``passed`` is told of marks while the voice is in the mix."""

    def __init__(self, leg: Speaking, passed: Callable[[str], None]) -> None:
        self._leg = leg
        self._passed = passed
        self._waiting: deque[Pcm | str] = deque()
        self._in_mix = False
        self.copy_to: Outlet | None = None
        """Who else hears what goes straight to the leg; an outlet in a mix of its own."""

    @property
    def id(self) -> str:
        return self._leg.id

    async def play(self, pcm: Pcm) -> None:
        if self._in_mix:
            self._waiting.append(pcm)
        else:
            await self._leg.play(pcm)
            if self.copy_to is not None:
                await self.copy_to.play(pcm)

    async def mark(self, name: str) -> None:
        if self._in_mix:
            self._waiting.append(name)
        else:
            await self._leg.mark(name)

    async def clear(self) -> None:
        if self._in_mix:
            self._give_up()
        else:
            await self._leg.clear()
            if self.copy_to is not None:
                await self.copy_to.clear()

    # --- the bridge ---

    def join_mix(self) -> None:
        """From now on ``pull`` takes what is spoken. What the carrier holds already is played before."""
        self._in_mix = True

    def leave_mix(self) -> None:
        """What is spoken goes straight to the caller again; what was not taken is given up."""
        self._in_mix = False
        self._give_up()

    def pull(self) -> Pcm | None:
        """The next 20 ms of our voice; None where it is silent."""
        parts: list[Pcm] = []
        wanted = FRAME_SAMPLES
        while self._waiting and wanted:
            first = self._waiting.popleft()
            if isinstance(first, str):
                if parts:
                    # Its sound has only just been taken: it passes with the next tick, when it was played.
                    self._waiting.appendleft(first)
                    break
                self._passed(first)
            else:
                parts.append(first[:wanted])
                if len(first) > wanted:
                    self._waiting.appendleft(first[wanted:])
                wanted -= len(parts[-1])
        if not parts:
            return None
        return parts[0] if not wanted and len(parts) == 1 else _whole(parts)

    def _give_up(self) -> None:
        waiting, self._waiting = self._waiting, deque()
        for one in waiting:
            if isinstance(one, str):
                self._passed(one)


def _whole(parts: list[Pcm]) -> Pcm:
    frame = np.zeros(FRAME_SAMPLES, np.int16)
    sound = np.concatenate(parts)
    frame[: len(sound)] = sound
    return frame
