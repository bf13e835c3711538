"""A caller: places a call at a server as Twilio would, speaks its turns in real time, and listens.

Sound goes out in 20 ms frames, silence included; what comes back is played in real time, so that
marks are answered when the caller has really heard what stands before them, and gaps are measured
as a caller perceives them. The next turn begins when the reply to the last has ended.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from voice_gateway.audio import g711
from voice_gateway.audio.files import read_audio
from voice_gateway.audio.playout import PlayoutBuffer, voiced_until
from voice_gateway.carriers.twilio_client import CallRefused, StreamWriter, TwilioClient, Verb, read_twiml
from voice_gateway.leg import FRAME_S, FRAME_SAMPLES, LINE_RATE, Pcm

_TAIL_S = 0.1
_QUIET = np.zeros(FRAME_SAMPLES, dtype=np.int16)
_QUIET.setflags(write=False)
_QUIET_CODES = g711.encode(_QUIET)
_LINE_MARK = re.compile(r"(?P<line>[^.]*-(?P<name>[^-.]+))\.\d+")
"""Marks of this platform: leg, number of the line, its name; then the piece's number."""

EndedBy = Literal["caller", "platform", "lost", "refused", "time_limit"]


@dataclass(frozen=True, slots=True)
class AudioTurn:
    """Something the caller says: int16 at 8 kHz.

    ``interrupt_after_s``: begin when the line spoken before has been heard for so long, not after its end.
    ``answer_after_s``: begin so long after the end of the line spoken before; None: the script's ``quiet_s``.
    """

    pcm: Pcm
    name: str = ""
    interrupt_after_s: float | None = None
    answer_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class KeysTurn:
    """Keys the caller presses, one every 200 ms."""

    keys: str
    name: str = ""
    interrupt_after_s: float | None = None
    answer_after_s: float | None = None


Turn = AudioTurn | KeysTurn


def parse_turn(what: str | Path | Pcm | Turn) -> Turn:
    """A turn from what a person would write: a sound file, ``dtmf:1234``, or ``silence:SECONDS``.

    Raises:
        ValueError: if it is none of these; the message says why.
    """
    if isinstance(what, AudioTurn | KeysTurn):
        return what
    if isinstance(what, np.ndarray):
        return AudioTurn(what)
    text = str(what)
    if text.startswith("dtmf:"):
        keys = text.removeprefix("dtmf:")
        if not keys or not set(keys) <= set("0123456789*#"):
            raise ValueError(f"{text}: keys are 0-9, * and #, as in dtmf:1234#")
        return KeysTurn(keys, text)
    if text.startswith("silence:"):
        try:
            seconds = float(text.removeprefix("silence:"))
        except ValueError:
            raise ValueError(f"{text}: seconds are a number, as in silence:2.5") from None
        return AudioTurn(np.zeros(round(max(0.0, min(seconds, 600.0)) * LINE_RATE), dtype=np.int16), text)
    return AudioTurn(read_audio(Path(text)), Path(text).name)


@dataclass(frozen=True, slots=True)
class CallerScript:
    """Who calls whom, what they say, and how patient they are; all times in seconds.

    Attributes:
        quiet_s: a reply has ended when nothing was audible for so long after it.
        reply_limit_s: without a reply (or without its end) the caller goes on after this time.
        linger_s: how long the caller stays after the last reply before hanging up.
        max_call_s: the caller hangs up after this time in any case.
        fillers: names of lines that are no reply ("one moment, please"); the caller waits for what follows.
        hang_up_on: names of lines at which the caller gives up, such as those of a queue.
    """

    turns: Sequence[Turn]
    caller: str = "+8613800138000"
    called: str = "+8657900000000"
    wait_for_greeting: bool = True
    quiet_s: float = 1.2
    reply_limit_s: float = 30.0
    linger_s: float = 3.0
    max_call_s: float = 300.0
    fillers: frozenset[str] = frozenset()
    hang_up_on: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CallerEvent:
    """Something that happened, for whoever watches; ``at_s`` counts from the stream's start.

    ``kind``: connected, reply_started, reply_ended, turn_started, turn_ended, cleared, stream_ended, action.
    """

    kind: str
    at_s: float
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class HeardLine:
    """A line of the platform as its marks tell: its name, and when it was played, in seconds."""

    mark: str
    name: str
    start_s: float
    end_s: float


