"""Twilio's webhooks and the door of its streams.

``POST /twilio/voice`` a call rings, ``POST /twilio/answered`` a call that we placed is answered,
``POST /twilio/action`` its stream is over and what now,
``POST /twilio/status`` news of a call or a stream, WebSocket ``/twilio/media`` the stream.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from core.languages import Language, language_of_number
from voice_gateway.carriers import metrics, twiml
from voice_gateway.carriers.endings import Ending
from voice_gateway.carriers.twilio import CARRIER
from voice_gateway.carriers.twilio_guard import TwilioGuard, read_form
from voice_gateway.carriers.twilio_stream import TwilioStreams
from voice_gateway.dialer import CALL_BACK
from voice_gateway.leg import CallInfo

logger = logging.getLogger(__name__)

Admit = Callable[[CallInfo], bool]
_Handler = Callable[[Request, FormData], Awaitable[Response]]

_CALL_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_STATUSES = frozenset(
    {"queued", "initiated", "ringing", "in-progress", "answered", "completed", "busy", "failed", "no-answer", "canceled"}
)  # fmt: skip
_OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_MACHINES = ("machine", "fax")
"""How Twilio's ``AnsweredBy`` begins where no person has answered; else it is human or unknown."""
_STREAM_EVENTS = frozenset({"stream-started", "stream-stopped", "stream-error"})


def twilio_routes(streams: TwilioStreams, admit: Admit) -> list[BaseRoute]:
    """The five routes. ``admit`` says whether one more call can be taken."""
    guard = TwilioGuard(streams.settings)
    webhooks = _Webhooks(streams, guard, admit)

    async def media(websocket: WebSocket) -> None:
        if why := guard.refuses_stream(websocket):
            metrics.REFUSED.labels(CARRIER, why).inc()
            logger.warning("a stream was refused: %s", why)
            await websocket.close(1008, why)
            return
        await streams.serve(websocket)

    def guarded(handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
        async def checked(request: Request) -> Response:
            form = await read_form(request)
            if form is None:
                return _refuse(413, "bad_form", "the body is no form, or too long")
            if why := guard.refuses_webhook(request, form):
                return _refuse(
                    403, why, "signed requests of Twilio only (without an auth token: this machine)"
                )
            if not _CALL_SID.fullmatch(_field(form, "CallSid")):
                return _refuse(400, "bad_call_sid", "CallSid is missing or malformed")
            return await handler(request, form)

        return checked

    return [
        Route("/twilio/voice", guarded(webhooks.voice), methods=["POST"]),
        Route("/twilio/answered", guarded(webhooks.answered), methods=["POST"]),
        Route("/twilio/action", guarded(webhooks.action), methods=["POST"]),
        Route("/twilio/status", guarded(webhooks.status), methods=["POST"]),
        WebSocketRoute("/twilio/media", media),
    ]


class _Webhooks:
    def __init__(self, streams: TwilioStreams, guard: TwilioGuard, admit: Admit) -> None:
        self._streams = streams
        self._guard = guard
        self._admit = admit

    async def voice(self, request: Request, form: FormData) -> Response:
        """A call rings."""
        call = CallInfo(CARRIER, _field(form, "CallSid"), _number(form, "From"), _number(form, "To"))
        if not self._admit(call):
            metrics.REFUSED.labels(CARRIER, "no_capacity").inc()
            logger.warning("call %s: no capacity", call.carrier_call_id)
            return self._apology(form, None, busy=True)
        logger.info("call %s rings", call.carrier_call_id)
        return self._connect(request, call)

    async def answered(self, request: Request, form: FormData) -> Response:
        """A call that we have placed is answered: by a person, or by a machine."""
        call_back = request.query_params.get(CALL_BACK, "")
        if _field(form, "AnsweredBy").startswith(_MACHINES):
            logger.info("call %s was answered by a machine", _field(form, "CallSid"))
            self._streams.outgoing.ended(call_back, "machine")
            return _twiml(twiml.hang_up())
        call = self._streams.outgoing.answered(call_back, CARRIER, _field(form, "CallSid"))
        if call is None:
            logger.warning("call %s was answered too late: nobody waits for it", _field(form, "CallSid"))
            return _twiml(twiml.hang_up())
        return self._connect(request, call)

    def _connect(self, request: Request, call: CallInfo) -> Response:
        token = self._streams.tokens.issue(call, asyncio.get_running_loop().time())
        return _twiml(
            twiml.connect(
                self._guard.stream_url(request, "/twilio/media"),
                self._guard.public_url(request, "/twilio/action"),
                self._guard.public_url(request, "/twilio/status"),
                token,
            )
        )

    async def action(self, request: Request, form: FormData) -> Response:
        """The stream of a call is over, or could not be opened."""
        call_sid = _field(form, "CallSid")
        leg = self._streams.legs.get(call_sid)
        if _field(form, "CallStatus") in _OVER:
            if leg is not None:
                leg.end("hung_up")
            return _twiml(twiml.hang_up())
        if leg is not None:
            # Twilio knows before us that the connection is gone.
            leg.end("stream_lost")
        ending = leg.ending if leg is not None else self._streams.endings.of(call_sid)
        if ending is None or ending.kind == "failed":
            logger.error("call %s: the stream failed; the caller hears an apology", call_sid)
            return self._apology(form, ending)
        if ending.kind == "transfer" and ending.transfer_to:
            return _twiml(twiml.transfer(ending.transfer_to))
        return _twiml(twiml.hang_up())

    async def status(self, request: Request, form: FormData) -> Response:
        """News of a call (``CallStatus``) or of its stream (``StreamEvent``)."""
        call_sid, status, event = (_field(form, name) for name in ("CallSid", "CallStatus", "StreamEvent"))
        logger.info(
            "call %s: status %s %s", call_sid,
            status if status in _STATUSES else "unknown", event if event in _STREAM_EVENTS else "",
        )  # fmt: skip
        if event == "stream-error":
            metrics.FAULTS.labels(CARRIER, "stream_error").inc()
            logger.error(
                "call %s: Twilio reports a stream error: %r", call_sid, _field(form, "StreamError")[:200]
            )
        if status in _OVER and (call_back := request.query_params.get(CALL_BACK, "")):
            self._streams.outgoing.ended(call_back, status)
        if status in _OVER and (leg := self._streams.legs.get(call_sid)) is not None:
            leg.end("hung_up")
        return Response(status_code=204)

    def _apology(self, form: FormData, ending: Ending | None, *, busy: bool = False) -> Response:
        settings = self._streams.settings
        language: Language = (
            (ending.language if ending else None)
            or language_of_number(_number(form, "From"))
            or settings.default_language
        )
        return _twiml(twiml.apology(language, settings.fallback_number, busy=busy))


def _field(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _number(form: FormData, name: str) -> str:
    """An E.164 number, or '' where it is withheld, a client's name, or nonsense."""
    value = _field(form, name)
    return value if _NUMBER.fullmatch(value) else ""


def _twiml(text: str) -> Response:
    return Response(text, media_type="application/xml")


def _refuse(status: int, why: str, sentence: str) -> Response:
    metrics.REFUSED.labels(CARRIER, why).inc()
    logger.warning("a webhook was refused: %s", why)
    return PlainTextResponse(sentence, status_code=status)
