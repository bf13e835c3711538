"""One process of a role per data folder: a second one would end the first one's calls and take its socket."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from app.settings import Settings


class AlreadyRunning(RuntimeError):
    """Another process of this role works on the same data folder."""


@contextmanager
def only_one(settings: Settings, role: str) -> Iterator[None]:
    """Hold the role while the process serves; the system gives it back however the process ends.

    Raises:
        AlreadyRunning: with a sentence that names the folder and what can be done.
    """
    folder = settings.run_folder
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    descriptor = os.open(folder / f"{role}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode(errors="replace") or "unknown"
            raise AlreadyRunning(
                f"A {role} process (process id {holder}) is running on {settings.data} already. "
                "End it first, or set TETRAPHONE_DATA to another folder."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)