@dataclass(slots=True)
class TurnReport:
    """One turn and the reply to it, as the caller perceived them, in seconds from the stream's start.

    ``gap_s`` runs from the sending of the last voiced sample (or last key) to the first audible sample
    of the reply; None without a reply, without a voiced sample, or if the platform was speaking already.
    """

    name: str
    started_s: float
    ended_s: float = 0.0
    last_voiced_s: float | None = None
    reply_started_s: float | None = None
    reply_ended_s: float | None = None
    gap_s: float | None = None


@dataclass(slots=True)
class CallReport:
    """What became of a call."""

    call_sid: str
    ended_by: EndedBy = "lost"
    close_reason: str = ""
    duration_s: float = 0.0
    greeting_s: float | None = None
    """When the first audible sample was heard."""
    turns: list[TurnReport] = field(default_factory=list)
    heard: Pcm = field(default_factory=lambda: np.zeros(0, dtype=np.int16))
    """What the caller heard, 8 kHz, from the stream's start to its end."""
    said: Pcm = field(default_factory=lambda: np.zeros(0, dtype=np.int16))
    """What the caller said, on the same clock."""
    lines: list[HeardLine] = field(default_factory=list)
    """What was played, line by line, where the marks tell; a line that was cleared ends there."""
    late_ms: float = 0.0
    """The longest that a frame of the caller was late: above some 20 ms the caller's own machine was too slow."""
    marks_passed: int = 0
    clears: int = 0
    action_twiml: str = ""
    action: list[Verb] = field(default_factory=list)
    """What the platform told the carrier to do after the stream."""
    action_error: str = ""

    @property
    def gaps_s(self) -> list[float]:
        return [turn.gap_s for turn in self.turns if turn.gap_s is not None]

    def as_dict(self) -> dict[str, Any]:
        """All of it but the sound, as JSON-ready fields; of what the platform told the carrier, the verbs' names."""
        data = {
            one.name: getattr(self, one.name) for one in fields(self) if one.name not in ("heard", "said")
        }
        data["turns"], data["lines"] = (
            [asdict(turn) for turn in self.turns],
            [asdict(line) for line in self.lines],
        )
        data["action"] = [verb.name for verb in self.action]
        return data


async def place_call(
    server: str,
    turns: Sequence[str | Path | Pcm | Turn] | CallerScript,
    *,
    auth_token: str = "",
    call_sid: str | None = None,
    on_event: Callable[[CallerEvent], None] | None = None,
    **options: Any,
) -> CallReport:
    """Place one call at ``server`` (such as ``http://127.0.0.1:8081``) and follow it to its end.

    Args:
        turns: see ``parse_turn``; or a whole script.
        auth_token: signs webhooks and stream as Twilio does.
        options: fields of ``CallerScript``, such as ``caller`` or ``linger_s``.

    Raises:
        ValueError: if a turn makes no sense.
        CallRefused: if the platform does not answer the call with a stream.
    """
    script = (
        turns
        if isinstance(turns, CallerScript)
        else CallerScript([parse_turn(turn) for turn in turns], **options)
    )
    call_sid = call_sid or "CA" + secrets.token_hex(16)
    form = {
        "AccountSid": "AC" + "0" * 32,
        "CallSid": call_sid,
        "From": script.caller,
        "To": script.called,
        "ApiVersion": "2010-04-01",
    }
    client = TwilioClient(server, auth_token=auth_token)
    try:
        order = await client.ring(form)
        stream = await client.open_stream(order.url)
        async with stream:
            call = _Call(script, stream, StreamWriter(call_sid), on_event or (lambda event: None))
            report = await call.follow(order.parameters)
        status = "completed" if report.ended_by in ("caller", "time_limit") else "in-progress"
        try:
            report.action_twiml = await client.post(order.action_url, {**form, "CallStatus": status})
            report.action = read_twiml(report.action_twiml)
        except CallRefused as error:
            report.action_error = str(error)
        call.tell("action", verbs=[verb.name for verb in report.action], error=report.action_error)
        return report
    finally:
        await client.close()


