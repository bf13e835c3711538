"""All live calls of the process: who is let in, what is asked of them, and how they end at shut-down."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from prometheus_client import Counter

from core.commands import AnswerOffer, Command, FinishWrapUp, HangUp, Reply, Say, SetAgentState
from core.events import CallEnded, CallStarted, new_id
from core.languages import Language
from core.routing import Router
from voice_gateway.call import Call, greeting_language
from voice_gateway.facts import Stage
from voice_gateway.leg import CallLeg, MarkPassed
from voice_gateway.media_clock import MediaClock
from voice_gateway.partials import PartialBoard
from voice_gateway.parts import KnownCustomer, Parts
from voice_gateway.phrases import Phrase, phrase_text
from voice_gateway.speaking import CannotSpeak, Line, Mouth
from voice_gateway.state import CallState

logger = logging.getLogger(__name__)

TURNED_AWAY = Counter("tetraphone_calls_turned_away_total", "Calls not taken", ["why"])
COMMANDS = Counter("tetraphone_commands_total", "Commands by kind and result", ["kind", "result"])
REMEMBERED_COMMANDS = 5_000
TURN_AWAY_LIMIT_S = 15.0
CUSTOMER_LIMIT_S = 1.0


class Desk(Router, Protocol):
    """The distributor as agents use it: ``assist.acd.AcdRouter``."""

    def set_agent_state(
        self, user: str, state: str, languages: Iterable[Language], skills: Iterable[str]
    ) -> Reply: ...
    def answer_offer(self, user: str, offer_id: str, accept: bool) -> Reply: ...
    def finish_wrap_up(self, user: str, interaction_id: str, code: str, summary: str) -> Reply: ...
    def agent_of(self, interaction_id: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call under way, as consoles list it. ``caller`` is the full number: mask it before it is shown."""

    interaction_id: str
    started_at: datetime
    carrier: str
    caller: str
    called: str
    language: Language
    stage: Stage
    agent: str | None


