"""Between a browser's Opus packets and the line's sound: order, decoding, 48 to 8 kHz, and back.

libopus takes the line's 8 kHz as they are; it gives out 48 kHz only. soxr's streams hand out what they resampled in
blocks of 60 ms and more, so the way down is a short filter of our own: 20 ms in, 20 ms out, 2.5 ms late.
"""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.packet import Packet
from scipy.signal import firwin

from voice_gateway.leg import FRAME_SAMPLES, LINE_RATE, Pcm

OPUS_RATE = 48_000
OPUS_FRAME = 960
_BIT_RATE = 32_000
_LINE_CLOCK = Fraction(1, LINE_RATE)
_FACTOR = OPUS_RATE // LINE_RATE
_TAPS = firwin(241, 3_750, window=("kaiser", 6.0), fs=OPUS_RATE).astype(np.float32)
"""Flat to 3.35 kHz, 60 dB down from 4.15 kHz on; it is symmetrical, so the order of the taps does not matter."""

_BEFORE = _TAPS.size - 1


class BadSound(ValueError):
    """A packet holds no Opus."""


class Downsampler:
    """48 kHz to 8 kHz, piece by piece as if it were one recording; pieces are multiples of 6 samples."""

    def __init__(self) -> None:
        self._sound = np.zeros(_BEFORE + OPUS_FRAME, dtype=np.float32)
        """What came before, as far as the filter reaches, and up to 20 ms of what comes."""
        # One view for all the time: it costs more than the filtering to make.
        self._windows = np.lib.stride_tricks.sliding_window_view(self._sound, _TAPS.size)[
            _FACTOR - 1 :: _FACTOR
        ]

    def push(self, pcm: Pcm) -> Pcm:
        """Return a sixth as many samples, int16."""
        pieces = [self._filter(pcm[at : at + OPUS_FRAME]) for at in range(0, pcm.size, OPUS_FRAME)]
        return pieces[0] if len(pieces) == 1 else np.concatenate([np.zeros(0, np.int16), *pieces])

    def _filter(self, pcm: Pcm) -> Pcm:
        self._sound[_BEFORE : _BEFORE + pcm.size] = pcm
        low = np.einsum("ij,j->i", self._windows[: pcm.size // _FACTOR], _TAPS)
        self._sound[:_BEFORE] = self._sound[pcm.size : pcm.size + _BEFORE].copy()
        out: Pcm = np.clip(np.rint(low), -32_768, 32_767).astype(np.int16)
        return out


class OpusReader:
    """Packets of one stream, in their order, to sound at 8 kHz."""

    def __init__(self) -> None:
        self._decoder = av.CodecContext.create("libopus", "r")
        self._decoder.format = "s16"
        self._decoder.layout = "mono"
        self._decoder.sample_rate = OPUS_RATE
        self._down = Downsampler()

    def read(self, payload: bytes) -> Pcm:
        """
        Raises:
            BadSound: if it is no Opus.
        """
        try:
            frames = self._decoder.decode(Packet(payload))
        except av.FFmpegError as error:
            raise BadSound(type(error).__name__) from None
        pieces = [
            self._down.push(np.frombuffer(bytes(frame.planes[0]), np.int16, frame.samples))
            for frame in frames
        ]
        return pieces[0] if len(pieces) == 1 else np.concatenate([np.zeros(0, np.int16), *pieces])


class OpusWriter:
    """Frames of 20 ms at 8 kHz to packets. Low delay (2.5 ms) and little work: this runs on the line's event loop."""

    def __init__(self) -> None:
        self._encoder = av.CodecContext.create("libopus", "w")
        self._encoder.bit_rate = _BIT_RATE
        self._encoder.format = "s16"
        self._encoder.layout = "mono"
        self._encoder.sample_rate = LINE_RATE
        self._encoder.time_base = _LINE_CLOCK
        self._encoder.options = {"application": "lowdelay", "compression_level": "0"}
        self._frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        self._frame.sample_rate, self._frame.time_base = LINE_RATE, _LINE_CLOCK
        self._at = 0

    def write(self, pcm: Pcm) -> bytes:
        """Encode exactly 160 samples."""
        self._frame.planes[0].update(np.ascontiguousarray(pcm).tobytes())
        self._frame.pts = self._at
        self._at += FRAME_SAMPLES
        return b"".join(bytes(packet) for packet in self._encoder.encode(self._frame))


class PacketOrder:
    """RTP packets in the order of their numbers. Pure.

    A missing one is waited for while no more than ``wait`` later ones have come; what comes after its place was given
    up, or twice, is left out and counted in ``late``.
    """

    def __init__(self, wait: int = 2) -> None:
        self.late = 0
        self._wait = wait
        self._next: int | None = None
        self._early: dict[int, tuple[int, bytes]] = {}

    def push(self, number: int, timestamp: int, payload: bytes) -> list[tuple[int, bytes]]:
        """Take a packet; return those that are due: (timestamp, payload)."""
        if self._next is None:
            self._next = number
        ahead = (number - self._next) & 0xFFFF
        if ahead >= 0x8000:
            self.late += 1
            return []
        self._early[number] = (timestamp, payload)
        if ahead > self._wait:
            # The missing ones are given up.
            self._next = min(self._early, key=lambda one: (one - self._next) & 0xFFFF)  # type: ignore[operator]
        due = []
        while self._next in self._early:
            due.append(self._early.pop(self._next))
            self._next = (self._next + 1) & 0xFFFF
        return due


class Timeline:
    """RTP timestamps (32 bits, 48 kHz, from anywhere) as milliseconds since the first packet. Pure."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._at = 0

    def ms(self, timestamp: int) -> int:
        if self._last is not None:
            step = (timestamp - self._last) & 0xFFFFFFFF
            self._at += step - (1 << 32) if step >= 1 << 31 else step
        self._last = timestamp
        return self._at * 1_000 // OPUS_RATE
