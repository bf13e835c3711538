"""Beam search over one utterance's tokens: told what the model thinks of each row, it says which rows go on.

The rules are those of Whisper's reference and of CTranslate2 with a length penalty of one: the search goes on until as
many texts have ended as the beam is wide, and the one with the best mean log probability is taken. It goes on longer where an
open text does clearly better than all of these, which then are beginnings of it as a rule. It ends sooner only
where that can no longer change (no open text would reach the best ended one's mean if all that it has still room for
were certain), or where the best open text goes round in circles, which it would until its room is used up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 4
_LONGEST_ROUND = 10
_FEWEST = 20
"""Tokens in so many rounds that nobody says them: a number of twenty noughts."""
_CLEARLY = 0.25
"""Of a mean log probability. Where Whisper is unsure of its first words, a short window brings up the end mark after each,
and five texts such as "Please hold while" have ended before the sentence has; less of a difference than this is as often
a text that goes on behind a sentence that was right."""


@dataclass(frozen=True)
class Hypothesis:
    """One text.

    Attributes:
        tokens: without the end mark.
        logprob: sum over the tokens, and over the end mark if it came to it.
    """

    tokens: tuple[int, ...]
    logprob: float

    @property
    def rank(self) -> float:
        """Mean log probability of a token, the end mark's share included."""
        return self.logprob / max(1, len(self.tokens))


class BeamSearch:
    """The search of one utterance.

    Args:
        width: rows after the first step; 1 is greedy.
        end: the end mark's token.
        limit: most tokens of a text; where it is reached, texts count as ended.

    Attributes:
        parents: for each row from now on, which of the rows before it continues.
        last: for each row from now on, its newest token.
        done: whether the search is over.
        circles: whether it was given up with nothing to show but a text that goes round in circles.
    """

    def __init__(self, width: int, end: int, limit: int) -> None:
        self._width, self._end, self._limit = width, end, limit
        self._open = [Hypothesis((), 0.0)]
        self._ended: list[Hypothesis] = []
        self.parents: list[int] = [0]
        self.last: list[int] = []
        self.done = self.circles = False

    @property
    def candidates(self) -> int:
        """How many of each row's best tokens :meth:`advance` wants to be told: enough if all the best are ends."""
        return 2 * self._width

    def advance(self, tokens: NDArray[np.int64], logprobs: NDArray[np.floating]) -> None:
        """Take one step.

        Args:
            tokens: of each row the likeliest next tokens, shape (rows, candidates).
            logprobs: their log probabilities, same shape; minus infinity for what may not be said.
        """
        totals = np.array([one.logprob for one in self._open])[:, np.newaxis] + logprobs
        order = np.argsort(-totals, axis=None, kind="stable")[: self.candidates]
        ranked = [divmod(int(place), totals.shape[1]) for place in order if np.isfinite(totals.flat[place])]
        last_step = len(self._open[0].tokens) + 1 >= self._limit
        spare = iter(
            [place for place in ranked[self._width :] if tokens[place] != self._end] if not last_step else []
        )
        chosen: list[tuple[int, int]] = []
        for row, column in ranked[: self._width]:
            ends = tokens[row, column] == self._end
            if ends or last_step:
                self._ended.append(self._continued(row, column, tokens, totals, mark=ends))
                if (other := next(spare, None)) is not None:
                    chosen.append(other)
            else:
                chosen.append((row, column))
        self.parents = [row for row, _ in chosen]
        self.last = [int(tokens[place]) for place in chosen]
        self._open = [self._continued(row, column, tokens, totals) for row, column in chosen]
        round_and_round = bool(self._open) and goes_round(self._open[0].tokens)
        self.circles = round_and_round and not self._ended
        self.done = round_and_round or not self._open or self._decided() or self._enough()

    def _continued(
        self,
        row: int,
        column: int,
        tokens: NDArray[np.int64],
        totals: NDArray[np.floating],
        mark: bool = False,
    ) -> Hypothesis:
        said = self._open[row].tokens
        return Hypothesis(
            said if mark else (*said, int(tokens[row, column])), logprob=float(totals[row, column])
        )

    def _enough(self) -> bool:
        """Whether as many texts have ended as the beam is wide, and no open one does clearly better so far than they."""
        if len(self._ended) < self._width:
            return False
        return max(one.rank for one in self._open) <= self.best().rank + _CLEARLY

    def _decided(self) -> bool:
        """Whether no open text can come to outrank the best ended one: log probabilities only fall."""
        if not self._ended:
            return False
        return max(one.logprob for one in self._open) / self._limit <= self.best().rank

    def best(self) -> Hypothesis:
        """The best of the ended texts, or of the open ones where none has ended."""
        return max(self._ended or self._open, key=lambda one: one.rank)


def goes_round(tokens: Sequence[int]) -> bool:
    """Whether tokens end in the same few again and again.

    >>> goes_round([7, 8] * 10), goes_round([7, 8] * 9), goes_round(range(40))
    (True, False, False)
    """
    for length in range(1, _LONGEST_ROUND + 1):
        tail = max(_FEWEST, _ROUNDS * length)
        tail += -tail % length
        if len(tokens) >= tail and all(
            tokens[place] == tokens[place - length] for place in range(-1, -tail - 1 + length, -1)
        ):
            return True
    return False
