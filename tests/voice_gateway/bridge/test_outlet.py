"""Unit: our voice leaves straight for the caller, or by the tick as one of the voices of a bridge; and the sum of several."""

from __future__ import annotations

import asyncio

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voice_gateway.bridge.mix import mixed
from voice_gateway.bridge.outlet import Outlet
from voice_gateway.carriers.simulated import SimulatedLeg


def outlet() -> tuple[Outlet, SimulatedLeg, list[str]]:
    leg, passed = SimulatedLeg(), []
    return Outlet(leg, passed.append), leg, passed


def test_outside_of_a_bridge_the_caller_hears_us_at_once():
    async def story():
        out, leg, passed = outlet()
        await out.play(np.full(320, 7, np.int16))
        await out.mark("m")
        assert leg.heard[0].pcm.size == 320 and out.pull() is None and passed == []

    asyncio.run(story())


def test_in_a_bridge_each_tick_takes_20_ms_and_marks_pass_when_their_sound_was_taken():
    async def story():
        out, leg, passed = outlet()
        out.join_mix()
        await out.play(np.arange(400, dtype=np.int16))
        await out.mark("first")
        await out.play(np.full(40, 9, np.int16))
        await out.mark("last")
        assert leg.heard == [] and passed == []
        assert np.array_equal(out.pull(), np.arange(160)) and np.array_equal(out.pull(), np.arange(160, 320))
        third = out.pull()
        assert np.array_equal(third[:80], np.arange(320, 400)) and not third[80:].any() and passed == []
        assert out.pull()[:40].tolist() == [9] * 40 and passed == ["first"]
        assert out.pull() is None and passed == ["first", "last"]

    asyncio.run(story())


def test_what_is_cleared_is_not_heard_and_its_marks_pass():
    async def story():
        out, _, passed = outlet()
        out.join_mix()
        await out.play(np.ones(800, np.int16))
        await out.mark("m")
        await out.clear()
        assert out.pull() is None and passed == ["m"]
        await out.play(np.ones(800, np.int16))
        out.leave_mix()
        assert out.pull() is None

    asyncio.run(story())


frames = st.lists(
    st.lists(st.integers(-32768, 32767), min_size=4, max_size=4).map(lambda one: np.array(one, np.int16)),
    max_size=5,
)


@given(frames)
def test_the_sum_of_several_is_exact_and_cut_at_full_scale(several):
    total = mixed(several)
    if not several:
        assert total is None
    else:
        exact = np.sum([one.astype(int) for one in several], axis=0)
        assert total.dtype == np.int16 and np.array_equal(total, np.clip(exact, -32768, 32767))
