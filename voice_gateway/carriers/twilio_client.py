"""Twilio's side of a call, as far as our own caller needs it: webhooks, TwiML, the stream's messages."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from lxml import etree
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from voice_gateway.carriers.twilio_messages import encode_payload


class CallRefused(Exception):
    """The platform did not take the call; ``twiml`` is what it answered instead, if anything."""

    def __init__(self, sentence: str, twiml: str = "") -> None:
        super().__init__(sentence)
        self.twiml = twiml


@dataclass(frozen=True, slots=True)
class StreamOrder:
    """What the platform's TwiML asked for."""

    url: str
    action_url: str
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verb:
    """One instruction of a TwiML document, such as ``Say`` or ``Dial``, with all text inside it."""

    name: str
    text: str
    attributes: dict[str, str]


def read_twiml(text: str) -> list[Verb]:
    """The instructions in order.

    Raises:
        CallRefused: if it is no TwiML.
    """
    return [
        Verb(
            str(element.tag),
            "".join(element.itertext()).strip(),
            {str(k): str(v) for k, v in element.items()},
        )
        for element in _root(text)
    ]


class TwilioClient:
    """Speaks to one server as Twilio does; signs everything if it is given the auth token."""

    def __init__(self, server: str, *, auth_token: str = "") -> None:
        self._server = server.rstrip("/")
        self._validator = RequestValidator(auth_token) if auth_token else None
        self._local = urlsplit(server).hostname in ("127.0.0.1", "localhost", "::1")
        self._http = httpx.AsyncClient(timeout=10.0, trust_env=not self._local)

    async def close(self) -> None:
        await self._http.aclose()

    async def ring(self, call: dict[str, str]) -> StreamOrder:
        """Announce a call (CallSid, From, To); return the stream it is answered with.

        Raises:
            CallRefused: if there is no answer, or one without a stream.
        """
        voice_url = f"{self._server}/twilio/voice"
        text = await self.post(voice_url, {**call, "CallStatus": "ringing", "Direction": "inbound"})
        root = _root(text)
        connected = root.find("Connect")
        stream = connected.find("Stream") if connected is not None else None
        if connected is None or stream is None:
            said = " ".join(verb.text for verb in read_twiml(text) if verb.text)
            raise CallRefused(f"the platform answered without a stream: {said or text[:200]}", text)
        return StreamOrder(
            url=str(stream.get("url", "")),
            action_url=urljoin(voice_url, str(connected.get("action") or voice_url)),
            parameters={
                str(parameter.get("name")): str(parameter.get("value"))
                for parameter in stream.findall("Parameter")
            },
        )

    async def post(self, url: str, form: dict[str, str]) -> str:
        """Post a webhook and return the body.

        Raises:
            CallRefused: if nobody answers or the answer is an error.
        """
        headers = {}
        if self._validator is not None:
            headers["X-Twilio-Signature"] = self._validator.compute_signature(url, form)
        try:
            response = await self._http.post(url, data=form, headers=headers)
        except httpx.HTTPError as error:
            raise CallRefused(f"{url}: {type(error).__name__}: {error}") from error
        if response.is_error:
            raise CallRefused(f"{url} answered {response.status_code}: {response.text[:200]}")
        return response.text

    async def open_stream(self, url: str) -> ClientConnection:
        """Open the stream's WebSocket.

        Raises:
            CallRefused: if the server does not let it in.
        """
        headers = {}
        if self._validator is not None:
            headers["X-Twilio-Signature"] = self._validator.compute_signature(url, {})
        try:
            return await connect(
                url, additional_headers=headers, compression=None, max_size=2**20, proxy=None if self._local else True,
                open_timeout=10.0, close_timeout=5.0,
            )  # fmt: skip
        except (OSError, TimeoutError, WebSocketException) as error:
            raise CallRefused(f"{url}: {type(error).__name__}: {error}") from error


class StreamWriter:
    """The messages that Twilio sends, numbered. Each method returns one message as text."""

    def __init__(self, call_sid: str) -> None:
        self.call_sid = call_sid
        self.stream_sid = "MZ" + secrets.token_hex(16)
        self._sequence = 0
        self._chunk = 0

    def connected(self) -> str:
        return json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})

    def start(self, parameters: dict[str, str]) -> str:
        return self._numbered(
            "start",
            {
                "accountSid": "AC" + "0" * 32,
                "streamSid": self.stream_sid,
                "callSid": self.call_sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": parameters,
            },
        )

    def media(self, codes: bytes, timestamp_ms: int) -> str:
        # Fifty times a second and call: written out, since a benchmark's callers share the machine.
        self._chunk += 1
        self._sequence += 1
        return (
            f'{{"event":"media","sequenceNumber":"{self._sequence}","streamSid":"{self.stream_sid}",'
            f'"media":{{"track":"inbound","chunk":"{self._chunk}","timestamp":"{timestamp_ms}",'
            f'"payload":"{encode_payload(codes)}"}}}}'
        )

    def dtmf(self, key: str) -> str:
        return self._numbered("dtmf", {"track": "inbound_track", "digit": key})

    def mark(self, name: str) -> str:
        return self._numbered("mark", {"name": name})

    def stop(self) -> str:
        return self._numbered("stop", {"accountSid": "AC" + "0" * 32, "callSid": self.call_sid})

    def _numbered(self, event: str, body: dict[str, Any]) -> str:
        self._sequence += 1
        return json.dumps(
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                "streamSid": self.stream_sid,
                event: body,
            },
            separators=(",", ":"),
        )


def _root(text: str) -> Any:
    try:
        root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise CallRefused(f"the platform's answer is no TwiML: {error}", text) from None
    if root.tag != "Response":
        raise CallRefused(f"the platform's answer is no TwiML but <{root.tag}>", text)
    return root
