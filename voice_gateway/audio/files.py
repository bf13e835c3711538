"""Recordings from disk as the line carries them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import soxr

from voice_gateway.leg import LINE_RATE, Pcm

MAX_SECONDS = 600.0


def read_audio(path: Path) -> Pcm:
    """Read WAV, FLAC, Ogg or MP3 of any rate and number of channels as int16 mono at 8 kHz.

    Raises:
        ValueError: if it is no sound, empty, or longer than ten minutes; the message names the file.
    """
    try:
        with soundfile.SoundFile(path) as file:
            rate = file.samplerate
            if file.frames > MAX_SECONDS * rate:
                raise ValueError(f"{path}: {file.frames / rate:.0f} s long; at most {MAX_SECONDS:.0f} s")
            sound = file.read(dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise ValueError(f"{path}: cannot be read as sound: {error}") from None
    if sound.size == 0:
        raise ValueError(f"{path}: holds no sound")
    line = soxr.resample(sound.mean(axis=1), rate, LINE_RATE)
    return np.asarray(np.clip(np.round(line * 32_767.0), -32_768, 32_767), dtype=np.int16)
