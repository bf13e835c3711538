"""A stream from start to end: what the call hears of it, and how each end looks from both sides."""

import asyncio
import json

import numpy as np
import pytest
from raw_stream import raw_stream
from served_line import Conversation, count, line, tone, until
from websockets.exceptions import InvalidStatus

from voice_gateway.audio import g711
from voice_gateway.carriers.twilio_settings import TwilioSettings
from voice_gateway.leg import LegClosed


async def test_sound_and_keys_reach_the_call_in_order_and_a_stop_is_a_hang_up(listener):
    payloads = count("tetraphone_line_media_total", carrier="twilio")
    async with line(listener) as served, raw_stream(served.url) as stream:
        await stream.start()
        await stream.sound(5)
        await stream.send(stream.writer.dtmf("7"), stream.writer.dtmf("#"))
        await stream.sound(5)
        await stream.send(stream.writer.stop())
        assert await stream.closed() == (1000, "hung_up")
        call = listener.calls["CA1"]
        await until(lambda: call.closed)
        assert call.leg.info.caller == "+8613800138000" and call.leg.info.called == "+8657900000000"
        assert [frame.at_s for frame in call.frames] == pytest.approx([n * 0.02 for n in range(10)])
        assert {frame.pcm.shape for frame in call.frames} == {(160,)}
        assert [(key.key, round(key.at_s, 3)) for key in call.keys] == [("7", 0.1), ("#", 0.1)]
        assert call.closed.reason == "hung_up" and not call.faults
        assert count("tetraphone_line_media_total", carrier="twilio") == payloads + 10


async def test_what_the_call_plays_marks_and_clears_goes_out_in_the_documented_form():
    async def answer(leg):
        await leg.play(tone(0.5))
        await leg.mark("one")
        async for event in leg.events():
            call.take(event)
            if call.marks == ["one"]:
                await leg.clear()
                await leg.close()
                await leg.play(tone(0.1))  # after the end nothing happens
                await leg.mark("late")
                await leg.clear()
        assert call.closed.reason == "closed_by_us"

    call = Conversation()
    crashes = count("tetraphone_line_answer_crashes_total")
    async with line(answer) as served, raw_stream(served.url) as stream:
        await stream.start()
        answers = [json.loads(await stream.socket.recv()) for _ in range(4)]
        assert [message["event"] for message in answers] == ["media", "media", "media", "mark"]
        assert {message["streamSid"] for message in answers} == {stream.writer.stream_sid}
        import base64

        codes = b"".join(base64.b64decode(message["media"]["payload"]) for message in answers[:3])
        assert codes == g711.encode(tone(0.5))
        await stream.send(stream.writer.mark("one"))
        assert (await stream.closed())[0] == 1000
    assert call.marks == ["one"] and count("tetraphone_line_answer_crashes_total") == crashes


async def test_a_clear_overtakes_the_sound_that_still_waits_here():
    from voice_gateway.carriers.outbox import Outbox

    sent: list[str] = []
    gate = asyncio.Event()

    async def send(text: str) -> None:
        sent.append(text)
        await gate.wait()

    outbox = Outbox(send)
    writer = asyncio.create_task(outbox.run())
    for text in ("a", "b", "c"):
        await outbox.put(text, sound=True)
    await outbox.put("mark")
    await until(lambda: sent == ["a"])
    outbox.clear("clear")
    gate.set()
    await until(lambda: sent == ["a", "clear", "mark"])
    outbox.close()
    await writer


async def test_a_carrier_that_reads_nothing_ends_the_leg_and_not_the_process():
    from voice_gateway.carriers.outbox import LineStuck, Outbox

    async def never(text: str) -> None:
        await asyncio.Event().wait()

    outbox = Outbox(never, limit=3, stuck_s=0.05)
    writer = asyncio.create_task(outbox.run())
    with pytest.raises(LineStuck):
        for _ in range(10):
            await outbox.put("x", sound=True)
    with pytest.raises(LineStuck):
        await writer


