"""Unit: agents' lines: one for each agent, the later one counts, and one call at a time speaks on it."""

from __future__ import annotations

import asyncio

import numpy as np

from voice_gateway.bridge.lines import SILENT_S, AgentLines
from voice_gateway.carriers.simulated import Gap, HangUp, SimulatedLeg, Speak, Wait

LOUD = np.full(8000, 5000, np.int16)


def run(work):
    return asyncio.run(asyncio.wait_for(work, 10))


class PageLeg(SimulatedLeg):
    """A leg whose page can be told."""

    told = False

    async def replaced(self) -> None:
        self.told = True
        await self.close()


def test_a_line_is_there_from_its_registration_to_its_end():
    async def story():
        lines = AgentLines()
        leg = SimulatedLeg([Wait(0.1), HangUp()])
        lines.register("mei", leg)
        assert lines.of("mei") is leg and lines.of("lee") is None
        await asyncio.sleep(0.3)
        assert lines.of("mei") is None
        await lines.close()

    run(story())


def test_of_two_lines_of_one_agent_the_later_counts_and_the_earlier_is_told():
    async def story():
        lines = AgentLines()
        first, second = PageLeg(), PageLeg()
        lines.register("mei", first)
        lines.register("mei", second)
        await asyncio.sleep(0.1)
        assert lines.of("mei") is second
        assert first.told and first.closed_reason and not second.closed_reason
        await lines.close()
        assert second.closed_reason and not second.told

    run(story())


def test_sound_is_kept_only_while_a_call_has_the_line():
    async def story():
        lines = AgentLines()
        lines.register("mei", SimulatedLeg([Speak(LOUD)]))
        await asyncio.sleep(0.1)
        line = lines.claim("mei", lambda: None)
        assert len(line.buffer) == 0
        await asyncio.sleep(0.1)
        assert int(line.pull()[0]) == 5000
        await lines.close()

    run(story())


def test_whoever_claims_a_line_takes_it_from_the_other_call():
    taken = []
    first, second = (lambda: taken.append("first")), (lambda: taken.append("second"))

    async def story():
        lines = AgentLines()
        line = lines.claim("mei", first)
        assert lines.claim("mei", first) is line and taken == []
        lines.claim("mei", second)
        assert taken == ["first"]
        lines.release(line, first)
        assert lines.busy("mei"), "it is the other's by now"
        lines.release(line, second)
        assert not lines.busy("mei")

    run(story())


def test_a_line_without_frames_has_lost_its_sound_and_gets_it_back():
    async def story():
        lines = AgentLines()
        lines.register("mei", SimulatedLeg([Wait(0.1), Gap(0.2), Wait(10)]))
        now = asyncio.get_running_loop().time
        assert lines.alive("mei", now()) and not lines.alive("mei", now() + SILENT_S)
        await asyncio.sleep(0.5)
        assert lines.alive("mei", now() + SILENT_S - 0.2)
        await lines.close()
        assert not lines.alive("mei", now())

    run(story())
