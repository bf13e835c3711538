"""Tickets: one process lets somebody into another, once, soon, for one purpose.

The web process knows who is logged in; the line does not. So web signs a ticket under the site's key and the line
believes it. A ticket travels in a message, never in an address.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field

LIFE_S = 60.0
MAX_LENGTH = 2_000
_MAY_DIFFER_S = 5.0
"""Two machines' clocks."""


class BadTicket(Exception):
    """The ticket lets nobody in; ``why`` is one of a closed set."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who may come in, and what for. ``claims`` are short texts that the issuer vouches for."""

    kind: str
    subject: str
    claims: dict[str, str] = field(default_factory=dict)


def issue(key: bytes, ticket: Ticket, now: float, *, life_s: float = LIFE_S) -> str:
    """Sign a ticket; ``now`` in seconds since 1970."""
    body = json.dumps(
        [ticket.kind, ticket.subject, ticket.claims, now, now + life_s, secrets.token_urlsafe(12)],
        ensure_ascii=False,
    ).encode()
    return f"{_text(body)}.{_text(_mac(key, body))}"


class TicketGate:
    """Checks tickets and remembers those that were used, until they expire.

    Args:
        key: what they are signed with.
        opened_at: tickets issued before (seconds since 1970) are refused: what was used then is forgotten.
        capacity: most used tickets remembered; beyond it nobody is let in until some have expired.
    """

    def __init__(self, key: bytes, *, opened_at: float = 0.0, capacity: int = 10_000) -> None:
        self._key = key
        self._opened_at = opened_at
        self._capacity = capacity
        self._used: dict[str, float] = {}

    def claim(self, text: str, kind: str, now: float) -> Ticket:
        """Use a ticket up.

        Raises:
            BadTicket: ``ticket_unknown`` (malformed or not ours), ``ticket_of_another_kind``, ``ticket_expired``,
                ``ticket_replayed`` or ``too_many_tickets``.
        """
        ticket, issued_at, expires_at, nonce = self._read(text)
        if ticket.kind != kind:
            raise BadTicket("ticket_of_another_kind")
        if now >= expires_at or issued_at < self._opened_at - _MAY_DIFFER_S:
            raise BadTicket("ticket_expired")
        if nonce in self._used:
            raise BadTicket("ticket_replayed")
        if len(self._used) >= self._capacity:
            self._used = {one: until for one, until in self._used.items() if until > now}
            if len(self._used) >= self._capacity:
                raise BadTicket("too_many_tickets")
        self._used[nonce] = expires_at
        return ticket

    def _read(self, text: str) -> tuple[Ticket, float, float, str]:
        try:
            if len(text) > MAX_LENGTH:
                raise ValueError
            body, mac = (
                base64.urlsafe_b64decode(part + "==") for part in text.encode("ascii").decode().split(".")
            )
            if not hmac.compare_digest(mac, _mac(self._key, body)):
                raise ValueError
            kind, subject, claims, issued_at, expires_at, nonce = json.loads(body)
        except (ValueError, binascii.Error):
            raise BadTicket("ticket_unknown") from None
        return Ticket(kind, subject, claims), issued_at, expires_at, nonce


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
