"""What agents and supervisors ask of a bridged call. What makes no sense is refused, and nothing changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from assist.acd.types import Refused
from core.commands import (
    BringBot,
    Command,
    Consult,
    EndConsult,
    Hold,
    Monitor,
    Mute,
    RingPhone,
    Target,
    Transfer,
)
from core.e164 import is_e164
from core.events import TransferAsked
from core.redaction import mask_number, redact
from voice_gateway.bridge.control import NO_LINE
from voice_gateway.carriers.twilio_settings import diallable
from voice_gateway.state import CallState

if TYPE_CHECKING:
    from voice_gateway.bridge.bridge import Bridge

NO_CALLING_OUT = (
    "Nobody can be called for a consultation: no carrier here calls out. Transfer the call instead."
)
NO_CODES = "No system here takes codes, so the bot cannot ask for one."
FULL_NUMBER = "To be consulted, a number is given in full, such as +862112345678."


class Requests:
    """Carries requests out on a ``Bridge``; the distributor is asked where other agents are concerned."""

    def __init__(self, bridge: Bridge, state: CallState) -> None:
        self._bridge = bridge
        self._control, self._seats = bridge.control, bridge.seats
        self._state = state
        self._lines, self._router = state.parts.lines, state.parts.colleagues
        self._answer: asyncio.Future[str] | None = None

    def do(self, command: Command) -> None:
        """
        Raises:
            Refused: with a sentence for the person who asked.
        """
        control, carry, user = self._control, self._bridge.carry, command.issued_by
        match command:
            case Hold(on=on):
                carry(control.hold(on, user))
                if not on:
                    self._bridge.agent_speaks()
            case Mute(on=on):
                if (seat := self._seats.of(user)) is None:
                    raise Refused("You are not in this call.")
                carry(control.mute(seat, on))
            case Transfer(to=to, note=note):
                self._transfer(to, note, user)
            case Consult(to=to):
                self._consult(to, user)
            case EndConsult(then=then):
                self.end_consult(then, user)
            case RingPhone():
                self._bridge.ring_agent()
            case BringBot(task="code"):
                if self._state.parts.take_code is None:
                    raise Refused(NO_CODES)
                carry(control.bot_comes(user))
                self._bridge.ask("code")
            case BringBot():
                control.may_leave()
                self._bridge.leaves_with("satisfaction")
            case Monitor(manner="stop"):
                if self._seats.of(user) != "supervisor":
                    raise Refused("You do not listen to this call.")
                self.stop_monitoring("stopped")
            case Monitor(manner="take_over"):
                self._take_over(user)
            case Monitor(manner="listen" | "whisper" | "barge" as manner):
                self._may_monitor(user)
                carry(control.monitor(user, manner, self._state.media_now()))
                self._seats.sit_down("supervisor", user)
            case _:
                raise Refused("This cannot be asked of a call.")

    def leave(self, user: str) -> bool:
        """A second agent or a supervisor hangs up: the call goes on without them. False for anybody else."""
        seat = self._seats.of(user)
        if seat == "agent2":
            self.drop_second("left")
        elif seat == "supervisor":
            self.stop_monitoring("left")
        return seat in ("agent2", "supervisor")

    def forget(self) -> None:
        """Whoever was asked to come is waited for no longer; a telephone that rings for it stops."""
        self._answer = None
        self._bridge.ringing.stop("agent2")

    # --- giving the call away ---

    def _transfer(self, to: Target, note: str, by: str) -> None:
        self._control.may_leave()
        if to.kind == "number":
            if not diallable(to.name):
                raise Refused("A call can be given to a number of 3 to 15 digits or a sip: address.")
        else:
            self._router.check_transfer(self._state.id, to.kind, to.name)
        self._state.emit(
            TransferAsked(to_kind=to.kind, to_name=redact(to.name), manner="cold", by=by, note=redact(note))
        )
        self._bridge.leaves_with("transfer", to)

    # --- a second agent ---

    def _consult(self, to: Target, by: str) -> None:
        control = self._control
        control.may_ask()
        if to.kind == "number":
            self._consult_number(to.name, by)
            return
        if to.kind == "agent" and to.name in control.names() - {by}:
            raise Refused(f"{to.name} is in this call already.")
        if to.kind == "agent" and not self._reachable(to.name):
            self._router.check_transfer(self._state.id, to.kind, to.name)  # a better reason, if there is one
            raise Refused(f"{to.name} has no sound connected.")
        silent = [user for user in self._router.present() if not self._reachable(user)]
        without = {*silent, *control.names()} if to.kind == "queue" else ()
        asked, answer = self._router.ask_colleague(self._state.id, to.kind, to.name, without)
        self._bridge.carry(control.ask_second(to.kind, to.name, asked, by))
        self._answer = answer
        answer.add_done_callback(self._answered)

    def _reachable(self, user: str) -> bool:
        """Whether an agent has sound, or a telephone that can be rung."""
        alive = self._lines.alive(user, asyncio.get_running_loop().time())
        return alive or self._bridge.ringing.can_ring(user)

    def _answered(self, answer: asyncio.Future[str]) -> None:
        control = self._control
        if answer is not self._answer or answer.cancelled() or control.second != "asked":
            return
        result, user = answer.result(), control.asked
        if result != "accepted":
            self._bridge.carry(control.second_gone(result))
        elif self._lines.alive(user, asyncio.get_running_loop().time()):
            self._comes(user, user)
        elif self._reachable(user):
            number = self._lines.telephone_of(user)
            self._bridge.ringing.start("agent2", number, user, lambda why: self._comes(user, user, why))
        else:
            self.drop_second("no_sound")

    def _consult_number(self, number: str, by: str) -> None:
        if not self._state.parts.calling_out.possible:
            raise Refused(NO_CALLING_OUT)
        if not is_e164(number):
            raise Refused(FULL_NUMBER)
        shown, line = mask_number(number), f"number of {self._state.id}"  # no user's name has spaces
        self._bridge.carry(self._control.ask_second("number", shown, shown, by))
        # What answers there, the agent hears: a menu may be just what they want.
        self._bridge.ringing.start(
            "agent2", number, line, lambda why: self._comes(shown, line, why), machines=True
        )

    def _comes(self, name: str, line: str, why: str = "") -> None:
        """Whoever was asked to come is there, on this line; or is not, for this reason."""
        if why:
            self.drop_second(why)
        else:
            self._bridge.carry(self._control.second_came(self._state.media_now()))
            self._seats.sit_down("agent2", name, line)

    def end_consult(self, then: Literal["back", "conference", "transfer"], by: str) -> None:
        """``by`` is '' where the agent is gone and nobody asks."""
        control, colleague = self._control, self._control.members.get("agent2")
        number = control.second_party == "number"
        if then == "transfer" and colleague is not None and not control.bot and not number:
            # The distributor first: it may refuse.
            self._router.pass_on(self._state.id, colleague.name, f"{by or 'the platform'} gives it on")
        facts = control.end_consult(then, by, self._state.media_now())
        if then == "transfer":
            name, by = control.agent.name, by or "platform"
            facts.append(
                TransferAsked(to_kind="number" if number else "agent", to_name=name, manner="warm", by=by)
            )
            self._bridge.ringing.stop("agent")
            self._seats.becomes_agent("agent2")
            if number:
                self._seats.get_up("supervisor")
                self._bridge.put_through()
        elif then == "back":
            self.forget()
            self._seats.get_up("agent2")
            self._router.colleague_left(self._state.id, "consultation_over")
        self._bridge.carry(facts)

    def drop_second(self, reason: str) -> None:
        """The second one is not there, or will not come."""
        self._bridge.carry(self._control.second_gone(reason))
        self.forget()
        self._seats.get_up("agent2")
        self._router.colleague_left(self._state.id, reason)

    # --- supervisors ---

    def _may_monitor(self, user: str) -> None:
        if not self._lines.alive(user, asyncio.get_running_loop().time()):
            raise Refused(NO_LINE)
        if self._lines.busy(user) and self._seats.of(user) != "supervisor":
            raise Refused("Your line is in another conversation.")

    def _take_over(self, user: str) -> None:
        self._control.may_take_over(user)
        self._may_monitor(user)
        self._router.pass_on(self._state.id, user, f"{user} takes the call over")
        self.forget()
        self._bridge.ringing.stop("agent")
        facts = self._control.take_over(user, self._state.media_now())
        self._seats.get_up("agent2")
        self._seats.sit_down("supervisor", user)
        self._seats.becomes_agent("supervisor")
        self._bridge.carry(facts)

    def stop_monitoring(self, reason: str) -> None:
        """The supervisor listens no longer; nothing where nobody did."""
        self._bridge.carry(self._control.monitor_over(reason))
        self._seats.get_up("supervisor")
