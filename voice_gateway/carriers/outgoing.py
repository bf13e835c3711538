"""Calls that we have placed and that ring: who answers, and who does not, as the carrier tells it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from voice_gateway.dialer import CALL_BACK
from voice_gateway.leg import CallInfo

REASONS = {
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "failed",
    "canceled": "failed",
    "completed": "failed",
    "machine": "machine",
}
"""What a carrier's last word on a call that nobody answered means; ``machine``: that a machine did."""


@dataclass(slots=True)
class _Ringing:
    customer: str
    ours: str
    over: asyncio.Future[str]


class OutgoingCalls:
    """The calls of one carrier that ring, by what they are placed for. Pure but for its futures."""

    def __init__(self) -> None:
        self._ringing: dict[str, _Ringing] = {}

    def __len__(self) -> int:
        return len(self._ringing)

    def expect(self, call_back: str, customer: str, ours: str) -> asyncio.Future[str]:
        """A call is about to be placed; its future becomes '' once it is answered, else why it is not."""
        over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._ringing[call_back] = _Ringing(customer, ours, over)
        return over

    def forget(self, call_back: str) -> None:
        """Nobody waits for this call any longer."""
        self._ringing.pop(call_back, None)

    def answered(self, call_back: str, carrier: str, call_id: str) -> CallInfo | None:
        """The customer has answered: whose call it is; None where nobody waits for it."""
        ringing = self._ringing.get(call_back)
        if ringing is None or ringing.over.done():
            return None
        ringing.over.set_result("")
        return CallInfo(carrier, call_id, ringing.customer, ringing.ours, {CALL_BACK: call_back})

    def ended(self, call_back: str, status: str) -> None:
        """The carrier's last word on a call, such as ``busy``; after an answer it says nothing new."""
        ringing = self._ringing.get(call_back)
        if ringing is not None and not ringing.over.done():
            ringing.over.set_result(REASONS.get(status, "failed"))
