"""How quickly a core reads memory.

A decoder reads some 50 MB for every token, more than a core's share of the cache. How quick that is depends on what the host's
other guests leave of cache and memory; it may change by half within an hour, and no share of stolen time tells.
"""

from __future__ import annotations

import time

import numpy as np

_BYTES = 48 * 2**20


def read_gb_s(looks: int = 15) -> float:
    """Gigabytes a second that one core reads, over and over 48 MiB: the median of so many looks. Takes a tenth of a second."""
    array = np.ones(_BYTES // 4, np.float32)
    speeds = []
    for _ in range(looks):
        begun = time.perf_counter()
        array.sum()
        speeds.append(_BYTES / (time.perf_counter() - begun) / 1e9)
    return float(np.median(speeds))
