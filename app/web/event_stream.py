"""A call's events as they happen, as server-sent events.

One reader follows the log for the whole process and wakes the streams of the calls that have news.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from prometheus_client import Gauge

from app.web.problems import Problem
from core import events as ev
from core.events import Recorded
from core.log import EventLog
from core.views import masked
from core.web import StillAllowed

STREAMS = Gauge("tetraphone_event_streams", "Event streams that are open")

HEARTBEAT_S = 10.0
LONGEST_S = 4 * 3600.0
AFTER_END_S = 3.0
"""The score, the summary and the recording's end follow the call's end; a stream waits for them so long."""


class LiveTail:
    """Follows the log and wakes whoever waits for a call's next event."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self.streams = 0

    async def keep_up(self) -> None:
        """Belongs in a task of its own."""
        async for recorded in self._log.follow(await self._log.last_position()):
            for news in self._waiting.get(recorded.interaction_id, ()):
                news.set()

    def subscribe(self, call_id: str) -> asyncio.Event:
        news = asyncio.Event()
        self._waiting[call_id].add(news)
        return news

    def unsubscribe(self, call_id: str, news: asyncio.Event) -> None:
        self._waiting[call_id].discard(news)
        if not self._waiting[call_id]:
            del self._waiting[call_id]


def event_json(recorded: Recorded) -> dict[str, Any]:
    """An event as the API shows it: enveloped, personal numbers masked."""
    data = masked(recorded.event.model_dump(mode="json"))
    if isinstance(recorded.event, ev.CallStarted):
        data["called"] = recorded.event.called  # our own number
    return {
        "seq": recorded.seq,
        "kind": recorded.event.kind,
        "recorded_at": recorded.recorded_at.isoformat(),
        "media_at": recorded.media_at,
        "leg_id": recorded.leg_id,
        "causation_id": recorded.causation_id,
        "data": data,
        "erased": recorded.erased,
    }


def hidden_from(agent: str | None) -> tuple[type[ev.Event], ...]:
    """The facts that an agent does not see of a call: who listens to it. Those who may read all see all."""
    return () if agent is None else (ev.MonitoringChanged,)


async def stream_response(
    request: Request, call_id: str, after: int, hidden: tuple[type[ev.Event], ...] = ()
) -> StreamingResponse:
    """History from ``after`` on without what is ``hidden``, then live; ends with the call.

    Raises:
        Problem: 503 if as many streams are open as may be.
    """
    tail: LiveTail = request.app.state.live_tail
    if tail.streams >= request.app.state.parts.settings.stream_limit:
        raise Problem(503, "too_many_streams", "too many event streams are open; try again later")
    return StreamingResponse(
        _stream(request, tail, call_id, after, hidden),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(
    request: Request, tail: LiveTail, call_id: str, after: int, hidden: tuple[type[ev.Event], ...]
) -> AsyncIterator[str]:
    log: EventLog = request.app.state.parts.log
    loop = asyncio.get_running_loop()
    began, ended_at = loop.time(), None
    live = False
    allowed = StillAllowed(request, every_s=HEARTBEAT_S)
    news = tail.subscribe(call_id)
    tail.streams += 1
    STREAMS.set(tail.streams)
    try:
        # The end may lie before ``after``: a finished call gives what is left and no more.
        ended = any(isinstance(one.event, ev.CallEnded) for one in await log.read(call_id))
        while loop.time() - began < LONGEST_S:
            news.clear()
            for recorded in await log.read(call_id, after):
                after = recorded.seq
                ended = ended or isinstance(recorded.event, ev.CallEnded)
                if not isinstance(recorded.event, hidden):
                    yield _frame(event_json(recorded))
            if ended and ended_at is None:
                ended_at = loop.time()
            if ended_at is not None and (not live or loop.time() - ended_at >= AFTER_END_S):
                yield "event: end\ndata: {}\n\n"
                return
            live = True
            try:
                await asyncio.wait_for(news.wait(), HEARTBEAT_S if ended_at is None else AFTER_END_S)
            except TimeoutError:
                yield ": still here\n\n"
            if not await allowed():
                return
    finally:
        tail.unsubscribe(call_id, news)
        tail.streams -= 1
        STREAMS.set(tail.streams)


def _frame(event: dict[str, Any]) -> str:
    return f"id: {event['seq']}\nevent: {event['kind']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"
