"""Counters that several rooms share; each room defines its own beside its code. Prometheus format."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping

from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest

LOG_EVENTS = Counter("tetraphone_log_events_total", "Events of the log by what became of them", ["result"])


def exposition() -> tuple[bytes, str]:
    """The body and content type of a ``/metrics`` answer."""
    return generate_latest(), CONTENT_TYPE_LATEST


def may_scrape(headers: Mapping[str, str], asker: str, token: str) -> bool:
    """Whether metrics may be given: to who shows the token, and to this machine itself.

    Args:
        headers: of the request, their names in lower case or read regardless of it.
        asker: IP address of the client.
        token: the bearer token; empty where there is none.
    """
    given = headers.get("authorization", "")
    if token and secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    # A proxy on this machine forwards others' requests; only what it does not mark as such is local.
    if any(name in headers for name in ("x-forwarded-for", "forwarded", "x-real-ip")):
        return False
    try:
        return ipaddress.ip_address(asker).is_loopback
    except ValueError:
        return False
