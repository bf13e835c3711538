"""Each process is killed during a call. The call goes on, or loses at most its recording's last second."""

import asyncio
import contextlib
import os
import signal

import httpx
import pytest

from core.events import KeysPressed, UtteranceProgress
from core.recordings import RecordingReader, recording_path
from voice_gateway.carriers.twilio_client import read_twiml

pytestmark = [pytest.mark.platform, pytest.mark.models, pytest.mark.asyncio(loop_scope="session")]


PATIENT = {"quiet_s": 4.5, "linger_s": 3.0, "reply_limit_s": 90.0}


async def under_way(platform, call_sid, sentences):
    """Wait until the caller has been understood so many times; returns the call."""
    async with asyncio.timeout(180):
        while True:
            view = await platform.find(call_sid)
            if view is not None:
                heard = [line for line in view.transcript if line["speaker"] == "caller"]
                if len(heard) >= sentences and view.transcript[-1]["speaker"] == "bot":
                    return view
            await asyncio.sleep(0.1)


async def told(platform, call_sid, name):
    """Wait until the caller has heard a line."""
    async with asyncio.timeout(120):
        while (view := await platform.find(call_sid)) is None or name not in [
            line.get("name") for line in view.transcript
        ]:
            await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def held_back(platform, role, old_pid):
    """The process that takes the place of a killed one comes no further meanwhile."""
    async with asyncio.timeout(60):
        while (pid := platform.supervisor.pid(role)) in (None, old_pid):
            await asyncio.sleep(0.02)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_the_line_goes_before_models_and_web_where_time_is_short(platform):
    nice = {
        role: os.getpriority(os.PRIO_PROCESS, platform.supervisor.pid(role))
        for role in platform.supervisor.children
    }
    assert nice["media"] < nice["models"] == nice["web"]


async def test_killing_web_ends_no_call_and_the_score_still_comes(platform):
    order = await platform.say("I would like to know the status of my order.", "en")
    calling = asyncio.create_task(
        platform.call(
            [order, "dtmf:104227#"],
            call_sid="CA" + "1" * 32,
            caller="+14155550201",
            **PATIENT,
        )
    )
    await under_way(platform, "CA" + "1" * 32, 1)
    pid = await platform.kill("web")
    report = await calling
    assert report.ended_by in ("caller", "platform")
    await platform.back("web", pid)
    view = await platform.view(report.call_sid)
    assert view.outcome == "resolved" and view.score is not None


async def test_killing_models_makes_the_caller_wait_and_not_hang_up(platform):
    order = await platform.say("I would like to know the status of my order.", "en")
    sid = "CA" + "2" * 32
    calling = asyncio.create_task(
        platform.call(
            [order, order, "dtmf:104227#"],
            call_sid=sid,
            caller="+14155550202",
            quiet_s=4.5,
            linger_s=3.0,
            reply_limit_s=240,
        )
    )
    await under_way(platform, sid, 1)
    pid = await platform.kill("models")
    # On a fast machine they would be back before the caller says another word.
    async with held_back(platform, "models", pid):
        await told(platform, sid, "platform_one_moment")
    report = await calling
    assert report.ended_by in ("caller", "platform")
    await platform.back("models", pid)
    view = await platform.view(sid)
    assert view.outcome == "resolved"
    assert (
        len(
            [
                line
                for line in view.transcript
                if line["speaker"] == "caller" and "order" in line["text"].lower()
            ]
        )
        == 2
    )


async def in_mid_line(platform, call_sid):
    """Wait until a clause was heard of a line that goes on after the caller's keys; returns that fact."""
    async with asyncio.timeout(180):
        while True:
            view = await platform.find(call_sid)
            facts = await platform.common.log.read(view.id) if view is not None else []
            keys = [one.seq for one in facts if isinstance(one.event, KeysPressed)]
            newest = facts[-1].event if facts else None
            if keys and isinstance(newest, UtteranceProgress):
                return newest
            await asyncio.sleep(0.02)


async def media_s(platform, call_sid):
    """How long the call has lasted on its own clock."""
    transport = httpx.AsyncHTTPTransport(uds=str(platform.settings.media_socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://media", timeout=5) as media:
        calls = (await media.get("/state")).json()["calls"]
    (at_s,) = [one["media_s"] for one in calls if one["interaction_id"] == platform.ids[call_sid]]
    return at_s


async def test_killing_media_keeps_every_finished_sentence_and_all_but_the_last_second(platform):
    order = await platform.say("I would like to know the status of my order.", "en")
    sid = "CA" + "3" * 32
    turns = [order, "dtmf:104227#", "silence:30"]
    calling = asyncio.create_task(
        platform.call(turns, call_sid=sid, caller="+14155550203", quiet_s=4.5, reply_limit_s=90.0)
    )
    under_way = await in_mid_line(platform, sid)
    before = await platform.find(sid)
    killed_s = await media_s(platform, sid)
    pid = await platform.kill("media")
    report = await calling
    assert report.ended_by == "lost"
    await platform.back("media", pid)
    view = await platform.view(sid, until="ended_at")
    assert view.outcome == "failed" and view.end_reason == "media_restarted"
    *kept, last = view.transcript
    assert kept == before.transcript, "the sentence under way is the only one that was not there before"
    assert last["speaker"] == "bot" and last["interrupted"]
    assert last["text"].startswith(under_way.text), "its clauses that were heard are kept"
    path = recording_path(platform.settings.recordings, view.recording["name"])
    key = await platform.common.keys.existing(view.person)
    recorded = RecordingReader(path, key, view.recording["name"])
    assert view.recording["seconds"] == pytest.approx(recorded.samples / 8000, abs=0.001)
    assert view.recording["seconds"] > killed_s - 1.0
    # The carrier asks what to do after the stream broke: an apology, and the fallback number.
    async with httpx.AsyncClient(base_url=platform.line, timeout=30) as carrier:
        form = {"CallSid": sid, "From": "+14155550203", "To": "+8657900000000", "CallStatus": "in-progress"}
        order_of_platform = read_twiml((await carrier.post("/twilio/action", data=form)).text)
    assert [verb.name for verb in order_of_platform] == ["Say", "Dial"]


async def test_a_sentence_that_was_said_but_not_recognised_yet_outlives_media(platform):
    """The models stand still from the caller's last word on, so that the kill comes before its recognition."""
    order = await platform.say("I would like to know the status of my order.", "en")
    sid, said = "CA" + "4" * 32, asyncio.Event()
    models = platform.supervisor.pid("models")

    def follow(event):
        if event.kind == "turn_started":
            os.kill(models, signal.SIGSTOP)
        if event.kind == "turn_ended":
            said.set()

    calling = asyncio.create_task(
        platform.call(
            [order], call_sid=sid, caller="+14155550204", quiet_s=2.0, linger_s=10.0, on_event=follow
        )
    )
    try:
        async with asyncio.timeout(120):
            await said.wait()
        # Its last second is the one that a kill may cost.
        await asyncio.sleep(1.0)
        before = await platform.find(sid)
        assert not [line for line in before.transcript if line["speaker"] == "caller"]
        pid = await platform.kill("media")
    finally:
        os.kill(models, signal.SIGCONT)
    assert (await calling).ended_by == "lost"
    await platform.back("media", pid)
    view = await platform.view(sid, until="ended_at")
    (line,) = [line for line in view.transcript if line["speaker"] == "caller"]
    assert "status of my order" in line["text"].lower()
    assert view.end_reason == "media_restarted"
