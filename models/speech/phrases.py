"""Phrases rendered before, kept as WAV files at line rate, so that they play even while no model runs.

Layout of the folder: ``pinned/KEY.wav`` (fixed prompts, never evicted) and ``recent/KEY.wav`` (everything else, the
least recently used going first). A pinned file's time tells when somebody last wanted it to stay; ``PINNED_FOR_S`` later
it may become an ordinary one. There is no index: two processes may use one folder, since files appear by atomic rename
and vanish only whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import tempfile
import threading
import time
import wave
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.languages import Language
from models.protocols import Pcm
from models.speech.levels import at_rate
from models.speech.voices import voice_definition

log = logging.getLogger(__name__)

LINE_RATE = 8_000
ENGINE_VERSION = "kokoro-1.0/1"
"""The packaged engine; to be counted up whenever the same words would sound different."""

REMEMBERED_BYTES = 32 * 1024 * 1024
"""Sound that is held in memory: half an hour at 8 kHz, all that a bot says again and again."""
PINNED_FOR_S = 7 * 86_400.0
"""So long after somebody last asked for it a phrase stays pinned: who has done so may be another process than the one that
looks for what is old, or a tool with lines of its own."""
_WANTED_FOR_S = 3600.0
"""That it is wanted need be noted no more often than this."""
_TOUCHED_FOR_S = 60.0
"""The order of use on disk need be no more exact than this."""
_RECHECK_EVERY = 64
_STALE_PART_S = 3600.0


class _Remembered:
    """Phrases read lately, by name, the least recently used going first. A name stands for one sound for ever, so
    nothing here can be out of date.
    """

    def __init__(self, largest_bytes: int) -> None:
        self._largest = largest_bytes
        self._held = 0
        self._sounds: OrderedDict[str, Pcm] = OrderedDict()
        self._touched: dict[str, float] = {}

    def get(self, name: str) -> Pcm | None:
        if (pcm := self._sounds.get(name)) is not None:
            self._sounds.move_to_end(name)
        return pcm

    def put(self, name: str, pcm: Pcm, now: float) -> None:
        """Hold a sound; it is shared by all who ask for it, and read-only."""
        if name in self._sounds or pcm.nbytes > self._largest // 8:
            return
        pcm.setflags(write=False)
        self._sounds[name], self._touched[name] = pcm, now
        self._held += pcm.nbytes
        while self._held > self._largest:
            gone, sound = self._sounds.popitem(last=False)
            self._touched.pop(gone)
            self._held -= sound.nbytes

    def due(self, name: str, now: float) -> bool:
        """Whether its use is to be noted on disk again; if so, it counts as noted."""
        if now - self._touched.get(name, now) < _TOUCHED_FOR_S:
            return False
        self._touched[name] = now
        return True


class PhraseCache:
    """Rendered phrases in a folder; those used lately are in memory too.

    Args:
        folder: created if missing.
        rate: samples per second of everything kept.
        largest_bytes: bound on the evictable part; pinned phrases are not counted.
        remembered_bytes: bound on what is held in memory.

    All methods are safe for several threads and several processes. File errors while reading count as a miss;
    errors while writing are raised.
    """

    def __init__(
        self,
        folder: Path,
        *,
        rate: int = LINE_RATE,
        largest_bytes: int = 512 * 1024 * 1024,
        remembered_bytes: int = REMEMBERED_BYTES,
    ) -> None:
        self.rate = rate
        self._largest = largest_bytes
        self._pinned = folder / "pinned"
        self._recent = folder / "recent"
        for part in (self._pinned, self._recent):
            part.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._remembered = _Remembered(remembered_bytes)
        self._held = sum(size for _, size, _ in self._entries())
        self._puts = 0

    def key(self, text: str, language: Language, voice: str | None, version: str) -> str:
        """The name under which a phrase is kept: a hash of all that its sound depends on."""
        sound = voice_definition(language, voice)
        parts = (" ".join(text.split()), language.value, sound, version, str(self.rate))
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]

    def get(self, text: str, language: Language, voice: str | None, version: str) -> Pcm | None:
        """The phrase as int16 samples at ``rate``, read-only, or None if it is not kept."""
        name = self.key(text, language, voice, version) + ".wav"
        pcm = self._from_memory(name)
        for folder in (self._pinned, self._recent):
            if pcm is None and (pcm := self._read(folder / name, touch=folder is self._recent)) is not None:
                with self._lock:
                    self._remembered.put(name, pcm, time.monotonic())
        return pcm

    def _from_memory(self, name: str) -> Pcm | None:
        with self._lock:
            pcm = self._remembered.get(name)
            due = pcm is not None and self._remembered.due(name, time.monotonic())
        if due:
            self._touch(self._recent / name)
        return pcm

    def has(
        self, text: str, language: Language, voice: str | None, version: str, *, pinned: bool = False
    ) -> bool:
        """Whether the phrase is kept (as a pinned one); does not count as use."""
        name = self.key(text, language, voice, version) + ".wav"
        return (self._pinned / name).is_file() or (not pinned and (self._recent / name).is_file())

    def put(
        self,
        text: str,
        language: Language,
        voice: str | None,
        version: str,
        pcm: Pcm,
        rate: int,
        *,
        pinned: bool = False,
    ) -> Pcm:
        """Keep ``pcm`` (int16 mono at ``rate``) resampled to the line; return the samples as kept.

        Raises:
            OSError: the file cannot be written.
        """
        line = at_rate(np.asarray(pcm, dtype=np.int16), rate, self.rate)
        name = self.key(text, language, voice, version) + ".wav"
        if pinned:
            self._write(self._pinned / name, line)
            (self._recent / name).unlink(missing_ok=True)
            return line
        if (self._pinned / name).is_file():
            return line
        size = self._write(self._recent / name, line)
        with self._lock:
            self._held += size
            self._puts += 1
            # Another process may write here too: look at what is really there from time to time.
            due = self._held > self._largest or self._puts % _RECHECK_EVERY == 0
        if due:
            self.evict()
        return line

    def pin(self, text: str, language: Language, voice: str | None, version: str) -> bool:
        """Have a kept phrase stay, as one that is wanted now; False if it is not kept."""
        name = self.key(text, language, voice, version) + ".wav"
        with contextlib.suppress(FileNotFoundError):
            os.replace(self._recent / name, self._pinned / name)
            self._touch(self._pinned / name)
        return self.wanted(text, language, voice, version)

    def wanted(self, text: str, language: Language, voice: str | None, version: str) -> bool:
        """Note that a pinned phrase is still to stay; False if it is not pinned."""
        path = self._pinned / (self.key(text, language, voice, version) + ".wav")
        try:
            if path.stat().st_mtime < time.time() - _WANTED_FOR_S:
                self._touch(path)
        except FileNotFoundError:
            return False
        return True

    def unpin_unwanted(self, for_s: float = PINNED_FOR_S) -> int:
        """Make ordinary what nobody has wanted to stay for so many seconds; return how many phrases."""
        count, since = 0, time.time() - for_s
        for path in self._pinned.glob("*.wav"):
            with contextlib.suppress(FileNotFoundError):  # another process was quicker
                if path.stat().st_mtime < since:
                    os.replace(path, self._recent / path.name)
                    count += 1
        if count:
            self.evict()
        return count

    def evict(self) -> int:
        """Remove the least recently used phrases until the rest fits; return how many were removed."""
        removed = 0
        with self._lock:
            entries = sorted(self._entries())
            held = sum(size for _, size, _ in entries)
            for _, size, path in entries:
                if held <= self._largest:
                    break
                path.unlink(missing_ok=True)
                held -= size
                removed += 1
            self._held = held
            oldest = time.time() - _STALE_PART_S
            for folder in (self._pinned, self._recent):
                for part in folder.glob("*.part"):
                    with contextlib.suppress(FileNotFoundError):
                        if part.stat().st_mtime < oldest:
                            part.unlink()
        return removed

    def _entries(self) -> Iterator[tuple[float, int, Path]]:
        for path in self._recent.glob("*.wav"):
            with contextlib.suppress(FileNotFoundError):  # another process was quicker
                status = path.stat()
                yield status.st_mtime, status.st_size, path

    def _read(self, path: Path, *, touch: bool) -> Pcm | None:
        try:
            with wave.open(str(path), "rb") as file:
                if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (self.rate, 1, 2):
                    raise wave.Error(f"not {self.rate} Hz mono")
                wanted = file.getnframes()
                pcm = np.frombuffer(file.readframes(wanted), dtype="<i2").astype(np.int16)
                if len(pcm) != wanted:
                    raise wave.Error("cut short")
            if touch:
                self._touch(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            # Too many open files, a disk that fails for a moment: the phrase itself may be as good as ever.
            log.warning("kept phrase %s cannot be read now: %s", path.name, error)
            return None
        except (wave.Error, EOFError) as error:
            log.warning("kept phrase %s is unusable and dropped: %s", path.name, error)
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            return None
        return pcm

    @staticmethod
    def _touch(path: Path) -> None:
        # Not ours to touch (somebody else's cache), or gone: it then goes by its age.
        with contextlib.suppress(PermissionError, FileNotFoundError):
            os.utime(path)

    def _write(self, path: Path, pcm: Pcm) -> int:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as raw, wave.open(raw, "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(self.rate)
                file.writeframes(np.ascontiguousarray(pcm, dtype="<i2").tobytes())
            size = os.stat(temporary).st_size
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return size
