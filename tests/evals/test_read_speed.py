"""How quickly a core reads memory is told in gigabytes a second."""

from __future__ import annotations

import time

import numpy as np

from evals.bench.capacity.speed import read_gb_s


def test_it_is_what_a_sum_over_the_same_bytes_takes():
    array = np.ones(48 * 2**18, np.float32)
    times = []
    for _ in range(15):
        begun = time.perf_counter()
        array.sum()
        times.append(time.perf_counter() - begun)
    mine = array.nbytes / np.median(times) / 1e9
    assert mine / 10 < read_gb_s() < mine * 10  # a mistake in the unit would be a factor of a thousand
