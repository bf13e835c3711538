"""How streams ended, for the platform's question what to do next with the call."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from core.languages import Language


@dataclass(frozen=True, slots=True)
class Ending:
    """``failed`` means that the caller was left in the middle: they are owed an apology."""

    kind: Literal["hang_up", "transfer", "failed"]
    transfer_to: str | None = None
    language: Language | None = None


class Endings:
    """The last endings by the carrier's id of the call; the oldest are forgotten beyond ``capacity``."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._endings: OrderedDict[str, Ending] = OrderedDict()

    def record(self, call_sid: str, ending: Ending) -> None:
        self._endings[call_sid] = ending
        self._endings.move_to_end(call_sid)
        while len(self._endings) > self._capacity:
            self._endings.popitem(last=False)

    def of(self, call_sid: str) -> Ending | None:
        return self._endings.get(call_sid)
