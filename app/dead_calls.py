"""What a killed media process left open is ended, in the log, by the next one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from app.common import Common
from app.dead_words import NOT_LISTENED_TO, lines_under_way, words_of
from assist.summary import summarised
from core.crypto import CannotOpen
from core.events import (
    CallEnded,
    CallStarted,
    CallSummarised,
    Event,
    LegJoined,
    Recorded,
    RecordingClosed,
    RecordingStarted,
    UtteranceHeard,
    UtteranceSpoken,
)
from core.recordings import count_seconds, finish_recording, recording_path
from core.views import CallView
from voice_gateway.listening_again import ListeningAgain

logger = logging.getLogger(__name__)

LISTEN_LIMIT_S = 60.0
"""So long recordings are listened to again, for all calls together."""


async def close_calls_of_the_dead(common: Common, up_to: int, ear: ListeningAgain | None = None) -> None:
    """End calls, recordings and summaries that were under way when this process was killed.

    What was said and not written down yet is added first: of our lines what was heard, of the people's what the
    recording holds.

    Args:
        up_to: last position of the log before this process took calls; later ones are its own.
        ear: listens to recordings again; without one they are not.
    """
    log, loop = common.log, asyncio.get_running_loop()
    # A call back goes on under the id of the call that it comes from, and begins with its caller's leg.
    calls = await log.unfinished((CallStarted, LegJoined), CallEnded, up_to)
    # Killed at the very end of a call, its recording alone is open.
    recordings = await log.unfinished((RecordingStarted,), RecordingClosed, up_to)
    until = loop.time() + LISTEN_LIMIT_S
    for name in dict.fromkeys([*calls, *recordings]):
        try:
            await _close(common, name, name in calls, ear, until - loop.time())
        except Exception:
            # One odd call must not keep the others open.
            logger.exception("call %s of a killed process could not be ended", name)
    await log.flush()


async def _close(common: Common, name: str, open_: bool, ear: ListeningAgain | None, listen_s: float) -> None:
    log = common.log
    events = await log.read(name)
    view = CallView.of(events)
    if view is None:
        return
    seconds = None
    if view.recording is not None and "seconds" not in view.recording:
        seconds = await _finished(common, view)
    if open_:
        logger.warning("call %s was under way when this process was killed; it ends as failed", name)
        part = _of_last_part(events)
        said = [*lines_under_way(part), *await _words(common, part, view, ear, listen_s)]
        for event in said:
            await log.append(name, event, person=view.person)
        lines = [one.event for one in part if isinstance(one.event, UtteranceHeard | UtteranceSpoken)]
        last = max((line.end_s for line in lines), default=0.0)
        duration_s = round(max(last, seconds or 0.0), 3)
        ended = CallEnded(outcome="failed", reason="media_restarted", duration_s=duration_s)
        await log.append(name, ended, person=view.person)
    if seconds is not None and view.recording is not None:
        closed = RecordingClosed(name=view.recording["name"], seconds=round(seconds, 3), complete=False)
        await log.append(name, closed, person=view.person)
    events = await log.read(name)
    if not any(isinstance(one.event, CallSummarised) for one in _of_last_part(events)):
        await log.append(name, summarised(events), person=view.person)


async def _finished(common: Common, view: CallView) -> float:
    """Complete the recording's file; returns its seconds."""
    name = str((view.recording or {})["name"])
    path = recording_path(common.settings.recordings, name)
    key = await common.keys.existing(view.person or view.id)
    try:
        if key is not None:
            return await asyncio.to_thread(finish_recording, path, key, name)
    except (CannotOpen, OSError, ValueError) as error:
        logger.warning("recording %s of a killed process is left as it is (%s)", name, error)
    try:
        return await asyncio.to_thread(count_seconds, path)
    except CannotOpen:
        return 0.0


async def _words(
    common: Common, events: list[Recorded], view: CallView, ear: ListeningAgain | None, limit_s: float
) -> Sequence[Event]:
    if ear is None:
        return ()
    try:
        async with asyncio.timeout(limit_s):
            return await words_of(common, events, view, ear)
    except TimeoutError:
        logger.warning("call %s of a killed process: its recording was not listened to", view.id)
    except (CannotOpen, OSError, ValueError) as error:
        logger.warning("call %s: its recording cannot be listened to (%s)", view.id, error)
    return (NOT_LISTENED_TO,)


def _of_last_part(events: list[Recorded]) -> list[Recorded]:
    """From where the call, or the call back, began."""
    begins = [
        place
        for place, one in enumerate(events)
        if isinstance(one.event, CallStarted)
        or (isinstance(one.event, LegJoined) and one.event.party == "caller")
    ]
    return events[begins[-1] :] if begins else events
