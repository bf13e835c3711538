"""Callers beyond what can be led: they wait on the line for a place, are called back, or are told to try again.

A caller in the lobby costs next to nothing: what they hear is rendered ahead, and nothing is recognised; so they are
asked for a key, not for words. Their place is left out as long as the sentence with it has not been rendered: the
others, who are being led, would wait for its synthesis.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from prometheus_client import Counter, Gauge

from core.e164 import is_e164
from core.events import CallBackRequested, CallEnded, LineFull, Outcome, new_id
from core.languages import Language
from voice_gateway.audio.music import Music
from voice_gateway.held_leg import HeldLeg
from voice_gateway.leg import CallLeg, KeyPress, MarkPassed
from voice_gateway.media_clock import MediaClock
from voice_gateway.parts import Parts
from voice_gateway.phrases import RENDERED_PLACES, Phrase
from voice_gateway.speaking import CannotSpeak, Line, Mouth, platform_line
from voice_gateway.state import CallState

logger = logging.getLogger(__name__)

TURNED_AWAY = Counter("tetraphone_calls_turned_away_total", "Calls not taken", ["why"])
WAITING = Gauge("tetraphone_lobby_callers", "Callers who wait for a place on the line")
LOBBY = Counter(
    "tetraphone_lobby_total", "Callers who waited for a place, by what became of them", ["result"]
)
TURN_AWAY_LIMIT_S = 15.0
CALL_BACK_KEY = "1"


@dataclass(frozen=True, slots=True)
class LobbyOptions:
    """How callers wait.

    Attributes:
        places: who may wait; 0 turns everybody away.
        wait_s: the longest wait.
        every_s: between two announcements.
        call_back: offer to be called back on the number they call from; agents find the wish on their list.
        music: play music between the announcements.
    """

    places: int = 20
    wait_s: float = 120.0
    every_s: float = 15.0
    call_back: bool = True
    music: bool = True


class Ticket:
    """One caller's place in the line; ``freed`` is set when the wait is over."""

    def __init__(self, line: WaitingPlaces) -> None:
        self._line = line
        self.freed = asyncio.Event()
        self.refused = False
        """There will be no place any more."""

    @property
    def place(self) -> int:
        """1 for the next; 0 once it is their turn."""
        return self._line.place(self)


class WaitingPlaces:
    """First come, first served; bounded. Pure but for the events of its tickets."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._tickets: deque[Ticket] = deque()

    def __len__(self) -> int:
        return len(self._tickets)

    @property
    def has_room(self) -> bool:
        """Whether one more may wait."""
        return len(self._tickets) < self._places

    def enter(self) -> Ticket | None:
        """Take the last place; None where none is left."""
        if not self.has_room:
            return None
        ticket = Ticket(self)
        self._tickets.append(ticket)
        WAITING.set(len(self._tickets))
        return ticket

    def place(self, ticket: Ticket) -> int:
        """The ticket's place, from 1; 0 when it is in line no more."""
        return self._tickets.index(ticket) + 1 if ticket in self._tickets else 0

    def free(self) -> bool:
        """It is the first one's turn; False where nobody waits."""
        if not self._tickets:
            return False
        self._tickets.popleft().freed.set()
        WAITING.set(len(self._tickets))
        return True

    def close(self) -> None:
        """No call will begin any more: everybody's wait is over."""
        self._places = 0
        for ticket in self._tickets:
            ticket.refused = True
        while self.free():
            continue

    def leave(self, ticket: Ticket) -> bool:
        """Give the place up; False where it was the ticket's turn already."""
        if ticket not in self._tickets:
            return False
        self._tickets.remove(ticket)
        WAITING.set(len(self._tickets))
        return True


