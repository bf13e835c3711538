"""Counters that several rooms share; each room defines its own beside its code. Prometheus format."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest

LOG_EVENTS = Counter("tetraphone_log_events_total", "Events of the log by what became of them", ["result"])


def exposition() -> tuple[bytes, str]:
    """The body and content type of a ``/metrics`` answer."""
    return generate_latest(), CONTENT_TYPE_LATEST
