"""Nonsense on one stream is named, counted and left out; a good call beside it notices nothing."""

import asyncio

import numpy as np
import pytest
from nonsense import FRAME, hostile
from raw_stream import RawStream, raw_stream
from served_line import count, line, until
from websockets.exceptions import ConnectionClosed

from voice_gateway.audio import g711
from voice_gateway.carriers.twilio_messages import FAULT_KINDS, BadMessage, parse
from voice_gateway.carriers.twilio_settings import TwilioSettings


async def test_each_sort_of_nonsense_is_named_and_the_call_goes_on(listener):
    async with line(listener) as served, raw_stream(served.url) as stream:
        await stream.start()
        await stream.sound(1)
        sent = hostile(stream)
        before = {
            kind: count("tetraphone_line_faults_total", carrier="twilio", kind=kind) for kind, _ in sent
        }
        await stream.send(*(message for _, message in sent))
        await stream.send(stream.writer.mark("never asked for"))
        await stream.send(stream.writer.media(FRAME, 10**9))
        await stream.sound(1)
        await stream.send(stream.writer.media(FRAME, 0))
        await stream.sound(10)
        await until(lambda: len(listener.calls["CA1"].frames) == 12, 3)
        call = listener.calls["CA1"]
        # The numbers that the nonsense used up are missing once what makes sense goes on.
        expected = [kind for kind, _ in sent] + [
            "sequence_gap",
            "unknown_mark",
            "wild_timestamp",
            "late_media",
        ]
        assert [fault.what for fault in call.faults] == expected
        assert set(expected) | {"not_started", "not_connected"} >= FAULT_KINDS - {"stream_error"}
        for kind in before:
            now = count("tetraphone_line_faults_total", carrier="twilio", kind=kind)
            assert now - before[kind] == expected.count(kind), kind
        assert call.closed is None


async def test_what_a_message_holds_is_not_in_its_fault(caplog, listener):
    async with line(listener) as served, raw_stream(served.url) as stream:
        await stream.start()
        await stream.send('{"event": "my card is 4111111111111111"}', '{"4111111111111111')
        await until(lambda: len(listener.calls["CA1"].faults) == 2)
    assert "bad_json" in caplog.text and "4111" not in caplog.text
    assert not any("4111" in fault.detail for fault in listener.calls["CA1"].faults)


async def test_200_hostile_messages_on_other_streams_do_not_disturb_a_good_call(listener):
    async def flood(stream: RawStream) -> None:
        messages = [message for _, message in hostile(stream)]
        for number in range(200):
            await stream.send(messages[number % len(messages)])
            await asyncio.sleep(0.005)

    async def talk(stream: RawStream, frames: int) -> None:
        for number in range(frames):
            await stream.sound(1, level=(number + 1) * 16)
            await asyncio.sleep(0.01)

    async def unstarted(url: str) -> None:
        async with raw_stream(url, "CA-unstarted") as stream:
            try:
                await flood(stream)
            except ConnectionClosed:
                assert stream.socket.close_reason == "faults_before_start"
            else:
                raise AssertionError("a stream that never starts was listened to")

    async with line(listener) as served:
        async with raw_stream(served.url, "CA-good") as good, raw_stream(served.url, "CA-bad") as bad:
            await good.start()
            await bad.start()
            await asyncio.gather(talk(good, 150), flood(bad), unstarted(served.url))
            async with raw_stream(served.url, "CA-huge") as huge:
                await huge.start()
                await until(lambda: listener.calls["CA-huge"].leg)
                await huge.send("x" * 2_000_000)
                assert (await huge.closed())[0] == 1009
            await talk(good, 20)
            await until(lambda: len(listener.calls["CA-good"].frames) == 170)
            await until(lambda: len(listener.calls["CA-bad"].faults) >= 200)
            await bad.sound(5)
            await until(lambda: len(listener.calls["CA-bad"].frames) == 5)
            assert listener.calls["CA-bad"].closed is None
        call = listener.calls["CA-good"]
        assert call.faults == []
        assert [frame.at_s for frame in call.frames] == pytest.approx([n * 0.02 for n in range(170)])
        expected = [
            g711.decode(g711.encode(np.array([level], dtype=np.int16)))[0]
            for level in [*((n + 1) * 16 for n in range(150)), *((n + 1) * 16 for n in range(20))]
        ]
        assert [int(frame.pcm[80]) for frame in call.frames] == expected
        await until(lambda: listener.calls["CA-huge"].closed)
        assert listener.calls["CA-huge"].closed.reason == "stream_lost"


async def test_a_stream_with_too_many_faults_is_closed_and_says_why(listener):
    async with line(listener, TwilioSettings(max_faults=50)) as served, raw_stream(served.url) as stream:
        await stream.start()
        await stream.send(*(["nonsense"] * 51))
        assert await stream.closed() == (1011, "too_many_faults")
        await until(lambda: listener.calls["CA1"].closed)
        assert listener.calls["CA1"].closed.reason == "too_many_faults"
        assert len(listener.calls["CA1"].faults) == 51


@pytest.mark.parametrize("text", ['{"event":"start"}', '{"event":"start","start":{"callSid":"CA","mediaFormat":{}}}',
                                  '{"event":"start","start":{"mediaFormat":[],"customParameters":{"token":1}}}'])  # fmt: skip
def test_a_start_that_lacks_something_is_no_start(text):
    with pytest.raises(BadMessage):
        parse(text)
