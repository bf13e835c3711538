"""The demo's agent: takes the first offer, types their lines, and closes the call, as the desk page would."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from app.settings import Settings
from app.web import MediaAway, MediaLink
from core.commands import AnswerOffer, Command, FinishWrapUp, HangUp, Say, SetAgentState
from core.events import UtteranceHeard, UtteranceSpoken
from core.languages import Language
from core.log import EventLog
from core.proficiency import with_levels

logger = logging.getLogger(__name__)

_POLL_S = 0.5
_LINE_LIMIT_S = 15.0
"""So long the agent waits until a line is spoken, and for the caller's answer to it."""


class ScriptedAgent:
    """An agent of all four languages who works through commands alone."""

    def __init__(self, settings: Settings, log: EventLog, username: str, lines: tuple[str, ...]) -> None:
        self._link, self._log = MediaLink(settings.media_socket), log
        self._username, self._lines = username, lines
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Log in to the queue; returns when calls can be offered."""
        await self._say_available()
        self._task = asyncio.create_task(self._work(), name="scripted agent")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        with contextlib.suppress(MediaAway):
            await self._link.send(SetAgentState(**self._who(), state="offline"))
        await self._link.close()

    async def _work(self) -> None:
        me: dict[str, Any] = {}
        while not me.get("offer"):
            await self._say_available()
            me = await self._me()
            await asyncio.sleep(_POLL_S)
        await self._do(AnswerOffer(**self._who(), offer_id=me["offer"]["offer_id"], accept=True))
        call = (await self._me())["interaction_id"]
        while not await self._connected(call):
            await self._wait(_POLL_S)
        for number, line in enumerate(self._lines, 1):
            await self._do(Say(**self._who(), interaction_id=call, text=line))
            # What the caller says before is no answer to it: on a slow machine it takes seconds until it is spoken.
            await self._until_said(call, "agent", number)
            await self._until_said(call, "caller", await self._said(call, "caller") + 1)
        if await self._connected(call):
            await self._do(HangUp(**self._who(), interaction_id=call))
        while (await self._me()).get("state") != "wrap_up":
            await self._wait(_POLL_S)
        await self._do(
            FinishWrapUp(
                **self._who(),
                interaction_id=call,
                code="address_change",
                summary="배송 주소 변경 요청을 접수함.",
            )
        )

    async def _said(self, call: str, speaker: str) -> int:
        """How many utterances of theirs there are."""
        events = [one.event for one in await self._log.read(call)]
        return sum(
            isinstance(one, UtteranceHeard | UtteranceSpoken) and one.speaker == speaker for one in events
        )

    async def _until_said(self, call: str, speaker: str, utterances: int) -> None:
        """Wait for so many of them, until the caller has hung up, or for as long as is sensible."""
        end = asyncio.get_running_loop().time() + _LINE_LIMIT_S
        while await self._said(call, speaker) < utterances and await self._connected(call):
            if asyncio.get_running_loop().time() > end:
                return
            await self._wait(_POLL_S)

    async def _wait(self, seconds: float) -> None:
        """Wait, saying now and then that the agent is still there."""
        end = asyncio.get_running_loop().time() + seconds
        while (left := end - asyncio.get_running_loop().time()) > 0:
            await self._say_available()
            await asyncio.sleep(min(left, 4.0))

    async def _say_available(self) -> None:
        languages = with_levels(Language)
        skills = with_levels(["general", "complaints"])
        await self._do(SetAgentState(**self._who(), state="available", languages=languages, skills=skills))

    async def _me(self) -> dict[str, Any]:
        state = await self._link.state()
        return next((agent for agent in state["agents"] if agent["user"] == self._username), {})

    async def _connected(self, call: str) -> bool:
        """Whether the caller hears the agent by now, and no longer the line that announces them."""
        calls = (await self._link.state())["calls"]
        return any(one["interaction_id"] == call and one["stage"] == "agent" for one in calls)

    async def _do(self, command: Command) -> None:
        reply = await self._link.send(command)
        if not reply.ok:
            logger.warning("the scripted agent's command was refused: %s", reply.error)

    def _who(self) -> dict[str, Any]:
        return {"issued_by": self._username, "expires_at": datetime.now(UTC) + timedelta(seconds=10)}