async def test_a_stream_that_stops_in_mid_word_is_lost_and_the_caller_gets_an_apology(listener):
    settings = TwilioSettings(fallback_number="+8657988888888")
    async with line(listener, settings) as served:
        async with raw_stream(served.url) as stream:
            await stream.start()
            await stream.sound(3)
            await until(lambda: len(listener.calls["CA1"].frames) == 3)
            half = stream.writer.media(g711.encode(np.ones(160, dtype=np.int16)), 60)[:40]
            await stream.send(half)
            stream.socket.transport.abort()
        await until(lambda: listener.calls["CA1"].closed)
        assert listener.calls["CA1"].closed.reason == "stream_lost"
        assert [fault.what for fault in listener.calls["CA1"].faults] == ["bad_json"]
        answer = await served.post("/twilio/action", CallSid="CA1", From="+8613800138000", To="+86579",
                                   CallStatus="in-progress")  # fmt: skip
        assert 'language="cmn-CN"' in answer.text and "非常抱歉" in answer.text
        assert "<Number>+8657988888888</Number>" in answer.text


async def test_a_stream_without_sound_times_out(listener):
    async with (
        line(listener, TwilioSettings(media_timeout_s=0.3)) as served,
        raw_stream(served.url) as stream,
    ):
        await stream.start()
        await stream.sound(2)
        assert await stream.closed() == (1011, "media_timeout")
        assert listener.calls["CA1"].closed.reason == "media_timeout"
        assert served.streams.endings.of("CA1").kind == "failed"
        await until(lambda: not served.streams.legs)


async def test_a_start_that_does_not_come_in_time_is_refused(listener):
    before = count("tetraphone_line_refused_total", carrier="twilio", why="no_start_in_time")
    settings = TwilioSettings(start_timeout_s=0.3)
    async with line(listener, settings) as served, raw_stream(served.url) as stream:
        await stream.send(stream.writer.connected())
        await stream.sound(2)
        assert await stream.closed() == (1008, "no_start_in_time")
    assert not listener.calls
    assert count("tetraphone_line_refused_total", carrier="twilio", why="no_start_in_time") == before + 1


async def test_streams_that_never_start_keep_nobody_out_for_long(listener):
    before = count("tetraphone_line_refused_total", carrier="twilio", why="too_many_starting")
    async with line(listener, TwilioSettings(max_starting=2)) as served:
        async with raw_stream(served.url, "CA1"), raw_stream(served.url, "CA2"):
            with pytest.raises(InvalidStatus):
                async with raw_stream(served.url, "CA3"):
                    pass
        assert count("tetraphone_line_refused_total", carrier="twilio", why="too_many_starting") == before + 1
        async with raw_stream(served.url, "CA4") as first:
            await first.start()
            await until(lambda: "CA4" in listener.calls)
            # A stream that has started counts no more.
            async with raw_stream(served.url, "CA5"), raw_stream(served.url, "CA6") as third:
                await third.start()
                await until(lambda: "CA6" in listener.calls)


async def test_a_token_lets_in_one_stream_of_its_own_call_only(listener):
    async with line(listener) as served, raw_stream(served.url, "CA1") as stream:
        await stream.start()
        await until(lambda: listener.calls["CA1"].leg)
        async with raw_stream(served.url, "CA9") as replay:
            await replay.send(replay.writer.connected())
            await replay.send(type(stream.writer)("CA1").start(stream.order.parameters))
            assert await replay.closed() == (1008, "token_replayed")
        async with raw_stream(served.url, "CA2", as_call="CA3") as thief:
            await thief.start()
            assert await thief.closed() == (1008, "token_of_another_call")
        async with raw_stream(served.url, "CA4") as guess:
            await guess.start(token="guessed")
            assert await guess.closed() == (1008, "token_unknown")
        async with raw_stream(served.url, "CA1") as second:
            await second.start()
            assert await second.closed() == (1008, "call_already_streams")
        assert set(listener.calls) == {"CA1"} and listener.calls["CA1"].closed is None


async def test_an_expired_token_is_refused(listener):
    settings = TwilioSettings(token_life_s=0.05)
    async with line(listener, settings) as served, raw_stream(served.url) as stream:
        await asyncio.sleep(0.1)
        await stream.start()
        assert await stream.closed() == (1008, "token_expired")


