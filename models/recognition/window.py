"""The short window: how much of Whisper's thirty seconds is really encoded, and when that was too little.

Whisper was trained on audio padded to 30 s. Encoding only the frames there are is several times cheaper, but on
telephone speech the decoder then sometimes runs away. The guard recognises a runaway by its length, its
repetitions or its improbability; such an utterance is decoded again with the full window. Together they make as
few errors as the full window alone.

Of what the guard refuses, most is heard as well with a window between the two, at a third of the full one's cost; and
the full window runs away as well now and then, then on and on: its text is cut where it begins to repeat itself.
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_left
from dataclasses import dataclass

HOP = 160
"""Samples per frame at 16 kHz: 10 ms."""
FULL_FRAMES = 3000
MIN_FRAMES = 600
PADDING_FRAMES = 200
MIDDLE_FRAMES = 1400
"""Tried before the full window, for sound that is shorter."""
_LONG_ENOUGH = 8
"""Characters from which saying the same again is no mere \"hello, hello\" or a doubled digit."""
_GROUPS = (800, 1000, 1300, 1700, 2200, FULL_FRAMES)


def window_frames(samples: int) -> int:
    """Frames to encode for audio of this length: at least 600, 200 more than that as padding, 3000 at most.

    >>> window_frames(3 * 16_000), window_frames(10 * 16_000), window_frames(29 * 16_000)
    (800, 1200, 3000)
    """
    heard = -(-samples // HOP)
    return min(FULL_FRAMES, max(MIN_FRAMES, heard) + PADDING_FRAMES)


def group_of(samples: int) -> int:
    """The group of lengths whose members may share a batch without much padding, as its longest window."""
    return _GROUPS[bisect_left(_GROUPS, window_frames(samples))]


@dataclass(frozen=True)
class Guard:
    """Limits beyond which a short-window decode is not believed.

    Attributes:
        tokens_per_second, tokens_extra: cap on the number of tokens.
        compression_ratio: bytes of the text over bytes of it compressed; loops compress well.
        mean_logprob: mean log probability of the tokens.
    """

    tokens_per_second: float = 12.0
    tokens_extra: int = 16
    compression_ratio: float = 2.0
    mean_logprob: float = -0.9

    def cap(self, seconds: float) -> int:
        """Most tokens that speech of this length can have."""
        return int(self.tokens_per_second * seconds) + self.tokens_extra

    def longest(self, seconds: float) -> int:
        """Most tokens decoded once the short window is not believed: half as many again, for those who speak fast."""
        return self.cap(seconds) * 3 // 2

    def ran_away(self, text: str, tokens: int, limit: int) -> bool:
        """Whether a decode with a longer window is no sentence either, but one piece of it again and again.

        Args:
            limit: most tokens that it was allowed.
        """
        return tokens >= limit or compression_ratio(text) > self.compression_ratio

    def holds(self, text: str, tokens: int, mean_logprob: float, seconds: float) -> bool:
        """Whether the decode may be believed."""
        return self.bounded(text, tokens, seconds) and mean_logprob >= self.mean_logprob

    def bounded(self, text: str, tokens: int, seconds: float) -> bool:
        """Whether the decode at least is no runaway, improbable as it may be."""
        return (
            tokens < self.cap(seconds)
            and compression_ratio(text) <= self.compression_ratio
            and not says_itself_twice(text)
        )


def compression_ratio(text: str) -> float:
    """How repetitive a text is: its UTF-8 bytes over the same compressed."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0


_ROUNDS = re.compile(r"(.{1,20}?)\1{3,}", re.DOTALL)
_SURELY = 16
"""Characters of four rounds and more that are no number with four equal figures."""


def once(text: str) -> str:
    """A text that goes round in circles, up to the end of the first round; any other as it is.

    >>> once("my number is 315 315 315 315 315 3"), once("1111, no no no")
    ('my number is 315', '1111, no no no')
    """
    for found in _ROUNDS.finditer(text):
        if len(found[0]) >= _SURELY or len(text) - found.end() < len(found[1]):
            return (text[: found.start()] + found[1]).strip()
    return text


def says_itself_twice(text: str) -> bool:
    """Whether the text is one sentence and then the same once more: the mildest runaway, too short to compress well.

    Somebody who really repeats a sentence is only decoded again.

    >>> says_itself_twice("Press 1 for help. Press 1 for help."), says_itself_twice("你好你好")
    (True, False)
    """
    bare = re.sub(r"\W+", "", text).casefold()
    half, odd = divmod(len(bare), 2)
    return not odd and half >= _LONG_ENOUGH and bare[:half] == bare[half:]
