"""Whatever a call was doing when its process was killed, it is ended once and in full."""

import asyncio

import numpy as np
import pytest

from app.common import Common
from app.dead_calls import close_calls_of_the_dead
from app.settings import load
from core.crypto import SiteKey
from core.events import (
    CallEnded,
    CallStarted,
    CallSummarised,
    LegJoined,
    LineFault,
    RecordingClosed,
    RecordingStarted,
    UtteranceHeard,
    UtteranceProgress,
    UtteranceSpoken,
)
from core.languages import Language
from core.recordings import RecordingWriter, recording_path
from core.views import CallView
from voice_gateway.happenings import Utterance
from voice_gateway.state import NOT_UNDERSTOOD

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


def progress(text, end_s, start_s=5.0):
    return UtteranceProgress(speaker="bot", text=text, language="en", start_s=start_s, end_s=end_s, turn=1)


async def test_the_sentences_heard_of_a_line_under_way_are_in_the_transcript(common, event_log):
    whole = UtteranceSpoken(speaker="bot", text="Hello. Yes?", language="en", start_s=1.0, end_s=3.0)
    before = (STARTED, progress("Hello.", 2.0, 1.0), whole, HEARD)
    await said(event_log, "dead", *before, progress("One.", 6.0), progress("One. Two.", 7.5))
    assert [line["text"] for line in CallView.of(await event_log.read("dead")).transcript] == [
        "Hello. Yes?",
        "Where is my parcel?",
    ], "a line that goes on is no line yet"
    await close_calls_of_the_dead(common, await event_log.last_position())
    view = CallView.of(await event_log.read("dead"))
    assert [(line["text"], line.get("interrupted", False)) for line in view.transcript] == [
        ("Hello. Yes?", False),
        ("Where is my parcel?", False),
        ("One. Two.", True),
    ]
    await close_calls_of_the_dead(common, await event_log.last_position())
    assert len(CallView.of(await event_log.read("dead")).transcript) == 3


async def test_a_call_back_that_was_under_way_is_ended_too(common, event_log):
    over = (CallEnded(outcome="ended_unconfirmed", reason="call_back_agreed", duration_s=9),)
    summary = CallSummarised(text="Wants a call.", language="en")
    recording = RecordingStarted(name="again", channels=2, rate=8000)
    await said(event_log, "dead", STARTED, HEARD, *over, summary, LegJoined(party="caller"), recording)
    await close_calls_of_the_dead(common, await event_log.last_position())
    *_, ended, closed, summary = [one.event for one in await event_log.read("dead")]
    assert isinstance(ended, CallEnded) and ended.reason == "media_restarted"
    assert closed == RecordingClosed(name="again", seconds=0, complete=False)
    assert isinstance(summary, CallSummarised)
    count = len(await event_log.read("dead"))
    await close_calls_of_the_dead(common, await event_log.last_position())
    assert len(await event_log.read("dead")) == count


class FakeEar:
    """Knows what is said on a channel by how loud it is; keeps what it was asked."""

    def __init__(self, words, wait_s=0.0):
        self.words, self.asked, self.wait_s = words, [], wait_s

    async def listen(self, call_id, sound, from_s, language, ours=None, our_words=""):
        self.asked.append((from_s, len(sound) / 8000, language, ours is not None, our_words))
        await asyncio.sleep(self.wait_s)
        text = self.words.get(int(np.abs(sound).max()))
        if text is None:
            return []
        return [Utterance(text, language, 0.8, from_s + 1, from_s + 2, 1.0, 0, 0, lost=not text)]


@pytest.fixture
async def killed(common, person_keys, event_log):
    """A call with an agent whose recording is 7.5 s long; the caller was last written down until 4.5 s."""
    writer = RecordingWriter(common.settings.recordings, "dead", await person_keys.key("p"), "p")
    for number, level in enumerate((100, 200, 300)):
        writer.write(number, 0.0, np.full(8 * 8000, level, np.int16))
    writer.advance(6.0)
    writer.keep(7.5)
    spoken = UtteranceSpoken(speaker="bot", text="Hello.", language="en", start_s=1, end_s=2)
    joined = LegJoined(party="agent", name="mina", at_s=5.0)
    recording = RecordingStarted(name="dead", channels=2, rate=8000)
    await said(event_log, "dead", STARTED, spoken, recording, HEARD, joined)


