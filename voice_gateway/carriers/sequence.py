"""Whether a message comes in its turn, by its sequence number. Pure."""

from __future__ import annotations

from enum import Enum


class Turn(Enum):
    IN_ORDER = "in_order"
    AFTER_A_GAP = "after_a_gap"
    OUT_OF_TURN = "out_of_turn"


class SequenceCheck:
    """Judges sequence numbers one after another.

    A message out of turn is to be dropped. One wild number must not make all later ones look late, so
    a jump beyond ``believable`` is believed only once ``believe_after`` messages in a row continue it.
    """

    def __init__(self, *, believable: int = 500, believe_after: int = 10) -> None:
        self._believable = believable
        self._believe_after = believe_after
        self._last: int | None = None
        self._suspect = -1
        self._run = 0

    def judge(self, number: int) -> Turn:
        if self._last is None or number == self._last + 1:
            self._accept(number)
            return Turn.IN_ORDER
        if self._last < number <= self._last + self._believable:
            self._accept(number)
            return Turn.AFTER_A_GAP
        self._run = self._run + 1 if number == self._suspect + 1 else 1
        self._suspect = number
        if self._run >= self._believe_after:
            self._accept(number)
            return Turn.AFTER_A_GAP
        return Turn.OUT_OF_TURN

    def _accept(self, number: int) -> None:
        self._last = number
        self._run = 0
