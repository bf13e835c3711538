"""An agent with two calls at once: they speak in one, the other caller hears music, and resuming changes that about."""

from __future__ import annotations

import asyncio

from bridge_scene import Talk, music_in, said_in, talk
from call_scene import AFTER_GREETING
from virtual_time import run

from core.commands import Hold
from core.events import CallStarted, LegJoined
from voice_gateway.carriers.simulated import SimulatedLeg
from voice_gateway.leg import LINE_RATE

OTHER = "+442079460321"


def held(call: Talk) -> dict[str, bool]:
    return {one.interaction_id: one.bridge["held"] for one in call.scene.switchboard.live()}


def test_an_agent_with_two_calls_speaks_in_the_one_accepted_or_resumed_last(tmp_path):
    async def story():
        async with talk(tmp_path, capacity=2) as call:
            scene, first = call.scene, call.id
            leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person")], caller=OTHER)
            answering = asyncio.create_task(scene.switchboard.answer(leg))
            while sum(one.party == "agent" for one in scene.log.of(LegJoined)) < 2:
                await asyncio.sleep(0.5)
            second = next(
                name
                for name, event, _ in scene.log.events
                if isinstance(event, CallStarted) and name != first
            )
            await asyncio.sleep(2)
            assert held(call) == {first: True, second: False}
            at, at_second = call.mark("caller"), leg.now_s
            await call.says("mei", "hello you two")
            assert call.heard("caller", at) == [] and music_in(call.sound("caller", at)) > 2
            assert said_in(scene, leg.recording()[round(at_second * LINE_RATE) :]) == ["hello you two"]

            await call.does(Hold, on=False)
            await asyncio.sleep(0.5)
            assert held(call) == {first: False, second: True}
            at, at_second = call.mark("caller"), leg.now_s
            await call.says("mei", "back with you")
            assert call.heard("caller", at) == ["back with you"]
            assert said_in(scene, leg.recording()[round(at_second * LINE_RATE) :]) == []

            # The one that is spoken in ends: the other stays on hold until the agent takes it up.
            await call.over()
            await asyncio.sleep(1)
            assert held(call) == {second: True}
            reply = await scene.command(Hold, "mei", interaction_id=second, on=False)
            assert reply.ok, reply.error
            await call.says("mei", "now for you")
            assert said_in(scene, leg.recording())[-1] == "now for you"
            await scene.hangs_up("mei", second)
            await answering

    run(story())
