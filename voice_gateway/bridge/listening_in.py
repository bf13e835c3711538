"""A supervisor and a call that no person has: they may listen to caller and bot, and take the call over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from assist.acd.types import Refused
from core.commands import Monitor, Reply
from core.events import MonitoringChanged
from voice_gateway.bridge.control import NO_LINE
from voice_gateway.bridge.jitter import JitterBuffer
from voice_gateway.bridge.mix import mixed
from voice_gateway.bridge.outlet import Outlet
from voice_gateway.conversation import BotDone, Conversation
from voice_gateway.leg import FRAME_S, Frame
from voice_gateway.state import CallState

LATE_S = 2 * FRAME_S
WATCH_TICKS = 25
NOBODY_TO_SPEAK_TO = (
    "No agent has this call: there is nobody to whisper to. To speak with the caller, take it over."
)
NOT_WITH_BOT = (
    "The call waits for an agent, or is just beginning or ending: only the bot's calls can be taken over."
)


class ListeningIn:
    """Plays caller and bot to a supervisor, whom neither hears. What is said to the caller is copied, not redirected:
    the conversation is as if nobody listened."""

    def __init__(self, state: CallState, outlet: Outlet, user: str, line_gone: Callable[[], None]) -> None:
        self.user = user
        self._lines, self._outlet, self._line_gone = state.parts.lines, outlet, line_gone
        self._caller = JitterBuffer()
        self._ours = Outlet(state.leg, lambda mark: None)
        self._ours.join_mix()
        outlet.copy_to = self._ours
        self._line = self._lines.claim(user, line_gone)
        self._task = asyncio.create_task(self._run(), name=f"listen in {state.id}")

    def caller_said(self, frame: Frame) -> None:
        self._caller.push(frame.pcm)

    def leave(self) -> None:
        """Nobody listens any longer."""
        self._task.cancel()
        self._outlet.copy_to = None
        self._lines.release(self._line, self._line_gone)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due, ticks = loop.time(), 0
        while True:
            await asyncio.sleep(max(due - loop.time(), 0.0))
            if (late := loop.time() - due) > LATE_S:
                due += int(late / FRAME_S) * FRAME_S
            frames = [pcm for pcm in (self._caller.pull(), self._ours.pull()) if pcm is not None]
            if (sum_ := mixed(frames)) is not None:
                await self._line.send(sum_)
            ticks += 1
            if ticks % WATCH_TICKS == 0 and not self._lines.alive(self.user, loop.time()):
                self._line_gone()
                return
            due += FRAME_S


class Unattended:
    """What supervisors may ask of a call as long as no person has it. ``taken_over``: done with who takes it."""

    def __init__(self, state: CallState, outlet: Outlet) -> None:
        self._state, self._outlet = state, outlet
        self._listening: ListeningIn | None = None
        self.taken_over: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def monitors(self) -> list[dict[str, str]]:
        """As in ``Bridge.state``."""
        return [{"name": self._listening.user, "manner": "listen"}] if self._listening is not None else []

    def caller_said(self, frame: Frame) -> None:
        """A frame of the caller."""
        if self._listening is not None:
            self._listening.caller_said(frame)

    def handle(self, command: Monitor) -> Reply:
        """Carry out a supervisor's request; what makes no sense is refused with a sentence."""
        try:
            self._do(command.issued_by, command.manner)
        except Refused as refusal:
            return Reply(ok=False, error=str(refusal))
        return Reply(ok=True)

    def _do(self, user: str, manner: str) -> None:
        listens = self._listening is not None and self._listening.user == user
        if manner == "stop":
            if not listens:
                raise Refused("You do not listen to this call.")
            self.end()
            return
        if manner not in ("listen", "take_over"):
            raise Refused(NOBODY_TO_SPEAK_TO)
        self._may_listen(user, listens)
        if manner == "take_over":
            if self._state.facts.stage != "bot" or self.taken_over.done():
                raise Refused(NOT_WITH_BOT)
            self._state.parts.colleagues.check_room(user)
            self._state.emit(MonitoringChanged(supervisor=user, manner="take_over"))
            self._leave()
            self.taken_over.set_result(user)
        elif not listens:
            self._listening = ListeningIn(self._state, self._outlet, user, self.end)
            self._state.emit(MonitoringChanged(supervisor=user, manner="listen"))

    def _may_listen(self, user: str, listens: bool) -> None:
        lines = self._state.parts.lines
        if self._listening is not None and not listens:
            raise Refused("Another supervisor is with this call.")
        if not lines.alive(user, asyncio.get_running_loop().time()):
            raise Refused(NO_LINE)
        if lines.busy(user) and not listens:
            raise Refused("Your line is in another conversation.")

    async def led_by(self, conversation: Conversation) -> BotDone | str:
        """The bot leads the call to its end, or until a supervisor takes it over, who is returned then."""
        talk = asyncio.create_task(conversation.run(), name=f"bot {self._state.id}")
        try:
            until: set[asyncio.Future[Any]] = {talk, self.taken_over}
            await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not talk.done():
                talk.cancel()
                await asyncio.wait({talk})
        if self.taken_over.done():
            # Even where the bot came to an end that very moment: the supervisor was told that the call is theirs.
            if not talk.cancelled():
                talk.result()
            await self._outlet.clear()
            return self.taken_over.result()
        return talk.result()

    def end(self) -> None:
        """Who listens does so no longer: they stop, their line is gone, or the call is over."""
        if (user := self._leave()) is not None:
            self._state.emit(MonitoringChanged(supervisor=user, manner="stop"))

    def passes_on(self) -> str | None:
        """A person has the call from now on; who listened goes on doing so in the bridge."""
        return self._leave()

    def _leave(self) -> str | None:
        listening, self._listening = self._listening, None
        if listening is None:
            return None
        listening.leave()
        return listening.user
