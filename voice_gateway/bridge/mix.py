"""The sum of what one party hears. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from voice_gateway.leg import Pcm


def mixed(frames: Sequence[Pcm]) -> Pcm | None:
    """Several frames as one, int16, as loud as they are together; what is too loud is cut at full scale.

    One frame is given back as it is: mostly one person speaks to one other. None where there is nothing to hear.
    """
    if len(frames) <= 1:
        return frames[0] if frames else None
    total = frames[0].astype(np.int32)
    for frame in frames[1:]:
        total += frame
    return np.clip(total, -32768, 32767).astype(np.int16)
