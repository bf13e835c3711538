"""The one place that decides how many threads native code may use.

CTranslate2, ONNX Runtime and OpenMP each start as many threads as there are cores unless told otherwise; three of
them in one process fight each other and the media process. ``configure`` sets the environment before any of them
is loaded; the adapters ask ``plan`` for their share. No share exceeds the cores, and all that may run at
once in the models process exceeds them by two at most: recognition, synthesis and embedding are seldom all at work,
and a core that one of them leaves idle serves nobody.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import SessionOptions

CORES_VARIABLE = "TETRAPHONE_CORES"
_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class ThreadPlan:
    """Shares of one process.

    Attributes:
        cores: what may be used at all.
        recognition_lanes: decodes that may run at once: the short window and the full-window fallbacks. Two lanes of one
            thread answer more utterances than one lane of two, so cores become lanes first.
        recognition_threads: threads of each of those decodes.
        synthesis_threads: threads of the synthesiser, which renders one text at a time.
        openmp_threads: threads of every other OpenMP user, the embedder among them.
    """

    cores: int
    recognition_lanes: int
    recognition_threads: int
    synthesis_threads: int
    openmp_threads: int

    @property
    def at_once(self) -> int:
        """Threads that may be at work in the models process at one moment."""
        recognition = self.recognition_lanes * self.recognition_threads
        return recognition + self.synthesis_threads + self.openmp_threads


def usable_cores() -> int:
    """Cores that this process may use: its affinity, the container's quota and TETRAPHONE_CORES, the least."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    configured = os.environ.get(CORES_VARIABLE, "").strip()
    if configured:
        if not configured.isdigit() or int(configured) < 1:
            raise ValueError(f"{CORES_VARIABLE} must be a whole number from 1 up, not {configured!r}")
        cores = min(cores, int(configured))
    return max(1, min(cores, _quota(Path("/sys/fs/cgroup/cpu.max")) or cores))


def _quota(file: Path) -> int | None:
    try:
        quota, period = file.read_text().split()
    except (OSError, ValueError):
        return None
    return None if quota == "max" else max(1, int(quota) // int(period))


def plan_for(cores: int) -> ThreadPlan:
    """Return the shares for a number of cores: a lane for every two, eight at most, and two as soon as there are two."""
    lanes = min(8, max(min(2, cores), cores // 2))
    return ThreadPlan(
        cores=cores,
        recognition_lanes=lanes,
        recognition_threads=2 if cores >= 4 * lanes else 1,
        synthesis_threads=1,
        openmp_threads=min(4, max(1, cores // 2)),
    )


@cache
def plan() -> ThreadPlan:
    """The shares on this machine."""
    return plan_for(usable_cores())


def configure() -> ThreadPlan:
    """Set the environment of this process and its children; call it before native libraries are imported.

    A value that the operator has set already is kept, but never above the cores.
    """
    shares = plan()
    for name in _POOLS:
        present = os.environ.get(name, "")
        wanted = int(present) if present.isdigit() and int(present) > 0 else shares.openmp_threads
        os.environ[name] = str(min(wanted, shares.cores))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # idle threads sleep instead of spinning
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    return shares


def onnx_options(threads: int) -> SessionOptions:
    """Return ONNX Runtime session options within the plan; idle threads do not spin.

    Nor is memory kept for the longest sentence there ever was: ONNX Runtime's arena never gives any back. Without it the
    synthesiser takes 4 % longer, the recogniser no longer, and the two stay 300 MB smaller.
    """
    from onnxruntime import ExecutionMode, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = min(threads, plan().cores)
    options.inter_op_num_threads = 1
    options.execution_mode = ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return options
