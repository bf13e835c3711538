"""Recordings: encrypted second by second while the call runs, so that a crash costs less than the last one.

File: the line ``TPREC1`` , a JSON header line (rate, channels, person), then frames of
``uint32 big-endian length`` + sealed FLAC of exactly one second (the last may be shorter). Each frame
is bound to the recording's name and its own number: frames cannot be exchanged, repeated or moved.
A party that joins later has a channel from then on: frames may have more channels than the header says,
and readers fill the earlier ones with silence. What is no whole second yet is kept beside it (``recording_tail``);
after a crash ``finish_recording`` adds it.
"""

from __future__ import annotations

import io
import json
import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from core.crypto import CannotOpen, seal, unseal
from core.recording_tail import RecordingTail, Rest, read_tail

_MAGIC = b"TPREC1\n"
_LENGTH = struct.Struct(">I")
_NAME = re.compile(r"^[A-Za-z0-9_-]{1,80}$")
MOST_CHANNELS = 8
"""FLAC holds no more."""
AHEAD_S = 60
"""A channel may be written this far ahead of the clock: a whole reply is sent before it is heard."""

Pcm = NDArray[np.int16]


def recording_path(folder: Path, name: str) -> Path:
    """The file of a recording; the name must be an identifier, so that no path can be made of it."""
    if not _NAME.match(name):
        raise ValueError(f"not a recording's name: {name!r}")
    return folder / f"{name}.tprec"


def tail_path(recording: Path) -> Path:
    """The file of what is no whole second yet, beside the recording's."""
    return recording.with_suffix(".tail")


