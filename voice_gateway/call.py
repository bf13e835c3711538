"""One conversation from ring to hang-up. Everything it opens closes with it; one terminal event ends it.

Reading order: here, then ``conversation`` (the bot), ``waiting`` and ``with_agent`` (people), ``floor``
(speaking while listening), ``listening`` and ``speaking``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from datetime import datetime

from prometheus_client import Counter, Gauge

from assist.acd.types import Refused
from assist.packet import handoff_requested
from assist.summary import summarised
from bots.engine.types import HandOffWish
from core.commands import Monitor, Reply, Target
from core.events import (
    CallEnded,
    ConsentNoticePlayed,
    LegJoined,
    LegLeft,
    RecordingClosed,
    RecordingStarted,
    new_id,
)
from core.languages import Language, language_of_number
from voice_gateway.bridge.bot_tasks import ask_satisfaction
from voice_gateway.bridge.bridge import Bridge
from voice_gateway.bridge.listening_in import Unattended
from voice_gateway.bridge.outlet import Outlet
from voice_gateway.conversation import Conversation
from voice_gateway.dialling import CalledBack
from voice_gateway.facts import CallFacts, outcome_of
from voice_gateway.floor import EndAsked, Floor
from voice_gateway.happenings import AgentLine, AskedToEnd
from voice_gateway.inbox import Inbox
from voice_gateway.leg import LINE_RATE, CallInfo, CallLeg, Frame, KeyPress, LegClosed, LegFault, MarkPassed
from voice_gateway.listening import Listener
from voice_gateway.partials import PartialsFor
from voice_gateway.parts import KnownCustomer, Parts
from voice_gateway.phrases import Phrase
from voice_gateway.recording import CALLER, CHANNELS, RATE, CallRecording
from voice_gateway.speaking import CannotSpeak, Mouth, platform_line
from voice_gateway.state import CallState
from voice_gateway.turns.echo import OwnSound
from voice_gateway.unserved import instead_of_a_person
from voice_gateway.waiting import CallBackAgreed, NotTaken, Taken, packet_of, wait_for_agent
from voice_gateway.with_agent import talk_with_agent

logger = logging.getLogger(__name__)

CALLS = Counter("tetraphone_calls_total", "Calls by outcome", ["outcome"])
LIVE = Gauge("tetraphone_calls_live", "Calls under way")
FIRST_FRAME_S = 2.0
TICK_S = 0.2
CLOSE_LIMIT_S = 10.0
PART_LIMIT_S = 6.0
"""Longest time for a last line to a caller whose call is ended from outside."""


class Call:
    """A call under way. ``run`` it once; the other methods may be used meanwhile."""

    def __init__(
        self,
        leg: CallLeg,
        parts: Parts,
        interaction_id: str | None = None,
        customer: KnownCustomer | None = None,
        announced: bool = False,
        called_back: CalledBack | None = None,
    ) -> None:
        self._taken = called_back.taken if called_back is not None else None
        """Who is called back has an agent from the first moment on."""
        self._called_back = called_back
        self._announced = announced
        """Whether the log knows of the call already."""
        self.id = interaction_id or new_id()
        self.leg = leg
        self.started_at: datetime = parts.clock.now()
        self._parts = parts
        self._greet_in = (
            called_back.language if called_back is not None else greeting_language(leg.info, parts, customer)
        )
        self._state = CallState(self.id, leg, parts, self._greet_in)
        self._state.facts.customer = customer.packet if customer else {}
        if called_back is not None:
            self._state.events.extend(called_back.earlier)
        self._inbox = Inbox()
        self._recording: CallRecording | None = None
        own_sound = OwnSound()
        self._listener = Listener(
            self.id,
            vad=parts.vad,
            recogniser=parts.recogniser,
            tracker=self._state.tracker,
            post=self._inbox.post,
            media_now=self._state.media_now,
            bias=lambda: parts.bot.vocabulary(self._state.facts.language),
            options=parts.settings.listening,
            partials=PartialsFor(parts.partials, self._is_read_along, parts.spare_capacity),
            turns=parts.turns,
            own=own_sound,
            pace=parts.pace,
        )
        self._outlet = Outlet(leg, lambda name: self._mouth.mark_passed(name))
        self._mouth = Mouth(
            self._outlet,
            parts.speaker,
            media_now=self._state.media_now,
            emit=self._state.emit,
            fault=self._state.fault,
            recording=lambda: self._recording,
            options=parts.settings.speaking,
            own=own_sound,
            voices=parts.settings.bot_voices,
        )
        self._unattended = Unattended(self._state, self._outlet)
        self._state.listened_by = self._unattended.passes_on
        self._floor = Floor(self._state, self._mouth, self._listener, self._inbox)
        self._conversation: Conversation | None = None
        self._first_frame = asyncio.Event()
        self._parting = asyncio.Event()
        self._over = False

    @property
    def facts(self) -> CallFacts:
        return self._state.facts

    def _is_read_along(self) -> bool:
        """Whether a person reads what is said while it is said."""
        return self._state.facts.stage in ("waiting", "agent")

    # --- what others may ask of it ---

    def agent_says(self, text: str, language: Language | None = None) -> bool:
        """Speak an agent's typed line; False where no agent has the call."""
        if self._state.facts.stage != "agent" or self._over:
            return False
        self._inbox.post(AgentLine(text, language))
        return True

    @property
    def bridge(self) -> Bridge | None:
        """While a person has the call: who hears whom."""
        return self._state.bridge

    def monitor(self, command: Monitor) -> Reply:
        """A supervisor asks for something; to be asked of the bridge once there is one."""
        return self._unattended.handle(command)

    @property
    def monitors(self) -> list[dict[str, str]]:
        """Who listens while there is no bridge."""
        return self._unattended.monitors

    @property
    def media_s(self) -> float:
        """How long the call has lasted, on its own clock."""
        return self._state.media_now()

    def hang_up(self, by: str) -> None:
        """End the call with a closing line."""
        self._inbox.post(AskedToEnd(by))

    def part(self) -> None:
        """End the call because the process ends: whatever is under way, the caller is told so."""
        self._parting.set()

    # --- its life ---

    async def run(self) -> None:
        """Lead the call to its end. Whatever happens inside, it ends with ``CallEnded`` and a closed leg."""
        LIVE.inc()
        if not self._announced:
            self._state.started(self._state.facts.language)
        reason, in_order = "crashed", False
        try:
            self._state.emit(LegJoined(party="caller"))
            self._state.set_language(self._state.facts.language)
            reason, in_order = await self._live(), True
        except asyncio.CancelledError:
            reason = "shutdown"
            raise
        except Exception:
            logger.exception("call %s crashed", self.id)
            self._state.fault("call_crashed")
        finally:
            LIVE.dec()
            await self._close(reason, in_order)

    async def _live(self) -> str:
        """Returns what ended the call."""
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(self._pump(), name=f"pump {self.id}")
            talk = group.create_task(self._talk(), name=f"talk {self.id}")
            others = [
                group.create_task(self._listener.run(), name=f"listen {self.id}"),
                group.create_task(self._tick(), name=f"tick {self.id}"),
            ]
            part = group.create_task(self._parting.wait(), name=f"part {self.id}")
            done, _ = await asyncio.wait(
                {pump, talk, part},
                return_when=asyncio.FIRST_COMPLETED,
                timeout=self._parts.settings.longest_s,
            )
            self._state.facts.caller_gone = pump in done
            ended_from_outside = not done & {pump, talk}
            if ended_from_outside:
                talk.cancel()
                await asyncio.wait({talk})
                last_line = group.create_task(self._part(transfer=part in done), name=f"last line {self.id}")
                await asyncio.wait({pump, last_line}, return_when=asyncio.FIRST_COMPLETED)
                last_line.cancel()
            for task in (pump, talk, part, *others):
                task.cancel()
        if ended_from_outside:
            return "shutdown" if part in done else "too_long"
        if talk in done:
            return talk.result()
        return "caller_hung_up" if pump.result() == "hung_up" else pump.result()

    async def _pump(self) -> str:
        """Take what the leg brings; returns why it closed."""
        loop = asyncio.get_running_loop()
        async for event in self.leg.events():
            match event:
                case Frame(pcm, at_s):
                    self._state.clock.frame(at_s + len(pcm) / LINE_RATE, loop.time())
                    self._first_frame.set()
                    self._caller_said(event)
                case MarkPassed(name):
                    self._mouth.mark_passed(name)
                case KeyPress():
                    self._inbox.post(event)
                case LegFault(what, detail):
                    self._state.fault(what, detail)
                case LegClosed(reason):
                    return reason
        return "stream_lost"

    def _caller_said(self, frame: Frame) -> None:
        bridge = self._state.bridge
        if bridge is not None:
            bridge.caller_said(frame)
            if bridge.deaf:
                return
        self._unattended.caller_said(frame)
        if self._recording is not None:
            self._recording.write(CALLER, frame.at_s, frame.pcm)
        if self._state.tap is not None:
            self._state.tap(frame)
        self._listener.frame(frame)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            # At the same moments as all other calls: the thread that stores is woken once for all of them.
            await asyncio.sleep(until_next(TICK_S, loop.time()))
            self._listener.check_stall()
            if self._recording is not None:
                await self._recording.advance(self._state.media_now())

    async def _talk(self) -> str:
        """The call's stages; returns what ended it. A fault of ours still ends with a person or a word."""
        try:
            try:
                return await self._stages()
            except EndAsked:
                raise
            except Exception:
                logger.exception("call %s: the conversation failed", self.id)
                self._state.fault("conversation_failed")
                return await self._rescue()
        except EndAsked as asked:
            logger.info("call %s: ended by %s", self.id, asked.by)
            return await self._close_politely("closed_by_command")

    async def _rescue(self) -> str:
        """A person takes over; where even that fails, the fallback number, or a word."""
        intents = self._state.facts.intents
        try:
            await self._floor.try_say(Phrase.TECHNICAL)
            return await self._with_people(HandOffWish("bot_failed", intents[-1] if intents else ""))
        except EndAsked:
            raise
        except Exception:
            logger.exception("call %s: nor can it be handed over", self.id)
            self._state.fault("hand_over_failed")
            return await self._nobody()

    async def _stages(self) -> str:
        state = self._state
        await self._open()
        if self._called_back is not None:
            await self._floor.try_say(Phrase.CALL_BACK_HELLO)
            return await self._with_people(self._called_back.wish)
        state.facts.stage = "bot"
        state.emit(LegJoined(party="bot", name=self._parts.bot.name, at_s=round(state.media_now(), 3)))
        session = self._parts.bot.start(self.id, state.facts.language, self.leg.info.caller or None)
        self._conversation = Conversation(state, self._floor, session)
        done = await self._unattended.led_by(self._conversation)
        if isinstance(done, str):
            return await self._with_supervisor(done)
        if done.wish is None:
            state.facts.stage = "closing"
            return done.reason
        return await self._with_people(done.wish, call_back=done.call_back)

    async def _with_supervisor(self, user: str) -> str:
        """The bot leaves, and the supervisor has the call as if they had been offered it."""
        state, intents = self._state, self._state.facts.intents
        wish = HandOffWish("taken_over", intents[-1] if intents else "")
        state.facts.wish = wish
        self._floor.expect("open")
        packet = await packet_of(state, wish)
        try:
            queued = self._parts.router.begin_with(packet, state.person, user)
        except Refused as refusal:
            # They have taken another call this very moment.
            state.fault("not_taken_over", str(refusal))
            return await self._with_people(wish)
        state.emit(handoff_requested(packet))
        self._taken = Taken(user, queued)
        return await self._with_people(wish)

    async def _with_people(self, wish: HandOffWish, *, call_back: bool = False) -> str:
        to: Target | None = None
        while True:
            taken = self._taken or await wait_for_agent(
                self._state, self._floor, wish, call_back=call_back, to=to
            )
            self._taken = to = None
            if isinstance(taken, CallBackAgreed):
                return "call_back_agreed"
            if isinstance(taken, NotTaken):
                return await instead_of_a_person(self._state, self._floor, taken) or await self._nobody(taken)
            over = await talk_with_agent(
                self._state, self._floor, taken, self._outlet, lambda: self._recording
            )
            match over.why:
                case "agent_closed":
                    return await self._close_politely("agent_closed")
                case "number_gone":
                    return await self._close_politely("transferred")
                case "satisfaction":
                    self._state.facts.stage = "closing"
                    await ask_satisfaction(self._state, self._floor)
                    return await self._close_politely("agent_closed")
                case "agent_lost":
                    await self._floor.try_say(Phrase.AGENT_LOST)
                case "transfer":
                    await self._floor.try_say(Phrase.TRANSFERRING)
                    if over.to is not None and over.to.kind == "number":
                        if await self._transfer(over.to.name):
                            return "transferred"
                    else:
                        to = over.to

    async def _nobody(self, end: NotTaken | None = None) -> str:
        number = self._parts.settings.fallback_number
        if number:
            await self._floor.try_say(Phrase.TRANSFERRING)
            if await self._transfer(number):
                return "transferred"
        closed = end is not None and end.why == "closed"
        await self._floor.try_say(Phrase.CLOSING if closed else Phrase.NOBODY)
        return "queue_closed" if closed else "nobody_available"

    async def _transfer(self, number: str) -> bool:
        try:
            await self.leg.close(transfer_to=number)
        except ValueError as error:
            self._state.fault("fallback_number", str(error))
            return False
        self._state.facts.transferred = True
        return True

    async def _part(self, *, transfer: bool) -> None:
        """Tell the caller that the call must end now, whatever was being said."""
        await self.leg.clear()
        number = self._parts.settings.fallback_number if transfer else None
        try:
            async with asyncio.timeout(PART_LIMIT_S):
                await self._close_politely("", Phrase.TRANSFERRING if number else Phrase.MUST_END)
        except TimeoutError:
            self._state.fault("cannot_speak", "the last line took too long")
        if number:
            await self._transfer(number)

    async def _close_politely(self, reason: str, phrase: Phrase = Phrase.CLOSING) -> str:
        try:
            await self._floor.try_say(phrase)
        except EndAsked:
            logger.info("call %s: asked to end once more", self.id)
        return reason

    async def _open(self) -> None:
        """Listen first; then the consent notice; only then the recording."""
        try:
            async with asyncio.timeout(FIRST_FRAME_S):
                await self._first_frame.wait()
        except TimeoutError:
            self._state.fault("no_media", "no sound from the carrier yet")
        if not self._parts.settings.record:
            return
        languages = [self._greet_in] if self._greet_in is not None else list(self._parts.settings.languages)
        if self._greet_in is None and self._parts.settings.default_language is not None:
            languages = [self._parts.settings.default_language]
        for language in languages:
            notice = platform_line(Phrase.CONSENT, language, self._parts.settings.bot_voices)
            try:
                spoken = await self._floor.say(notice, interruptible=False)
            except CannotSpeak as error:
                self._state.fault("no_consent_notice", f"not recorded: {error}")
                return
            if spoken.interrupted:
                # Nobody can speak over it: the line was down.
                self._state.fault("no_consent_notice", "not recorded: it was not heard to its end")
                return
        self._state.emit(ConsentNoticePlayed(at_s=round(self._state.media_now(), 3)))
        try:
            # A customer who is called back has a recording already, of the call that they made.
            name = self.id if self._called_back is None else f"{self.id}-{new_id()[:8]}"
            writer = await self._parts.open_recording(name, self._state.person or self.id)
        except (OSError, ValueError) as error:
            logger.exception("call %s: no recording", self.id)
            self._state.fault("recording_failed", f"{type(error).__name__}: {error}")
            return
        self._recording = CallRecording(writer)
        self._state.emit(RecordingStarted(name=writer.name, channels=CHANNELS, rate=RATE))

    # --- its end ---

    async def _close(self, reason: str, in_order: bool) -> None:
        """Close what was opened, in order; a step that fails is logged and stops none of the others."""
        self._over = True
        self._unattended.end()
        state = self._state
        ended_s = state.media_now()
        # The leg first: nobody is to listen to us putting our things away.
        await self._step("leg", self.leg.close() if in_order else self.leg.fail())
        if in_order:
            await self._step("last words", self._last_words())
        if self._conversation is not None:
            await self._step("last turn", self._conversation.settle())
        outcome, why = outcome_of(state.facts, reason, ended_s)
        self._listener.close()
        await self._step("place with people", self._leave_people())
        state.emit(LegLeft(party="caller", reason=why))
        state.emit(CallEnded(outcome=outcome, reason=why, duration_s=round(ended_s, 3)))
        CALLS.labels(outcome).inc()
        if self._recording is not None:
            await self._step("recording", self._close_recording(self._recording, ended_s))
        await self._step("summary", self._summarise())

    async def _leave_people(self) -> None:
        if self._state.facts.stage == "waiting":
            self._parts.router.leave(self.id)
        elif self._state.facts.agent is not None:
            self._parts.router.conversation_ended(self.id)

    async def _last_words(self) -> None:
        """Log what the caller had said but nobody took up: in the inbox, or still being recognised."""
        last = await self._listener.finish()
        for utterance in (*self._inbox.utterances(), *last):
            self._floor.heard(utterance)
        await self._state.settled()

    async def _close_recording(self, recording: CallRecording, ended_s: float) -> None:
        seconds = await recording.close(ended_s)
        if recording.fault is not None:
            self._state.fault("recording_failed", recording.fault)
        complete = recording.fault is None
        self._state.emit(RecordingClosed(name=recording.name, seconds=round(seconds, 3), complete=complete))

    async def _summarise(self) -> None:
        self._state.emit(summarised(self._state.events))

    async def _step(self, name: str, work: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await work
        except Exception:
            logger.exception("call %s: closing the %s failed", self.id, name)
            self._state.fault("close_failed", name)


def greeting_language(info: CallInfo, parts: Parts, customer: KnownCustomer | None = None) -> Language | None:
    """What the caller chose decides (on a page), then the number called, the customer's record, the country code.

    None if nothing tells.
    """
    chosen = info.parameters.get("language", "")
    wishes = (
        Language(chosen) if chosen in set(Language) else None,
        parts.settings.number_languages.get(info.called),
        customer.language if customer is not None else None,
        language_of_number(info.caller),
    )
    return next((wish for wish in wishes if wish in parts.settings.languages), None)


def until_next(every_s: float, now_s: float) -> float:
    """Seconds to the next multiple of ``every_s``; never so few that a clock's rounding would swallow them.

    >>> until_next(0.5, 1.25), until_next(0.5, 1.5), until_next(0.5, 1.4999)
    (0.25, 0.5, 0.5001)
    """
    left = every_s - now_s % every_s
    return round(left if left > every_s / 100 else left + every_s, 6)
