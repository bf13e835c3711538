"""An agent's or a supervisor's voice in one call: their line, their channel of the recording, and their words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voice_gateway.bridge.lines import AgentLine, AgentLines
from voice_gateway.happenings import Happening, Utterance
from voice_gateway.language_tracker import LanguageTracker
from voice_gateway.leg import Frame, Pcm
from voice_gateway.listening import Listener
from voice_gateway.state import CallState
from voice_gateway.turns.endpointing import TRANSCRIPT


class Voice:
    """One person's part.

    Args:
        user: whose line it is.
        name: theirs in the transcript.
        taken: called when another call claims their line.
    """

    def __init__(
        self, state: CallState, lines: AgentLines, user: str, name: str, taken: Callable[[], None]
    ) -> None:
        self.user = user
        self._name = name
        self._state = state
        self._lines = lines
        self._line: AgentLine | None = None
        self._taken = taken
        self._listener: Listener | None = None
        self._listening: asyncio.Task[None] | None = None

    # --- the line ---

    @property
    def claimed(self) -> bool:
        """Whether the person speaks in this call, and in no other."""
        return self._line is not None

    def connected(self, now: float) -> bool:
        """Whether their line brings sound, for whatever call."""
        return self._lines.alive(self.user, now)

    def claim(self) -> None:
        """Their line is this call's from now on."""
        if self._line is None:
            self._line = self._lines.claim(self.user, self._lose)

    def _lose(self) -> None:
        self._line = None
        self._taken()

    def pull(self) -> Pcm | None:
        return self._line.pull() if self._line is not None else None

    @property
    def came_at(self) -> float | None:
        """When the packet of what was pulled last came in; None where that is not known."""
        return self._line.came_at if self._line is not None else None

    async def send(self, pcm: Pcm, came_at: float | None = None) -> None:
        if self._line is not None:
            await self._line.send(pcm, came_at)

    # --- the words ---

    def heard(self, pcm: Pcm, at_s: float) -> None:
        """What the caller hears of them is recognised; ``at_s`` on the call's clock."""
        if self._listener is None:
            self._listener = self._listen()
            self._listening = asyncio.create_task(self._listener.run(), name=f"listen to {self.user}")
        self._listener.frame(Frame(pcm, at_s))

    def check_stall(self) -> None:
        if self._listener is not None:
            self._listener.check_stall()

    def _listen(self) -> Listener:
        state, parts = self._state, self._state.parts
        offered = parts.settings.languages
        tracker = LanguageTracker(state.facts.language, caller="", known=True, offered=offered)
        listener = Listener(
            f"{state.id}:{self.user}",
            vad=parts.vad,
            recogniser=parts.recogniser,
            tracker=tracker,
            post=self._post,
            media_now=state.media_now,
            bias=lambda: parts.bot.vocabulary(state.facts.language),
            options=parts.settings.listening,
        )
        listener.expect(TRANSCRIPT)
        return listener

    def _post(self, happening: Happening) -> None:
        if isinstance(happening, Utterance):
            self._state.agent_heard(happening, self._name)

    # --- the end ---

    def leave(self) -> None:
        """They are not in this call any longer; what they said last is still recognised."""
        if self._line is not None:
            self._lines.release(self._line, self._lose)
            self._line = None
        if self._listener is not None and self._listening is not None:
            self._state.later(_last_words(self._listener, self._listening, self._post))
            self._listener = self._listening = None


async def _last_words(
    listener: Listener, listening: asyncio.Task[None], post: Callable[[Happening], None]
) -> None:
    listening.cancel()
    await asyncio.wait({listening})
    try:
        for utterance in await listener.finish():
            post(utterance)
    finally:
        listener.close()
