"""Brings the weight files into the cache folder, checks them, and says where each lies.

``pull`` is the only function that touches the network, and nothing at run time calls it. Every file is checked
against its SHA-256 before it appears under its name, so a file that is there is whole; finished files and finished
archives of an interrupted run are kept and skipped by the next.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from models import archives
from models.archives import ArchiveError
from models.hub import Hub
from models.registry import Asset, HubFile, Part, packaged

CACHE_VARIABLE = "TETRAPHONE_MODEL_CACHE"
_ARCHIVES = ".archives"
_CHUNK = 1 << 20


class AssetMissing(Exception):
    """A weight file is not in the cache; the message names the command that brings it."""


class ChecksumMismatch(ArchiveError):
    """What arrived is not the file that the registry describes."""


@dataclass(frozen=True)
class Missing:
    """An asset that is not there, why, and what that costs."""

    asset: Asset
    reason: str


@dataclass
class PullReport:
    """What a pull or a check found.

    Attributes:
        present: names that were there already and whole.
        pulled: names fetched in this run.
        missing: the rest, each with its reason.
    """

    present: list[str] = field(default_factory=list)
    pulled: list[str] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every required asset is there."""
        return not any(entry.asset.required for entry in self.missing)

    def lines(self) -> list[str]:
        """The report for people: one line per cost, not one per file."""
        said = [
            f"{len(self.present)} assets were there, {len(self.pulled)} fetched, {len(self.missing)} missing."
        ]
        by_cost: dict[tuple[bool, str, str], list[str]] = {}
        for entry in self.missing:
            key = (entry.asset.required, entry.asset.if_missing, entry.reason)
            by_cost.setdefault(key, []).append(entry.asset.name)
        for (required, cost, reason), names in sorted(by_cost.items(), reverse=True):
            shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            said.append(f"{'Required and missing' if required else 'Missing'}: {shown}: {cost} ({reason}).")
        return said


def cache_folder() -> Path:
    """The folder of the weight files: TETRAPHONE_MODEL_CACHE, or ~/.cache/tetraphone/models."""
    configured = os.environ.get(CACHE_VARIABLE, "").strip()
    return Path(configured).expanduser() if configured else Path.home() / ".cache" / "tetraphone" / "models"


def asset_path(name: str, cache: Path | None = None) -> Path:
    """Return where an asset lies, or the folder of all assets whose names begin with ``name/``.

    Raises:
        AssetMissing: it has not been fetched (of a folder: one of its required files has not).
        KeyError: the registry has no such asset.
    """
    folder = cache or cache_folder()
    registry = packaged()
    if name in registry:
        wanted = [registry[name]]
    else:
        wanted = [asset for asset in registry.values() if asset.name.startswith(name.rstrip("/") + "/")]
        if not wanted:
            raise KeyError(f"no asset {name!r} in the registry")
        wanted = [asset for asset in wanted if asset.required] or wanted
    for asset in wanted:
        path = folder / asset.name
        if not path.is_file() or path.stat().st_size != asset.size:
            raise AssetMissing(
                f"{asset.name} is not in {folder}: {asset.if_missing}. Run `tetraphone models pull` to fetch it."
            )
    return folder / name


def available(name: str, cache: Path | None = None) -> bool:
    """Whether :func:`asset_path` would find the asset."""
    try:
        asset_path(name, cache)
    except AssetMissing:
        return False
    return True


def check(
    names: Iterable[str] | None = None, cache: Path | None = None, registry: Mapping[str, Asset] | None = None
) -> PullReport:
    """Read every wanted asset and compare it with its checksum; fetches nothing."""
    folder, report = cache or cache_folder(), PullReport()
    for asset in _wanted(names, registry or packaged()):
        reason = _fault(folder / asset.name, asset)
        if reason is None:
            report.present.append(asset.name)
        else:
            report.missing.append(Missing(asset, reason))
    return report


def pull(
    names: Iterable[str] | None = None,
    cache: Path | None = None,
    console: Console | None = None,
    registry: Mapping[str, Asset] | None = None,
    hub: Hub | None = None,
) -> PullReport:
    """Bring every wanted asset that is not there yet, and report.

    Args:
        names: assets, or folders of assets; None means all.
        cache: the folder; None means :func:`cache_folder`.
        console: where progress is shown; None means standard error.
        registry, hub: others than the packaged ones, for tests.
    """
    console = console or Console(stderr=True)
    folder = cache or cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder, console):
        run = _Pull(folder, console, hub or Hub())
        try:
            return run.run(_wanted(names, registry or packaged()))
        finally:
            run.opened.close()


