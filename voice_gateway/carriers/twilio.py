"""A call over Twilio Media Streams as a ``CallLeg``.

The leg is told of every message (``take``) and writes through its ``outbox``; it opens no socket and
starts no task. ``twilio_stream`` does both around it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

from core.events import new_id
from core.languages import Language
from voice_gateway.audio import g711
from voice_gateway.audio.framing import Framer
from voice_gateway.carriers import metrics
from voice_gateway.carriers import twilio_messages as messages
from voice_gateway.carriers.endings import Ending
from voice_gateway.carriers.inbox import Inbox, InboxFull
from voice_gateway.carriers.outbox import LineStuck, Outbox
from voice_gateway.carriers.sequence import SequenceCheck, Turn
from voice_gateway.carriers.twilio_messages import BadMessage
from voice_gateway.carriers.twilio_settings import diallable
from voice_gateway.leg import CallInfo, KeyPress, LegClosed, LegEvent, LegFault, MarkPassed, Pcm

logger = logging.getLogger(__name__)

CARRIER = "twilio"
_FRAMES = metrics.FRAMES.labels(CARRIER)
PIECE_SAMPLES = 1_600
"""Sound goes out in messages of 200 ms at most: few messages, and little is beyond a clear's reach."""

FAILED_REASONS = frozenset({"stream_lost", "media_timeout", "too_many_faults", "line_stuck", "failed"})


class TwilioLeg:
    """One call's stream.

    Attributes:
        language: the last known language of the caller, for an apology if the stream fails; whoever
            leads the conversation may set it.
        ending: what the call is to do after the stream; None while it runs.
        faults: how many messages made no sense so far.
    """

    def __init__(
        self,
        info: CallInfo,
        stream_sid: str,
        send: Callable[[str], Awaitable[None]],
        *,
        first_sequence: int = 0,
        max_faults: int = 1_000,
    ) -> None:
        self.id = new_id()
        self.info = info
        self.language: Language | None = None
        self.ending: Ending | None = None
        self.end_reason = ""
        self.ended = asyncio.Event()
        self.faults = 0
        self.outbox = Outbox(send)
        self._time = asyncio.get_running_loop().time
        self.last_media_at = self._time()
        self._stream_sid = stream_sid
        self._max_faults = max_faults
        self._inbox = Inbox()
        self._framer = Framer()
        self._sequence = SequenceCheck()
        self._sequence.judge(first_sequence)
        self._marks: Counter[str] = Counter()

    # --- what the call does ---

    def events(self) -> AsyncIterator[LegEvent]:
        return self._inbox.events()

    async def play(self, pcm: Pcm) -> None:
        for at in range(0, pcm.size, PIECE_SAMPLES):
            codes = g711.encode(pcm[at : at + PIECE_SAMPLES])
            await self._write(messages.media(self._stream_sid, codes), sound=True)

    async def mark(self, name: str) -> None:
        if self.ended.is_set():
            return
        self._marks[name] += 1
        await self._write(messages.mark(self._stream_sid, name))

    async def clear(self) -> None:
        self.outbox.clear(messages.clear(self._stream_sid))

    async def close(self, *, transfer_to: str | None = None) -> None:
        """End the stream; then Twilio hangs up, or dials ``transfer_to``.

        Raises:
            ValueError: if that can not be dialled.
        """
        if transfer_to is not None and not diallable(transfer_to):
            raise ValueError("transfer_to: neither a number of 3 to 15 digits nor a sip: address")
        ending = Ending("transfer", transfer_to) if transfer_to else Ending("hang_up")
        self.end("closed_by_us", ending)

    async def fail(self) -> None:
        """End the stream; then the caller hears an apology and is put through to the fallback number."""
        self.end("failed")

    async def _write(self, text: str, *, sound: bool = False) -> None:
        try:
            await self.outbox.put(text, sound=sound)
        except LineStuck:
            self.end("line_stuck")

    # --- what the stream does ---

    def end(self, reason: str, ending: Ending | None = None) -> None:
        """The leg is over. The first reason given stands."""
        if self.ended.is_set():
            return
        self.end_reason = reason
        self.ending = ending or Ending(
            "failed" if reason in FAILED_REASONS else "hang_up", None, self.language
        )
        self._inbox.put(LegClosed(reason))
        if self._inbox.dropped:
            metrics.FRAMES_DROPPED.labels(CARRIER, "call_too_slow").inc(self._inbox.dropped)
        metrics.LEGS_ENDED.labels(CARRIER, reason).inc()
        logger.info(
            "call %s ended: %s; %d faults, %d frames dropped, %s",
            self.info.carrier_call_id, reason, self.faults, self._inbox.dropped, self._framer.counts,
        )  # fmt: skip
        self.ended.set()
        self.outbox.close()

    def take(self, text: str) -> None:
        """Take one message of the carrier. Nothing that it may contain raises."""
        if self.ended.is_set():
            return
        try:
            self._take(messages.parse(text))
        except BadMessage as fault:
            self.fault(fault.kind, fault.detail)

    def fault(self, kind: str, detail: str = "") -> None:
        """Something made no sense: it is counted, logged and told to the call; too much ends the leg."""
        self.faults += 1
        metrics.FAULTS.labels(CARRIER, kind).inc()
        logger.warning("call %s: %s %s", self.info.carrier_call_id, kind, detail)
        self._put(LegFault(kind, detail))
        if self.faults > self._max_faults:
            self.end("too_many_faults")

    def _take(self, message: messages.Message) -> None:
        if isinstance(message, messages.Connected | messages.Start):
            raise BadMessage("duplicate_start")
        if message.stream_sid != self._stream_sid:
            raise BadMessage("wrong_stream")
        turn = self._sequence.judge(message.sequence)
        if turn is Turn.OUT_OF_TURN:
            raise BadMessage("out_of_order")
        if turn is Turn.AFTER_A_GAP:
            self.fault("sequence_gap")
        match message:
            case messages.Media():
                self._take_media(message)
            case messages.Dtmf():
                self._put(KeyPress(message.key, self._framer.clock_s))
            case messages.Mark():
                self._take_mark(message.name)
            case messages.Stop():
                self.end("hung_up")

    def _take_media(self, message: messages.Media) -> None:
        counts = self._framer.counts
        late, wild = counts.late, counts.wild
        for frame in self._framer.push(message.pcm, message.timestamp_ms):
            self._put(frame)
        if counts.late > late:
            metrics.FRAMES_DROPPED.labels(CARRIER, "late").inc()
            raise BadMessage("late_media")
        if counts.wild > wild:
            metrics.FRAMES_DROPPED.labels(CARRIER, "wild_timestamp").inc()
            raise BadMessage("wild_timestamp")
        _FRAMES.inc()
        self.last_media_at = self._time()

    def _take_mark(self, name: str) -> None:
        if not self._marks[name]:
            del self._marks[name]
            raise BadMessage("unknown_mark")
        self._marks[name] -= 1
        if not self._marks[name]:
            del self._marks[name]
        self._put(MarkPassed(name))

    def _put(self, event: LegEvent) -> None:
        try:
            self._inbox.put(event)
        except InboxFull:
            self.end("too_many_faults")
