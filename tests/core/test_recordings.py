"""A recording is aligned, encrypted, and complete up to its last second when the process dies."""

import io

import numpy as np
import pytest
import soundfile

from core.crypto import CannotOpen
from core.recordings import (
    RecordingWriter,
    count_seconds,
    read_header,
    read_seconds,
    read_wav,
    recording_path,
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