class _Pull:
    """One run: what has been tried and failed is remembered, so nothing is tried twice."""

    def __init__(self, folder: Path, console: Console, hub: Hub) -> None:
        self.folder, self.hub = folder, hub
        self.store = folder / _ARCHIVES
        self.failed: dict[tuple[str, str], str] = {}
        self.opened = archives.OpenArchives()
        self.fresh: set[Path] = set()
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=console,
        )

    def run(self, wanted: list[Asset]) -> PullReport:
        report = PullReport()
        todo: list[Asset] = []
        for asset in wanted:
            if _fault(self.folder / asset.name, asset) is None:
                report.present.append(asset.name)
            else:
                todo.append(asset)
        with self.bar:
            whole = self.bar.add_task("model files", total=sum(asset.size for asset in todo))
            for asset in todo:
                reason = self._bring(asset, whole)
                if reason is None:
                    report.pulled.append(asset.name)
                else:
                    report.missing.append(Missing(asset, reason))
                self.bar.advance(whole, asset.size)
        if not report.missing:
            shutil.rmtree(self.store, ignore_errors=True)
        return report

    def _bring(self, asset: Asset, whole: TaskID) -> str | None:
        """Fetch one asset from the first source that has it; returns why none had."""
        reasons: list[str] = []
        for source in asset.sources:
            try:
                if isinstance(source, HubFile):
                    if not self.hub.reachable():
                        reasons.append("the model hub cannot be reached")
                        continue
                    self._from_hub(asset, source)
                else:
                    self._from_parts(asset, source)
                return None
            except ArchiveError as error:
                reasons.append(str(error))
        return "; ".join(dict.fromkeys(reasons))

    def _from_hub(self, asset: Asset, source: HubFile) -> None:
        place = self.store / "hub"
        found = self.hub.fetch(source, place)
        with found.open("rb") as stream:
            _write_checked(asset, self.folder, [(stream, found.stat().st_size)])
        found.unlink()

    def _from_parts(self, asset: Asset, parts: tuple[Part, ...]) -> None:
        try:
            self._join(asset, parts)
        except ClientOrFetchFailed:
            raise
        except ArchiveError:
            # An archive left by an earlier run may be damaged (a full disk, a crash): those once more, afresh.
            found = {archives.archive_path(self.store, part.client, part.package) for part in parts}
            if not (left := {path for path in found if path.exists()} - self.fresh):
                raise
            for path in left:
                self.opened.close(path)
                path.unlink()
            self._join(asset, parts)

    def _join(self, asset: Asset, parts: tuple[Part, ...]) -> None:
        found = [(self._archive(part), part.member) for part in parts]
        _write_checked(asset, self.folder, self._members(found))

    def _members(self, found: list[tuple[Path, str]]) -> Iterator[tuple[IO[bytes], int]]:
        for archive, member in found:
            with self.opened.member(archive, member) as (stream, size):
                yield stream, size

    def _archive(self, part: Part) -> Path:
        key = (part.client, part.package)
        if key in self.failed:
            raise ClientOrFetchFailed(self.failed[key])
        task = self.bar.add_task(f"  {part.package}", total=None)
        target = archives.archive_path(self.store, part.client, part.package)
        if not target.exists():
            self.fresh.add(target)
        try:
            return archives.fetch(
                part.client, part.package, self.store, lambda done: self.bar.update(task, completed=done)
            )
        except ArchiveError as error:
            self.failed[key] = str(error)
            raise ClientOrFetchFailed(str(error)) from error
        finally:
            self.bar.remove_task(task)


class ClientOrFetchFailed(ArchiveError):
    """The archive could not be had at all; another attempt in this run would only wait again."""


def _write_checked(asset: Asset, folder: Path, streams: Iterable[tuple[IO[bytes], int]]) -> None:
    """Join streams into the asset's file, which appears only when its checksum is right."""
    target = folder / asset.name
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(target.name + ".part")
    digest, written = hashlib.sha256(), 0
    try:
        with temporary.open("wb") as output:
            for stream, declared in streams:
                if written + declared > asset.size:  # before reading: a bomb is not unpacked
                    raise ChecksumMismatch(f"{asset.name}: larger than the {asset.size} bytes expected")
                while chunk := _read(stream, asset):
                    written += len(chunk)
                    if written > asset.size:
                        raise ChecksumMismatch(f"{asset.name}: larger than the {asset.size} bytes expected")
                    digest.update(chunk)
                    output.write(chunk)
            output.flush()
            os.fsync(output.fileno())
        if written != asset.size or digest.hexdigest() != asset.sha256:
            raise ChecksumMismatch(f"{asset.name}: wrong checksum ({written} bytes, {asset.size} expected)")
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _read(stream: IO[bytes], asset: Asset) -> bytes:
    try:
        return stream.read(_CHUNK)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ArchiveError(f"{asset.name}: its archive is damaged ({error})") from error


def _fault(path: Path, asset: Asset) -> str | None:
    if not path.is_file():
        return "not fetched"
    if path.stat().st_size != asset.size:
        return "wrong size"
    with path.open("rb") as file:
        return None if hashlib.file_digest(file, "sha256").hexdigest() == asset.sha256 else "wrong checksum"


def _wanted(names: Iterable[str] | None, registry: Mapping[str, Asset]) -> list[Asset]:
    if names is None:
        return list(registry.values())
    chosen: dict[str, Asset] = {}
    for name in names:
        found = [a for a in registry.values() if a.name == name or a.name.startswith(name.rstrip("/") + "/")]
        if not found:
            raise KeyError(f"no asset {name!r} in the registry")
        chosen.update((asset.name, asset) for asset in found)
    return list(chosen.values())


@contextmanager
def _only_one(folder: Path, console: Console) -> Iterator[None]:
    """Let a second pull wait for the first, and then find everything there."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print("Another pull is running; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: list[str] | None = None) -> int:
    """``python -m models.assets pull [--check] [NAME ...]``; 1 when a required asset is missing."""
    parser = argparse.ArgumentParser(prog="models.assets", description="Bring or check the model files.")
    commands = parser.add_subparsers(dest="command", required=True)
    puller = commands.add_parser("pull", help="fetch what is missing")
    puller.add_argument("names", nargs="*", help="assets or folders of assets; none means all")
    puller.add_argument(
        "--check", action="store_true", help="fetch nothing; compare what is there with its checksum"
    )
    puller.add_argument(
        "--cache", type=Path, help=f"the folder; default {CACHE_VARIABLE} or {cache_folder()}"
    )
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    names = options.names or None
    report = check(names, options.cache) if options.check else pull(names, options.cache, console)
    for line in report.lines():
        console.print(line, highlight=False)
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