class _Call:
    """One stream under way."""

    def __init__(
        self,
        script: CallerScript,
        stream: ClientConnection,
        writer: StreamWriter,
        on_event: Callable[[CallerEvent], None],
    ) -> None:
        self._script = script
        self._stream = stream
        self._writer = writer
        self._on_event = on_event
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._playout = PlayoutBuffer()
        self._report = CallReport(writer.call_sid)
        self._said: list[Pcm] = []
        self._keys: list[str] = []
        self._line_since: float | None = None

    @property
    def _now(self) -> float:
        return self._loop.time() - self._began

    @property
    def _sends_at(self) -> float:
        """When the frame being prepared goes out."""
        return len(self._said) * FRAME_S

    def tell(self, kind: str, at_s: float | None = None, **detail: Any) -> None:
        self._on_event(CallerEvent(kind, self._now if at_s is None else at_s, detail))

    async def follow(self, parameters: dict[str, str]) -> CallReport:
        """Speak and listen until one side ends the stream."""
        report = self._report
        listening: asyncio.Task[None] | None = None
        try:
            await self._stream.send(self._writer.connected())
            await self._stream.send(self._writer.start(parameters))
            self._began = self._loop.time()
            self.tell("connected", call_sid=report.call_sid)
            listening = asyncio.create_task(self._listen(), name="caller listens")
            async with asyncio.timeout(self._script.max_call_s):
                await self._speak(listening)
            report.ended_by = "caller"
        except TimeoutError:
            report.ended_by = "time_limit"
        except ConnectionClosed:
            report.ended_by = "lost"
        finally:
            if listening is not None:
                listening.cancel()
                await asyncio.wait({listening})
        await self._leave()
        now = self._now
        report.duration_s = now
        self._playout.clear(now)
        report.heard = self._playout.recording(now)
        report.said = np.concatenate(self._said) if self._said else report.said
        for turn in report.turns:
            self._judge(turn)
        report.close_reason = self._stream.close_reason or ""
        self.tell("stream_ended", by=report.ended_by, reason=report.close_reason)
        return report

    async def _leave(self) -> None:
        """Hang up, unless the platform did: then only its way of closing is noted."""
        if self._report.ended_by in ("caller", "time_limit"):
            try:
                await self._stream.send(self._writer.stop())
                await self._stream.close()
                return
            except ConnectionClosed:
                pass  # the platform hung up in the same moment; how, is judged below
        # 1011 and the like mean that the platform gave the stream up, not that it ended the call.
        self._report.ended_by = "platform" if self._stream.close_code == 1000 else "lost"

    # --- speaking ---

    async def _speak(self, listening: asyncio.Task[None]) -> None:
        for number, frame in enumerate(self._line()):
            # Absolute times: a frame that was late does not delay those after it.
            early = self._began + number * FRAME_S - self._loop.time()
            if early > 0:
                await asyncio.sleep(early)
            self._report.late_ms = max(
                self._report.late_ms, (self._loop.time() - self._began - number * FRAME_S) * 1000
            )
            if listening.done():
                listening.result()
                raise ConnectionError("the caller's ear ended without a reason")
            for name in self._playout.passed(self._now):
                self._report.marks_passed += 1
                await self._stream.send(self._writer.mark(name))
            while self._keys:
                await self._stream.send(self._writer.dtmf(self._keys.pop(0)))
            codes = _QUIET_CODES if frame is _QUIET else g711.encode(frame)
            await self._stream.send(self._writer.media(codes, number * 20))
            self._said.append(frame)

    def _line(self) -> Iterator[Pcm]:
        """The caller's line, 20 ms a step, from the first frame until they hang up."""
        turns = list(self._script.turns)
        if self._script.wait_for_greeting:
            yield from self._await_reply(-1.0, None, turns[0] if turns else None)
        for number, turn in enumerate(turns):
            following = turns[number + 1] if number + 1 < len(turns) else None
            report = TurnReport(turn.name, self._now)
            self._report.turns.append(report)
            self.tell("turn_started", name=turn.name, number=len(self._report.turns))
            yield from self._press(turn, report) if isinstance(turn, KeysTurn) else self._say(turn, report)
            report.ended_s = self._now
            self.tell("turn_ended", name=turn.name, number=len(self._report.turns))
            yield from self._await_reply(_end_of(report), report, following)
            if any(line.name in self._script.hang_up_on for line in self._report.lines):
                break
        yield from _silence(self._script.linger_s)

    def _say(self, turn: AudioTurn, report: TurnReport) -> Iterator[Pcm]:
        last_voiced = voiced_until(turn.pcm)
        for at in range(0, turn.pcm.size, FRAME_SAMPLES):
            if at / LINE_RATE < last_voiced:
                report.last_voiced_s = self._sends_at
            frame = np.zeros(FRAME_SAMPLES, dtype=np.int16)
            piece = turn.pcm[at : at + FRAME_SAMPLES]
            frame[: piece.size] = piece
            yield frame

    def _press(self, turn: KeysTurn, report: TurnReport) -> Iterator[Pcm]:
        for key in turn.keys:
            self._keys.append(key)
            report.last_voiced_s = self._sends_at
            yield from _silence(0.2)

    def _await_reply(self, since: float, report: TurnReport | None, following: Turn | None) -> Iterator[Pcm]:
        """Silence until something was heard after ``since`` and then nothing for ``quiet_s``."""
        begun: float | None = None
        interrupt_after_s = following.interrupt_after_s if following else None
        quiet_s = self._script.quiet_s
        if following is not None and following.answer_after_s is not None:
            quiet_s = following.answer_after_s
        for frame in _silence(self._script.reply_limit_s):
            now = self._now
            if begun is None and (spans := self._replies(since, now)):
                begun = spans[0][0]
                if report is None:
                    self._report.greeting_s = begun
                self.tell("reply_started", begun, to=report.name if report else "")
            if begun is not None:
                if interrupt_after_s is not None and now - begun >= interrupt_after_s:
                    return
                if self._playout.audible_until <= now - quiet_s and not self._only_fillers(since):
                    break
            yield frame
        if begun is not None:
            self.tell("reply_ended", self._playout.audible_until, to=report.name if report else "")

    def _only_fillers(self, since: float) -> bool:
        """Whether all that was said after ``since`` asks for patience."""
        names = [line.name for line in self._report.lines if line.start_s > since]
        return bool(names) and set(names) <= self._script.fillers

    # --- listening ---

    async def _listen(self) -> None:
        """Take what the platform sends.

        Raises:
            ConnectionClosed: when the stream is over.
        """
        while True:
            message = json.loads(await self._stream.recv())
            now = self._now
            match message["event"]:
                case "media":
                    codes = base64.b64decode(message["media"]["payload"])
                    if self._line_since is None:
                        self._line_since = max(self._playout.ends_at, now)
                    self._playout.add(g711.decode(codes), now)
                case "mark":
                    self._playout.mark(message["mark"]["name"], now)
                    self._note_line(message["mark"]["name"])
                case "clear":
                    self._report.clears += 1
                    self._playout.clear(now)
                    self._line_since = None
                    for line in self._report.lines[-2:]:
                        line.end_s = max(line.start_s, min(line.end_s, now))
                    self.tell("cleared", now)

    def _note_line(self, mark: str) -> None:
        """A mark stands behind each piece of a line; together they tell where the line lies."""
        since, self._line_since = self._line_since, None
        found = _LINE_MARK.fullmatch(mark)
        if found is None or since is None:
            return
        lines, key = self._report.lines, found["line"]
        if lines and lines[-1].mark == key:
            lines[-1].end_s = self._playout.ends_at
        else:
            lines.append(HeardLine(key, found["name"], since, self._playout.ends_at))

    def _judge(self, turn: TurnReport) -> None:
        """Note the reply to a turn, from what was played."""
        index = self._report.turns.index(turn)
        later = self._report.turns[index + 1 :]
        until = later[0].started_s if later else self._report.duration_s
        since = _end_of(turn)
        spans = self._replies(since, until)
        if not spans:
            return
        turn.reply_started_s, turn.reply_ended_s = spans[0][0], spans[-1][1]
        interrupted = self._playout.first_audible(since - _TAIL_S, since) is not None
        if turn.last_voiced_s is not None and not interrupted:
            turn.gap_s = turn.reply_started_s - turn.last_voiced_s

    def _replies(self, since: float, until: float) -> list[tuple[float, float]]:
        """When something was audible, less a line that was already being spoken at ``since``."""
        spans = self._playout.audible_between(since - _TAIL_S, until)
        return spans[1:] if spans and spans[0][0] <= since else spans


def _end_of(turn: TurnReport) -> float:
    return turn.ended_s if turn.last_voiced_s is None else turn.last_voiced_s


def _silence(seconds: float) -> Iterator[Pcm]:
    for _ in range(round(seconds / FRAME_S)):
        yield _QUIET


__all__ = [
    "AudioTurn",
    "CallRefused",
    "CallReport",
    "CallerEvent",
    "CallerScript",
    "HeardLine",
    "KeysTurn",
    "TurnReport",
    "parse_turn",
    "place_call",
]
