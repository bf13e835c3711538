"""What of a recording is not a whole second yet: kept beside it, so that a kill costs less than one.

File ``NAME.tail``: two places of one size, written in turn, so that one of them is whole at whatever moment the
process is killed. Each holds ``uint32 big-endian length`` + sealed: a count (the higher one is the newer),
the first second, channels, samples (uint32 each), then int16 samples. Sealed under the person's key with a nonce of
its own each time, and bound to the recording's name.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.crypto import CannotOpen, seal, unseal

_LENGTH = struct.Struct(">I")
_HEAD = struct.Struct(">IIII")
_PLACE = 1 << 20
"""Bytes of one place; the file has holes where nothing was written."""
_MOST_SAMPLES = (_PLACE - 1024) // 2


@dataclass(frozen=True, slots=True)
class Rest:
    """Sound from the beginning of a second on, int16 (samples, channels)."""

    first_second: int
    sound: NDArray[np.int16]


class RecordingTail:
    """Written again and again while a call runs, and removed when its recording is closed."""

    def __init__(self, path: Path, key: bytes, name: str) -> None:
        self._path, self._key, self._bound = path, key, _bound(name)
        self._count = 0
        self._file: int | None = None

    def keep(self, rest: Rest) -> None:
        """Put this in place of what was kept before last."""
        if self._file is None:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._count += 1
        # Where the disk is so slow that seconds wait in number, the first of them are kept.
        channels = rest.sound.shape[1]
        sound = rest.sound[: _MOST_SAMPLES // max(channels, 1)]
        head = _HEAD.pack(self._count, rest.first_second, channels, len(sound))
        sealed = seal(self._key, head + sound.astype("<i2").tobytes(), self._bound)
        os.pwrite(self._file, _LENGTH.pack(len(sealed)) + sealed, self._count % 2 * _PLACE)

    def remove(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self._path.unlink(missing_ok=True)


def read_tail(path: Path, key: bytes, name: str) -> Rest | None:
    """The newest of what was kept; None where there is nothing that opens."""
    if not path.exists():
        return None
    found: list[tuple[int, Rest]] = []
    with path.open("rb") as file:
        for place in (0, _PLACE):
            file.seek(place)
            length = file.read(_LENGTH.size)
            if len(length) < _LENGTH.size:
                continue
            try:
                data = unseal(key, file.read(_LENGTH.unpack(length)[0]), _bound(name))
            except CannotOpen:
                continue  # never written, or killed in the middle of writing it
            count, first, channels, samples = _HEAD.unpack_from(data)
            sound = np.frombuffer(data, "<i2", samples * channels, _HEAD.size).reshape(samples, channels)
            found.append((count, Rest(first, sound.astype(np.int16))))
    return max(found, key=lambda one: one[0])[1] if found else None


def _bound(name: str) -> bytes:
    return f"recording {name} tail".encode()
