"""Silero voice activity at 8 kHz, one batch for all the calls of a tick.

Every call holds a slot with the network's memory and the last 4 ms of its audio. A frame is 256 samples (32 ms).
The model runs on the thread that calls it; media gives it one worker thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.assets import asset_path
from models.threads import onnx_options

RATE = 8000
FRAME = 256
"""Samples of one frame: 32 ms."""
_CONTEXT = 32
_MEMORY = 128


class SileroVoiceActivity:
    """The packaged ``VoiceActivity``.

    Args:
        capacity: slots to begin with; more are added when all are taken.
        model: another model file than the packaged one.
    """

    def __init__(self, capacity: int = 64, model: Path | None = None) -> None:
        from onnxruntime import InferenceSession

        path = model or asset_path("silero-vad/silero_vad.onnx")
        self._session = InferenceSession(str(path), onnx_options(1), providers=["CPUExecutionProvider"])
        self._rate = np.array(RATE, dtype=np.int64)
        self._state = np.zeros((2, capacity, _MEMORY), dtype=np.float32)
        self._context = np.zeros((capacity, _CONTEXT), dtype=np.float32)
        self._free = list(range(capacity - 1, -1, -1))
        self._taken: set[int] = set()

    def open(self) -> int:
        """Take a fresh slot."""
        if not self._free:
            size = self._context.shape[0]
            self._state = np.concatenate([self._state, np.zeros_like(self._state)], axis=1)
            self._context = np.concatenate([self._context, np.zeros_like(self._context)])
            self._free = list(range(2 * size - 1, size - 1, -1))
        slot = self._free.pop()
        self._taken.add(slot)
        self.reset(slot)
        return slot

    def reset(self, slot: int) -> None:
        """Forget what the slot has heard."""
        self._state[:, slot] = 0.0
        self._context[slot] = 0.0

    def close(self, slot: int) -> None:
        """Give the slot back; closing it twice does nothing."""
        if slot in self._taken:
            self._taken.remove(slot)
            self._free.append(slot)

    def probabilities(
        self, frames: NDArray[np.float32] | NDArray[np.int16], slots: Sequence[int]
    ) -> NDArray[np.float32]:
        """Return the probability of speech in each frame.

        Args:
            frames: shape (n, 256), 8 kHz; float32 in -1..1 or int16.
            slots: the n open slots that the frames belong to, no two equal.

        Raises:
            ValueError: shapes disagree, a slot is named twice, or is not open.
        """
        count = len(slots)
        if frames.shape != (count, FRAME):
            raise ValueError(f"expected frames of shape ({count}, {FRAME}), got {frames.shape}")
        if len(set(slots)) != count or not self._taken.issuperset(slots):
            raise ValueError("slots must be open and differ from each other")
        if count == 0:
            return np.zeros(0, dtype=np.float32)
        samples = frames.astype(np.float32) / 32768.0 if frames.dtype == np.int16 else frames
        index = np.fromiter(slots, dtype=np.intp, count=count)
        padded = np.concatenate([self._context[index], samples], axis=1).astype(np.float32, copy=False)
        answer, state = self._session.run(
            None, {"input": padded, "state": np.ascontiguousarray(self._state[:, index]), "sr": self._rate}
        )
        self._state[:, index] = state
        self._context[index] = padded[:, -_CONTEXT:]
        return np.asarray(answer, dtype=np.float32).reshape(count)
