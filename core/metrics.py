"""Counters that several rooms share; each room defines its own beside its code. Prometheus format."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import secrets
from collections.abc import Mapping

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, generate_latest

LOG_EVENTS = Counter("tetraphone_log_events_total", "Events of the log by what became of them", ["result"])

TASKS = Gauge(
    "tetraphone_asyncio_tasks", "Tasks of the process's event loop; they must come back after calls"
)
HANDLES = Gauge("tetraphone_open_handles", "Files and sockets the process has open; not told on every system")


def exposition() -> tuple[bytes, str]:
    """The body and content type of a ``/metrics`` answer; asked for on the process's event loop."""
    with contextlib.suppress(RuntimeError):  # no loop here: then there are no tasks to count
        TASKS.set(len(asyncio.all_tasks()))
    with contextlib.suppress(OSError):
        HANDLES.set(len(os.listdir("/dev/fd")))
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
