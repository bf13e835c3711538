"""Whatever a call was doing when its process was killed, it is ended once and in full."""

import pytest

from app.common import Common
from app.dead_calls import close_calls_of_the_dead
from app.settings import load
from core.crypto import SiteKey
from core.events import (
    CallEnded,
    CallStarted,
    CallSummarised,
    RecordingClosed,
    RecordingStarted,
    UtteranceHeard,
)
from core.recordings import recording_path

STARTED = CallStarted(
    carrier="c", carrier_call_id="1", caller="+861380000000", called="", bot="b", language="en"
)
HEARD = UtteranceHeard(text="Where is my parcel?", language="en", start_s=3, end_s=4.5, confidence=0.9)


@pytest.fixture
def common(tmp_path, database, person_keys, event_log):
    return Common(load(data=tmp_path), database, SiteKey(b"k" * 32), person_keys, event_log)


async def said(log, name, *events):
    for event in events:
        await log.append(name, event, person="p")


async def kinds(log, name):
    return [one.event.kind for one in await log.read(name)]


async def test_a_call_under_way_ends_with_outcome_and_summary(common, event_log):
    await said(event_log, "dead", STARTED, HEARD)
    await close_calls_of_the_dead(common, await event_log.last_position())
    *_, ended, summary = await event_log.read("dead")
    assert ended.event == CallEnded(outcome="failed", reason="media_restarted", duration_s=4.5)
    assert isinstance(summary.event, CallSummarised) and summary.event.text
    assert summary.person == ended.person == "p"
    await close_calls_of_the_dead(common, await event_log.last_position())
    assert len(await event_log.read("dead")) == 4


async def test_a_recording_that_alone_was_left_open_is_closed(common, event_log):
    ended = CallEnded(outcome="resolved", reason="bot_closed", duration_s=4.5)
    recording = RecordingStarted(name="r", channels=2, rate=8000)
    await said(event_log, "dead", STARTED, recording, HEARD, ended)
    await close_calls_of_the_dead(common, await event_log.last_position())
    *before, closed, summary = [one.event for one in await event_log.read("dead")]
    assert before[-1] == ended
    assert closed == RecordingClosed(name="r", seconds=0, complete=False)
    assert isinstance(summary, CallSummarised)


async def test_a_damaged_recording_keeps_no_other_call_open(common, event_log):
    path = recording_path(common.settings.recordings, "odd")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no recording")
    await said(event_log, "odd", STARTED, RecordingStarted(name="odd", channels=2, rate=8000))
    await said(event_log, "dead", STARTED)
    await close_calls_of_the_dead(common, await event_log.last_position())
    assert "call_ended" in await kinds(event_log, "odd")
    assert await kinds(event_log, "dead") == ["call_started", "call_ended", "call_summarised"]


async def test_calls_that_this_process_has_taken_go_on(common, event_log):
    before = await event_log.last_position()
    await said(event_log, "live", STARTED, HEARD)
    await close_calls_of_the_dead(common, before)
    assert await kinds(event_log, "live") == ["call_started", "utterance_heard"]
