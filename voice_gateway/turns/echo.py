"""Our own sound coming back: heard by its shape, not by its words.

An echo is what we played, later and softer: its energies in a few bands rise and fall as ours did 0 to 0.6 s
ago, through a telephone line, G.711 and all. A caller who speaks over the echo adds what we did not play, so the
likeness breaks, or the sound is louder than the echo has ever been; then it is the caller again. Pure: sounds
with their times in, a verdict for each hop out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from voice_gateway.leg import LINE_RATE, Pcm
from voice_gateway.turns.voice import Hop

STEP = 128
"""Samples between two spectra: 16 ms."""
STEP_S = STEP / LINE_RATE
_WIDTH = 256
_EDGES_HZ = (250, 450, 650, 900, 1200, 1600, 2100, 2700, 3500)
_BINS = [round(hertz * _WIDTH / LINE_RATE) for hertz in _EDGES_HZ]
_FLOOR = 3e5
"""Energy of a band below which there is nothing to compare (line noise)."""
_WINDOW = np.hanning(_WIDTH)
_FEWEST = 6
"""Steps below which nothing can be said: 0.1 s."""
_LATEST = 3
_DB = np.log(10) / 10
_REMEMBERED_S = 3.0
_DRIFT = 0.2
"""How much louder (in logarithms) the echo may become from one hop to the next; a caller comes at once."""


@dataclass(frozen=True, slots=True)
class EchoOptions:
    """When a sound is ours.

    Attributes:
        longest_s: the longest way there and back.
        window_s: how much of the caller's line is compared.
        alike: likeness (-1 to 1) from which it is an echo.
        alike_in_all: likeness from which a short sound as a whole was one.
        alike_perhaps: likeness from which a sound may be one, if its words are ours as well.
        slack: so much less alike is still an echo, where one was recognised at the same delay before.
        louder_db: a band so much louder than its echo holds something else.
        share: of the bands in the last 50 ms, from which somebody speaks over the echo.
        softest_db: an echo is softer than what was played by so much at least.
    """

    longest_s: float = 0.6
    window_s: float = 0.4
    alike: float = 0.8
    alike_in_all: float = 0.86
    alike_perhaps: float = 0.6
    slack: float = 0.1
    louder_db: float = 5.0
    share: float = 0.2
    softest_db: float = 2.0


class OwnSound:
    """What we play, piece by piece, by media time; the past is forgotten when told so, the future may be taken back."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, Pcm]] = deque()

    def write(self, pcm: Pcm, start_s: float) -> None:
        """A piece that will be played from ``start_s`` on; pieces come in order."""
        self._pieces.append((start_s, pcm))

    def cut(self, now_s: float) -> None:
        """What would have been played after ``now_s`` is not."""
        while self._pieces and self._pieces[-1][0] >= now_s:
            self._pieces.pop()
        if self._pieces:
            start_s, pcm = self._pieces.pop()
            self._pieces.append((start_s, pcm[: max(0, round((now_s - start_s) * LINE_RATE))]))

    def forget(self, before_s: float) -> None:
        while self._pieces and self._pieces[0][0] + len(self._pieces[0][1]) / LINE_RATE < before_s:
            self._pieces.popleft()

    def played(self, start_s: float, end_s: float) -> bool:
        """Whether anything of ours was played between the two."""
        return any(at < end_s and at + len(pcm) / LINE_RATE > start_s for at, pcm in self._pieces)

    def read(self, start_s: float, end_s: float) -> Pcm:
        """What was played between the two; silence where nothing was."""
        first, last = round(start_s * LINE_RATE), round(end_s * LINE_RATE)
        sound = np.zeros(max(0, last - first), np.int16)
        for at_s, pcm in self._pieces:
            if at_s >= end_s:
                break
            if at_s + len(pcm) / LINE_RATE <= start_s:
                continue
            at = round(at_s * LINE_RATE) - first
            begin, end = max(at, 0), min(at + len(pcm), len(sound))
            if end > begin:
                sound[begin:end] = pcm[begin - at : end - at]
        return sound


