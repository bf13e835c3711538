"""What the processes of a platform use: cores and memory, by role, sampled while a step runs."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

Find = Callable[[], dict[str, psutil.Process]]


def tree(root: int) -> dict[str, psutil.Process]:
    """The processes under a supervisor by role; those without one are ``other``, numbered."""
    found: dict[str, psutil.Process] = {}
    top = psutil.Process(root)
    for process in [top, *top.children(recursive=True)]:
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        role = words[words.index("--role") + 1] if "--role" in words else ""
        name = role or ("supervisor" if process.pid == root else f"other-{process.pid}")
        found[name] = process
    return found


@dataclass
class Usage:
    """Of one process over a stretch of time. Memory is resident, in MiB."""

    cpu_s: float = 0.0
    seconds: float = 0.0
    memory_mib: float = 0.0
    most_memory_mib: float = 0.0
    threads: int = 0
    handles: int = 0
    pid: int = 0

    @property
    def cores(self) -> float:
        """Cores kept busy on average."""
        return self.cpu_s / self.seconds if self.seconds else 0.0


@dataclass
class Meter:
    """Samples processes: ``begin``, then ``sample`` now and then, then ``usage``."""

    find: Find
    _began: float = 0.0
    _first: dict[str, float] = field(default_factory=dict)
    _last: dict[str, float] = field(default_factory=dict)
    _usage: dict[str, Usage] = field(default_factory=dict)
    _clock: CpuClock = field(default_factory=lambda: CpuClock())
    present: set[str] = field(default_factory=set)
    """Roles that were there at the latest look; what the others used stays known."""

    def begin(self) -> None:
        self._began, self._clock = time.monotonic(), CpuClock()
        self._first, self._last, self._usage = {}, {}, {}
        self.sample()

    def sample(self) -> dict[str, Usage]:
        """Look once; returns what is known so far."""
        self.present = set()
        for role, process in self.find().items():
            try:
                with process.oneshot():
                    times, memory = process.cpu_times(), process.memory_info().rss / 2**20
                    threads, handles = process.num_threads(), process.num_fds()
            except psutil.Error:
                continue
            used = times.user + times.system
            # One that was started meanwhile counts from its start.
            self._first.setdefault(role, used if time.monotonic() - self._began < 2.0 else 0.0)
            self._last[role] = used
            usage = self._usage.setdefault(role, Usage())
            usage.memory_mib, usage.threads, usage.handles = memory, threads, handles
            usage.pid = process.pid
            self.present.add(role)
            usage.most_memory_mib = max(usage.most_memory_mib, memory)
            usage.cpu_s = self._last[role] - self._first[role]
            usage.seconds = time.monotonic() - self._began
        return self._usage

    @property
    def stolen(self) -> float:
        """Of the machine's time since ``begin``, the share that its host gave to others."""
        return self._clock.stolen()


class CpuClock:
    """Whose the machine's time was. On a shared host a figure counts only where next to nothing was stolen."""

    def __init__(self) -> None:
        self._stolen, self._all = self._look()

    @staticmethod
    def _look() -> tuple[float, float]:
        times = psutil.cpu_times()
        guests = getattr(times, "guest", 0.0) + getattr(
            times, "guest_nice", 0.0
        )  # counted in user and nice too
        return getattr(times, "steal", 0.0), sum(times) - guests

    def stolen(self) -> float:
        """Share of all cores' time that the host gave to others since the beginning; 0.0 where no host tells."""
        stolen, whole = self._look()
        return (stolen - self._stolen) / max(whole - self._all, 1e-9)


def machine() -> dict[str, Any]:
    """What a figure depends on: processor, cores, memory, versions."""
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count(logical=True),
        "physical_cores": psutil.cpu_count(logical=False),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {
            name: _version(name)
            for name in ("tetraphone", "ctranslate2", "faster-whisper", "onnxruntime", "numpy", "uvicorn")
        },
        "load_before": round(psutil.getloadavg()[0], 2),
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass  # not Linux: the name that Python knows has to do
    return platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
