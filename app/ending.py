"""How long each step of an orderly end may take. The supervisor waits for their sum before it kills."""

from __future__ import annotations

DRAIN_S = 8.0
"""Calls may end by themselves."""
PART_S = 10.0
"""Callers of those that go on are told, and put through to the fallback number."""
ACTION_S = 2.0
"""Carriers fetch what follows a stream that has ended."""
GRACEFUL_S = 4
"""Open requests may end."""
CLEAN_UP_S = 4.0
"""Recordings, log and models are closed."""
GRACE_S = DRAIN_S + PART_S + ACTION_S + GRACEFUL_S + CLEAN_UP_S
