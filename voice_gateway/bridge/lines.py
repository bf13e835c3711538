"""Agents' lines: the sound of each agent at work, kept while their desk is open, one for each agent.

Whoever brings a line (the browser, a telephone) registers its leg; a call that the agent takes claims the line. A
line belongs to one call at a time: an agent with two calls speaks with the one that claimed it last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, runtime_checkable

from prometheus_client import Gauge

from voice_gateway.bridge.jitter import JitterBuffer
from voice_gateway.leg import CallLeg, Frame, LegClosed, Pcm, pass_on

logger = logging.getLogger(__name__)

AGENT_LINES = Gauge("tetraphone_agent_lines", "Agents whose sound is connected")
SILENT_S = 3.0
"""A line that brings no frame for so long has lost its sound."""


@runtime_checkable
class Tellable(Protocol):
    """A leg whose far end can be told why it ends."""

    async def replaced(self) -> None:
        """The agent has opened another line: tell the page of this one, and close it."""


class AgentLine:
    """One agent's sound, whatever leg brings it at the moment. ``pull`` once per tick; ``send`` as often."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.leg: CallLeg | None = None
        self.for_call = False
        """Whether the leg ends with the call that has the line."""
        self._buffer = JitterBuffer()
        self._last_frame_at: float | None = None
        self._holder: Callable[[], None] | None = None

    @property
    def buffer(self) -> JitterBuffer:
        return self._buffer

    def alive(self, now: float) -> bool:
        """Whether sound comes; ``now`` on the loop's clock."""
        return self.leg is not None and (self._last_frame_at is None or now - self._last_frame_at < SILENT_S)

    def pull(self) -> Pcm | None:
        return self._buffer.pull()

    @property
    def came_at(self) -> float | None:
        """See ``JitterBuffer.came_at``."""
        return self._buffer.came_at

    async def send(self, pcm: Pcm, came_at: float | None = None) -> None:
        if self.leg is not None:
            await pass_on(self.leg, pcm, came_at)

    # --- who speaks on it ---

    def claim(self, taken: Callable[[], None]) -> None:
        """The line is this call's from now on; ``taken`` is called when another one claims it."""
        if self._holder is not None and self._holder != taken:
            self._holder()
        self._holder = taken
        self._buffer.clear()

    def release(self, taken: Callable[[], None]) -> None:
        if self._holder == taken:
            self._holder = None

    @property
    def claimed(self) -> bool:
        return self._holder is not None

    # --- the leg ---

    def connect(self, leg: CallLeg | None, now: float, *, for_call: bool = False) -> None:
        self.leg, self.for_call = leg, for_call
        self._last_frame_at = now  # a leg that never brings a frame is silent in time as well
        self._buffer.clear()

    def frame(self, frame: Frame, now: float) -> None:
        self._last_frame_at = now
        if self._holder is not None:
            self._buffer.push(frame.pcm, frame.came_at)


class AgentLines:
    """All agents' lines. All methods belong to the event loop that they are called on."""

    def __init__(self) -> None:
        self._lines: dict[str, AgentLine] = {}
        self._telephones: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def register(self, user: str, leg: CallLeg, *, for_call: bool = False) -> None:
        """An agent's sound is connected. Its events are consumed here, and it is forgotten when it ends.

        Another leg of the same agent is told (``Tellable``) and closed: the later one counts, and a conversation
        goes on over it.

        Args:
            for_call: a telephone that was rung for a call, and is hung up as soon as no call has the line.
        """
        line = self._lines.get(user)
        if line is None:
            line = self._lines[user] = AgentLine(user)
        earlier = line.leg
        line.connect(leg, asyncio.get_running_loop().time(), for_call=for_call)
        self._start(self._follow(line, leg), f"agent line {user}")
        if earlier is not None:
            logger.info("agent %s has opened another line; the earlier one is closed", user)
            self._start(_end(earlier), f"end line {user}")
        self._count()

    def has_telephone(self, user: str, number: str) -> None:
        """An agent speaks by telephone, which rings for each of their calls; '' for no longer."""
        if number:
            self._telephones[user] = number
        else:
            self._telephones.pop(user, None)

    def telephone_of(self, user: str) -> str:
        """The number of an agent who speaks by telephone, in E.164; ''."""
        return self._telephones.get(user, "")

    def of(self, user: str) -> CallLeg | None:
        """The leg of an agent's line; None where they have none."""
        line = self._lines.get(user)
        return line.leg if line is not None else None

    def alive(self, user: str, now: float) -> bool:
        """Whether an agent's line brings sound; ``now`` on the loop's clock."""
        line = self._lines.get(user)
        return line is not None and line.alive(now)

    def busy(self, user: str) -> bool:
        """Whether some call has the agent's line."""
        line = self._lines.get(user)
        return line is not None and line.claimed

    def claim(self, user: str, taken: Callable[[], None]) -> AgentLine:
        """The agent speaks in this call from now on; see ``AgentLine.claim``."""
        line = self._lines.setdefault(user, AgentLine(user))
        line.claim(taken)
        return line

    def release(self, line: AgentLine, taken: Callable[[], None]) -> None:
        """This call needs the line no longer."""
        line.release(taken)
        if line.leg is not None and line.for_call and not line.claimed:
            self._start(_end(line.leg, told=False), f"hang up {line.user}")
        if line.leg is None and not line.claimed:
            self._lines.pop(line.user, None)

    async def close(self) -> None:
        """At the end of the process: close every leg, and stop following it."""
        await asyncio.gather(*(_end(line.leg, told=False) for line in self._lines.values() if line.leg))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._lines.clear()
        self._count()

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, line: AgentLine, leg: CallLeg) -> None:
        loop = asyncio.get_running_loop()
        try:
            async for event in leg.events():
                match event:
                    case Frame():
                        if line.leg is leg:
                            line.frame(event, loop.time())
                    case LegClosed(reason):
                        logger.info("the line of agent %s ended: %s", line.user, reason)
                        break
        finally:
            if line.leg is leg:
                line.connect(None, loop.time())
                if not line.claimed:
                    self._lines.pop(line.user, None)
            self._count()

    def _count(self) -> None:
        AGENT_LINES.set(sum(1 for line in self._lines.values() if line.leg is not None))


async def _end(leg: CallLeg, *, told: bool = True) -> None:
    try:
        async with asyncio.timeout(5.0):
            if told and isinstance(leg, Tellable):
                await leg.replaced()
            else:
                await leg.close()
    except Exception:
        logger.exception("an agent's line could not be closed in order")
