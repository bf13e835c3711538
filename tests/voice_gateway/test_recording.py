"""A recording that is stored in a thread, while the call around it goes on or is cancelled."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from core.recordings import RecordingWriter, finish_recording, read_seconds, recording_path
from voice_gateway.recording import CALLER, LOST, PLATFORM, RATE, CallRecording

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


FRAME_S = 0.02


def caller_says(recording: CallRecording, from_s: float, to_s: float) -> None:
    """The caller's sound between two moments, frame by frame."""
    for number in range(round(from_s / FRAME_S), round(to_s / FRAME_S)):
        recording.write(CALLER, number * FRAME_S, np.ones(round(FRAME_S * RATE), np.int16))


@pytest.fixture
def call(tmp_path) -> CallRecording:
    return CallRecording(RecordingWriter(tmp_path, "call", KEY, "person"))


def silent_s(folder, channel: int = CALLER) -> float:
    """Seconds of a channel in which nothing is."""
    sound = np.concatenate(list(read_seconds(recording_path(folder, "call"), KEY, "call")))
    return float(np.count_nonzero(sound[:, channel] == 0)) / RATE


async def test_a_network_that_stands_still_across_a_second_leaves_no_hole(call, tmp_path):
    before = LOST._value.get()
    caller_says(call, 0.0, 0.9)
    for now_s in (1.0, 1.2, 1.4):
        await call.advance(now_s)
    caller_says(call, 0.9, 3.0)  # all that was held up, at once
    await call.advance(3.0)
    assert await call.close(3.0) == 3.0
    assert silent_s(tmp_path) == 0.0 and LOST._value.get() == before


async def test_a_microphone_whose_clock_is_slow_loses_nothing(call, tmp_path):
    """After an hour at 100 ppm its sound is 0.36 s behind the fastest frame, which sets the clock."""
    for tick in range(1, 51):
        now_s = tick * 0.2
        caller_says(call, max(0.0, now_s - 0.56), max(0.0, now_s - 0.36))
        await call.advance(now_s)
    caller_says(call, 9.64, 10.0)
    await call.close(10.0)
    assert silent_s(tmp_path) == 0.0


async def test_sound_is_waited_for_a_second_and_what_is_cut_off_then_is_counted(call, tmp_path, caplog):
    before = LOST._value.get()
    caller_says(call, 0.0, 0.5)
    call.write(PLATFORM, 0.0, np.ones(3 * RATE, np.int16))
    await call.advance(1.9)
    assert call._writer.seconds == 0
    await call.advance(2.0)
    assert call._writer.seconds == 1
    caller_says(call, 0.5, 3.0)
    await call.close(3.0)
    assert silent_s(tmp_path) == 0.5 and silent_s(tmp_path, PLATFORM) == 0.0
    assert LOST._value.get() - before == pytest.approx(0.5)
    assert "0.50 s of sound came too late" in caplog.text


@pytest.mark.parametrize("behind_s", [0.0, 0.9])
async def test_a_kill_at_any_tick_costs_less_than_a_second_of_either_side(tmp_path, behind_s):
    """Also while the caller's sound is late, and whole seconds are held back for it."""
    for killed_at in range(10, 30):
        folder = tmp_path / str(killed_at)
        call = CallRecording(RecordingWriter(folder, "call", KEY, "person"))
        for tick in range(1, killed_at + 1):
            now_s = tick * 0.2
            caller_says(call, max(0.0, now_s - 0.2 - behind_s), max(0.0, now_s - behind_s))
            call.write(PLATFORM, now_s - 0.2, np.ones(round(0.2 * RATE), np.int16))
            await call.advance(now_s)
        kept_s = finish_recording(recording_path(folder, "call"), KEY, "call")
        assert kept_s > killed_at * 0.2 - 0.5
        sound = np.concatenate(list(read_seconds(recording_path(folder, "call"), KEY, "call")))
        assert np.count_nonzero(sound[:, PLATFORM]) / RATE == pytest.approx(kept_s)
        assert np.count_nonzero(sound[:, CALLER]) / RATE > killed_at * 0.2 - behind_s - 0.5
