"""Voice activity of many calls: few large batches, and hardly a wait where there is nobody to wait for."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from call_fakes import LoudnessVad
from virtual_time import run

from voice_gateway.turns.vad_service import TICK_S, VadService
from voice_gateway.turns.voice import HOP_S, HOP_SAMPLES


class SlowVad(LoudnessVad):
    """While it judges a batch, hops of other calls come in."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list = []

    def probabilities(self, frames, slots):
        while self.meanwhile:
            self.meanwhile.pop()()
        return super().probabilities(frames, slots)


async def listen(calls: int, seconds: float) -> tuple[list[int], float]:
    """Sizes of the batches, and the longest that a hop waited; the calls' hops come evenly spread."""
    loop, model = asyncio.get_running_loop(), LoudnessVad()
    waited: list[float] = []
    hop = np.zeros(HOP_SAMPLES, np.int16)
    async with VadService(model) as service:

        async def call(number: int) -> None:
            came: list[float] = []
            stream = service.open(lambda *_: waited.append(loop.time() - came.pop(0)))
            await asyncio.sleep(HOP_S * number / calls)
            for count in range(round(seconds / HOP_S)):
                came.append(loop.time())
                stream.push(hop, count * HOP_S)
                await asyncio.sleep(HOP_S)
            stream.close()

        await asyncio.gather(*(call(number) for number in range(calls)))
    assert len(waited) >= calls * (round(seconds / HOP_S) - 1)
    return model.batches, max(waited)


@pytest.mark.parametrize(("calls", "size", "longest_s"), [(1, 1, 0.002), (20, 12, TICK_S), (60, 36, TICK_S)])
def test_hops_wait_for_others_the_longer_the_more_there_are(calls, size, longest_s):
    batches, waited_s = run(listen(calls, 2.0))
    assert np.mean(batches) >= size
    assert waited_s <= longest_s + 1e-6


def test_what_comes_during_a_round_waits_for_the_others_too():
    async def work() -> list[int]:
        loop, model = asyncio.get_running_loop(), SlowVad()
        hop, heard = np.zeros(HOP_SAMPLES, np.int16), []
        async with VadService(model) as service:
            streams = [service.open(lambda *_: heard.append(loop.time())) for _ in range(10)]
            model.meanwhile = [lambda: streams[1].push(hop, 0.0)]
            streams[0].push(hop, 0.0)
            for stream in streams[2:]:
                loop.call_later(1.5 * TICK_S, stream.push, hop, 0.0)
            await asyncio.sleep(1.0)
        return model.batches

    assert run(work()) == [1, 9]
