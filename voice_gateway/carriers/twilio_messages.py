"""The messages of Twilio Media Streams: text to small types, and types to text. Pure.

Everything that a stranger can send is checked here; whatever is wrong becomes a ``BadMessage`` whose
``kind`` is one of ``FAULT_KINDS`` and whose detail holds nothing personal.
Reference: https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from voice_gateway.audio import g711
from voice_gateway.leg import LINE_RATE, Pcm

MAX_MESSAGE_CHARS = 64 * 1024
MAX_PAYLOAD_S = 2.0
"""Twilio sends 20 ms at a time; a payload longer than this is no live sound."""

FAULT_KINDS = frozenset(
    {
        "binary_message",
        "oversized",
        "bad_json",
        "bad_message",
        "unknown_event",
        "bad_base64",
        "wrong_track",
        "wrong_stream",
        "bad_key",
        "unknown_mark",
        "not_started",
        "not_connected",
        "duplicate_start",
        "out_of_order",
        "sequence_gap",
        "late_media",
        "wild_timestamp",
    }
)


class BadMessage(ValueError):
    def __init__(self, kind: str, detail: str = "") -> None:
        assert kind in FAULT_KINDS, kind
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Connected:
    protocol: str
    version: str


@dataclass(frozen=True, slots=True)
class Start:
    sequence: int
    stream_sid: str
    call_sid: str
    account_sid: str
    encoding: str
    rate: int
    channels: int
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Media:
    sequence: int
    stream_sid: str
    timestamp_ms: int
    pcm: Pcm


@dataclass(frozen=True, slots=True)
class Dtmf:
    sequence: int
    stream_sid: str
    key: str


@dataclass(frozen=True, slots=True)
class Mark:
    sequence: int
    stream_sid: str
    name: str


@dataclass(frozen=True, slots=True)
class Stop:
    sequence: int
    stream_sid: str


Message = Connected | Start | Media | Dtmf | Mark | Stop


def parse(text: str) -> Message:
    """Read one message.

    Raises:
        BadMessage: for anything that is not a whole, sensible message of this protocol.
    """
    if len(text) > MAX_MESSAGE_CHARS:
        raise BadMessage("oversized", f"{len(text)} characters; at most {MAX_MESSAGE_CHARS}")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadMessage("bad_json", type(error).__name__) from None
    if not isinstance(data, dict):
        raise BadMessage("bad_message", "not a JSON object")
    match data.get("event"):
        case "media":
            return _media(data)
        case "mark":
            name = _text(_object(data, "mark"), "name", 200)
            return Mark(_sequence(data), _text(data, "streamSid"), name)
        case "dtmf":
            return _dtmf(data)
        case "connected":
            return Connected(_text(data, "protocol", default=""), _text(data, "version", default=""))
        case "start":
            return _start(data)
        case "stop":
            return Stop(_sequence(data), _text(data, "streamSid"))
        case str():
            raise BadMessage("unknown_event")
        case _:
            raise BadMessage("bad_message", "event is missing or no string")


def _media(data: dict[str, Any]) -> Media:
    media = _object(data, "media")
    sequence, stream_sid = _sequence(data), _text(data, "streamSid")
    if media.get("track") != "inbound":
        raise BadMessage("wrong_track", "only the inbound track is taken")
    timestamp = _whole(media, "timestamp")
    payload = media.get("payload")
    if not isinstance(payload, str) or not payload:
        raise BadMessage("bad_message", "media.payload is missing, empty or no string")
    try:
        codes = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise BadMessage("bad_base64") from None
    if len(codes) > MAX_PAYLOAD_S * LINE_RATE:
        raise BadMessage("oversized", f"payload of {len(codes) / LINE_RATE:.1f} s; at most {MAX_PAYLOAD_S} s")
    return Media(sequence, stream_sid, timestamp, g711.decode(codes))


def _dtmf(data: dict[str, Any]) -> Dtmf:
    dtmf = _object(data, "dtmf")
    if dtmf.get("track", "inbound_track") not in ("inbound_track", "inbound"):
        raise BadMessage("wrong_track", "only the inbound track is taken")
    key = dtmf.get("digit")
    if not isinstance(key, str) or len(key) != 1 or key not in "0123456789*#":
        raise BadMessage("bad_key", "not one of 0-9, * and #")
    return Dtmf(_sequence(data), _text(data, "streamSid"), key)


def _start(data: dict[str, Any]) -> Start:
    start = _object(data, "start")
    media_format = _object(start, "mediaFormat")
    parameters = start.get("customParameters") or {}
    if not isinstance(parameters, dict) or not all(isinstance(value, str) for value in parameters.values()):
        raise BadMessage("bad_message", "start.customParameters is no object of strings")
    return Start(
        sequence=_sequence(data),
        stream_sid=_text(start, "streamSid", default="") or _text(data, "streamSid"),
        call_sid=_text(start, "callSid"),
        account_sid=_text(start, "accountSid", default=""),
        encoding=_text(media_format, "encoding"),
        rate=_whole(media_format, "sampleRate"),
        channels=_whole(media_format, "channels"),
        parameters=parameters,
    )


def _object(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    if not isinstance(value, dict):
        raise BadMessage("bad_message", f"{name} is missing or no object")
    return value


def _text(data: dict[str, Any], name: str, longest: int = 100, *, default: str | None = None) -> str:
    value = data.get(name, default)
    if not isinstance(value, str) or len(value) > longest or (not value and default is None):
        raise BadMessage("bad_message", f"{name} is missing or no string of 1 to {longest} characters")
    return value


def _sequence(data: dict[str, Any]) -> int:
    return _whole(data, "sequenceNumber")


def _whole(data: dict[str, Any], name: str) -> int:
    """Twilio writes its numbers as strings; plain numbers are taken as well."""
    value = data.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15:
        return value
    raise BadMessage("bad_message", f"{name} is missing or no whole number")


def encode_payload(codes: bytes) -> str:
    return base64.b64encode(codes).decode("ascii")


def _write(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))


def media(stream_sid: str, codes: bytes) -> str:
    """Sound for the caller, mu-law."""
    return _write({"event": "media", "streamSid": stream_sid, "media": {"payload": encode_payload(codes)}})


def mark(stream_sid: str, name: str) -> str:
    return _write({"event": "mark", "streamSid": stream_sid, "mark": {"name": name}})


def clear(stream_sid: str) -> str:
    return _write({"event": "clear", "streamSid": stream_sid})
