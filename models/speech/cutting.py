"""Cutting a piece out of the sound of its frame, by how long the model says that each phoneme lasts."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

import numpy as np

from models.speech.levels import TARGET_DBFS, Floats, frame_levels, frame_size, spoken_level, trim_silence

LEVEL_SLACK_DB = 2.0
"""How far a piece's own level may lie from that of whole prompts; the last word of a sentence is softer."""

_LEAD_S, _TAIL_S = 0.012, 0.025

_EARLY_S, _BEFORE_S, _AFTER_S = 0.03, 0.09, 0.01
_DB_PER_S = 200.0

Value = TypeVar("Value")


def boundaries(
    durations: Floats, tokens: Sequence[int], spoken: Sequence[int], samples: int
) -> list[tuple[int, int]]:
    """Where each segment lies in the sound, in samples, with half of the pause on either side of it.

    Args:
        durations: of each token, the pad before the first and the one after the last included; any unit.
        tokens: how many tokens each segment has, its mark and space included.
        spoken: how many of those are words.
        samples: length of the whole sound.
    """
    ends = np.cumsum(durations)
    at = np.concatenate([[0.0], ends]) * (samples / ends[-1])
    first = 1
    words: list[tuple[float, float]] = []
    for count, said in zip(tokens, spoken, strict=True):
        words.append((float(at[first]), float(at[first + said])))
        first += count
    places = []
    for place, (start, end) in enumerate(words):
        before = words[place - 1][1] if place else 0.0
        after = words[place + 1][0] if place + 1 < len(words) else float(samples)
        places.append((round((before + start) / 2), round((end + after) / 2)))
    return places


def borders_in_quiet(audio: Floats, places: Sequence[tuple[int, int]], rate: int) -> list[tuple[int, int]]:
    """``places`` with each border between two segments moved to where the sound dips.

    A voice begins a word earlier than the durations say: by 40 ms in the middle, by up to 90. Cut where they say, a
    piece ends in the beginning of the next word, which is heard as one more digit, and that word lacks it. So from
    90 ms before each border to 10 ms after it the quietest moment is looked for, one that is nearer to 30 ms before
    counting as quieter by 2 dB per 10 ms: where two words run into each other no dip is worth going far for.
    """
    power = frame_levels(audio, rate) ** 2
    loud_db = 10 * np.log10((power[:-1] + power[1:]) / 2 + 1e-9)
    at = np.arange(1, len(power)) * frame_size(rate)
    borders = []
    for _, border in places[:-1]:
        away = np.abs(at - (border - _EARLY_S * rate)) / rate
        near = (at >= border - _BEFORE_S * rate) & (at <= border + _AFTER_S * rate)
        cost = np.where(near, loud_db + _DB_PER_S * away, np.inf)
        borders.append(int(at[np.argmin(cost)]) if near.any() else border)
    starts = [places[0][0], *borders] if places else []
    return list(zip(starts, [*borders, *(end for _, end in places[-1:])], strict=True))


def cut(audio: Floats, places: Sequence[tuple[int, int]], wanted: int, rate: int) -> Floats:
    """One segment, without the silence around it, at a level that fits any other."""
    start, end = places[wanted]
    piece = trim_silence(audio[start:end], rate, lead_s=_LEAD_S, tail_s=_TAIL_S)
    if not len(piece):
        return piece
    off_db = TARGET_DBFS - spoken_level(piece, rate)
    gain_db = off_db - float(np.clip(off_db, -LEVEL_SLACK_DB, LEVEL_SLACK_DB))
    gain = min(10 ** (gain_db / 20), 0.95 / float(np.abs(piece).max()))
    return (piece * np.float32(gain)).astype(np.float32)


class Recent(Generic[Value]):
    """The last few results by key; a key wanted by two threads at once is made once.

    Args:
        size: results kept.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._made: OrderedDict[Hashable, Future[Value]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The result for ``key``, made on this thread if nobody has made it; an error is not kept."""
        with self._lock:
            future = self._made.get(key)
            mine = future is None
            if future is None:
                future = self._made[key] = Future()
                while len(self._made) > self._size:
                    self._made.popitem(last=False)
            self._made.move_to_end(key)
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._lock:
                    self._made.pop(key, None)
                future.set_exception(error)
                raise
        return future.result()
