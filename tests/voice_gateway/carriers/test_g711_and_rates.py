"""Sound on the line: G.711 as the ITU tabulates it, and rates that keep the sound's length and pitch."""

import numpy as np
import pytest

from voice_gateway.audio import g711
from voice_gateway.audio.files import read_audio
from voice_gateway.audio.resample import StreamResampler, resample

# G.711 table 2a (16-bit scale): code -> decoded value, at the ends and the start of each segment.
KNOWN = {
    0x80: 32124, 0x8F: 16764, 0x90: 15996, 0x9F: 8316, 0xA0: 7932, 0xAF: 4092, 0xB0: 3900, 0xBF: 1980,
    0xC0: 1884, 0xCF: 924, 0xD0: 876, 0xDF: 396, 0xE0: 372, 0xEF: 132, 0xF0: 120, 0xFE: 8, 0xFF: 0,
    0x00: -32124, 0x0F: -16764, 0x10: -15996, 0x70: -120, 0x7E: -8, 0x7F: 0,
}  # fmt: skip


def test_codes_decode_to_the_values_of_the_standard():
    decoded = g711.decode(bytes(KNOWN))
    assert decoded.dtype == np.int16
    assert decoded.tolist() == list(KNOWN.values())


def test_every_code_survives_a_round_trip():
    codes = bytes(range(256))
    again = g711.encode(g711.decode(codes))
    # Negative zero (0x7F) is the one code that has a twin.
    assert [a for a, b in zip(codes, again, strict=True) if a != b] == [0x7F]


def test_every_sample_is_within_half_a_step_of_its_code_or_clipped():
    samples = np.arange(-32_635, 32_636)
    codes = np.frombuffer(g711.encode(samples.astype(np.int16)), dtype=np.uint8)
    half_step = 4 << ((~codes >> 4) & 7).astype(int)
    assert np.all(np.abs(g711.decode(codes.tobytes()).astype(int) - samples) <= half_step)
    ends = np.array([-32_768, -32_636, 32_636, 32_767], dtype=np.int16)
    assert g711.encode(ends) == bytes([0x00, 0x00, 0x80, 0x80])


@pytest.mark.parametrize("decision", [8159, 7903, 4063, 2015, 991, 479, 223, 95, 31])
def test_codes_change_at_the_decision_values_of_the_standard(decision):
    # G.711 gives them for 14 bits; the largest is where clipping begins and no further code is.
    below, at = g711.encode(np.array([decision * 4 - 1, decision * 4], dtype=np.int16))
    assert at == below - 1 if decision < 8159 else at == below == 0x80


def test_silence_is_the_code_of_zero():
    assert g711.encode(np.zeros(3, dtype=np.int16)) == bytes([g711.SILENCE] * 3)


def tone(hertz: float, rate: int, seconds: float) -> np.ndarray:
    return (8_000 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.int16)


def loudest_hertz(pcm: np.ndarray, rate: int) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(pcm.astype(float)))) * rate / pcm.size)


def test_a_stream_in_uneven_pieces_comes_out_as_one_recording():
    sound = tone(440, 8_000, 1.0)
    resampler = StreamResampler()
    pieces = np.split(sound, [7, 160, 1000, 1001, 7999])
    out = np.concatenate(
        [resampler.push(piece, last=number == len(pieces) - 1) for number, piece in enumerate(pieces)]
    )
    assert out.size == 16_000
    assert loudest_hertz(out, 16_000) == pytest.approx(440, abs=1)
    again = np.concatenate([resampler.push(sound, last=True)])
    assert np.abs(again.astype(int) - out).max() <= 2


def test_a_recording_of_any_rate_and_channels_is_read_as_the_line_carries_it(tmp_path):
    import soundfile

    stereo = np.stack([tone(600, 44_100, 0.5), np.zeros(22_050, dtype=np.int16)], axis=1)
    soundfile.write(tmp_path / "a.flac", stereo, 44_100)
    pcm = read_audio(tmp_path / "a.flac")
    assert pcm.size == 4_000
    assert loudest_hertz(pcm, 8_000) == pytest.approx(600, abs=2)
    assert resample(pcm, 8_000, 16_000).size == 8_000


@pytest.mark.parametrize("content", [b"", b"RIFF....WAVEnonsense"])
def test_a_file_that_is_no_sound_is_named(tmp_path, content):
    (tmp_path / "broken.wav").write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.wav"):
        read_audio(tmp_path / "broken.wav")
    with pytest.raises(ValueError, match=r"missing\.wav"):
        read_audio(tmp_path / "missing.wav")
