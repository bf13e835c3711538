"""How far a piece is moved in pitch so that it meets its neighbours as words of one sentence do.

A date or an amount is spoken in a list, its carrier in a sentence: at the joint the voice jumps further than between the same
words spoken at once. So such pieces are moved, each as a whole by a constant, which leaves its melody as it is, towards
what stands beside them. Pure: no model, no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import soxr

from core.languages import Language
from models.protocols import Pcm
from models.speech.pitch import Ends

MOVED = frozenset({Language.EN, Language.JA, Language.KO})
"""Where what is composed jumps further than the same words in a sentence do: by the median of 12 sentences 2.3 semitones
instead of 1.8 in English, 2.5 and 1.0 in Japanese, 3.4 and 1.6 in Korean. In Chinese it is 2.3 and 3.8: what jumps there
are tones, and moved pieces lie further from where the sentence has them."""

LIMIT_SEMITONES = 1.5
"""How far a piece is moved at most. Formants and pace move with it, by 9 % then."""

NATURAL_SEMITONES = 2.0
"""Jumps up to here are left alone: nearly half of those between words of whole sentences are as large."""

_STAY = 0.1
_ROUNDS = 30
_UNHEARD_SEMITONES = 0.25


def shifts(ends: Sequence[Ends | None], moving: Sequence[bool]) -> list[float]:
    """By how many semitones to move each piece, at most ``LIMIT_SEMITONES`` up or down.

    What is left of every jump beyond ``NATURAL_SEMITONES`` is made small in the mean of squares, with a little weight on
    staying: a piece between two others moves towards the one that is further away.

    Args:
        ends: of each piece as it is; None is met by anything.
        moving: whether each may be moved at all.
    """
    jumps = [
        12 * float(np.log2(right.first_hz / left.last_hz)) if left and right else 0.0
        for left, right in pairwise(ends)
    ]
    moved = [0.0] * len(ends)
    for _ in range(_ROUNDS):
        for place, now in enumerate(moved):
            if not moving[place]:
                continue
            pull, weight = _STAY * now, _STAY
            if place and ends[place - 1]:
                pull += _beyond(jumps[place - 1] + now - moved[place - 1])
                weight += 1.0
            if place < len(jumps) and ends[place + 1]:
                pull -= _beyond(jumps[place] + moved[place + 1] - now)
                weight += 1.0
            if ends[place]:
                moved[place] = min(max(now - pull / weight, -LIMIT_SEMITONES), LIMIT_SEMITONES)
    return moved


def _beyond(jump: float) -> float:
    """What of a jump is more than natural, with its sign."""
    return jump - min(max(jump, -NATURAL_SEMITONES), NATURAL_SEMITONES)


def transposed(sound: Pcm, semitones: float, rate: int) -> Pcm:
    """``sound`` as played so much faster or slower; as it is where nobody would hear that."""
    if abs(semitones) < _UNHEARD_SEMITONES or not len(sound):
        return sound
    played = soxr.resample(sound, rate * 2 ** (semitones / 12), rate, quality="HQ")
    return np.asarray(played, dtype=np.int16)