class Visitor:
    """A caller who is not in a call (yet): what they are told, and what is logged of them."""

    def __init__(self, leg: CallLeg, parts: Parts, language: Language | None) -> None:
        self.leg = HeldLeg(leg)
        self._parts = parts
        self.spoken = language or parts.settings.default_language or Language.EN
        self._state = CallState(new_id(), self.leg, parts, language)
        self._state.clock = _running_clock()
        self._began = asyncio.get_running_loop().time()
        self._pump: asyncio.Task[None] | None = None
        self._wants_call_back = False
        self._mouth = Mouth(
            self.leg,
            parts.speaker,
            media_now=self._state.media_now,
            emit=self._state.emit,
            fault=self._state.fault,
            recording=lambda: None,
            options=parts.settings.speaking,
            voices=parts.settings.bot_voices,
        )

    @property
    def call_id(self) -> str:
        return self._state.id

    def arrives(self) -> None:
        """Log that they are there, and begin to follow the leg."""
        self._state.started(self.spoken)
        self._pump = asyncio.create_task(self.leg.run(), name="visitor's leg")

    async def leaves(self) -> None:
        """Stop following the leg."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)

    def ended(self, outcome: Outcome, reason: str) -> None:
        seconds = asyncio.get_running_loop().time() - self._began
        self._state.emit(CallEnded(outcome=outcome, reason=reason, duration_s=round(seconds, 3)))

    # --- waiting ---

    async def wait(
        self, ticket: Ticket, options: LobbyOptions
    ) -> Literal["place", "call_back", "gone", "too_long", "mute", "closed"]:
        """Wait for a place, telling the caller where they stand; what it came to.

        ``mute``: nothing can be said to them, so they are not left waiting in silence.
        """
        loop = asyncio.get_running_loop()
        self._state.emit(LineFull(place=ticket.place))
        until = loop.time() + options.wait_s
        talking = asyncio.create_task(self._announce(ticket, options), name="lobby")
        freed = asyncio.create_task(ticket.freed.wait(), name="lobby-place")
        try:
            while True:
                self._follow()
                if self.leg.closed:
                    return "gone"
                if self._wants_call_back and options.call_back and is_e164(self.leg.info.caller):
                    return "call_back"
                if ticket.freed.is_set():
                    return "closed" if ticket.refused else "place"
                if talking.done():
                    return "mute"
                if loop.time() >= until:
                    return "too_long"
                news = asyncio.create_task(self.leg.something(), name="lobby-news")
                await asyncio.wait(
                    {news, freed, talking},
                    timeout=max(0.05, until - loop.time()),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                news.cancel()
        finally:
            for task in (talking, freed):
                task.cancel()
            await asyncio.gather(talking, freed, return_exceptions=True)
            if self._mouth.sounding:
                await self.leg.clear()

    def _follow(self) -> None:
        for event in self.leg.happened():
            match event:
                case MarkPassed(name):
                    self._mouth.mark_passed(name)
                case KeyPress(key) if key == CALL_BACK_KEY:
                    self._wants_call_back = True

    async def _announce(self, ticket: Ticket, options: LobbyOptions) -> None:
        """Tell how long it will be, again and again; returns where it cannot be told."""
        phrase, music = Phrase.LINES_FULL, Music()
        while True:
            if not await self.say(phrase):
                return
            place = ticket.place
            if 0 < place <= RENDERED_PLACES and await self._at_hand(Phrase.PLACE, n=place):
                await self.say(Phrase.PLACE, n=place)
            if options.call_back and is_e164(self.leg.info.caller):
                await self.say(Phrase.CALL_BACK_OFFER)
            phrase = Phrase.STILL_FULL
            if not options.music:
                await asyncio.sleep(options.every_s)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(options.every_s):
                    await self._mouth.play_on(music)

    async def say(self, phrase: Phrase, **values: object) -> bool:
        """One of the platform's own lines, to its end; whether it could be spoken. Why not is logged."""
        try:
            await self._mouth.say(self._line(phrase, **values))
        except CannotSpeak as error:
            self._state.fault("cannot_speak", str(error))
        except Exception as error:
            logger.exception("call %s: %s could not be spoken", self.call_id, phrase.value)
            self._state.fault("cannot_speak", type(error).__name__)
        else:
            return True
        return False

    async def _at_hand(self, phrase: Phrase, **values: object) -> bool:
        """Whether the line can be said without a model."""
        line = self._line(phrase, **values)
        return await self._parts.speaker.at_hand(line.text, line.language, line.voice)

    def _line(self, phrase: Phrase, **values: object) -> Line:
        return platform_line(phrase, self.spoken, self._parts.settings.bot_voices, **values)

    async def say_last(self, phrase: Phrase) -> None:
        """The last words, within a bounded time, while the leg is followed."""
        saying = asyncio.create_task(self.say(phrase), name="visitor's last line")
        try:
            async with asyncio.timeout(TURN_AWAY_LIMIT_S):
                while not saying.done() and not self.leg.closed:
                    self._follow()
                    news = asyncio.create_task(self.leg.something(), name="lobby-news")
                    await asyncio.wait({news, saying}, return_when=asyncio.FIRST_COMPLETED)
                    news.cancel()
        except TimeoutError:
            logger.info("a caller did not hear the whole line")
        finally:
            saying.cancel()
            with suppress(asyncio.CancelledError):
                await saying

    async def call_back(self) -> None:
        """Log the wish, say so and hang up."""
        self._state.emit(
            CallBackRequested(number=self.leg.info.caller, language=self.spoken, reason="no_capacity")
        )
        await self.say_last(Phrase.CALL_BACK_AGREED)
        await self.leg.close()


def _running_clock() -> MediaClock:
    """A media clock for a leg whose sound nobody listens to: it begins now."""
    clock = MediaClock()
    clock.frame(0.0, asyncio.get_running_loop().time())
    return clock
