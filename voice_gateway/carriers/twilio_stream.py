"""A stream's WebSocket from handshake to close: who may connect, the tasks around a leg, one clear end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from voice_gateway.carriers import metrics
from voice_gateway.carriers import twilio_messages as messages
from voice_gateway.carriers.endings import Ending, Endings
from voice_gateway.carriers.outbox import LineStuck
from voice_gateway.carriers.outgoing import OutgoingCalls
from voice_gateway.carriers.stream_protocol import take_messages
from voice_gateway.carriers.tokens import StreamTokens, TokenVerdict
from voice_gateway.carriers.twilio import CARRIER, TwilioLeg
from voice_gateway.carriers.twilio_messages import BadMessage
from voice_gateway.carriers.twilio_settings import TwilioSettings
from voice_gateway.leg import LINE_RATE, CallInfo, CallLeg

logger = logging.getLogger(__name__)

Answer = Callable[[CallLeg], Awaitable[None]]

_NORMAL, _POLICY, _FAILED = 1000, 1008, 1011
_FAULTS_BEFORE_START = 20


class _Refused(Exception):
    """The stream is not let in; ``why`` is one of a closed set."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class TwilioStreams:
    """All streams of the process, and how they ended.

    Args:
        answer: leads the conversation of a leg; it returns when that is over.
        settings: see ``TwilioSettings``.
        outgoing: the calls that we place.
    """

    def __init__(
        self, answer: Answer, settings: TwilioSettings, outgoing: OutgoingCalls | None = None
    ) -> None:
        self.settings = settings
        self.tokens = StreamTokens(life_s=settings.token_life_s)
        self.endings = Endings()
        self.outgoing = outgoing if outgoing is not None else OutgoingCalls()
        self.legs: dict[str, TwilioLeg] = {}
        """Connected legs by CallSid."""
        self._answer = answer
        self._starting = 0

    async def serve(self, websocket: WebSocket) -> None:
        """Follow one stream, already checked for its signature, from its handshake to its close."""
        if self._starting >= self.settings.max_starting:
            await self._refuse(websocket, "too_many_starting")
            return
        self._starting += 1
        try:
            await websocket.accept()
            async with asyncio.timeout(self.settings.start_timeout_s):
                start = await self._await_start(websocket)
            info = self._admit(start)
        except TimeoutError:
            await self._refuse(websocket, "no_start_in_time")
            return
        except _Refused as refused:
            await self._refuse(websocket, refused.why)
            return
        except WebSocketDisconnect:
            logger.info("a stream was gone before it started")
            return
        finally:
            self._starting -= 1
        leg = TwilioLeg(
            info, start.stream_sid, websocket.send_text,
            first_sequence=start.sequence, max_faults=self.settings.max_faults,
        )  # fmt: skip
        self.legs[info.carrier_call_id] = leg
        metrics.LEGS_OPEN.labels(CARRIER).inc()
        try:
            await self._follow(leg, websocket)
        finally:
            metrics.LEGS_OPEN.labels(CARRIER).dec()
            del self.legs[info.carrier_call_id]

    # --- letting in ---

    async def _await_start(self, websocket: WebSocket) -> messages.Start:
        connected, faults = False, 0
        while True:
            text = await _receive(websocket)
            try:
                message = messages.parse(text) if text is not None else _not_text()
                if isinstance(message, messages.Start):
                    if not connected:
                        _count("not_connected", "start came before connected")
                    return message
                if not isinstance(message, messages.Connected):
                    raise BadMessage("not_started", f"{type(message).__name__} came before start")
                connected = True
            except BadMessage as fault:
                _count(fault.kind, fault.detail)
                faults += 1
                if faults >= _FAULTS_BEFORE_START:
                    raise _Refused("faults_before_start") from None

    def _admit(self, start: messages.Start) -> CallInfo:
        if (start.encoding, start.rate, start.channels) != ("audio/x-mulaw", LINE_RATE, 1):
            raise _Refused("bad_format")
        token = start.parameters.get("token", "")
        now = asyncio.get_running_loop().time()
        verdict, info = self.tokens.claim(token, start.call_sid, now)
        if verdict is not TokenVerdict.OK or info is None:
            raise _Refused(verdict.value)
        if start.call_sid in self.legs:
            raise _Refused("call_already_streams")
        extra = {name: value for name, value in start.parameters.items() if name != "token"}
        return CallInfo(
            info.carrier, info.carrier_call_id, info.caller, info.called, {**info.parameters, **extra}
        )

    async def _refuse(self, websocket: WebSocket, why: str) -> None:
        metrics.REFUSED.labels(CARRIER, why).inc()
        logger.warning("a stream was refused: %s", why)
        await _close(websocket, _POLICY, why)

    # --- following ---

    async def _follow(self, leg: TwilioLeg, websocket: WebSocket) -> None:
        name = leg.info.carrier_call_id
        conversation: asyncio.Task[None] = asyncio.create_task(self._converse(leg), name=f"call {name}")
        line = [
            asyncio.create_task(work, name=f"{what} {name}")
            for what, work in (
                ("reader", self._read(leg, websocket)),
                ("writer", self._write(leg)),
                ("watchdog", self._watch(leg)),
            )
        ]
        try:
            await leg.ended.wait()
            await _stop(line)
            self.endings.record(name, leg.ending or Ending("failed"))
            code = _NORMAL if leg.ending and leg.ending.kind != "failed" else _FAILED
            await _close(websocket, code, leg.end_reason)
            done, _ = await asyncio.wait({conversation}, timeout=self.settings.answer_grace_s)
            if not done:
                logger.error("call %s: the conversation did not end with its leg; it is cut off", name)
        finally:
            # Also on the way of a shutdown: then the conversation is told, and all tasks end here.
            leg.end("stream_lost")
            self.endings.record(name, leg.ending or Ending("failed"))
            await _stop([*line, conversation])

    async def _converse(self, leg: TwilioLeg) -> None:
        """Lead the conversation; one that crashes ends its own leg and nothing else."""
        try:
            await self._answer(leg)
        except asyncio.CancelledError:
            leg.end("failed")
            raise
        except Exception:
            metrics.CRASHES.inc()
            logger.exception("call %s: the conversation crashed", leg.info.carrier_call_id)
            leg.end("failed")
        else:
            await leg.close()

    async def _read(self, leg: TwilioLeg, websocket: WebSocket) -> None:
        try:
            take_messages(websocket.scope, partial(_take, leg))
            while not leg.ended.is_set():
                text = await _receive(websocket)
                if text is None:
                    leg.fault("binary_message")
                else:
                    _take(leg, text)
        except WebSocketDisconnect:
            leg.end("stream_lost")
        except Exception:
            logger.exception("call %s: reading failed", leg.info.carrier_call_id)
            leg.end("failed")

    async def _write(self, leg: TwilioLeg) -> None:
        try:
            await leg.outbox.run()
        except LineStuck:
            leg.end("line_stuck")
        except Exception as error:  # whatever the server's WebSocket raises once the peer is gone
            logger.info("call %s: writing ended: %s", leg.info.carrier_call_id, type(error).__name__)
            leg.end("stream_lost")

    async def _watch(self, leg: TwilioLeg) -> None:
        """End a leg whose sound has stopped."""
        loop = asyncio.get_running_loop()
        # The time moves on with every payload; an event set 50 times a second would cost more than this.
        while (left := leg.last_media_at + self.settings.media_timeout_s - loop.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)
        leg.end("media_timeout")


