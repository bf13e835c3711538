"""G.711 mu-law, the sound of the telephone network, by table.

All 256 codes are decoded by one look-up; encoding looks up all 65,536 values of int16, so a frame
costs one gather either way. (The standard library's ``audioop`` did this; Python 3.13 has removed it.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voice_gateway.leg import Pcm

SILENCE = 0xFF
"""The code of a zero sample: what a line carries when nobody speaks."""

_BIAS = 0x84
_CLIP = 32_635


def _decoding_table() -> Pcm:
    codes = ~np.arange(256, dtype=np.uint8)
    exponent = (codes.astype(np.int32) >> 4) & 0x07
    mantissa = codes.astype(np.int32) & 0x0F
    magnitude = (((mantissa << 3) + _BIAS) << exponent) - _BIAS
    table: Pcm = np.where(codes & 0x80, -magnitude, magnitude).astype(np.int16)
    return table


def _encoding_table() -> NDArray[np.uint8]:
    values = np.arange(-32_768, 32_768, dtype=np.int32)
    biased = np.minimum(np.abs(values), _CLIP) + _BIAS
    exponent = np.floor(np.log2(biased)).astype(np.int32) - 7
    mantissa = (biased >> (exponent + 3)) & 0x0F
    sign = np.where(values < 0, 0x80, 0)
    table: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return table


# Both are read by ``take``, which is quicker at it than indexing.
_DECODE = _decoding_table()
_ENCODE = np.roll(_encoding_table(), -32_768)
"""By the 16 bits of a sample as a whole number without sign."""
_ENCODE.setflags(write=False)
_DECODE.setflags(write=False)


def decode(codes: bytes) -> Pcm:
    """Mu-law bytes, one a sample, to int16 samples of the same number."""
    pcm: Pcm = _DECODE.take(np.frombuffer(codes, dtype=np.uint8))
    return pcm


def encode(pcm: Pcm) -> bytes:
    """Int16 samples to mu-law bytes, one a sample; louder than 32,635 is clipped as G.711 has it."""
    return _ENCODE.take(np.asarray(pcm, dtype=np.int16).view(np.uint16)).tobytes()
