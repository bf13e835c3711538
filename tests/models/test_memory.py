"""What is not needed any more goes back to the system, though something behind it stays."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest

from app import models_process
from models import memory
from models.threads import onnx_options

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


HEAPS = """
import ctypes
import sys
import threading
from models.memory import keep_few_heaps

if sys.argv[1] == "few":
    keep_few_heaps()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
library.fopen.restype = library.fdopen.restype = ctypes.c_void_p
together = threading.Barrier(6)

def allocate():
    together.wait()
    library.malloc(10_000)
    together.wait()

threads = [threading.Thread(target=allocate) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
out = ctypes.c_void_p(library.fdopen(1, b"w"))
library.malloc_info(0, out)
library.fflush(out)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux's C library")
def test_the_c_library_keeps_two_heaps_however_many_threads_there_are():
    if memory._trim() is None:
        pytest.skip("the C library is not glibc")

    def heaps(how, **variables):
        environment = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
        told = subprocess.run(
            [sys.executable, "-c", HEAPS, how],
            env=environment | variables, capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        return told.stdout.count("<heap nr=")

    assert heaps("few") <= 2 < heaps("as many as it likes")
    assert heaps("few", MALLOC_ARENA_MAX="8") > 2, "whoever has set it knows better"


async def test_the_models_process_bounds_its_heaps_before_it_does_anything_else(monkeypatch):
    class Bounded(Exception):
        pass

    def bounds():
        raise Bounded

    monkeypatch.setattr(models_process, "keep_few_heaps", bounds)
    with pytest.raises(Bounded):
        await models_process.run_models(None)


def test_onnx_runtime_keeps_nothing_for_later():
    assert onnx_options(1).enable_cpu_mem_arena is False


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
