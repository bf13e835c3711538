"""What nobody sends who means well, for a stream that is driven message by message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from voice_gateway.audio import g711

if TYPE_CHECKING:
    from raw_stream import RawStream

FRAME = g711.encode(np.full(160, 500, dtype=np.int16))


def changed(text: str, **fields) -> str:
    """A message with fields replaced, those of its body by ``body__name``."""
    message = json.loads(text)
    for name, value in fields.items():
        where, key = (message[message["event"]], name[6:]) if name.startswith("body__") else (message, name)
        if value is ...:
            where.pop(key, None)
        else:
            where[key] = value
    return json.dumps(message)


def hostile(stream: RawStream) -> list[tuple[str, str | bytes]]:
    """One message of each sort of nonsense, with the fault it is to be called."""
    writer = stream.writer

    def good() -> str:
        return writer.media(FRAME, stream.sent_frames * 20)

    deep = "[" * 50_000 + "]" * 50_000
    return [
        ("bad_json", "{"),
        ("bad_json", ""),
        ("bad_json", '{"event": "media", "media": {"payload": "//'),
        ("bad_json", "\x00\x01"),
        ("bad_json", "1" * 5_000),
        ("oversized", deep),
        ("bad_json", deep[10_000:60_000]),
        ("oversized", changed(good(), body__payload="A" * 70_000)),
        ("oversized", changed(good(), body__payload="/" * 40_000)),
        ("oversized", "x" * 900_000),
        ("bad_message", "[]"),
        ("bad_message", "null"),
        ("bad_message", "17"),
        ("bad_message", '{"event": 3}'),
        ("bad_message", '{"event": "media"}'),
        ("bad_message", '{"event": "media", "media": []}'),
        ("bad_message", changed(good(), sequenceNumber="-1")),
        ("bad_message", changed(good(), sequenceNumber="9" * 400)),
        ("bad_message", changed(good(), sequenceNumber=True)),
        ("bad_message", changed(good(), sequenceNumber="٣")),
        ("bad_message", changed(good(), sequenceNumber=...)),
        ("bad_message", changed(good(), body__timestamp="soon")),
        ("bad_message", changed(good(), body__timestamp=1e300)),
        ("bad_message", changed(good(), body__payload=7)),
        ("bad_message", changed(good(), body__payload="")),
        ("bad_message", changed(good(), streamSid={})),
        ("unknown_event", '{"event": "explode"}'),
        ("unknown_event", '{"event": ""}'),
        ("bad_base64", changed(good(), body__payload="not base64!")),
        ("bad_base64", changed(good(), body__payload="QUJ")),
        ("bad_base64", changed(good(), body__payload="声音")),
        ("wrong_track", changed(good(), body__track="outbound")),
        ("wrong_track", changed(good(), body__track=...)),
        ("wrong_stream", changed(good(), streamSid="MZ-of-somebody-else")),
        ("bad_key", changed(writer.dtmf("1"), body__digit="11")),
        ("bad_key", changed(writer.dtmf("1"), body__digit="A")),
        ("bad_key", changed(writer.dtmf("1"), body__digit="")),
        ("bad_key", changed(writer.dtmf("1"), body__digit="١")),
        ("out_of_order", changed(good(), sequenceNumber="1")),
        ("out_of_order", changed(good(), sequenceNumber="0")),
        ("out_of_order", changed(good(), sequenceNumber=str(10**14))),
        ("duplicate_start", writer.connected()),
        ("duplicate_start", writer.start(stream.order.parameters)),
        ("binary_message", b"\x00\xff"),
    ]
