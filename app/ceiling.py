"""The learned number of calls over restarts: where admission begins, and what is kept for the next start."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Lock

from app.common import beside
from app.settings import Settings
from models.threads import usable_cores
from voice_gateway.admission import Admission, AdmissionOptions

logger = logging.getLogger(__name__)

FIRST_CALLS_PER_CORE = 8
"""Calls before anything was learned. Two slow virtual cores with everything on them have carried about five a core in
time (docs/capacity.md), better ones more: the number lies between, and late replies lower it within a minute."""
KEPT_EVERY_S = 10.0
"""A process that is killed has lost no more than what it learned in this time."""


def admission_of(settings: Settings) -> Admission:
    """What decides how many calls are led; it begins where the last run left off."""
    first = min(settings.max_calls, FIRST_CALLS_PER_CORE * usable_cores())
    if not settings.learn_ceiling:
        return Admission(
            AdmissionOptions(most=settings.max_calls, first=settings.max_calls, least=settings.max_calls)
        )
    options = AdmissionOptions(most=settings.max_calls, first=first, target_s=settings.reply_target_s)
    learned = None
    try:
        learned = int(json.loads(_ceiling_file(settings).read_text())["calls"])
    except FileNotFoundError:
        logger.info("nothing learned yet: %d calls to begin with", first)
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("the learned number of calls cannot be read: %s", error)
    return Admission(options, learned)


@asynccontextmanager
async def ceiling_kept(
    settings: Settings, learned: Callable[[], int], every_s: float = KEPT_EVERY_S
) -> AsyncIterator[None]:
    """Keep the learned number of calls for the next start, whenever it has changed while this is open, and at its end.

    Args:
        learned: the number; asked in other threads too.
        every_s: seconds between two looks at it.
    """
    kept, one_at_a_time = learned(), Lock()

    def keep() -> None:
        nonlocal kept
        with one_at_a_time:  # a thread that is late writes what is true then
            if (calls := learned()) != kept and keep_ceiling(settings, calls):
                kept = calls

    async def watch() -> None:
        while True:
            await asyncio.sleep(every_s)
            if learned() != kept:
                await asyncio.to_thread(keep)

    try:
        async with beside(watch(), "keeping the learned number of calls"):
            yield
    finally:
        keep()


def keep_ceiling(settings: Settings, calls: int) -> bool:
    """Remember the learned number of calls for the next start; False where it cannot be written, which is logged."""
    path = _ceiling_file(settings)
    fresh = path.with_suffix(".part")
    try:
        # Whoever is killed while writing leaves the last number, not half of one.
        fresh.write_text(json.dumps({"calls": calls}))
        os.replace(fresh, path)
    except OSError as error:
        logger.warning("the learned number of calls cannot be kept: %s", error)
        return False
    return True


def _ceiling_file(settings: Settings) -> Path:
    return settings.data / "admission.json"
