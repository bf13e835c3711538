"""The people beside the caller: who sits where, and whether they speak in this call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voice_gateway.bridge.control import Control, Seat
from voice_gateway.bridge.voices import Voice
from voice_gateway.state import CallState


class Seats:
    """One call's people and their lines.

    Args:
        taken: told the seat of somebody whose line another call has claimed.
    """

    def __init__(self, state: CallState, control: Control, taken: Callable[[Seat], None]) -> None:
        self.voices: dict[Seat, Voice] = {}
        self._state = state
        self._control = control
        self._taken = taken

    def of(self, user: str) -> Seat | None:
        """Where a person sits in this call, if they do."""
        return next((seat for seat, member in self._control.members.items() if member.name == user), None)

    def sit_down(self, seat: Seat, user: str, line: str = "") -> bool:
        """Somebody is in the call; whether they speak in it.

        Args:
            line: whose line it is, where it goes by another name than theirs.
        """
        if seat not in self.voices:
            lines = self._state.parts.lines
            # The seat may be another one by the time that the line is taken away.
            self.voices[seat] = Voice(self._state, lines, line or user, user, lambda: self._taken_from(user))
        return self.claim(seat)

    def claim(self, seat: Seat) -> bool:
        """Claim somebody's line, if it is connected; whether it was."""
        voice = self.voices[seat]
        if not voice.connected(asyncio.get_running_loop().time()):
            return False
        voice.claim()
        return True

    def speaks(self, seat: Seat) -> bool:
        """Whether somebody's line is this call's."""
        voice = self.voices.get(seat)
        return voice is not None and voice.claimed

    def get_up(self, seat: Seat) -> None:
        """Somebody is not in the call any longer; nothing where nobody sits there."""
        if (voice := self.voices.pop(seat, None)) is not None:
            voice.leave()

    def becomes_agent(self, seat: Seat) -> None:
        """Whoever sits there has the call from now on, and its agent is not in it any longer."""
        self.get_up("agent")
        self.voices["agent"] = self.voices.pop(seat)

    def leave(self) -> None:
        """All get up."""
        for seat in list(self.voices):
            self.get_up(seat)

    def _taken_from(self, user: str) -> None:
        if (seat := self.of(user)) is not None:
            self._taken(seat)
