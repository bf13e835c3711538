"""Importing the platform bounds the threads of native code before any is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORK = """
import app.cli, os, numpy
numpy.ones((800, 800)) @ numpy.ones((800, 800))
print(len(os.listdir("/proc/self/task")))
"""


def _python(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    pools = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    plain = {name: value for name, value in os.environ.items() if name not in pools}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env={**plain, **variables}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted where Linux lists them")
def test_with_two_cores_a_matrix_product_starts_no_thread_of_its_own():
    assert _python(WORK, TETRAPHONE_CORES="2").stdout.strip() == "1"


def test_a_number_of_cores_that_is_none_is_one_plain_line():
    told = _python("import app.cli", TETRAPHONE_CORES="many")
    assert told.returncode == 1
    assert told.stderr.strip() == "Error: TETRAPHONE_CORES must be a whole number from 1 up, not 'many'"