def _take(leg: TwilioLeg, text: str) -> None:
    """Give the leg a message; a fault of ours ends this leg and nothing else."""
    try:
        leg.take(text)
    except Exception:
        logger.exception("call %s: taking a message failed", leg.info.carrier_call_id)
        leg.end("failed")


async def _receive(websocket: WebSocket) -> str | None:
    """The next text message; None for a binary one.

    Raises:
        WebSocketDisconnect: when the peer is gone.
    """
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1006))
    text: str | None = message.get("text")
    return text


def _not_text() -> messages.Message:
    raise BadMessage("binary_message")


def _count(kind: str, detail: str) -> None:
    metrics.FAULTS.labels(CARRIER, kind).inc()
    logger.warning("a stream not yet started: %s %s", kind, detail)


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    if WebSocketState.DISCONNECTED in (websocket.application_state, websocket.client_state):
        return
    try:
        async with asyncio.timeout(5.0):
            await websocket.close(code, reason)
    except (TimeoutError, RuntimeError, OSError, WebSocketDisconnect) as error:
        logger.info("closing a stream: the peer was gone already (%s)", type(error).__name__)


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    done, unwilling = await asyncio.wait(tasks, timeout=10.0)
    for task in unwilling:
        logger.error("a task of the line does not end: %s", task.get_name())
    for task in done:
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a task of the line failed: %s", task.get_name(), exc_info=error)
