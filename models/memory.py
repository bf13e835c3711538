"""Memory that nobody needs any more goes back to the system.

(ONNX Runtime has no arena of its own for the same reason: :func:`models.threads.onnx_options`.) Utterances of many lengths leave gaps between what stays, and the C library keeps every gap for later: within half an
hour of twenty calls the models process grew by 330 MB, half of it such gaps.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

EVERY_S = 60.0


async def giving_back(every_s: float = EVERY_S) -> None:
    """Give memory back now and then, until cancelled; at once over where the C library cannot.

    It takes some 10 ms of a core, on a thread.
    """
    trim = _trim()
    while trim is not None:
        await asyncio.sleep(every_s)
        await asyncio.to_thread(trim)


def _trim() -> Callable[[], object] | None:
    """The C library's ``malloc_trim`` (glibc); None where there is none."""
    try:
        library = ctypes.CDLL(None)
        trim = library.malloc_trim
    except (OSError, AttributeError, TypeError):
        log.info("the C library gives no memory back when told to")
        return None
    trim.argtypes = [ctypes.c_size_t]
    return lambda: trim(0)