async def test_another_sound_format_is_refused(listener):
    async with line(listener) as served, raw_stream(served.url) as stream:
        start = stream.writer.start(stream.order.parameters).replace(
            '"sampleRate":8000', '"sampleRate":16000'
        )
        await stream.send(stream.writer.connected(), start)
        assert await stream.closed() == (1008, "bad_format")


async def test_a_conversation_that_crashes_ends_its_own_call_and_no_other(listener, caplog):
    async def answer(leg):
        if leg.info.carrier_call_id == "CA-bad":
            raise RuntimeError("a bug")
        await listener(leg)

    before = count("tetraphone_line_answer_crashes_total")
    async with line(answer) as served, raw_stream(served.url, "CA-good") as good:
        await good.start()
        await good.sound(5)
        async with raw_stream(served.url, "CA-bad") as bad:
            await bad.start()
            assert await bad.closed() == (1011, "failed")
        await good.sound(5)
        await until(lambda: len(listener.calls["CA-good"].frames) == 10)
        assert listener.calls["CA-good"].closed is None
        assert count("tetraphone_line_answer_crashes_total") == before + 1
        assert "a bug" in caplog.text
        apology = await served.post(
            "/twilio/action", CallSid="CA-bad", From="+819012345678", CallStatus="in-progress"
        )
        assert "申し訳" in apology.text


async def test_a_leg_that_its_call_gives_up_on_is_owed_an_apology(listener):
    async def answer(leg):
        await leg.fail()
        await leg.close()  # the first end stands

    async with line(answer) as served, raw_stream(served.url, "CA-bad") as bad:
        await bad.start()
        assert await bad.closed() == (1011, "failed")
        apology = await served.post(
            "/twilio/action", CallSid="CA-bad", From="+819012345678", CallStatus="in-progress"
        )
        assert "申し訳" in apology.text


async def test_a_conversation_that_ignores_the_end_is_cut_off():
    cancelled = asyncio.Event()

    async def answer(leg):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with line(answer, TwilioSettings(answer_grace_s=0.2)) as served, raw_stream(served.url) as stream:
        await stream.start()
        await stream.send(stream.writer.stop())
        await stream.closed()
        await asyncio.wait_for(cancelled.wait(), 5)
        await until(lambda: not served.streams.legs)


async def test_a_call_that_listens_too_slowly_loses_its_oldest_frames_but_no_key_and_not_the_end():
    go = asyncio.Event()
    call = Conversation()

    async def answer(leg):
        await go.wait()
        async for event in leg.events():
            call.take(event)

    async with line(answer) as served, raw_stream(served.url) as stream:
        await stream.start()
        await stream.send(stream.writer.dtmf("1"))
        await stream.sound(300)
        await stream.send(stream.writer.dtmf("2"))
        await stream.send(stream.writer.stop())
        await stream.closed()
        go.set()
        await until(lambda: call.closed)
    assert [key.key for key in call.keys] == ["1", "2"]
    assert len(call.frames) == 250 and call.frames[0].at_s == pytest.approx(1.0)


async def test_the_platform_learns_from_a_status_that_the_call_is_over(listener):
    async with line(listener) as served, raw_stream(served.url) as stream:
        await stream.start()
        await until(lambda: listener.calls["CA1"].leg)
        assert (await served.post("/twilio/status", CallSid="CA1", CallStatus="completed")).status_code == 204
        assert await stream.closed() == (1000, "hung_up")


async def test_a_server_that_stops_tells_its_calls_and_lets_them_finish():
    finished = []

    async def answer(leg):
        async for event in leg.events():
            if isinstance(event, LegClosed):
                await asyncio.sleep(0.1)  # the last things of a call: closing its recording
                finished.append(event.reason)

    async with line(answer) as served:
        stream_cm = raw_stream(served.url)
        stream = await stream_cm.__aenter__()
        await stream.start()
        await stream.sound(2)
        await until(lambda: served.streams.legs)
    assert finished == ["stream_lost"]
    assert (await stream.closed())[0] == 1012
    await stream_cm.__aexit__(None, None, None)