class _Steps:
    """Log spectra of a line that is looked at again and again, a little later each time: those of sound that was
    there the last time are kept."""

    def __init__(self) -> None:
        self._at = 0
        self._sound: Pcm = np.zeros(0, np.int16)
        self._found = np.zeros((0, len(_BINS) - 1))

    def of(self, sound: Pcm, at: int) -> NDArray[np.float64]:
        """
        Args:
            at: which sample of the line is the sound's first.
        """
        skipped, between = divmod(at - self._at, STEP)
        found = self._found[:0]
        if skipped >= 0 and not between:
            before = self._sound[skipped * STEP :]
            if np.array_equal(before, sound[: len(before)]):
                found = self._found[skipped:]
        new = np.log(spectra(sound[len(found) * STEP :]) + _FLOOR)
        self._at, self._sound, self._found = at, sound, np.concatenate((found, new))
        return self._found


class EchoGate:
    """Stands between voice activity and the endpointer of one leg: takes our own voice out of the hops.

    Args:
        own: what we play on this leg.
    """

    def __init__(self, own: OwnSound, options: EchoOptions | None = None) -> None:
        self._own = own
        self.options = options or EchoOptions()
        self._lag: int | None = None
        """Steps between playing and hearing, once an echo was recognised."""
        self._gains = np.zeros(len(_BINS) - 1)
        """The echo beside what was played, by band: logarithms of energies."""
        self._heard_steps, self._own_steps = _Steps(), _Steps()

    def concerns(self, hop: Hop) -> bool:
        """Whether the hop may be ours: it is voiced, and we were playing shortly before."""
        options = self.options
        self._own.forget(hop.end_s - _REMEMBERED_S)
        return hop.voiced and self._own.played(hop.end_s - options.longest_s - options.window_s, hop.end_s)

    def process(self, hop: Hop, heard: Pcm) -> Hop:
        """Take the voice out of a hop that is our own.

        Args:
            heard: what came from the leg in the ``window_s`` up to the hop's end (less at the beginning).
        """
        if not self.concerns(hop) or not self._is_echo(heard, hop.end_s):
            return hop
        return replace(hop, voiced=False)

    def was_ours(self, heard: Pcm, end_s: float) -> bool:
        """Whether a whole sound was our echo: the first syllables of a line are known for it only afterwards.

        Args:
            heard: all of it, not longer than a second or so; ``end_s`` is where it ends.
        """
        begins_s = end_s - len(heard) / LINE_RATE
        if not self._own.played(begins_s - self.options.longest_s, end_s):
            return False
        theirs, ours, alike = self._compare(heard, end_s, _Steps(), _Steps())
        if len(theirs) < _FEWEST:
            return False
        best = int(np.argmax(alike))
        played = ours[len(ours) - len(theirs) - best :][: len(theirs)]
        louder = np.log(np.exp(theirs).sum() / np.exp(played).sum())
        return bool(alike[best] >= self.options.alike_in_all and louder <= -self.options.softest_db * _DB)

    def may_be_ours(self, heard: Pcm, end_s: float) -> bool:
        """Whether a sound is as alike to what we played as an echo that got past ``process`` would be.

        Too little to drop it for: enough where its words are those of our line as well.

        Args:
            heard: the sound, or the last second or so of it; ``end_s`` is where it ends.
        """
        begins_s = end_s - len(heard) / LINE_RATE
        if not self._own.played(begins_s - self.options.longest_s, end_s):
            return False
        theirs, _, alike = self._compare(heard, end_s, _Steps(), _Steps())
        return len(theirs) >= _FEWEST and bool(alike.max() >= self.options.alike_perhaps)

    def _compare(
        self, heard: Pcm, end_s: float, heard_steps: _Steps, own_steps: _Steps
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Log spectra of what was heard and of what we played until then, and their likeness by lag."""
        theirs = heard_steps.of(heard, round(end_s * LINE_RATE) - len(heard))
        lags = round(self.options.longest_s / STEP_S)
        begins_s = end_s - ((max(len(theirs), 1) - 1) * STEP + _WIDTH) / LINE_RATE - lags * STEP_S
        ours = own_steps.of(self._own.read(begins_s, end_s), round(begins_s * LINE_RATE))
        alike = likeness(ours, theirs, lags) if len(theirs) >= _FEWEST else np.full(lags + 1, -1.0)
        return theirs, ours, alike

    def _is_echo(self, heard: Pcm, end_s: float) -> bool:
        options = self.options
        theirs, ours, alike = self._compare(heard, end_s, self._heard_steps, self._own_steps)
        count, lags = len(theirs), len(alike) - 1
        if count < _FEWEST:
            return False
        best = int(np.argmax(alike))
        if alike[best] >= options.alike:
            played = ours[lags - best : lags - best + count]
            gains = np.median(theirs - played, axis=0)
            if float(gains.mean()) > -options.softest_db * _DB:
                return False
            if self._lag is not None and abs(best - self._lag) <= 2:
                gains = np.minimum(gains, self._gains + _DRIFT)
            self._lag, self._gains = best, gains
        elif self._lag is None or alike[self._lag] < options.alike - options.slack:
            return False
        return not self._spoken_over(ours, theirs, lags)

    def _spoken_over(self, ours: NDArray[np.float64], theirs: NDArray[np.float64], lags: int) -> bool:
        """Whether the latest sound holds more than the echo that is due now."""
        assert self._lag is not None
        first = lags - self._lag
        due = ours[first : first + len(theirs)]
        # The echo of a step may fall into its neighbours.
        due = np.maximum(due, np.maximum(np.roll(due, 1, axis=0), np.roll(due, 2, axis=0))) + self._gains
        excess = theirs[-_LATEST:] - np.maximum(due[-_LATEST:], np.log(4 * _FLOOR))
        return float((excess > self.options.louder_db * _DB).mean()) >= self.options.share


def spectra(sound: Pcm) -> NDArray[np.float64]:
    """Energies in eight bands of the telephone's range, every 16 ms: shape (steps, 8)."""
    if len(sound) < _WIDTH:
        return np.zeros((0, len(_BINS) - 1))
    frames = np.stack([sound[at : at + _WIDTH] for at in range(0, len(sound) - _WIDTH + 1, STEP)])
    waves = np.fft.rfft(frames * _WINDOW, axis=1)[:, : _BINS[-1]]
    return np.add.reduceat(waves.real**2 + waves.imag**2, _BINS[:-1], axis=1)


def likeness(ours: NDArray[np.float64], theirs: NDArray[np.float64], lags: int) -> NDArray[np.float64]:
    """How alike two log spectra are in their rise and fall, for each lag in steps from 0 to ``lags``: -1 to 1.

    Args:
        ours: longer than ``theirs`` by ``lags`` steps, and ending with it.
    """
    count = len(theirs)
    heard, played = theirs - theirs.mean(axis=0), ours - ours.mean(axis=0)
    windows = np.lib.stride_tricks.sliding_window_view(played, count, axis=0)[: lags + 1]
    # What was heard has no mean, so that of a window needs not be taken off before the product.
    together = np.einsum("lbt,tb->l", windows, heard)
    rise_and_fall = _moving_sums(played**2, count) - _moving_sums(played, count) ** 2 / count
    energies = np.maximum(rise_and_fall[: lags + 1].sum(axis=1), 0.0)
    norms = np.sqrt(energies * (heard**2).sum())
    return np.asarray((together / np.maximum(norms, 1e-6))[::-1])


def _moving_sums(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The sum of every ``count`` rows in a row."""
    sums = np.cumsum(values, axis=0)
    sums[count:] -= sums[:-count].copy()
    return sums[count - 1 :]
