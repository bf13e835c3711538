"""What is not needed any more goes back to the system, though something behind it stays."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from models import memory

GAPS = """
import asyncio
import numpy as np
from models.memory import giving_back

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 // 2**20

pieces = [np.ones(25_000, np.float32) for _ in range(2_000)]
last = pieces[-1]
del pieces
before = resident()

async def main():
    task = asyncio.create_task(giving_back(0.01))
    await asyncio.sleep(0.5)
    task.cancel()

asyncio.run(main())
print(before, resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")
def test_gaps_before_something_that_stays_are_given_back():
    if memory._trim() is None:
        pytest.skip("the C library is not glibc")
    told = subprocess.run(
        [sys.executable, "-c", GAPS], capture_output=True, text=True, check=True, timeout=60
    )
    before, after = map(int, told.stdout.split())
    assert after < before - 100


def test_where_the_library_cannot_it_is_over_at_once(monkeypatch):
    monkeypatch.setattr(memory, "_trim", lambda: None)
    asyncio.run(asyncio.wait_for(memory.giving_back(3600.0), 5.0))
