"""The sandboxed process: reads one file from standard input, writes one JSON object to standard output.

Run as ``python -m kb_ingest.parsing.worker NAME LIMITS_JSON``. It sets its own limits before it reads a byte.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import warnings
from typing import Any

from kb_ingest.parsing.document import DocumentRefused, document_to_json
from kb_ingest.parsing.limits import ParseLimits


def main(arguments: list[str]) -> int:
    name, limits_json = arguments
    limits = ParseLimits(**json.loads(limits_json))
    _confine(limits)
    data = sys.stdin.buffer.read(limits.file_bytes + 1)
    # The parsers' own warnings go nowhere useful, and stdout belongs to the answer.
    warnings.simplefilter("ignore")
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    out.write(json.dumps(_answer(name, data, limits), ensure_ascii=False).encode("utf-8", "surrogatepass"))
    out.flush()
    return 0


def _answer(name: str, data: bytes, limits: ParseLimits) -> dict[str, Any]:
    from kb_ingest.parsing.registry import parse_bytes

    try:
        return {"document": document_to_json(parse_bytes(name, data, limits))}
    except DocumentRefused as refused:
        return {"refused": {"code": refused.code, "message": refused.message}}
    except MemoryError:
        return {
            "refused": {
                "code": "too_complex",
                "message": "Reading the document takes too much memory; divide it, or save it as plain text.",
            }
        }


def _confine(limits: ParseLimits) -> None:
    """Bound memory, processor time, files written (none) and open; no core dumps."""
    _lower(resource.RLIMIT_AS, limits.memory_bytes)
    _lower(resource.RLIMIT_CPU, limits.cpu_s)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NOFILE, 64)
    _lower(resource.RLIMIT_CORE, 0)
    os.nice(5)


def _lower(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (bound, bound))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
