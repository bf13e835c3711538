"""Each process is killed during a call. The call goes on, or loses at most its recording's last second."""

import asyncio
import contextlib
import os
import signal

import httpx
import pytest

from core.recordings import count_seconds, recording_path
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


async def test_killing_media_keeps_every_finished_sentence_and_all_but_the_last_second(platform):
    order = await platform.say("I would like to know the status of my order.", "en")
    sid = "CA" + "3" * 32
    calling = asyncio.create_task(
        platform.call([order, "silence:30"], call_sid=sid, caller="+14155550203", linger_s=1.0)
    )
    before = await under_way(platform, sid, 1)
    pid = await platform.kill("media")
    report = await calling
    assert report.ended_by == "lost"
    await platform.back("media", pid)
    view = await platform.view(sid, until="ended_at")
    assert view.outcome == "failed" and view.end_reason == "media_restarted"
    kept = [line["text"] for line in view.transcript]
    assert [line["text"] for line in before.transcript] == kept[: len(before.transcript)]
    recorded = count_seconds(recording_path(platform.settings.recordings, view.recording["name"]))
    last_word = max(line["end_s"] for line in before.transcript)
    assert recorded >= last_word - 1.3
    assert view.recording["seconds"] == recorded
    # The carrier asks what to do after the stream broke: an apology, and the fallback number.
    async with httpx.AsyncClient(base_url=platform.line, timeout=30) as carrier:
        form = {"CallSid": sid, "From": "+14155550203", "To": "+8657900000000", "CallStatus": "in-progress"}
        order_of_platform = read_twiml((await carrier.post("/twilio/action", data=form)).text)
    assert [verb.name for verb in order_of_platform] == ["Say", "Dial"]
    again = await platform.call([order], caller="+14155550204", linger_s=1.0)
    assert again.ended_by in ("caller", "platform")
