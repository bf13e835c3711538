"""Reads the weights that CTranslate2 keeps in ``model.bin``, version 6 of its format.

All little endian: version (4 bytes), the specification's name, its revision (4), how many variables (4); of each its
name, rank (1), dimensions (4 each), type (1), bytes (4) and values; then how many aliases (4) and of each its name and
the variable's. A name is its length (2, the closing zero included) and its bytes.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION = 6
_TYPES: tuple[Any, ...] = (np.float32, np.int8, np.int16, np.int32, np.float16)

Weights = dict[str, NDArray[Any]]


class WeightsUnreadable(ValueError):
    """The file is none of CTranslate2's, or of a version or type that is not known here."""


def read_weights(file: Path) -> Weights:
    """Return the variables by name.

    The arrays are views of the mapped file: nothing is in memory before it is looked at.

    Raises:
        WeightsUnreadable: see there.
        OSError: the file cannot be opened.
    """
    data = np.memmap(file, np.uint8, "r") if file.stat().st_size else np.zeros(0, np.uint8)
    try:
        return _Reader(data).variables()
    except (struct.error, UnicodeDecodeError, ValueError) as error:
        raise WeightsUnreadable(f"{file} is not a whole model of CTranslate2: {error}") from error


class _Reader:
    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data, self._at = data, 0

    def variables(self) -> Weights:
        version = self._number("I")
        if version != VERSION:
            raise ValueError(f"its version is {version}, and {VERSION} is what is read")
        self._name()
        self._number("I")
        found: Weights = {}
        for _ in range(self._number("I")):
            name = self._name()
            shape = [self._number("I") for _ in range(self._number("B"))]
            kind = self._number("B")
            if kind >= len(_TYPES):
                raise ValueError(f"{name} is of type {kind}, which is not known")
            values = self._take(self._number("I")).view(_TYPES[kind])
            found[name] = values.reshape(shape)
        for _ in range(self._number("I")):
            alias = self._name()
            found[alias] = found[self._known(self._name(), found)]
        return found

    @staticmethod
    def _known(name: str, found: Weights) -> str:
        if name not in found:
            raise ValueError(f"an alias means {name}, which is not there")
        return name

    def _take(self, size: int) -> NDArray[np.uint8]:
        if self._at + size > len(self._data):
            raise ValueError("it ends too early")
        self._at += size
        return self._data[self._at - size : self._at]

    def _number(self, kind: str) -> int:
        return int(struct.unpack(f"<{kind}", self._take(struct.calcsize(kind)).tobytes())[0])

    def _name(self) -> str:
        return self._take(self._number("H")).tobytes().rstrip(b"\0").decode()
