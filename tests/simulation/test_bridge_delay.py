"""What the bridge adds to the way of a sound, in virtual time: the delay that its rules cost, however busy the machine."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from virtual_time import run

from evals.bench import bridge
from evals.bench.bridge import NumberedLeg, measure
from voice_gateway.leg import Frame


@pytest.mark.parametrize(
    ("jitter_ms", "p50_ms", "p95_ms"), [(0.0, 11.0, 21.0), (5.0, 14.0, 24.0), (30.0, 28.0, 45.0)]
)
def test_a_frame_waits_for_the_next_tick_and_for_as_much_as_the_jitter_asks(jitter_ms, p50_ms, p95_ms):
    cost = run(measure(10, 60.0, jitter_ms, record=False))
    assert cost.p50_ms <= p50_ms and cost.p95_ms <= p95_ms
    assert cost.skipped == 0 and cost.missed < 0.001


def test_the_delay_does_not_grow_with_the_call():
    first, later = (run(measure(2, seconds, 5.0, record=False)) for seconds in (10.0, 200.0))
    assert later.p95_ms <= first.p95_ms + 2.0


def test_what_legs_are_told_of_a_sounds_age_is_its_true_age(monkeypatch):
    ages = []

    class Stamping(NumberedLeg):
        """Says when each frame came, and is told again when it leaves."""

        async def events(self):
            async for event in super().events():
                now = asyncio.get_running_loop().time()
                yield replace(event, came_at=now) if isinstance(event, Frame) else event

        async def pass_on(self, pcm, came_at):
            await self.play(pcm)
            ages.append((asyncio.get_running_loop().time() - came_at, self.taken_s[-1]))

    monkeypatch.setattr(bridge, "NumberedLeg", Stamping)
    run(measure(2, 10.0, 5.0, record=False))
    assert len(ages) > 1_900
    assert all(told == true for told, true in ages)
