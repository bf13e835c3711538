"""Callers who wait: scenes that the tests of the wait, of call backs and of messages share."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

from call_fakes import to_a_person
from call_scene import AFTER_GREETING, ENGLISH, Scene

from core.events import CallEnded, LegJoined, UtteranceSpoken
from voice_gateway.carriers.simulated import SimulatedLeg, Step


def wants_a_person(folder: Path, **settings: object) -> Scene:
    """A scene whose bot hands every caller over."""
    scene = Scene(folder)
    scene.with_settings(**settings)
    scene.bot.answer = lambda heard: to_a_person()
    return scene


def waiting_leg(
    scene: Scene, *steps: Step, caller: str = ENGLISH, called: str = "+14155550199"
) -> SimulatedLeg:
    """A caller who asks for a person, then does as the steps say."""
    return SimulatedLeg([*AFTER_GREETING, scene.says("a person"), *steps], caller=caller, called=called)


@asynccontextmanager
async def page(scene: Scene, user: str = "mei", **options: bool):
    """An agent's desk is open."""
    showing = asyncio.create_task(scene.agent_page(user, **options))
    try:
        yield showing
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def joined(scene: Scene, party: str = "agent", times: int = 1) -> str:
    """Wait until such a party has joined a call; returns its id."""
    while (
        len(found := [i for i, e, _ in scene.log.events if isinstance(e, LegJoined) and e.party == party])
        < times
    ):
        await asyncio.sleep(0.5)
    return found[-1]


def spoken(scene: Scene) -> list[str]:
    return [event.name for event in scene.log.of(UtteranceSpoken)]


def outcomes(scene: Scene) -> list[tuple[str, str]]:
    return [(event.outcome, event.reason) for event in scene.log.of(CallEnded)]
