"""What a carrier that places calls is asked, and how it tells that nobody was reached."""

from __future__ import annotations

from typing import Protocol

CALL_BACK = "call_back"
"""The parameter of a leg (``CallInfo.parameters``) that names what it was placed for."""
RING_LIMIT_S = 60.0
"""No telephone rings longer, whatever the carrier says."""
ARRIVAL_LIMIT_S = 10.0
"""From the answer to the first sound."""


class NotReached(Exception):
    """Nobody was reached. ``reason``: busy, no_answer, machine, failed, number_refused, carrier_refused,
    carrier_busy, carrier_away, no_carrier, or no_number."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Dialer(Protocol):
    """A carrier that places calls."""

    async def ring(self, number: str, call_back: str, *, machines: bool = False) -> None:
        """Let a telephone ring until it is answered; its leg then comes in like any other, with ``CALL_BACK``
        among its parameters. A wait that is given up stops the ringing.

        Args:
            number: E.164.
            machines: whether an answering machine or a mailbox counts as an answer.

        Raises:
            NotReached: nobody answered, or the call could not be placed.
        """
