"""Memory that nobody needs any more goes back to the system.

Utterances and sentences of many lengths leave gaps between what stays, and whoever keeps them for later keeps more and more:

- the C library, which therefore gives back now and then what it can;
- each of its heaps by itself, one for every thread if it is let: two are enough for threads that mostly compute. With as many
  as it likes two recognising threads and a speaking one held 2.9 GB for a moment, and with two heaps 2.1;
- ONNX Runtime's arena, which is turned off (:func:`models.threads.onnx_options`).
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

EVERY_S = 30.0
_HEAPS = 2
_M_ARENA_MAX = -8
"""The number of glibc's ``mallopt`` for the most heaps, from its ``malloc.h``."""


def keep_few_heaps() -> None:
    """Bound the C library's heaps, where it is glibc and nobody has said how many (``MALLOC_ARENA_MAX``).

    Threads keep the heaps that they have; to be called before those are begun that compute.
    """
    if "MALLOC_ARENA_MAX" in os.environ:
        return
    mallopt = _of_the_library("mallopt")
    if mallopt is None or not mallopt(_M_ARENA_MAX, _HEAPS):
        log.info("the C library's heaps cannot be bounded")


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
    trim = _of_the_library("malloc_trim")
    if trim is None:
        log.info("the C library gives no memory back when told to")
        return None
    trim.argtypes = [ctypes.c_size_t]
    return lambda: trim(0)


def _of_the_library(name: str) -> Any:
    """A function of the C library; None where it has none of that name."""
    try:
        return getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError, TypeError):
        return None
