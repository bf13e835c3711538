"""Browsers on the line: real WebRTC over this machine's own network, against the real server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time

import numpy as np
import pytest
from served_line import count, line, tone, until
from webrtc_browser import RATE, Browser, pitch

from core.tickets import Ticket, TicketGate, issue
from voice_gateway.bridge.lines import AgentLines
from voice_gateway.carriers import webrtc_lines
from voice_gateway.carriers.webrtc_lines import WebRtcLines
from voice_gateway.carriers.webrtc_settings import WebRtcSettings
from voice_gateway.leg import LINE_RATE, Frame

pytestmark = pytest.mark.live
KEY = b"k" * 32


def ticket(kind: str = "phone", subject: str = "mia", **claims: str) -> str:
    return issue(KEY, Ticket(kind, subject, claims), time.time())


@contextlib.asynccontextmanager
async def browsers(answer, lines: AgentLines | None = None, **settings):
    """The line with browsers on it: (its WebSocket addresses' beginning, ``WebRtcLines``)."""
    admit = settings.pop("admit", lambda call: True)
    lines = lines or AgentLines()
    served = WebRtcLines(
        WebRtcSettings(**settings), TicketGate(KEY), answer=answer, register=lines.register, admit=admit
    )
    async with line(answer, browsers=served.routes()) as server:
        yield server.url.replace("http", "ws"), served
        await served.close()  # a line that a test has lost would be kept until it times out
    await lines.close()


@contextlib.asynccontextmanager
async def browser(url: str, **fields):
    one = Browser(url)
    try:
        if fields:
            await one.connect(**fields)
        yield one
    finally:
        await one.close()


@pytest.fixture
async def called(listener):
    """A caller who has been answered: (browser, what the line heard of it, the lines)."""
    async with (
        # Longer than a busy machine stands still: only a loss that a test makes is one.
        browsers(listener, lost_after_s=2.5, media_timeout_s=10.0) as (url, lines),
        browser(f"{url}/phone/line", ticket=ticket(language="ja")) as one,
    ):
        await until(lambda: listener.calls)
        (call,) = listener.calls.values()
        await until(lambda: call.frames)
        yield one, call, lines


async def test_a_callers_voice_arrives_whole_and_at_its_pitch(called):
    _, call, _ = called
    assert call.leg.info.carrier == "webrtc" and call.leg.info.parameters["language"] == "ja"
    await until(lambda: len(call.frames) >= 60)
    frames = call.frames[10:60]
    pcm = np.concatenate([frame.pcm for frame in frames])
    assert all(frame.pcm.size == 160 for frame in frames)
    assert pitch(pcm, LINE_RATE) == pytest.approx(440, abs=3)
    assert 4_500 < np.abs(pcm).max() < 9_500
    # One frame follows the other without a gap, in real time.
    steps = np.diff([frame.at_s for frame in frames])
    assert np.allclose(steps, 0.02)
    # And without a click: a pure tone's samples never jump.
    assert np.abs(np.diff(pcm.astype(int))).max() < 4_000


async def test_what_we_play_is_heard_in_real_time_and_the_mark_passes_then(called):
    one, call, _ = called
    began = asyncio.get_running_loop().time()
    await call.leg.play(tone(1.0, 1_000))
    await call.leg.mark("end")
    await until(lambda: call.marks == ["end"])
    assert asyncio.get_running_loop().time() - began > 0.85  # not before it was heard
    await until(lambda: one.sound().size and np.abs(one.heard[-1].astype(int)).max() < 100)
    sound = one.sound().astype(int)
    loud = np.flatnonzero(np.abs(sound) > 1_000)
    heard = sound[loud[0] : loud[-1]]
    assert heard.size / RATE == pytest.approx(1.0, abs=0.05)
    assert pitch(heard, RATE) == pytest.approx(1_000, abs=5)


async def test_a_clear_silences_at_once_and_its_marks_pass(called):
    one, call, _ = called
    await call.leg.play(tone(10.0))
    await call.leg.mark("never heard")
    await until(lambda: one.loud_after(0))
    await call.leg.clear()
    assert call.leg.playout.waiting_s == 0
    await until(lambda: call.marks == ["never heard"], 1.0)
    # What was on its way arrives, and nothing after that.
    await asyncio.sleep(0.4)
    frames = len(one.heard)
    await until(lambda: len(one.heard) > frames + 1)
    assert not one.loud_after(frames)
    await call.leg.play(tone(0.3))
    await until(lambda: one.loud_after(frames))


async def test_keys_arrive_in_order_and_nonsense_is_counted(called):
    one, call, _ = called
    await until(lambda: one.keys.readyState == "open")
    for key in "104#":
        one.keys.send(key)
    one.keys.send("A")
    one.keys.send(b"1")
    one.keys.send("12")
    await until(lambda: len(call.faults) >= 3)
    assert [key.key for key in call.keys] == list("104#")
    assert {fault.what for fault in call.faults} == {"bad_key"}
    for _ in range(60):
        one.keys.send("7")
    await until(lambda: any(fault.what == "too_many_keys" for fault in call.faults))
    assert len(call.keys) <= 4 + 20


async def test_only_one_channel_for_keys_is_taken(called):
    one, call, _ = called
    await until(lambda: one.keys.readyState == "open")
    others = [one.pc.createDataChannel(name) for name in ("keys", "files")]
    await until(lambda: [fault.what for fault in call.faults] == ["unknown_channel"] * 2)
    await until(lambda: all(other.readyState == "closed" for other in others))
    one.keys.send("5")
    await until(lambda: [key.key for key in call.keys] == ["5"])


async def test_hanging_up_ends_the_leg_and_the_lines_bye_tells_why(called):
    one, call, lines = called
    await one.say("bye")
    await until(lambda: call.closed is not None)
    assert call.closed.reason == "hung_up"
    assert (await one.next("bye"))["reason"] == "hung_up"
    await until(lambda: not lines.legs)


async def test_a_transfer_shows_the_browser_the_number(called):
    one, call, _ = called
    await call.leg.close(transfer_to="+8657911112222")
    bye = await one.next("bye")
    assert bye["reason"] == "closed_by_us" and bye["number"] == "+8657911112222"
    await call.leg.play(tone(1))
    await call.leg.clear()


async def test_a_lost_connection_is_noticed_resumed_and_the_clock_goes_on(called):
    one, call, lines = called
    leg = call.leg
    await leg.play(tone(0.1))
    await one.lose_network()
    await until(lambda: [fault.what for fault in call.faults] == ["connection_lost"])
    # What somebody says now is not kept; what was prepared is.
    await leg.play(tone(0.02))
    assert leg.playout.waiting_s == 0
    await leg.play(tone(1.0, 1_000))
    await leg.mark("heard later")
    await asyncio.sleep(1.0)
    before, heard = len(call.frames), len(one.heard)
    assert not call.marks and call.closed is None
    await one.connect(resume=one.welcome["resume"])
    await until(lambda: len(call.frames) > before + 20)
    assert [fault.what for fault in call.faults] == ["connection_lost", "connection_resumed"]
    assert one.welcome["leg"] == leg.id and len(lines.legs) == 1
    gap = call.frames[before].at_s - call.frames[before - 1].at_s
    assert 2.5 < gap < 10.0, "the time without sound is time on the leg's clock"
    await until(lambda: call.marks == ["heard later"])
    await until(lambda: one.loud_after(heard))


async def test_a_connection_that_is_never_resumed_ends_the_leg(listener):
    async with (
        browsers(listener, lost_after_s=0.4, media_timeout_s=1.5) as (url, lines),
        browser(f"{url}/phone/line", ticket=ticket()) as one,
    ):
        await until(lambda: listener.calls)
        (call,) = listener.calls.values()
        assert one.welcome["keep_s"] == 1.5
        await one.lose_network()
        await until(lambda: call.closed is not None)
        assert call.closed.reason == "stream_lost"
        await until(lambda: not lines.legs)
        again = await one.hello(resume=one.welcome["resume"])
        assert again == {"type": "bye", "reason": "nothing_to_resume", "number": ""}


async def test_a_browser_that_stays_but_sends_no_sound_times_out(listener):
    async with (
        browsers(listener, lost_after_s=0.4, media_timeout_s=1.5) as (url, _),
        browser(f"{url}/phone/line", ticket=ticket()) as one,
    ):
        await until(lambda: listener.calls)
        (call,) = listener.calls.values()
        one.pc.getSenders()[0].replaceTrack(None)
        await until(lambda: call.closed is not None)
        assert call.closed.reason == "media_timeout"
        assert (await one.next("bye"))["reason"] == "media_timeout"


async def test_an_agents_line_is_registered_kept_and_replaced_by_a_second_tab(listener):
    lines = AgentLines()
    async with browsers(listener, lines, lost_after_s=0.4) as (url, served):
        address = f"{url}/softphone"
        async with (
            browser(address, ticket=ticket("softphone")) as first,
            browser(address) as second,
        ):
            await until(lambda: lines.of("mia") is not None)
            leg = lines.of("mia")
            assert first.welcome["keep_s"] == 70.0
            await leg.play(tone(0.5))
            await until(lambda: first.loud_after(0))
            await first.lose_network()
            await until(lambda: leg.lost_since is not None, 5.0)
            assert lines.of("mia") is leg, "a lost line is kept"
            await first.connect(resume=first.welcome["resume"])
            await until(lambda: leg.lost_since is None)
            assert lines.of("mia") is leg and not leg.ended.is_set()
            await second.connect(ticket=ticket("softphone"))
            await until(lambda: lines.of("mia") not in (None, leg))
            assert (await first.next("bye"))["reason"] == "replaced"
            await until(lambda: len(served.legs) == 1)
        assert not listener.calls


async def test_at_the_end_of_the_process_every_line_is_closed_and_told_the_lost_ones_too(listener):
    lines = AgentLines()
    async with (
        browsers(listener, lines, lost_after_s=0.4) as (url, served),
        browser(f"{url}/softphone", ticket=ticket("softphone")) as there,
        browser(f"{url}/softphone", ticket=ticket("softphone", "jun")) as lost,
    ):
        await until(lambda: lines.of("mia") is not None and lines.of("jun") is not None)
        await lost.lose_network()
        began = time.monotonic()
        await served.close()
        assert not served.legs and time.monotonic() - began < 2.5
        assert (await there.next("bye"))["reason"] == "closed_by_us"
        await until(lambda: lines.of("mia") is None and lines.of("jun") is None)


async def test_who_hangs_up_before_there_is_sound_leaves_nothing_behind(listener):
    async with browsers(listener) as (url, served), browser(f"{url}/phone/line") as one:
        await one.hello(ticket=ticket())
        assert served.legs
        await one.say("bye")
        await until(lambda: not served.legs, 3.0)
        assert not listener.calls


async def test_live_sound_goes_out_as_it_comes(called):
    one, call, _ = called
    playout = call.leg.playout
    loop = asyncio.get_running_loop()
    next_at, waiting_s = loop.time(), []
    for _ in range(100):
        await call.leg.play(tone(0.02, 1_000))
        next_at += 0.02
        await asyncio.sleep(max(0.0, next_at - loop.time()))
        waiting_s.append(playout.waiting_s)
    assert np.median(waiting_s) <= 0.06

    def loud() -> int:
        return sum(np.abs(one_frame.astype(int)).max() > 1_000 for one_frame in one.heard)

    await until(lambda: loud() + playout.left_out // 160 >= 95)
    assert loud() >= 60, "left out is what piles up while a busy machine stands still, and no more"


@pytest.mark.parametrize(
    ("first", "why"),
    [
        ({"type": "hello", "ticket": "x.y"}, "ticket_unknown"),
        ({"type": "hello", "ticket": ""}, "ticket_unknown"),
        ({"type": "hello", "resume": "guessed"}, "nothing_to_resume"),
        ({"type": "bye"}, "no_hello"),
        ({"type": "hello", "ticket": "x", "more": 1}, "bad_message"),
        ([], "bad_message"),
    ],
)
async def test_who_may_not_come_in_is_told_why(listener, first, why):
    async with browsers(listener) as (url, lines), browser(f"{url}/phone/line") as one:
        import websockets

        one.ws = await websockets.connect(one.url, proxy=None)
        await one.ws.send(json.dumps(first))
        assert (await one.next())["reason"] == why
        assert not lines.legs


async def test_a_ticket_lets_in_once_for_its_own_purpose_while_there_is_room(listener):
    refused = count("tetraphone_line_refused_total", carrier="webrtc", why="ticket_replayed")
    async with browsers(listener, max_legs=1) as (url, _):
        used = ticket()
        async with browser(f"{url}/phone/line", ticket=used), browser(f"{url}/phone/line") as other:
            assert (await other.hello(ticket=used))["reason"] == "ticket_replayed"
            assert (await other.hello(ticket=ticket()))["reason"] == "too_many_legs"
            other.url = f"{url}/softphone"
            assert (await other.hello(ticket=ticket("phone")))["reason"] == "ticket_of_another_kind"
    assert count("tetraphone_line_refused_total", carrier="webrtc", why="ticket_replayed") == refused + 1


async def test_a_caller_beyond_what_the_line_can_take_is_told_that_it_is_busy(listener):
    async with (
        browsers(listener, admit=lambda call: False) as (url, _),
        browser(f"{url}/phone/line") as one,
    ):
        assert (await one.hello(ticket=ticket()))["reason"] == "no_capacity"


async def test_silence_before_hello_and_no_connection_after_it_both_end(listener):
    async with (
        browsers(listener, first_message_s=0.3, connect_timeout_s=0.8) as (url, lines),
        browser(f"{url}/phone/line") as quiet,
        browser(f"{url}/phone/line") as idle,
    ):
        import websockets

        quiet.ws = await websockets.connect(quiet.url, proxy=None)
        assert (await quiet.next())["reason"] == "no_hello_in_time"
        await idle.hello(ticket=ticket())
        assert (await idle.next("bye"))["reason"] == "no_connection"
        await until(lambda: not lines.legs)
        assert not listener.calls


async def test_only_so_many_browsers_are_at_their_hello_at_once(listener, monkeypatch):
    import websockets

    monkeypatch.setattr(webrtc_lines, "_MAX_STARTING", 2)
    refused = count("tetraphone_line_refused_total", carrier="webrtc", why="too_many_starting")
    async with browsers(listener) as (url, lines), contextlib.AsyncExitStack() as stack:
        quiet = [await stack.enter_async_context(browser(f"{url}/phone/line")) for _ in range(2)]
        for one in quiet:
            one.ws = await websockets.connect(one.url, proxy=None)
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(quiet[0].url, proxy=None)
        assert (
            count("tetraphone_line_refused_total", carrier="webrtc", why="too_many_starting") == refused + 1
        )
        # One of them says who they are: there is room again.
        await quiet[0].say("hello", ticket=ticket())
        assert (await quiet[0].next())["type"] == "welcome" and lines.legs
        last = await stack.enter_async_context(browser(f"{url}/phone/line"))
        assert (await last.hello(ticket=ticket()))["type"] == "welcome"


async def test_messages_and_offers_that_come_too_fast_are_left_out(called):
    one, call, _ = called

    def faults() -> list[str]:
        return [fault.what for fault in call.faults]

    # Twelve offers a minute; the first was answered.
    for _ in range(12):
        await one.say("offer", sdp="v=0\r\nm=video 9 RTP/AVP 96\r\n")
    await until(lambda: len(call.faults) >= 12)
    assert faults() == ["bad_media"] * 11 + ["out_of_turn"]
    for _ in range(60):
        await one.ws.send("{")
    await until(lambda: len(call.faults) >= 72)
    assert faults().count("too_many_messages") >= 20
    before = len(call.frames)
    await until(lambda: len(call.frames) > before + 10)
    assert call.closed is None


async def test_hostile_messages_are_counted_and_the_call_goes_on_until_there_are_too_many(called):
    one, call, _ = called
    await one.ws.send("{")
    await one.ws.send(b"\x00")
    await one.ws.send(json.dumps({"type": "offer", "sdp": "x" * 16_001}))
    await one.ws.send("y" * 40_000)
    await one.say("offer", sdp="v=0\r\nm=video 9 RTP/AVP 96\r\n")
    await one.say("offer", sdp="v=0\r\nm=audio 9 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n")
    await until(lambda: len(call.faults) >= 6)
    assert [fault.what for fault in call.faults] == [
        "bad_message",
        "binary_message",
        "bad_message",
        "oversized_message",
        "bad_media",
        "bad_offer",
    ]
    before = len(call.frames)
    await until(lambda: len(call.frames) > before + 10)
    with contextlib.suppress(Exception):
        for _ in range(1_100):
            await one.ws.send("{")
    await until(lambda: call.closed is not None)
    assert call.closed.reason == "too_many_faults"


async def test_a_conversation_that_crashes_ends_its_own_leg_only(listener):
    async def crash(leg):
        async for event in leg.events():
            if isinstance(event, Frame):
                raise RuntimeError("a programming error")

    crashes = count("tetraphone_line_answer_crashes_total")
    async with (
        browsers(crash) as (url, lines),
        browser(f"{url}/phone/line", ticket=ticket()) as one,
    ):
        assert (await one.next("bye"))["reason"] == "failed"
        await until(lambda: not lines.legs)
    assert count("tetraphone_line_answer_crashes_total") == crashes + 1
