"""What a killed media process left open is ended, in the log, by the next one."""

from __future__ import annotations

import asyncio
import logging

from app.common import Common
from assist.summary import summarised
from core.events import CallEnded, CallStarted, CallSummarised, RecordingClosed, RecordingStarted
from core.recordings import count_seconds, recording_path
from core.views import CallView

logger = logging.getLogger(__name__)


async def close_calls_of_the_dead(common: Common, up_to: int) -> None:
    """End calls, recordings and summaries that were under way when this process was killed.

    Args:
        up_to: last position of the log before this process took calls; later ones are its own.
    """
    log = common.log
    calls = await log.unfinished(CallStarted, CallEnded, up_to)
    # Killed at the very end of a call, its recording alone is open.
    recordings = await log.unfinished(RecordingStarted, RecordingClosed, up_to)
    for name in dict.fromkeys([*calls, *recordings]):
        try:
            await _close(common, name)
        except Exception:
            # One odd call must not keep the others open.
            logger.exception("call %s of a killed process could not be ended", name)
    await log.flush()


async def _close(common: Common, name: str) -> None:
    log = common.log
    view = CallView.of(await log.read(name))
    if view is None:
        return
    if view.outcome is None:
        logger.warning("call %s was under way when this process was killed; it ends as failed", name)
        last = max((line["end_s"] for line in view.transcript), default=0.0)
        ended = CallEnded(outcome="failed", reason="media_restarted", duration_s=last)
        await log.append(name, ended, person=view.person)
    if view.recording is not None and "seconds" not in view.recording:
        recording = view.recording["name"]
        path = recording_path(common.settings.recordings, recording)
        seconds = await asyncio.to_thread(count_seconds, path)
        closed = RecordingClosed(name=recording, seconds=seconds, complete=False)
        await log.append(name, closed, person=view.person)
    events = await log.read(name)
    if not any(isinstance(one.event, CallSummarised) for one in events):
        await log.append(name, summarised(events), person=view.person)