async def test_what_people_had_said_is_heard_again_from_the_recording(common, event_log, killed):
    ear = FakeEar({100: "It is broken.", 300: "I am sorry, card 4111 1111 1111 1111."})
    await close_calls_of_the_dead(common, await event_log.last_position(), ear)
    *_, caller, agent, ended, closed, _ = [one.event for one in await event_log.read("dead")]
    assert (caller.speaker, caller.text, caller.start_s, caller.turn) == ("caller", "It is broken.", 5.7, 1)
    assert (agent.speaker, agent.name, agent.text) == ("agent", "mina", "I am sorry, card ****1111.")
    assert ended == CallEnded(outcome="failed", reason="media_restarted", duration_s=7.5)
    assert closed == RecordingClosed(name="dead", seconds=7.5, complete=False)
    assert ear.asked == [
        (pytest.approx(4.7), pytest.approx(2.8), Language.EN, True, "Hello."),
        (5.0, 2.5, Language.EN, False, "Hello."),
    ]
    await close_calls_of_the_dead(common, await event_log.last_position(), ear)
    assert len(ear.asked) == 2


async def test_words_that_cannot_be_had_are_marked_as_said(common, event_log, killed):
    await close_calls_of_the_dead(common, await event_log.last_position(), FakeEar({100: ""}))
    (line,) = [one.event for one in await event_log.read("dead") if isinstance(one.event, UtteranceHeard)][1:]
    assert line.text == NOT_UNDERSTOOD and line.start_s == 5.7


async def test_a_recording_that_takes_too_long_keeps_no_call_open(common, event_log, killed, monkeypatch):
    monkeypatch.setattr("app.dead_calls.LISTEN_LIMIT_S", 0.05)
    await close_calls_of_the_dead(common, await event_log.last_position(), FakeEar({}, wait_s=60))
    events = [one.event for one in await event_log.read("dead")]
    assert any(isinstance(event, CallEnded) for event in events)
    assert [event.what for event in events if isinstance(event, LineFault)] == ["words_lost"]


async def test_of_a_call_back_that_was_killed_its_own_sound_is_heard_again(common, person_keys, event_log):
    """Its clock begins anew: what was said in the first call, however late, is no reason not to listen."""
    writer = RecordingWriter(common.settings.recordings, "again", await person_keys.key("p"), "p")
    writer.write(0, 0.0, np.full(8 * 8000, 100, np.int16))
    writer.advance(7.0)
    late = HEARD.model_copy(update={"start_s": 118.0, "end_s": 120.0})
    agreed = CallEnded(outcome="ended_unconfirmed", reason="call_back_agreed", duration_s=121)
    again = RecordingStarted(name="again", channels=2, rate=8000)
    await said(event_log, "dead", STARTED, late, agreed, LegJoined(party="caller"), again)
    ear = FakeEar({100: "Yes, this is me."})
    await close_calls_of_the_dead(common, await event_log.last_position(), ear)
    events = [one.event for one in await event_log.read("dead")]
    assert [event.text for event in events if isinstance(event, UtteranceHeard)][1:] == ["Yes, this is me."]
    assert [event.duration_s for event in events if isinstance(event, CallEnded)] == [121, 7.0]


async def test_a_number_that_went_on_when_the_process_was_killed_is_masked(common, event_log, killed):
    first = HEARD.model_copy(update={"text": "My card is 4111 1111", "start_s": 4.5, "end_s": 4.6})
    await said(event_log, "dead", first)
    await close_calls_of_the_dead(common, await event_log.last_position(), FakeEar({100: "1111 1111"}))
    heard = [one.event for one in await event_log.read("dead") if isinstance(one.event, UtteranceHeard)]
    assert "1111" not in heard[-1].text
