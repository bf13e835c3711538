"""Stream tokens: who was told on a verified webhook to connect may connect, once, soon, for that call.

Twilio drops query strings from a stream's URL, so the token travels as a ``<Parameter>`` and comes
back in the ``start`` message.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum

from voice_gateway.leg import CallInfo


class TokenVerdict(StrEnum):
    OK = "ok"
    UNKNOWN = "token_unknown"
    EXPIRED = "token_expired"
    REPLAYED = "token_replayed"
    WRONG_CALL = "token_of_another_call"


@dataclass(slots=True)
class _Issued:
    call: CallInfo
    expires_at: float
    used: bool = False


class StreamTokens:
    """Random, single-use tokens bound to a call. ``now`` is in seconds, on any clock that never jumps.

    Args:
        life_s: how long a token may be used.
        capacity: most tokens remembered at once; beyond it the oldest are forgotten.
    """

    def __init__(self, *, life_s: float = 60.0, capacity: int = 10_000) -> None:
        self._life_s = life_s
        self._capacity = capacity
        self._issued: OrderedDict[bytes, _Issued] = OrderedDict()

    def issue(self, call: CallInfo, now: float) -> str:
        """Return a new token for the call, which the stream that presents it will be."""
        self._forget(now)
        token = secrets.token_urlsafe(32)
        self._issued[_digest(token)] = _Issued(call, now + self._life_s)
        return token

    def claim(self, token: str, call_sid: str, now: float) -> tuple[TokenVerdict, CallInfo | None]:
        """Use a token up; the call it was issued for comes with ``OK`` only.

        It is used up as well when another call presents it: then it has leaked.
        """
        issued = self._issued.get(_digest(token))
        if issued is None:
            return TokenVerdict.UNKNOWN, None
        if issued.used:
            return TokenVerdict.REPLAYED, None
        issued.used = True
        if now >= issued.expires_at:
            return TokenVerdict.EXPIRED, None
        if not secrets.compare_digest(
            issued.call.carrier_call_id.encode(), call_sid.encode("utf-8", "replace")
        ):
            return TokenVerdict.WRONG_CALL, None
        return TokenVerdict.OK, issued.call

    def _forget(self, now: float) -> None:
        # Kept well past their end, so that a late or repeated one is named for what it is.
        while self._issued:
            oldest = next(iter(self._issued.values()))
            if len(self._issued) < self._capacity and now < oldest.expires_at + 10 * self._life_s:
                return
            self._issued.popitem(last=False)


def _digest(token: str) -> bytes:
    """Tokens are not kept in clear, and comparing digests tells nothing by its timing."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