class Switchboard:
    """Takes calls up to a limit. ``answer`` is what carriers call.

    Args:
        desk: the same object as ``parts.router``, with the commands of agents.
        max_calls: beyond this a caller is told politely that all lines are busy, or is transferred.
    """

    def __init__(self, parts: Parts, desk: Desk, *, max_calls: int = 60) -> None:
        self._parts = parts
        self._desk = desk
        self._max_calls = max_calls
        self._calls: dict[str, Call] = {}
        self._taken: set[str] = set()
        self._turning_away = 0
        self._draining = False
        self._parting = False
        self._empty = asyncio.Event()
        self._empty.set()
        self._done: OrderedDict[str, Reply] = OrderedDict()

    # --- calls ---

    async def answer(self, leg: CallLeg) -> None:
        """Lead a call to its end; returns when it is over. Never raises for a fault of the call itself."""
        if not self.has_room():
            await self._turn_away(leg, "shutting_down" if self._draining else "no_capacity")
            return
        # The place is taken before anything is awaited, so that the limit holds.
        call_id = new_id()
        self._taken.add(call_id)
        self._empty.clear()
        try:
            await self._lead(call_id, leg)
        finally:
            self._taken.discard(call_id)
            if not self._taken:
                self._empty.set()

    async def _lead(self, call_id: str, leg: CallLeg) -> None:
        call = Call(leg, self._parts, call_id, await self._customer(leg.info.caller))
        self._calls[call.id] = call
        if self._parting:
            call.part()
        try:
            await call.run()
        finally:
            del self._calls[call.id]

    async def _customer(self, number: str) -> KnownCustomer | None:
        """Who calls; None where nobody knows within a second, and the call goes on without."""
        if not number:
            return None
        try:
            async with asyncio.timeout(CUSTOMER_LIMIT_S):
                return await self._parts.find_customer(number)
        except Exception:
            logger.exception("the customer register did not answer; the call goes on without it")
            return None

    @property
    def partials(self) -> PartialBoard:
        """What is being said in the calls at this moment."""
        return self._parts.partials

    def has_room(self) -> bool:
        """Whether one more call would be taken."""
        return not self._draining and len(self._taken) < self._max_calls

    def live(self) -> list[LiveCall]:
        """The calls under way, the oldest first."""
        return [
            LiveCall(
                interaction_id=call.id,
                started_at=call.started_at,
                carrier=call.leg.info.carrier,
                caller=call.facts.caller,
                called=call.facts.called,
                language=call.facts.language,
                stage=call.facts.stage,
                agent=call.facts.agent,
            )
            for call in self._calls.values()
        ]

    async def drain(self, timeout_s: float = 30.0) -> bool:
        """Take no more calls, and wait for those under way; True if all have ended."""
        self._draining = True
        return await self._all_ended(timeout_s)

    async def part(self, timeout_s: float = 15.0) -> bool:
        """At shut-down, after ``drain``: end every call that is still under way.

        Each caller hears that the call must end, or is transferred to the fallback number; the log holds the
        end of the call (reason ``shutdown``) and of its recording. To be awaited while the carriers' routes
        are still served.

        Returns:
            Whether all have ended within the time; what is left is cut off with the process.
        """
        self._draining = self._parting = True
        for call in list(self._calls.values()):
            call.part()
        return await self._all_ended(timeout_s)

    async def _all_ended(self, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                await self._empty.wait()
        except TimeoutError:
            logger.warning("%d calls are still under way after %.0f s", len(self._taken), timeout_s)
            return False
        return True

    async def _turn_away(self, leg: CallLeg, why: str) -> None:
        """Say so, log it, and give the caller to the fallback number if there is one."""
        TURNED_AWAY.labels(why).inc()
        info, log = leg.info, self._parts.log
        language = greeting_language(info.caller, info.called, self._parts)
        spoken = language or self._parts.settings.default_language or Language.EN
        state = CallState(new_id(), leg, self._parts, language)
        state.emit(
            CallStarted(
                carrier=info.carrier,
                carrier_call_id=info.carrier_call_id,
                caller=info.caller,
                called=info.called,
                bot=self._parts.bot.name,
                language=spoken,
            )
        )
        number = self._parts.settings.fallback_number
        began = asyncio.get_running_loop().time()
        try:
            # Those who hear the busy line are bounded too: a flood is only hung up on.
            if self._turning_away < self._max_calls:
                self._turning_away += 1
                try:
                    async with asyncio.timeout(TURN_AWAY_LIMIT_S):
                        await self._say_busy(
                            state, Line(phrase_text(Phrase.BUSY, spoken), spoken, Phrase.BUSY.value)
                        )
                except TimeoutError:
                    logger.info("a caller turned away did not hear the whole line")
                finally:
                    self._turning_away -= 1
        finally:
            await leg.close(transfer_to=number if number and why == "no_capacity" else None)
            seconds = asyncio.get_running_loop().time() - began
            outcome = CallEnded(outcome="failed", reason=why, duration_s=round(seconds, 3))
            log.emit(state.id, outcome, person=state.person, leg_id=leg.id)

    async def _say_busy(self, state: CallState, line: Line) -> None:
        leg = state.leg
        mouth = Mouth(
            leg,
            self._parts.speaker,
            media_now=state.media_now,
            emit=state.emit,
            fault=state.fault,
            recording=lambda: None,
            options=self._parts.settings.speaking,
        )

        async def follow() -> None:
            async for event in leg.events():
                if isinstance(event, MarkPassed):
                    mouth.mark_passed(event.name)

        state.clock = _running_clock()
        following = asyncio.create_task(follow(), name="turned-away-leg")
        speaking = asyncio.create_task(mouth.say(line), name="say-busy")
        try:
            await asyncio.wait({following, speaking}, return_when=asyncio.FIRST_COMPLETED)
            if speaking.done() and not speaking.cancelled() and (error := speaking.exception()) is not None:
                if not isinstance(error, CannotSpeak):
                    raise error
                state.fault("cannot_speak", str(error))
        finally:
            for task in (following, speaking):
                task.cancel()
            await asyncio.gather(following, speaking, return_exceptions=True)

    # --- commands ---

    async def handle(self, command: Command) -> Reply:
        """Carry out a command once; the same id again gets the same reply and changes nothing."""
        if (known := self._done.get(command.id)) is not None:
            COMMANDS.labels(_kind(command), "repeated").inc()
            return known
        if self._parts.clock.now() > command.expires_at:
            reply = Reply(ok=False, error="The command came too late: it has expired.")
        else:
            reply = self._carry_out(command)
        COMMANDS.labels(_kind(command), "ok" if reply.ok else "refused").inc()
        self._done[command.id] = reply
        while len(self._done) > REMEMBERED_COMMANDS:
            self._done.popitem(last=False)
        return reply

    def _carry_out(self, command: Command) -> Reply:
        desk = self._desk
        match command:
            case SetAgentState(issued_by=user, state=state, languages=languages, skills=skills):
                return desk.set_agent_state(user, state, languages, skills)
            case AnswerOffer(issued_by=user, offer_id=offer_id, accept=accept):
                return desk.answer_offer(user, offer_id, accept)
            case FinishWrapUp(issued_by=user, interaction_id=name, code=code, summary=summary):
                return desk.finish_wrap_up(user, name, code, summary)
            case Say(issued_by=user, interaction_id=name, text=text, language=language):
                call, error = self._of_agent(name, user)
                if call is None:
                    return Reply(ok=False, error=error)
                spoken = call.agent_says(text, language)
                return Reply(ok=spoken, error="" if spoken else "The call is not with you yet, or is over.")
            case HangUp(issued_by=user, interaction_id=name):
                call, error = self._of_agent(name, user)
                if call is None:
                    return Reply(ok=False, error=error)
                call.hang_up(user)
                return Reply(ok=True)
        return Reply(ok=False, error=f"There is nobody here who knows the command {_kind(command)!r}.")

    def _of_agent(self, interaction_id: str, user: str) -> tuple[Call | None, str]:
        call = self._calls.get(interaction_id)
        if call is None:
            return None, "There is no such call, or it is over."
        agent = self._desk.agent_of(interaction_id)
        if agent != user:
            return None, "The call is not with you." if agent is None else "The call is with another agent."
        return call, ""


def _kind(command: Command) -> str:
    return str(getattr(command, "do", type(command).__name__))


def _running_clock() -> MediaClock:
    """A media clock for a leg whose frames nobody follows: it begins now."""
    clock = MediaClock()
    clock.frame(0.0, asyncio.get_running_loop().time())
    return clock
