"""Logging: one line per event, to standard error, through the redactor."""

from __future__ import annotations

import logging
import sys

from core.redaction import RedactingFilter


def set_up(role: str, level: str) -> None:
    """Send everything that is logged in this process through the redactor, marked with its role."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(f"%(asctime)s {role:7} %(levelname)-7s %(name)s: %(message)s"))
    handler.addFilter(RedactingFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Each request of each page and carrier would drown what matters.
    for noisy in ("httpx", "httpcore", "uvicorn.access", "aiosqlite", "faster_whisper"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
