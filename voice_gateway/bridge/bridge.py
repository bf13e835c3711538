"""The bridge of one call, from the moment that an agent has it: requests in, sound and facts out.

Requests change ``Control`` (``requests``); the sound follows it (``sound``). What takes time, speaking or leaving, is
left as a ``Task`` for the conversation with the agent, which waits for ``asked``.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

from assist.acd.types import Refused
from core.commands import Command, Reply, Target
from voice_gateway.bridge.control import Control, Facts, Seat
from voice_gateway.bridge.outlet import Outlet
from voice_gateway.bridge.requests import Requests
from voice_gateway.bridge.ringing import Ringing
from voice_gateway.bridge.seats import Seats
from voice_gateway.bridge.sound import CallSound
from voice_gateway.leg import Frame
from voice_gateway.recording import CallRecording
from voice_gateway.state import CallState

logger = logging.getLogger(__name__)

STILL_THERE_S = 5.0
LEAVING = "The call is being given away already."

What = Literal[
    "transfer", "code", "satisfaction", "line_lost", "agent_gone", "agent_answered", "number_gone", "failed"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Task:
    """What the conversation with the agent is to do next. ``to``: of a transfer."""

    what: What
    to: Target | None = None


class Bridge:
    """``async with`` it for as long as a person has the call.

    Args:
        outlet: our own voice, which is one of the voices meanwhile.
        recording: the call's recording, if there is one by now.
    """

    def __init__(
        self, state: CallState, outlet: Outlet, recording: Callable[[], CallRecording | None], agent: str
    ) -> None:
        self._state = state
        self._outlet = outlet
        self._router = state.parts.colleagues
        self.control = Control(agent, state.media_now())
        self.seats = Seats(state, self.control, self._line_taken)
        self.ringing = Ringing(state)
        self.joined = True
        """Whether the caller has the agent, or waits until they answer their telephone for the first time."""
        self._requests = Requests(self, state)
        self._sound = CallSound(
            state.leg, outlet, self.control, self.seats.voices,
            recording=recording, media_now=state.media_now, watch=self._watch,
        )  # fmt: skip
        self._ticking: asyncio.Task[None] | None = None
        self._tasks: deque[Task] = deque()
        self._asked: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._leaving = False
        self._told_at = float("-inf")

    async def __aenter__(self) -> Bridge:
        self._outlet.join_mix()
        self.seats.sit_down("agent", self.control.agent.name)
        self.agent_speaks()
        if not self.control.agent.sound:
            with suppress(Refused):
                self.ring_agent()
                self.joined = False
        if (listener := self._state.listened_by()) is not None and listener != self.control.agent.name:
            # It is in the log already.
            self.control.monitor(listener, "listen", self._state.media_now())
            self.seats.sit_down("supervisor", listener)
            self._sound.changed()
        self._ticking = asyncio.create_task(self._sound.run(), name=f"bridge {self._state.id}")
        self._ticking.add_done_callback(self._ticking_over)
        self._state.bridge = self
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._state.bridge = None
        self._leaving = True
        self._requests.forget()
        self.ringing.stop()
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.wait({self._ticking})
        self._outlet.leave_mix()
        self.carry([*self.control.second_gone("call_over"), *self.control.monitor_over("call_over")])
        self.seats.leave()
        self._state.facts.held = False

    # --- for the conversation ---

    @property
    def deaf(self) -> bool:
        """Whether nobody, no recording and no recogniser may hear the caller now."""
        return self.control.bot or self.control.through

    def caller_said(self, frame: Frame) -> None:
        """A frame of the caller."""
        self._sound.caller_said(frame)

    @property
    def asked(self) -> asyncio.Future[None]:
        """Done as soon as there is a task to ``take``."""
        if self._asked.done() and not self._tasks:
            self._asked = asyncio.get_running_loop().create_future()
        return self._asked

    def take(self) -> Task | None:
        return self._tasks.popleft() if self._tasks else None

    def code_over(self) -> None:
        """The bot has taken the code; all hear each other again."""
        self.carry(self.control.bot_leaves())
        if self.control.agent.sound and not self.seats.speaks("agent"):
            self._line_taken("agent")

    # --- for those who ask ---

    def state(self) -> dict[str, Any]:
        """Who is in the call, as consoles show it; times on the call's clock.

        ``parties`` is what agents see: a supervisor who only listens is among them where the site says so.
        """
        control, announced = self.control, self._state.parts.settings.announce_monitoring
        parties = [
            {
                "party": control.party_of(seat),
                "name": member.name,
                "since_s": round(member.since_s, 1),
                "muted": member.muted,
                "sound": seat == "caller" or (member.sound and self.seats.speaks(seat)),
            }
            for seat, member in control.members.items()
            if seat != "supervisor" or control.manner != "listen" or announced
        ]
        supervisor = control.members.get("supervisor")
        return {
            "held": control.apart,
            "second": control.second,
            "bot": control.bot,
            "parties": parties,
            "lost": self._lost(),
            "monitors": [{"name": supervisor.name, "manner": control.manner}] if supervisor else [],
        }

    def _lost(self) -> dict[str, Any] | None:
        """The agent's sound is waited for: how much longer, and whether their telephone can be rung, or rings."""
        left_s = self.control.left_s(self._state.media_now())
        if left_s is None:
            return None
        can_ring = self.ringing.can_ring(self.control.agent.name)
        phone = "rings" if self.ringing.rings("agent") else "ready" if can_ring else "none"
        return {"left_s": round(left_s, 1), "phone": phone}

    def handle(self, command: Command) -> Reply:
        """Carry out a request of somebody who may make it; what makes no sense is refused with a sentence."""
        try:
            if self._leaving:
                raise Refused(LEAVING)
            self._requests.do(command)
        except Refused as refusal:
            return Reply(ok=False, error=str(refusal))
        return Reply(ok=True)

    def leave(self, user: str) -> bool:
        """A second agent or a supervisor hangs up: the call goes on without them. False for anybody else."""
        return self._requests.leave(user)

    # --- for requests ---

    def carry(self, facts: Facts) -> None:
        """The state has changed: the sound follows, and the facts are logged."""
        self._sound.changed()
        self._state.facts.held = self.control.apart
        if not self.control.through:
            self._state.facts.agent = self.control.agent.name
        for fact in facts:
            self._state.emit(fact)

    def ask(self, what: What, to: Target | None = None) -> None:
        """Something is to be done by the conversation."""
        self._tasks.append(Task(what, to))
        if not self._asked.done():
            self._asked.set_result(None)

    def leaves_with(self, what: What, to: Target | None = None) -> None:
        """The agent gives the call away; nothing else can be asked of it any more."""
        self._leaving = True
        self.ask(what, to)

    def put_through(self) -> None:
        """The call is a number's from now on, until one of both hangs up."""
        self._leaving = True
        self._state.facts.transferred = True
        self._state.parts.router.conversation_ended(self._state.id)

    def agent_speaks(self) -> None:
        """Claim the agent's line, if there is one."""
        if self.seats.claim("agent"):
            self.carry(self.control.line_back(self._state.media_now()))

    def ring_agent(self) -> None:
        """Ring the agent's own telephone; until it is answered the caller hears music.

        Raises:
            Refused: if there is nothing to ring, or no need to.
        """
        agent, parts = self.control.agent, self._state.parts
        number = parts.lines.telephone_of(agent.name)
        if agent.sound:
            raise Refused("Your sound is connected.")
        if not number:
            raise Refused("You have no telephone that could be rung.")
        if not parts.calling_out.possible:
            raise Refused("Your telephone cannot be rung: no carrier here calls out.")
        if self.ringing.rings("agent"):
            raise Refused("Your telephone is ringing.")
        self.carry(self.control.line_awaited(self._state.media_now()))
        self.ringing.start("agent", number, agent.name, self._agent_reached)

    def _agent_reached(self, why: str) -> None:
        if why:
            self._state.fault("agent_phone_not_reached", why)
            return
        self.agent_speaks()
        if not self.joined:
            self.joined = True
            self.ask("agent_answered")

    # --- lines ---

    def _line_taken(self, seat: Seat) -> None:
        """Somebody speaks in another call. Where it is the agent, this caller hears music until they come back."""
        if seat != "agent":
            self._requests.leave(self.control.members[seat].name)
            return
        try:
            self.carry(self.control.hold(True, self.control.agent.name))
        except Refused:
            logger.debug("call %s: nobody hears the caller as it is", self._state.id)

    def _watch(self) -> None:
        """Whose sound came or went; called ten times a second."""
        now, now_s = asyncio.get_running_loop().time(), self._state.media_now()
        still_there = now - self._told_at >= STILL_THERE_S
        if still_there:
            self._told_at = now
            if self.control.lost:
                self._router.line_awaited(self.control.agent.name)
        for seat, voice in list(self.seats.voices.items()):
            connected = voice.connected(now)
            if connected and still_there:
                self._router.still_there(voice.user)
            if seat == "agent" and self.control.through:
                if not connected and self.control.agent.sound:
                    self.control.agent.sound = False
                    self.ask("number_gone")
            elif seat == "agent":
                self._watch_agent(connected, now_s)
            elif not connected and seat == "agent2":
                number = self.control.second_party == "number"
                self._requests.drop_second("hung_up" if number else "line_lost")
            elif not connected:
                self._requests.stop_monitoring("line_lost")
            voice.check_stall()
        if self.control.given_up(now_s) and not self._leaving:
            self._give_up()

    def _watch_agent(self, connected: bool, now_s: float) -> None:
        agent = self.control.agent
        if connected and not agent.sound:
            free = self.seats.speaks("agent") or not self._state.parts.lines.busy(agent.name)
            if free and agent.lost_s is not None:
                self._state.fault("agent_line_back", f"after {now_s - agent.lost_s:.1f} s")
            if free:
                self.agent_speaks()
        elif not connected and agent.sound:
            self.carry(self.control.line_lost("agent", now_s))
            self._state.fault("agent_line_lost")
            # The page is probably gone as well: we decide for how long both are waited for.
            self._router.line_awaited(agent.name)
            if self.control.apart:
                self.ask("line_lost")

    def _give_up(self) -> None:
        """The agent does not come back: the second one has the call, or the queue.

        It is decided here alone: while the line is waited for, the distributor's own time for agents whose page is
        silent does not run (``line_awaited``).
        """
        if self.control.second == "conference":
            try:
                self._requests.end_consult("transfer", "")
            except Refused as refusal:
                self._state.fault("not_passed_on", str(refusal))
            else:
                return
        self._leaving = True
        self._router.give_back(self._state.id)
        self.ask("agent_gone")

    def _ticking_over(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("call %s: the bridge broke", self._state.id, exc_info=error)
            self._state.fault("bridge_failed", type(error).__name__)
            self.ask("failed")
