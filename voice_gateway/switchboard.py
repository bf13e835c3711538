"""All live calls of the process: who is let in, what is asked of them, and how they end at shut-down."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from prometheus_client import Counter, Gauge

from core.commands import (
    AnswerOffer,
    BringBot,
    Command,
    Consult,
    EndConsult,
    ExtendWrapUp,
    FinishWrapUp,
    HangUp,
    Hold,
    Monitor,
    Mute,
    Reply,
    RingPhone,
    Say,
    SetAgentState,
    Transfer,
)
from core.events import Event, TurnTimed, new_id
from core.languages import Language
from core.routing import Router
from models.recognition.load import Load
from voice_gateway.admission import Admission, AdmissionOptions
from voice_gateway.bridge.bridge import Bridge
from voice_gateway.bridge.lines import AgentLines
from voice_gateway.call import Call, greeting_language
from voice_gateway.calling_out import CallingOut
from voice_gateway.dialling import CalledBack
from voice_gateway.facts import Stage
from voice_gateway.leg import CallLeg
from voice_gateway.lobby import LOBBY, TURNED_AWAY, LobbyOptions, Ticket, Visitor, WaitingPlaces
from voice_gateway.partials import PartialBoard
from voice_gateway.parts import KnownCustomer, Log, Parts
from voice_gateway.phrases import Phrase

logger = logging.getLogger(__name__)

CEILING = Gauge("tetraphone_admission_ceiling", "Calls that may be led at once, as far as is known now")
COMMANDS = Counter("tetraphone_commands_total", "Commands by kind and result", ["kind", "result"])
REMEMBERED_COMMANDS = 5_000
NOT_BRIDGED: Mapping[str, Any] = {
    "held": False, "second": None, "bot": False, "parties": [], "lost": None, "monitors": []
}  # fmt: skip
CUSTOMER_LIMIT_S = 1.0
LOOK_S = 1.0
"""Between two looks at the load: calls that nothing happens in cost as well, and who waits is let in when it falls."""


class Desk(Router, Protocol):
    """The distributor as agents use it: ``assist.acd.AcdRouter``."""

    def set_agent_state(
        self,
        user: str,
        state: str,
        languages: Mapping[Language, int],
        skills: Mapping[str, int],
        reason: str = "",
        capacity: int = 1,
    ) -> Reply: ...
    def answer_offer(self, user: str, offer_id: str, accept: bool) -> Reply: ...
    def extend_wrap_up(self, user: str, interaction_id: str) -> Reply: ...
    def finish_wrap_up(
        self, user: str, interaction_id: str, code: str, summary: str, notes: str = ""
    ) -> Reply: ...
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
    media_s: float = 0.0
    """How long it has lasted, on the clock that times of parties are given in."""
    bridge: Mapping[str, Any] = field(default_factory=dict)
    """While a person has it: held, second, bot, parties, monitors; see ``Bridge.state``."""


class RepliesInLog:
    """A log that tells how long callers waited for replies, and for our part in it, on the way to the real one."""

    def __init__(self, log: Log, replied: Callable[[float, float], None]) -> None:
        self._log, self._replied = log, replied

    def emit(self, interaction_id: str, event: Event, **envelope: Any) -> str:
        if isinstance(event, TurnTimed):
            # Neither the caller's silence nor what the bot asks of others grows less with fewer calls, and who
            # spoke into a line of ours heard it to its end before we answered.
            gap_ms = event.gap_ms - event.own_line_ms
            self._replied(gap_ms / 1000, (event.recognise_ms + event.first_audio_ms) / 1000)
        return self._log.emit(interaction_id, event, **envelope)


class Switchboard:
    """Takes as many calls as it can lead well. ``answer`` is what carriers call.

    An asynchronous context manager: while it is open it looks at the load every second, whatever happens.

    Args:
        desk: the same object as ``parts.router``, with the commands of agents.
        admission: decides how many; None takes 60.
        lobby: how callers beyond that wait on the line; where it is full they are told so, or are transferred.
        load: of the recogniser, as far as it is known.
    """

    def __init__(
        self,
        parts: Parts,
        desk: Desk,
        *,
        admission: Admission | None = None,
        lobby: LobbyOptions | None = None,
        load: Callable[[], Load | None] = lambda: None,
    ) -> None:
        self._parts = replace(parts, log=RepliesInLog(parts.log, self._replied))
        self._desk = desk
        self._admission = admission or Admission(AdmissionOptions(most=60, first=60))
        self._lobby_options = lobby or LobbyOptions()
        self._places = WaitingPlaces(self._lobby_options.places)
        self._promised = 0
        """Places given to callers who have not taken them yet."""
        self._load = load
        self._calls: dict[str, Call] = {}
        self._taken: set[str] = set()
        self._turning_away = 0
        self._draining = False
        self._parting = False
        self._empty = asyncio.Event()
        self._empty.set()
        self._done: OrderedDict[str, Reply] = OrderedDict()
        self._looking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Switchboard:
        self._looking = asyncio.create_task(self._look_on(), name="admission")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    # --- calls ---

    async def answer(self, leg: CallLeg) -> None:
        """Lead a call to its end; returns when it is over. Never raises for a fault of the call itself."""
        self._look()
        if self._draining:
            await self._turn_away(leg, "shutting_down")
        elif not len(self._places) and self._admission.admits(len(self._taken) + self._promised):
            self._promised += 1
            await self._lead_with_place(new_id(), leg)
        elif (ticket := self._places.enter()) is not None:
            await self._wait_in_lobby(leg, ticket)
        else:
            await self._turn_away(leg, "no_capacity")

    async def lead_call_back(self, leg: CallLeg, call_id: str, called_back: CalledBack) -> None:
        """Lead the call of a customer who was called back: they were promised it, however many calls there are."""
        self._promised += 1
        await self._lead_with_place(call_id, leg, announced=True, called_back=called_back)

    async def _lead_with_place(
        self, call_id: str, leg: CallLeg, announced: bool = False, called_back: CalledBack | None = None
    ) -> None:
        """Lead a call for which a place was promised."""
        # The place is taken before anything is awaited, so that the limit holds.
        self._promised -= 1
        self._taken.add(call_id)
        self._empty.clear()
        try:
            await self._lead(call_id, leg, announced, called_back)
        finally:
            self._taken.discard(call_id)
            if not self._taken:
                self._empty.set()
            self._look()

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                self._look()
            except Exception:
                logger.exception("admission: a look at the load failed")

    def _look(self) -> None:
        """Learn from what has happened, and let in who may enter now."""
        self._admission.observe(asyncio.get_running_loop().time(), len(self._taken), self._load())
        CEILING.set(self._admission.ceiling)
        while not self._draining and self._admission.admits(len(self._taken) + self._promised):
            if not self._places.free():
                return
            self._promised += 1

    def _free_place(self) -> None:
        self._promised -= 1
        self._look()

    def _replied(self, gap_s: float, ours_s: float) -> None:
        self._admission.replied(gap_s, ours_s)
        self._look()

    async def _lead(
        self, call_id: str, leg: CallLeg, announced: bool, called_back: CalledBack | None
    ) -> None:
        customer = await self._customer(leg.info.caller)
        call = Call(leg, self._parts, call_id, customer, announced, called_back)
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
    def admission(self) -> Admission:
        """What decides how many calls are led."""
        return self._admission

    @property
    def lines(self) -> AgentLines:
        """The agents' sound."""
        return self._parts.lines

    @property
    def calling_out(self) -> CallingOut:
        """Telephones that are rung for agents."""
        return self._parts.calling_out

    @property
    def takes_codes(self) -> bool:
        """Whether there is a system that codes can be given to."""
        return self._parts.take_code is not None

    @property
    def partials(self) -> PartialBoard:
        """What is being said in the calls at this moment."""
        return self._parts.partials

    def has_room(self) -> bool:
        """Whether one more caller would be taken, or may wait for it on the line."""
        if self._draining:
            return False
        return self._places.has_room or self._admission.admits(len(self._taken) + self._promised)

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
                media_s=round(call.media_s, 1),
                bridge=call.bridge.state()
                if call.bridge is not None
                else {**NOT_BRIDGED, "monitors": call.monitors},
            )
            for call in self._calls.values()
        ]

    async def drain(self, timeout_s: float = 30.0) -> bool:
        """Take no more calls, and wait for those under way; True if all have ended."""
        self._draining = True
        self._places.close()
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
        self._places.close()
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
        visitor = self._visitor(leg)
        try:
            await self._send_away(visitor, why)
        finally:
            await visitor.leaves()

    def _visitor(self, leg: CallLeg) -> Visitor:
        visitor = Visitor(leg, self._parts, greeting_language(leg.info, self._parts))
        visitor.arrives()
        return visitor

    async def _send_away(self, visitor: Visitor, why: str) -> None:
        TURNED_AWAY.labels(why).inc()
        number = self._parts.settings.fallback_number
        try:
            # Those who hear the busy line are bounded too: a flood is only hung up on.
            if self._turning_away < self._admission.options.most:
                self._turning_away += 1
                try:
                    await visitor.say_last(Phrase.BUSY)
                finally:
                    self._turning_away -= 1
        finally:
            await visitor.leg.close(transfer_to=number if number and why == "no_capacity" else None)
            visitor.ended("failed", why)

    async def _wait_in_lobby(self, leg: CallLeg, ticket: Ticket) -> None:
        """Keep a caller on the line until there is a place, and lead the call then."""
        visitor: Visitor | None = None
        result, holds_ticket = "failed", True
        try:
            visitor = self._visitor(leg)
            result = await visitor.wait(ticket, self._lobby_options)
            holds_ticket = False
            if result == "place":
                await self._lead_with_place(visitor.call_id, visitor.leg, announced=True)
            else:
                self._give_back(ticket)
            if result == "call_back":
                await visitor.call_back()
                visitor.ended("ended_unconfirmed", "call_back_requested")
            elif result == "gone":
                visitor.ended("abandoned", "caller_hung_up")
            elif result in ("too_long", "mute", "closed"):
                await self._send_away(visitor, "shutting_down" if result == "closed" else "no_capacity")
        finally:
            if holds_ticket:
                self._give_back(ticket)
            LOBBY.labels(result).inc()
            if visitor is not None:
                await visitor.leaves()

    def _give_back(self, ticket: Ticket) -> None:
        """A caller wants their place in the line no more, or cannot take it."""
        if not self._places.leave(ticket) and not ticket.refused:
            self._free_place()  # it was their turn at this very moment: the next one's turn

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
                self.lines.has_telephone(user, command.phone)
                return desk.set_agent_state(user, state, languages, skills, command.reason, command.capacity)
            case AnswerOffer(issued_by=user, offer_id=offer_id, accept=accept):
                return desk.answer_offer(user, offer_id, accept)
            case FinishWrapUp(issued_by=user, interaction_id=name, code=code, summary=summary):
                return desk.finish_wrap_up(user, name, code, summary, command.notes)
            case ExtendWrapUp(issued_by=user, interaction_id=name):
                return desk.extend_wrap_up(user, name)
            case Say(issued_by=user, interaction_id=name, text=text, language=language):
                call, error = self._of_agent(name, user)
                if call is None:
                    return Reply(ok=False, error=error)
                spoken = call.agent_says(text, language)
                return Reply(ok=spoken, error="" if spoken else "The call is not with you yet, or is over.")
            case HangUp(issued_by=user, interaction_id=name):
                if (bridge := self._bridge(name)) is not None and bridge.leave(user):
                    return Reply(ok=True)
                call, error = self._of_agent(name, user)
                if call is None:
                    return Reply(ok=False, error=error)
                call.hang_up(user)
                return Reply(ok=True)
            case (
                Hold() | Mute() | Transfer() | Consult() | EndConsult() | RingPhone() | BringBot() | Monitor()
            ):
                return self._of_bridge(command)
        return Reply(ok=False, error=f"There is nobody here who knows the command {_kind(command)!r}.")

    def _of_bridge(
        self, command: Hold | Mute | Transfer | Consult | EndConsult | RingPhone | BringBot | Monitor
    ) -> Reply:
        """Requests about who hears whom: of the call's agent; muting of anybody in it; monitoring of anybody
        else, whose right to do so was checked where the command came from."""
        bridge = self._bridge(command.interaction_id)
        if not isinstance(command, Mute | Monitor):
            call, error = self._of_agent(command.interaction_id, command.issued_by)
            if call is None:
                return Reply(ok=False, error=error)
        if (
            bridge is None
            and isinstance(command, Monitor)
            and (call := self._calls.get(command.interaction_id))
        ):
            return call.monitor(command)
        if bridge is None:
            return Reply(ok=False, error="No agent has this call.")
        return bridge.handle(command)

    def _bridge(self, interaction_id: str) -> Bridge | None:
        call = self._calls.get(interaction_id)
        return call.bridge if call is not None else None

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
