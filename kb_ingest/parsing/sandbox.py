"""Parses an upload in a process of its own, so that a hostile file can cost no more than that process.

What holds it: limits on memory, processor time, written and open files (set by the worker itself), a limit on
the wall clock and on what it may answer (set here), and an environment without the platform's secrets.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from kb_ingest.parsing.document import Document, DocumentRefused, document_from_json
from kb_ingest.parsing.limits import ParseLimits
from kb_ingest.parsing.registry import too_large

_ROOT = Path(__file__).resolve().parents[2]
_TOO_COMPLEX = "Reading the document takes too long; divide it, or save it as plain text and upload that."


async def parse_document(name: str, data: bytes, limits: ParseLimits | None = None) -> Document:
    """Read one uploaded file.

    Args:
        name: the file's name as uploaded; only its last part is used, as a hint and a title.

    Raises:
        DocumentRefused: with a code and a message for whoever uploaded it.
    """
    limits = limits or ParseLimits()
    if len(data) > limits.file_bytes:
        raise too_large(limits)
    return await _run(name, data, limits)


async def _run(name: str, data: bytes, limits: ParseLimits) -> Document:
    safe_name = name.replace("\x00", "")[-255:] or "document"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "kb_ingest.parsing.worker",
        safe_name,
        json.dumps(asdict(limits)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_environment(),
        cwd="/",
    )
    try:
        answer = await asyncio.wait_for(_exchange(process, data, limits), limits.wall_s)
    except TimeoutError:
        raise DocumentRefused("too_complex", _TOO_COMPLEX) from None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    if answer is None:
        raise DocumentRefused("too_complex", _TOO_COMPLEX)
    try:
        value = json.loads(answer.decode("utf-8", "surrogatepass"))
    except ValueError:
        # It was killed by a limit, or a parser's native code crashed.
        raise DocumentRefused("too_complex", _TOO_COMPLEX) from None
    if refused := value.get("refused"):
        raise DocumentRefused(refused["code"], refused["message"])
    return document_from_json(value["document"])


def _environment() -> dict[str, str]:
    """What Python needs and nothing of the platform's; one thread, for each takes a share of the memory limit."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(_ROOT),
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


async def _exchange(process: asyncio.subprocess.Process, data: bytes, limits: ParseLimits) -> bytes | None:
    """Send the file, read the answer; None when the answer is longer than any document may be."""
    assert process.stdin is not None and process.stdout is not None
    send = asyncio.create_task(_send(process.stdin, data))
    try:
        most = limits.text_characters * 8 + 1_000_000
        received = bytearray()
        while chunk := await process.stdout.read(1 << 16):
            received += chunk
            if len(received) > most:
                return None
        await process.wait()
        return bytes(received)
    finally:
        send.cancel()
        await asyncio.gather(send, return_exceptions=True)


async def _send(stdin: asyncio.StreamWriter, data: bytes) -> None:
    try:
        stdin.write(data)
        await stdin.drain()
        stdin.close()
    except (BrokenPipeError, ConnectionResetError):
        return  # it has refused already; its answer is on the other pipe
