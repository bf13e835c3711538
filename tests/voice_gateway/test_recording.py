"""A recording that is stored in a thread, while the call around it goes on or is cancelled."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from core.recordings import RecordingWriter, read_seconds, recording_path
from voice_gateway.recording import CALLER, RATE, CallRecording

KEY = bytes(32)


class SlowDisk(RecordingWriter):
    """Stores its first second only when it is let."""

    entered: threading.Event
    go_on: threading.Event

    def _store(self, sound: np.ndarray) -> None:
        if not self.entered.is_set():
            self.entered.set()
            assert self.go_on.wait(10)
        super()._store(sound)


@pytest.fixture
def writer(tmp_path):
    writer = SlowDisk(tmp_path, "call", KEY, "person")
    writer.entered, writer.go_on = threading.Event(), threading.Event()
    yield writer
    writer.go_on.set()


def second(value: int) -> np.ndarray:
    return np.full(RATE, value, np.int16)


async def test_a_call_cancelled_while_a_second_is_stored_keeps_every_second_once(writer, tmp_path):
    recording = CallRecording(writer)
    recording.write(CALLER, 0.0, second(1))
    recording.write(CALLER, 1.0, second(2))
    ticking = asyncio.create_task(recording.advance(1.5))
    await asyncio.to_thread(writer.entered.wait, 10)
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)
    # The thread still stores the first second: what comes now waits for it, and so does the end.
    recording.write(CALLER, 2.0, second(3))
    closing = asyncio.create_task(recording.close(3.0))
    done, _ = await asyncio.wait({closing}, timeout=0.2)
    assert not done
    writer.go_on.set()
    assert await closing == 3.0
    assert recording.fault is None
    stored = list(read_seconds(recording_path(tmp_path, "call"), KEY, "call"))
    assert [int(sound[0, CALLER]) for sound in stored] == [1, 2, 3]


async def test_a_disk_that_fails_stops_the_recording_also_for_who_waits_to_close_it(writer):
    recording = CallRecording(writer)
    recording.write(CALLER, 0.0, second(1))
    ticking = asyncio.create_task(recording.advance(1.5))
    await asyncio.to_thread(writer.entered.wait, 10)
    closing = asyncio.create_task(recording.close(1.0))
    writer._file.close()
    writer.go_on.set()
    await asyncio.gather(ticking, closing)
    assert recording.fault is not None and closing.result() == 0.0
