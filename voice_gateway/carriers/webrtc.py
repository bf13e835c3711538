"""A browser as a ``CallLeg``: one party, whatever connections it has had.

The leg outlives its connections. While none carries sound it is *lost*: it tells so (``LegFault``
``connection_lost``, later ``connection_resumed``) and ends only when nobody resumes it in time. The leg opens no
socket and starts no task; ``webrtc_lines`` does both around it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from core.events import new_id
from core.languages import Language
from voice_gateway.audio.framing import Framer
from voice_gateway.carriers import metrics
from voice_gateway.carriers.inbox import Inbox, InboxFull
from voice_gateway.carriers.webrtc_peer import Peer
from voice_gateway.carriers.webrtc_playout import LIVE_PIECE, Outgoing, Playout
from voice_gateway.leg import CallInfo, Frame, KeyPress, LegClosed, LegEvent, LegFault, MarkPassed, Pcm

logger = logging.getLogger(__name__)

CARRIER = "webrtc"
LOST, RESUMED = "connection_lost", "connection_resumed"
STUCK_S = 10.0
_FRAMES = metrics.FRAMES.labels(CARRIER)


class WebRtcLeg:
    """One browser.

    Attributes:
        language: the last known language of the party; whoever leads the conversation may set it.
        keep_s: how long the leg is kept while it is lost.
        lost_since: since when there is no sound (the loop's clock); None while there is.
        farewell: what the browser is told at the end, where the reason alone would not do.
        transfer_to: the number that the party is asked to call, since a browser cannot be put through.
    """

    def __init__(
        self, info: CallInfo, *, keep_s: float, lost_after_s: float = 2.0, max_faults: int = 1_000
    ) -> None:
        self.id = new_id()
        self.info = info
        self.language: Language | None = None
        self.keep_s = keep_s
        self.ended = asyncio.Event()
        self.end_reason = ""
        self.farewell = ""
        self.transfer_to = ""
        self.connected = asyncio.Event()
        """Set by the first sound, or by an end without any."""
        self.lost_since: float | None = None
        self.faults = 0
        self.playout = Playout()
        self.peer: Peer | None = None
        self.pending: Peer | None = None
        """A connection that has brought no sound yet."""
        self.retired: list[Peer] = []
        """Connections to be closed."""
        self._lost_after_s = lost_after_s
        self._max_faults = max_faults
        self._inbox = Inbox()
        self._framer = Framer(wild_s=keep_s + 30.0)
        self._begun_at: float | None = None
        """When the sound came in that the framer has kept for the next frame."""
        self._passed_on = metrics.PASSED_ON.labels(
            "agent" if info.parameters.get("kind") == "softphone" else "caller"
        )
        self._base_ms = 0
        """Where on the leg's clock the present connection's sound began."""
        self._changed = asyncio.Event()
        self._room = asyncio.Event()

    # --- what the call does ---

    def events(self) -> AsyncIterator[LegEvent]:
        return self._inbox.events()

    async def play(self, pcm: Pcm) -> None:
        await self._play(pcm, None)

    async def pass_on(self, pcm: Pcm, came_at: float) -> None:
        await self._play(pcm, came_at)

    async def _play(self, pcm: Pcm, came_at: float | None) -> None:
        if self.lost_since is not None and self.playout.live and pcm.size <= LIVE_PIECE:
            return  # what is spoken now is not kept for later
        if not self.playout.room(pcm.size):
            await self._wait_for_room(pcm.size)
        if not self.ended.is_set():
            self.playout.add(pcm, came_at)
            self._changed.set()

    async def _wait_for_room(self, samples: int) -> None:
        try:
            async with asyncio.timeout(STUCK_S + self.keep_s):
                while not self.ended.is_set() and not self.playout.room(samples):
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            self.end("line_stuck")

    async def mark(self, name: str) -> None:
        if not self.ended.is_set():
            self.playout.mark(name)
            self._changed.set()

    async def clear(self) -> None:
        for name in self.playout.clear():
            self._put(MarkPassed(name))
        self._room.set()

    async def close(self, *, transfer_to: str | None = None) -> None:
        """End the leg; the browser shows the number ``transfer_to``, where there is one."""
        if not self.ended.is_set():
            self.transfer_to = transfer_to or ""
            self.end("closed_by_us")

    async def fail(self) -> None:
        """End the leg; the browser shows an apology."""
        self.end("failed")

    async def replaced(self) -> None:
        """The agent has opened another line: the page of this one is told so, and does not try again."""
        self.farewell = "replaced"
        self.end("closed_by_us")

    # --- what the connections do ---

    async def outgoing(self, peer: Peer) -> Outgoing:
        """The next frame for the browser, when it is due; never while it cannot be heard over this connection."""
        loop = asyncio.get_running_loop()
        while True:
            if peer is self.peer and self.lost_since is None:
                now = loop.time()
                if (out := self.playout.next(now)) is not None:
                    for name in out.marks:
                        self._put(MarkPassed(name))
                    self._room.set()
                    return out
                wait: float | None = self.playout.wait(now)
            else:
                wait = None
            self._changed.clear()
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def left(self, out: Outgoing) -> None:
        """A frame is encoded, and is sent now."""
        if out.came_at is not None:
            self._passed_on.observe(asyncio.get_running_loop().time() - out.came_at)

    def sound(self, peer: Peer, pcm: Pcm, at_ms: int, came_at: float) -> None:
        if self.ended.is_set():
            return
        if peer is not self.peer:
            if peer is not self.pending:
                return
            self._take_over(peer, at_ms)
        if self.lost_since is not None:
            self.lost_since = None
            self._put(LegFault(RESUMED))
            self._changed.set()
        counts = self._framer.counts
        dropped = counts.late + counts.wild
        for frame in self._framer.push(pcm, self._base_ms + at_ms):
            self._put(Frame(frame.pcm, frame.at_s, self._begun_at or came_at))
            self._begun_at = None
        if self._framer.waiting and self._begun_at is None:
            self._begun_at = came_at
        if counts.late + counts.wild > dropped:
            metrics.FRAMES_DROPPED.labels(CARRIER, "late").inc()
            self.fault("bad_timestamp")
        _FRAMES.inc()

    def _take_over(self, peer: Peer, at_ms: int) -> None:
        """The new connection carries sound: it is the leg's from now on, and the leg's clock goes on."""
        silence_s = 0.0
        if self.peer is not None:
            if self.peer.last_sound_at is not None:
                silence_s = asyncio.get_running_loop().time() - self.peer.last_sound_at
            self.retired.append(self.peer)
        self._base_ms = round((self._framer.clock_s + max(0.0, silence_s)) * 1_000) - at_ms
        self.peer, self.pending = peer, None
        self.connected.set()
        self._changed.set()

    def gone(self, peer: Peer) -> None:
        """A connection broke off."""
        if peer is self.pending:
            self.pending = None
        elif peer is self.peer:
            self.look(asyncio.get_running_loop().time(), broken=True)
        self.retired.append(peer)

    def look(self, now: float, *, broken: bool = False, signalling: bool = True) -> None:
        """Notice that sound has stopped, and that it has stopped for too long."""
        if self.ended.is_set() or self.peer is None or (at := self.peer.last_sound_at) is None:
            return
        if self.lost_since is None and (broken or now - at >= self._lost_after_s):
            self.lost_since = at
            self._put(LegFault(LOST))
        if self.lost_since is not None and now - self.lost_since >= self.keep_s:
            self.end("media_timeout" if signalling and not broken else "stream_lost")

    def key(self, key: str) -> None:
        self._put(KeyPress(key, self._framer.clock_s))

    def fault(self, kind: str, detail: str = "") -> None:
        """Something made no sense: it is counted, logged and told to the call; too much ends the leg."""
        self.faults += 1
        metrics.FAULTS.labels(CARRIER, kind).inc()
        logger.warning("%s: %s %s", self.info.carrier_call_id, kind, detail)
        self._put(LegFault(kind, detail))
        if self.faults > self._max_faults:
            self.end("too_many_faults")

    def end(self, reason: str) -> None:
        """The leg is over. The first reason given stands."""
        if self.ended.is_set():
            return
        self.end_reason = reason
        self._inbox.put(LegClosed(reason))
        if self._inbox.dropped:
            metrics.FRAMES_DROPPED.labels(CARRIER, "call_too_slow").inc(self._inbox.dropped)
        metrics.LEGS_ENDED.labels(CARRIER, reason).inc()
        logger.info("%s ended: %s; %d faults", self.info.carrier_call_id, reason, self.faults)
        self.ended.set()
        self.connected.set()
        self._room.set()

    def _put(self, event: LegEvent) -> None:
        try:
            self._inbox.put(event)
        except InboxFull:
            self.end("too_many_faults")
