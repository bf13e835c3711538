"""A recording is aligned, encrypted, and complete up to its last second when the process dies."""

import io

import numpy as np
import pytest
import soundfile

from core.crypto import CannotOpen
from core.recordings import (
    RecordingWriter,
    count_seconds,
    finish_recording,
    read_header,
    read_seconds,
    read_wav,
    recording_path,
    tail_path,
)

KEY = b"k" * 32


def tone(seconds: float, level: int = 1000) -> np.ndarray:
    return np.full(round(seconds * 8000), level, np.int16)


def whole(folder, name="call", key=KEY):
    return np.concatenate(list(read_seconds(recording_path(folder, name), key, name)))


def test_two_channels_stand_where_the_clock_puts_them(tmp_path):
    writer = RecordingWriter(tmp_path, "call", KEY, "p")
    writer.write(0, 0.5, tone(1.0, 100))
    writer.write(1, 1.2, tone(2.0, 200))
    assert writer.close(3.5) == 3.5
    sound = whole(tmp_path)
    assert sound.shape == (28000, 2)
    assert set(np.flatnonzero(sound[:, 0])) == set(range(4000, 12000))
    assert set(np.flatnonzero(sound[:, 1])) == set(range(9600, 25600))
    assert read_header(recording_path(tmp_path, "call")).person == "p"


def test_what_was_cut_before_it_was_heard_is_not_recorded(tmp_path):
    writer = RecordingWriter(tmp_path, "call", KEY, "p")
    writer.write(1, 0.0, tone(3.0))
    writer.advance(1.0)
    writer.cut(1, 1.5)
    writer.close(4.0)
    assert np.count_nonzero(whole(tmp_path)[:, 1]) == 12000


def test_a_killed_writer_loses_only_the_last_second(tmp_path):
    writer = RecordingWriter(tmp_path, "call", KEY, "p")
    writer.write(0, 0.0, tone(5.0))
    writer.advance(4.9)
    with recording_path(tmp_path, "call").open("ab") as file:
        file.write(b"\x00\x00\x10\x00half a fra")
    assert len(whole(tmp_path)) == 4 * 8000
    assert count_seconds(recording_path(tmp_path, "call")) == 4.0
    assert count_seconds(recording_path(tmp_path, "none")) == 0.0


def ramp(seconds: float) -> np.ndarray:
    return (np.arange(round(seconds * 8000)) % 30000 + 1).astype(np.int16)


def test_what_was_kept_of_the_second_under_way_is_there_after_a_kill(tmp_path):
    writer = RecordingWriter(tmp_path, "call", KEY, "p")
    writer.write(0, 0.0, ramp(6.0))
    writer.advance(2.0)
    writer.keep(3.1)
    writer.keep(3.5)
    writer.advance(3.2)
    path = recording_path(tmp_path, "call")
    assert b"\x01\x00\x02\x00\x03\x00" not in tail_path(path).read_bytes(), "sealed like all else"
    with path.open("ab") as file:
        file.write(b"\x00\x00\x10\x00half a fra")
    assert finish_recording(path, KEY, "call") == 3.5
    assert np.array_equal(whole(tmp_path)[:, 0], ramp(6.0)[:28000])
    assert not tail_path(path).exists()
    assert finish_recording(path, KEY, "call") == 3.5


def test_a_kill_within_the_first_second_keeps_it_too(tmp_path):
    writer = RecordingWriter(tmp_path, "call", KEY, "p")
    writer.write(1, 0.0, ramp(1.0))
    writer.keep(0.6)
    assert finish_recording(recording_path(tmp_path, "call"), KEY, "call") == 0.6
    assert np.array_equal(whole(tmp_path)[:, 1], ramp(0.6))