class RecordingWriter:
    """Writes one call's channels, aligned on the call's media clock.

    Sound may come for any moment from the last finished second on; what has no sound is silence.

    Args:
        key: the person's 32-byte key.
        person: whose key it is; stored so that a reader can find the key.
    """

    def __init__(
        self, folder: Path, name: str, key: bytes, person: str, *, channels: int = 2, rate: int = 8000
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name, self.rate, self.channels = name, rate, channels
        self._key = key
        path = recording_path(folder, name)
        self._file = open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")  # noqa: SIM115
        header = {"rate": rate, "channels": channels, "person": person}
        self._file.write(_MAGIC + json.dumps(header).encode() + b"\n")
        self._file.flush()
        self._second = 0
        self._waiting: dict[int, Pcm] = {}
        self._tail = RecordingTail(tail_path(path), key, name)

    @property
    def seconds(self) -> int:
        """Whole seconds that are safe on disk."""
        return self._second

    def write(self, channel: int, at_s: float, pcm: Pcm) -> int:
        """Place sound on a channel; what lies before the last finished second or too far ahead is cut off.

        A channel that is not there yet is there from now on.

        Returns:
            Samples that came too late: their second is stored already.

        Raises:
            ValueError: if a recording cannot have so many channels.
        """
        if channel >= self.channels:
            self._widen(channel + 1)
        start = round(at_s * self.rate)
        low, high = self._second * self.rate, (self._second + AHEAD_S) * self.rate
        late = min(len(pcm), max(0, low - max(0, start)))
        pcm = pcm[max(0, low - start) : max(0, high - start)]
        start = max(start, low)
        while len(pcm):
            second, offset = divmod(start, self.rate)
            part = pcm[: self.rate - offset]
            self._buffer(second)[offset : offset + len(part), channel] = part
            pcm, start = pcm[len(part) :], start + len(part)
        return late

    def cut(self, channel: int, from_s: float) -> None:
        """Forget what was written ahead on a channel: it was interrupted and never heard."""
        start = max(0, round(from_s * self.rate))
        for second, buffer in self._waiting.items():
            offset = start - second * self.rate
            if offset < self.rate:
                buffer[max(0, offset) :, channel] = 0

    def advance(self, now_s: float) -> None:
        """Store every second that ended by ``now_s`` on the call's clock."""
        while (self._second + 1) <= now_s:
            self._store(self._buffer(self._second))

    def keep(self, now_s: float) -> None:
        """Keep what came after the last finished second, up to ``now_s``, for ``finish_recording``.

        It may be written and cut as before; what was kept is forgotten when newer things are.
        """
        first, samples = self._second, round((now_s - self._second) * self.rate)
        if samples > 0:
            seconds = [self._buffer(second) for second in range(first, first + -(-samples // self.rate))]
            self._tail.keep(Rest(first, np.concatenate(seconds)[:samples]))

    def close(self, now_s: float) -> float:
        """Store the rest up to ``now_s``; returns the length in seconds."""
        if self._file.closed:
            return float(self._second)
        self.advance(now_s)
        rest = round((now_s - self._second) * self.rate)
        if rest > 0:
            self._store(self._buffer(self._second)[:rest])
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._tail.remove()
        return now_s

    def _widen(self, channels: int) -> None:
        if channels > MOST_CHANNELS:
            raise ValueError(f"a recording has {MOST_CHANNELS} channels at most")
        self.channels = channels
        for second, buffer in self._waiting.items():
            self._waiting[second] = _with_channels(buffer, channels)

    def _buffer(self, second: int) -> Pcm:
        if second not in self._waiting:
            self._waiting[second] = np.zeros((self.rate, self.channels), np.int16)
        return self._waiting[second]

    def _store(self, sound: Pcm) -> None:
        self._file.write(_frame(self._key, self.name, self._second, sound, self.rate))
        self._file.flush()
        self._waiting.pop(self._second, None)
        self._second += 1


def _with_channels(sound: Pcm, channels: int) -> Pcm:
    """The same sound with so many channels, the new ones silent."""
    missing = channels - sound.shape[1]
    return np.pad(sound, ((0, 0), (0, missing))) if missing > 0 else sound


def _frame(key: bytes, name: str, second: int, sound: Pcm, rate: int) -> bytes:
    """A second as it is written."""
    packed = io.BytesIO()
    soundfile.write(packed, sound, rate, format="FLAC", subtype="PCM_16")
    sealed = seal(key, packed.getvalue(), _place(name, second))
    return _LENGTH.pack(len(sealed)) + sealed


def _place(name: str, second: int) -> bytes:
    return f"recording {name} {second}".encode()


@dataclass(frozen=True, slots=True)
class RecordingHeader:
    rate: int
    channels: int
    person: str


def read_header(path: Path) -> RecordingHeader:
    """Read whose recording it is and how it was made.

    Raises:
        CannotOpen: if the file is not a recording.
    """
    with path.open("rb") as file:
        return _read_header(file)


def _read_header(file: io.BufferedReader) -> RecordingHeader:
    if file.read(len(_MAGIC)) != _MAGIC:
        raise CannotOpen("not a recording of this platform")
    try:
        header = json.loads(file.readline(4096))
        return RecordingHeader(int(header["rate"]), int(header["channels"]), str(header["person"]))
    except (ValueError, KeyError, TypeError) as error:
        raise CannotOpen("the recording's header is damaged") from error


def read_seconds(path: Path, key: bytes, name: str) -> Iterator[Pcm]:
    """Yield the seconds of a recording, int16 (samples, channels), all with the same number of channels.

    A last frame that was not written to its end (the process was killed) ends the recording quietly.

    Raises:
        CannotOpen: if a frame was altered, moved, or belongs to another key.
    """
    reader = RecordingReader(path, key, name)
    for number in range(len(reader)):
        yield reader.second(number)


class RecordingReader:
    """Any second of a recording, without reading those before it; also while the call still runs.

    Args:
        key: the person's key.
        name: the recording's name, which each frame is bound to.

    Raises:
        CannotOpen: if the file is not a recording, or a frame does not open.
    """

    def __init__(self, path: Path, key: bytes, name: str) -> None:
        self._path, self._key, self._name = path, key, name
        self._frames: list[tuple[int, int]] = []
        with path.open("rb") as file:
            self.header = _read_header(file)
            end = os.fstat(file.fileno()).st_size
            while len(length := file.read(_LENGTH.size)) == _LENGTH.size:
                size = _LENGTH.unpack(length)[0]
                if file.tell() + size > end:
                    break
                self._frames.append((file.tell(), size))
                file.seek(size, os.SEEK_CUR)
        last = 0
        if self._frames:
            # Channels only ever join, so the last frame has them all.
            sound = self.second(len(self._frames) - 1)
            self.header = replace(self.header, channels=max(self.header.channels, sound.shape[1]))
            last = len(sound)
        self.samples = max(0, len(self._frames) - 1) * self.header.rate + last
        """Samples per channel in all."""

    def __len__(self) -> int:
        """Number of frames; each but the last is a whole second."""
        return len(self._frames)

    @property
    def end(self) -> int | None:
        """Where the last whole frame ends in the file; None where there is none."""
        return sum(self._frames[-1]) if self._frames else None

    def second(self, number: int) -> Pcm:
        """One second as int16 (samples, channels), counted from 0."""
        place, size = self._frames[number]
        with self._path.open("rb") as file:
            file.seek(place)
            sealed = file.read(size)
        packed = unseal(self._key, sealed, _place(self._name, number))
        sound, _ = soundfile.read(io.BytesIO(packed), dtype="int16", always_2d=True)
        return _with_channels(np.asarray(sound, np.int16), self.header.channels)


def read_wav(path: Path, key: bytes, name: str) -> bytes:
    """The whole recording as a WAV file: the caller, the platform, and whoever joined."""
    header = read_header(path)
    seconds = list(read_seconds(path, key, name))
    sound = np.concatenate(seconds) if seconds else np.zeros((0, header.channels), np.int16)
    out = io.BytesIO()
    soundfile.write(out, sound, header.rate, format="WAV", subtype="PCM_16")
    return out.getvalue()


def finish_recording(path: Path, key: bytes, name: str) -> float:
    """Complete the recording of a killed process by what was kept beside it; returns its length in seconds.

    Where there is nothing more to add, it does nothing.

    Raises:
        CannotOpen: if the file is not a recording, or does not open under this key.
    """
    reader = RecordingReader(path, key, name)
    rate, stored, samples = reader.header.rate, len(reader), reader.samples
    rest = read_tail(tail_path(path), key, name)
    if rest is not None and samples == stored * rate and rest.first_second <= stored:
        sound = rest.sound[(stored - rest.first_second) * rate :]
        with path.open("r+b") as file:
            file.seek(reader.end if reader.end is not None else _header_end(path))
            file.truncate()
            for second in range(-(-len(sound) // rate)):
                part = sound[second * rate : (second + 1) * rate]
                file.write(_frame(key, name, stored + second, part, rate))
            file.flush()
            os.fsync(file.fileno())
        samples += len(sound)
    tail_path(path).unlink(missing_ok=True)
    return samples / rate


def _header_end(path: Path) -> int:
    with path.open("rb") as file:
        _read_header(file)
        return file.tell()


def count_seconds(path: Path) -> float:
    """How many whole frames a recording holds, without opening any; 0 where there is no such file."""
    if not path.exists():
        return 0.0
    size, seconds = path.stat().st_size, 0
    with path.open("rb") as file:
        _read_header(file)
        while len(length := file.read(_LENGTH.size)) == _LENGTH.size:
            end = file.tell() + _LENGTH.unpack(length)[0]
            if end > size:
                break
            file.seek(end)
            seconds += 1
    return float(seconds)
