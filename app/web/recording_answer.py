"""Sends a recording as WAV, decrypted second by second on the way out, any range of it."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from prometheus_client import Counter

from app.web.parts import WebParts
from app.web.problems import Problem
from core.audit_actions import Action
from core.crypto import CannotOpen
from core.identity import Session
from core.recordings import RecordingReader, recording_path
from core.views import CallView

LISTENED = Counter("tetraphone_recordings_opened_total", "Recordings opened by users")

_HEADER_BYTES = 44
_SECONDS_AT_ONCE = 10
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
_NOTED_EVERY = timedelta(minutes=10)
_NOTED_AT_MOST = 10_000


async def recording_response(
    request: Request, parts: WebParts, view: CallView, session: Session, name: str = ""
) -> Response:
    """The recording of a call that the user may read; its last one where none is named.

    Raises:
        Problem: 404 if there is none, 410 if the caller was erased, 416 for a range outside of it.
    """
    name = name or (str(view.recording["name"]) if view.recording is not None else "")
    if not name:
        raise Problem(
            404,
            "no_recording",
            "this call was not recorded (the notice was not heard to its end, or recording is off)",
        )
    key = await parts.person_keys.existing(view.person or view.id)
    if key is None:
        raise Problem(410, "erased", "the caller was erased; the recording cannot be opened any more")
    try:
        path = recording_path(parts.recordings_folder, name)
        reader = await asyncio.to_thread(RecordingReader, path, key, name)
    except (FileNotFoundError, ValueError):
        raise Problem(404, "no_recording", "the recording's file is gone; it may be past its time") from None
    except CannotOpen as error:
        raise Problem(409, "damaged", f"the recording does not open: {error}") from error
    await _note(request, parts, view.id, session)
    frame_bytes = reader.header.channels * 2
    data_bytes = reader.samples * frame_bytes
    total = _HEADER_BYTES + data_bytes
    wanted = _range(request.headers.get("range"), total)
    start, end = wanted or (0, total)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(end - start),
        "Content-Disposition": f'inline; filename="{name}.wav"',
        "Cache-Control": "private, no-store",
    }
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{total}"
    body = _body(reader, _wav_header(reader, data_bytes), start, end)
    return StreamingResponse(body, 206 if wanted else 200, headers, media_type="audio/wav")


def _range(header: str | None, total: int) -> tuple[int, int] | None:
    """(start, end) of a single byte range, end excluded; None means the whole."""
    match = _RANGE.match(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first:
        start, end = int(first), min(int(last) + 1 if last else total, total)
    else:
        start, end = max(0, total - int(last)), total
    if start >= end:
        raise Problem(
            416,
            "range",
            f"the recording has {total} bytes; the range lies outside",
            {"Content-Range": f"bytes */{total}"},
        )
    return start, end


def _wav_header(reader: RecordingReader, data_bytes: int) -> bytes:
    rate, channels = reader.header.rate, reader.header.channels
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16)
    return (
        b"RIFF" + struct.pack("<I", 36 + data_bytes) + b"WAVEfmt " + struct.pack("<I", 16) + form
        + b"data" + struct.pack("<I", data_bytes)
    )  # fmt: skip


async def _body(reader: RecordingReader, header: bytes, start: int, end: int) -> AsyncIterator[bytes]:
    if start < len(header):
        yield header[start:end]
    second_bytes = reader.header.rate * reader.header.channels * 2
    place = max(start, len(header)) - len(header)
    stop = end - len(header)
    while place < stop:
        first = place // second_bytes
        last = min(first + _SECONDS_AT_ONCE, len(reader), -(-stop // second_bytes))
        sound = await asyncio.to_thread(_decoded, reader, first, last)
        if not sound:
            return
        offset = first * second_bytes
        piece = sound[place - offset : stop - offset]
        yield piece
        place += len(piece)


def _decoded(reader: RecordingReader, first: int, last: int) -> bytes:
    return b"".join(reader.second(number).astype("<i2").tobytes() for number in range(first, last))


async def _note(request: Request, parts: WebParts, call_id: str, session: Session) -> None:
    """Once per listening: players ask for many ranges of one recording."""
    noted: dict[tuple[str, str], datetime] = request.app.state.recordings_noted
    now = request.app.state.clock.now()
    who = (session.user.username, call_id)
    if (before := noted.get(who)) is not None and now - before < _NOTED_EVERY:
        return
    if len(noted) >= _NOTED_AT_MOST:
        noted.clear()
    noted[who] = now
    LISTENED.inc()
    origin = "console" if session.kind == "page" else "api"
    await parts.administration.audit.note(
        session.user.username, Action.RECORDING_OPENED, f"call:{call_id}", origin=origin
    )
