"""A whole media process in virtual time: one object to set a scene, place calls and look at the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from call_fakes import (
    FakeBot,
    FakeLog,
    FakeRecogniser,
    FakeSpeaker,
    LoudnessVad,
    Sentences,
    recordings,
    reply,
)
from virtual_time import LoopClock

from assist.acd import AcdRouter
from core.commands import AnswerOffer, HangUp, Say, SetAgentState
from core.commands import Reply as CommandReply
from core.events import BargeInJudged, OfferMade
from core.languages import Language
from core.routing_events import ColleagueAsked
from models.recognition.load import Load
from voice_gateway.admission import Admission, AdmissionOptions
from voice_gateway.carriers.simulated import SimulatedLeg, Speak, Step, WaitForReply
from voice_gateway.lobby import LobbyOptions
from voice_gateway.parts import CallSettings, FindCustomer, Parts, TakeCode, no_customer
from voice_gateway.switchboard import Switchboard
from voice_gateway.turns.vad_service import VadService

ENGLISH = "+14155550100"
LONG = "Your parcel left the warehouse on Monday. It is now in Busan. It will arrive on Thursday morning."
"""An answer with time to speak over it."""


class Scene:
    """Change its parts before the first call; the log holds what happened."""

    def __init__(self, folder: Path, settings: CallSettings | None = None, max_calls: int = 10) -> None:
        self.folder = folder
        self.sentences = Sentences()
        self.recogniser = FakeRecogniser(self.sentences)
        self.speaker = FakeSpeaker()
        self.bot = FakeBot(lambda heard: reply("Your parcel is on its way. It arrives on Monday."))
        self.log = FakeLog()
        self.vad_model = LoudnessVad()
        self.settings = settings or CallSettings()
        self._max_calls = max_calls
        self.admission: Admission | None = None
        self.lobby = LobbyOptions(places=0)
        self.load: Load | None = None
        self.take_code: TakeCode | None = None
        self.find_customer: FindCustomer = no_customer
        self.spare = False
        """Whether the recogniser has time for partial transcripts."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Switchboard]:
        clock = LoopClock()
        self.router = AcdRouter(self.log, clock)  # type: ignore[arg-type]
        vad = VadService(self.vad_model)
        await vad.start()
        parts = Parts(
            log=self.log, vad=vad, recogniser=self.recogniser, speaker=self.speaker, bot=self.bot,
            router=self.router, open_recording=recordings(self.folder), settings=self.settings, clock=clock,
            spare_capacity=lambda: self.spare, take_code=self.take_code,
            find_customer=self.find_customer,
        )  # fmt: skip
        self.parts = parts
        limit = AdmissionOptions(most=self._max_calls, first=self._max_calls)
        self.switchboard = Switchboard(
            parts,
            self.router,
            admission=self.admission or Admission(limit),
            lobby=self.lobby,
            load=lambda: self.load,
        )
        try:
            async with self.switchboard:
                yield self.switchboard
        finally:
            await parts.lines.close()
            self.router.close()
            await vad.close()
            left = [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            assert not left, f"tasks outlived their call: {left}"
            assert not self.vad_model.slots - set(vad._released), "voice activity slots leaked"

    def says(self, text: str, seconds: float = 1.0, language: Language = Language.EN) -> Speak:
        return Speak(self.sentences.tone(text, seconds, language))

    def with_settings(self, **changes: object) -> None:
        self.settings = replace(self.settings, **changes)  # type: ignore[arg-type]

    async def call(self, *script: Step, caller: str = ENGLISH) -> SimulatedLeg:
        """Place a call and wait for its end."""
        leg = SimulatedLeg(script, caller=caller)
        async with self.open() as switchboard:
            await switchboard.answer(leg)
        return leg

    # --- an agent's page ---

    async def agent_page(
        self, user: str = "mei", *, accept: bool = True, phone: str = "", capacity: int = 1
    ) -> None:
        """An agent who is there and accepts what is offered; to be run as a task."""
        while True:
            await self.command(
                SetAgentState,
                user,
                state="available",
                languages=list(Language),
                phone=phone,
                capacity=capacity,
            )
            for offer in (*self.log.of(OfferMade), *self.log.of(ColleagueAsked)):
                if offer.agent == user and accept:
                    await self.command(AnswerOffer, user, offer_id=offer.offer_id, accept=True)
            await asyncio.sleep(1.0)

    async def command(self, kind, user: str, **fields: object) -> CommandReply:
        expires = self.parts.clock.now() + timedelta(seconds=10)
        return await self.switchboard.handle(kind(issued_by=user, expires_at=expires, **fields))

    async def types(self, user: str, interaction_id: str, text: str) -> CommandReply:
        return await self.command(Say, user, interaction_id=interaction_id, text=text)

    async def hangs_up(self, user: str, interaction_id: str) -> CommandReply:
        return await self.command(HangUp, user, interaction_id=interaction_id)


AFTER_GREETING = (WaitForReply(),)
"""The consent notice, then the bot's greeting."""


def with_a_long_answer(folder: Path) -> Scene:
    """A scene whose bot says ``LONG`` to whoever asks for a parcel."""
    scene = Scene(folder)
    scene.bot.answer = lambda heard: reply(LONG if "parcel" in heard.text else "Of course.")
    return scene


def judged(scene: Scene) -> list[tuple[str, str]]:
    """What was decided of sounds over our lines, and why."""
    return [(event.decision, event.reason) for event in scene.log.of(BargeInJudged)]
