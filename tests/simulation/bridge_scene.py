"""Whole calls with agents who speak: their lines are legs like any other, and what each party hears is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from call_fakes import KEY, to_a_person
from call_scene import AFTER_GREETING, ENGLISH, Scene
from telephone import Telephone

from assist.acd.plan import load_plan
from core.commands import Reply, Target
from core.events import CallEnded, LegJoined, RecordingClosed, UtteranceHeard
from core.recordings import read_seconds, recording_path
from voice_gateway.audio.music import music_loop
from voice_gateway.carriers.simulated import SimulatedLeg
from voice_gateway.leg import LINE_RATE, Pcm
from voice_gateway.parts import TakeCode

_WINDOW = LINE_RATE // 20
_LOUDER_THAN_MUSIC = 3000


def said_in(scene: Scene, sound: Pcm) -> list[str]:
    """The sentences in a sound, whatever else is in it more softly: music, our own voice."""
    whole = sound[: len(sound) // _WINDOW * _WINDOW].reshape(-1, _WINDOW).astype(np.float64)
    loud = np.sqrt(np.mean(whole**2, axis=1)) >= _LOUDER_THAN_MUSIC
    kept = (whole * loud[:, None]).astype(np.int16).reshape(-1)
    return [text for text, _, _ in scene.sentences.heard_in(kept, LINE_RATE)]


def music_in(sound: Pcm) -> float:
    """How many seconds of a sound are our music and nothing else."""
    loop, after = music_loop(), _places()
    pieces = sound[: len(sound) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    found = 0
    for piece in pieces:
        at = after.get(tuple(piece[:4].tolist()))
        found += at is not None and np.array_equal(loop[at : at + _WINDOW], piece)
    return found * _WINDOW / LINE_RATE


@cache
def _places() -> dict[tuple[int, ...], int]:
    """Where in the music four samples stand."""
    loop = music_loop()
    return {tuple(loop[at : at + 4].tolist()): at for at in range(len(loop) - _WINDOW)}


@dataclass
class Talk:
    """A call that mei has, with sound. ``lines`` and ``pages`` by user."""

    scene: Scene
    caller: SimulatedLeg
    id: str = ""
    lines: dict[str, SimulatedLeg] = field(default_factory=dict)
    pages: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    answering: asyncio.Task[None] | None = None

    # --- what people do ---

    async def do(self, kind, user: str = "mei", **fields: object) -> Reply:
        return await self.scene.command(kind, user, interaction_id=self.id, **fields)

    async def does(self, kind, user: str = "mei", **fields: object) -> None:
        reply = await self.do(kind, user, **fields)
        assert reply.ok, reply.error

    async def caller_says(self, text: str) -> None:
        await self._says(self.caller, text)

    async def says(self, user: str, text: str) -> None:
        await self._says(self.lines[user], text)

    async def _says(self, leg: SimulatedLeg, text: str) -> None:
        leg.then(self.scene.says(text, 1.2))
        await asyncio.sleep(3.0)

    async def connects(self, user: str, leg: SimulatedLeg | None = None) -> SimulatedLeg:
        """Somebody opens their line."""
        leg = self.lines[user] = leg or SimulatedLeg()
        self.scene.parts.lines.register(user, leg)
        await asyncio.sleep(0.2)
        return leg

    async def over(self, by: str = "mei") -> None:
        assert self.answering is not None
        if not self.answering.done():
            await self.scene.hangs_up(by, self.id)
        await self.answering

    # --- what came of it ---

    @property
    def live(self):
        (call,) = self.scene.switchboard.live()
        return call

    def parties(self) -> dict[str, dict]:
        return {party["party"]: party for party in self.live.bridge["parties"]}

    def mark(self, who: str) -> float:
        return self._leg(who).now_s

    def heard(self, who: str, since_s: float = 0.0) -> list[str]:
        """Which sentences reached somebody: ``caller`` or a user."""
        return said_in(self.scene, self.sound(who, since_s))

    def sound(self, who: str, since_s: float = 0.0) -> Pcm:
        return self._leg(who).recording()[round(since_s * LINE_RATE) :]

    def _leg(self, who: str) -> SimulatedLeg:
        return self.caller if who == "caller" else self.lines[who]

    def transcript(self) -> list[tuple[str, str]]:
        heard = sorted(self.scene.log.of(UtteranceHeard), key=lambda one: one.start_s)
        return [(one.name or one.speaker, one.text) for one in heard][1:]

    def recorded(self) -> np.ndarray:
        (closed,) = self.scene.log.of(RecordingClosed)
        path = recording_path(self.scene.folder, closed.name)
        return np.concatenate(list(read_seconds(path, KEY, closed.name)))

    def outcome(self) -> tuple[str, str]:
        (ended,) = self.scene.log.of(CallEnded)
        return ended.outcome, ended.reason


async def any_code(interaction_id: str, code: str) -> bool:
    """A system that takes every code."""
    return True


@asynccontextmanager
async def talk(
    folder: Path,
    *others: str,
    connected: bool = True,
    phone: str = "",
    capacity: int = 1,
    calls_out: Telephone | None = None,
    take_code: TakeCode | None = any_code,
    **settings: object,
) -> AsyncIterator[Talk]:
    """A call of a caller with mei; the others are at work and free, each with a line.

    Args:
        connected: mei has a line.
        phone: the number of mei's telephone, where she speaks by it.
        capacity: how many calls she takes at once.
        calls_out: a carrier that places calls.
        take_code: where codes go.
    """
    scene = Scene(folder)
    scene.take_code = take_code
    scene.with_settings(**settings)
    scene.bot.answer = lambda heard: to_a_person()
    caller = SimulatedLeg([*AFTER_GREETING, scene.says("a person")], caller=ENGLISH)
    call = Talk(scene, caller)
    async with scene.open() as switchboard, AsyncExitStack() as stack:
        scene.router.set_plan(load_plan())
        if calls_out is not None:
            switchboard.calling_out.dial_with(calls_out, switchboard.answer)
            calls_out.answer = switchboard.calling_out.answer
            stack.push_async_callback(calls_out.over)
        if connected:
            await call.connects("mei")
        call.pages["mei"] = await stack.enter_async_context(
            at_work(scene, "mei", phone=phone, capacity=capacity)
        )
        call.answering = asyncio.create_task(switchboard.answer(caller))
        call.id = await with_agent(scene)
        for user in others:
            await call.connects(user)
            call.pages[user] = await stack.enter_async_context(at_work(scene, user))
        await asyncio.sleep(2.0)
        try:
            yield call
        finally:
            for user in ("mei", *others):
                await scene.hangs_up(user, call.id)
            await call.answering


@asynccontextmanager
async def at_work(scene: Scene, user: str, **options: object) -> AsyncIterator[asyncio.Task[None]]:
    page = asyncio.create_task(scene.agent_page(user, **options))
    try:
        yield page
    finally:
        page.cancel()
        await asyncio.gather(page, return_exceptions=True)


async def with_agent(scene: Scene, times: int = 1) -> str:
    """Wait until an agent has the call (for so many times in all); returns its id."""
    while len(joined := [i for i, e, _ in scene.log.events if _is_agent(e)]) < times:
        await asyncio.sleep(0.5)
    return joined[0]


def _is_agent(event: object) -> bool:
    return isinstance(event, LegJoined) and event.party == "agent"


def to_agent(name: str) -> Target:
    return Target(kind="agent", name=name)