def test_a_kill_in_the_middle_of_keeping_leaves_what_was_kept_before(tmp_path):
    writer = RecordingWriter(tmp_path, "call", KEY, "p")
    writer.write(0, 0.0, ramp(2.0))
    writer.keep(0.5)
    before = tail_path(recording_path(tmp_path, "call")).read_bytes()
    writer.keep(0.9)
    after = bytearray(tail_path(recording_path(tmp_path, "call")).read_bytes())
    changed = [place for place in range(min(len(before), len(after))) if before[place] != after[place]]
    after[changed[-1]] ^= 1  # as if its last byte had not been written
    tail_path(recording_path(tmp_path, "call")).write_bytes(bytes(after))
    assert finish_recording(recording_path(tmp_path, "call"), KEY, "call") == 0.5


def test_sound_that_comes_late_or_is_cut_counts_in_what_is_kept(tmp_path):
    writer = RecordingWriter(tmp_path, "call", KEY, "p")
    writer.write(1, 0.0, tone(2.0, 7))
    writer.keep(0.8)
    writer.cut(1, 0.5)
    writer.write(2, 0.25, tone(0.25, 5))
    writer.keep(1.0)
    finish_recording(recording_path(tmp_path, "call"), KEY, "call")
    sound = whole(tmp_path)
    assert sound.shape == (8000, 3)
    assert np.count_nonzero(sound[:, 1]) == 4000 and np.count_nonzero(sound[:, 2]) == 2000


def test_a_recording_closed_in_order_leaves_nothing_beside_it(tmp_path):
    writer = RecordingWriter(tmp_path, "call", KEY, "p")
    writer.write(0, 0.0, tone(1.5))
    writer.keep(1.4)
    writer.close(1.5)
    assert [path.name for path in tmp_path.iterdir()] == ["call.tprec"]
    assert finish_recording(recording_path(tmp_path, "call"), KEY, "call") == 1.5


def test_another_key_finishes_nothing(tmp_path):
    writer = RecordingWriter(tmp_path, "call", KEY, "p")
    writer.write(0, 0.0, tone(2.0))
    writer.advance(1.0)
    writer.keep(1.5)
    with pytest.raises(CannotOpen):
        finish_recording(recording_path(tmp_path, "call"), b"x" * 32, "call")


def test_an_altered_or_exchanged_frame_is_refused(tmp_path):
    for name in ("one", "two"):
        writer = RecordingWriter(tmp_path, name, KEY, "p")
        writer.write(0, 0.0, tone(1.0))
        writer.close(1.0)
    recording_path(tmp_path, "two").write_bytes(recording_path(tmp_path, "one").read_bytes())
    with pytest.raises(CannotOpen):
        whole(tmp_path, "two")
    with pytest.raises(CannotOpen):
        whole(tmp_path, "one", b"x" * 32)
    assert b"RIFF" not in recording_path(tmp_path, "one").read_bytes()


def test_a_name_cannot_be_a_path(tmp_path):
    with pytest.raises(ValueError, match="recording"):
        recording_path(tmp_path, "../../etc/passwd")


def test_a_party_that_joins_later_has_a_channel_from_then_on(tmp_path):
    writer = RecordingWriter(tmp_path, "call", KEY, "p")
    writer.write(0, 0.0, np.full(8000, 1, np.int16))
    writer.advance(1.0)
    writer.write(1, 1.2, np.full(800, 2, np.int16))
    writer.write(3, 1.5, np.full(8000, 3, np.int16))
    writer.close(2.5)
    path = recording_path(tmp_path, "call")
    assert read_header(path).channels == 2, "what a reader of old finds there is still true of the beginning"
    sound = whole(tmp_path)
    assert sound.shape == (20000, 4)
    assert [int(sound[:8000, channel].max()) for channel in range(4)] == [1, 0, 0, 0]
    assert sound[9600:10400, 1].min() == 2 and sound[12000:, 3].min() == 3 and not sound[:, 2].any()
    with_wav, _ = soundfile.read(io.BytesIO(read_wav(path, KEY, "call")), dtype="int16")
    assert np.array_equal(with_wav, sound)


def test_more_channels_than_a_file_can_hold_are_refused(tmp_path):
    writer = RecordingWriter(tmp_path, "call", KEY, "p")
    with pytest.raises(ValueError, match="8 channels"):
        writer.write(8, 0.0, np.zeros(160, np.int16))
