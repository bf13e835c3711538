"""Messages that reach a call straight from the socket, and those that go the usual way."""

from __future__ import annotations

import asyncio
import os

import pytest
from raw_stream import raw_stream
from served_line import line, until
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode

from voice_gateway.carriers.stream_protocol import next_text
from voice_gateway.carriers.twilio import TwilioLeg


def wire(text: str, opcode: Opcode = Opcode.TEXT, *, fin: bool = True, mask: bool = True) -> bytes:
    return WireFrame(opcode, text.encode(), fin).serialize(mask=mask)


@pytest.mark.parametrize("size", [2, 125, 126, 300, 65_535])
def test_a_whole_masked_text_frame_is_read_at_once(size):
    text = "ä" + "x" * (size - 2)
    frame = wire(text)
    assert next_text(frame) == (text, len(frame))
    assert next_text(b"before" + frame + b"\x81", 6) == (text, 6 + len(frame))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        wire("hello")[:-1],
        wire("hello", fin=False),
        wire("hello", Opcode.BINARY),
        wire("hello", Opcode.PING),
        wire("hello", mask=False),
        wire("x" * 65_536),
        WireFrame(Opcode.TEXT, b"\xff\xfe").serialize(mask=True),
        os.urandom(5),
    ],
)  # fmt: skip
def test_anything_else_is_left_to_the_whole_protocol(data):
    assert next_text(data) is None


async def test_messages_in_pieces_binary_ones_and_several_at_once_keep_their_order(listener):
    async with line(listener) as served, raw_stream(served.url) as stream:
        await stream.start()
        await stream.sound(2)
        key = stream.writer.dtmf("1")
        await stream.socket.send([key[:10], key[10:40], key[40:]])
        await stream.send(b"no text")
        await stream.sound(2)
        await stream.send(stream.writer.dtmf("2"), stream.writer.stop())
        assert await stream.closed() == (1000, "hung_up")
        call = listener.calls["CA1"]
        await until(lambda: call.closed)
    assert len(call.frames) == 4
    assert [(pressed.key, round(pressed.at_s, 3)) for pressed in call.keys] == [("1", 0.04), ("2", 0.08)]
    assert [fault.what for fault in call.faults] == ["binary_message"]


async def test_a_started_call_takes_its_messages_without_the_servers_queue(listener, monkeypatch):
    queued = []
    usual = WebSocketsSansIOProtocol.send_receive_event_to_app

    def counted(self) -> None:
        queued.append(self.frames[0][:30])
        usual(self)

    monkeypatch.setattr(WebSocketsSansIOProtocol, "send_receive_event_to_app", counted)
    async with line(listener) as served, raw_stream(served.url) as stream:
        await stream.start()
        await until(lambda: listener.calls["CA1"].leg is not None)
        before = len(queued)
        for _ in range(20):
            await stream.sound()
            await asyncio.sleep(0.002)
        await until(lambda: len(listener.calls["CA1"].frames) == 20)
        assert before == 2 and len(queued) == before


async def test_messages_that_come_together_are_taken_one_after_the_other(listener, monkeypatch):
    left = []
    usual = WebSocketsSansIOProtocol.data_received

    def counted(self, data: bytes) -> None:
        left.append(data)
        usual(self, data)

    monkeypatch.setattr(WebSocketsSansIOProtocol, "data_received", counted)
    async with line(listener) as served, raw_stream(served.url) as stream:
        await stream.start()
        call = listener.calls["CA1"]
        await until(lambda: call.leg is not None)
        left.clear()
        keys = [wire(stream.writer.dtmf(key)) for key in "12345"]
        together = b"".join(keys)
        stream.socket.transport.write(together[:-9])
        await until(lambda: len(call.keys) == 4)
        assert left == [keys[4][:-9]]
        stream.socket.transport.write(together[-9:])
        await stream.send(stream.writer.dtmf("6"))
        await until(lambda: len(call.keys) == 6)
        last = wire(stream.writer.stop()) + wire(stream.writer.dtmf("7"))
        stream.socket.transport.write(last)
        assert await stream.closed() == (1000, "hung_up")
        await until(lambda: call.closed)
    assert "".join(pressed.key for pressed in call.keys) == "123456"
    assert not call.faults


async def test_a_fault_of_ours_in_a_message_ends_that_call_alone(listener, monkeypatch):
    usual = TwilioLeg.take

    def take(self, text: str) -> None:
        if self.info.carrier_call_id == "CA1" and '"dtmf"' in text:
            raise RuntimeError("a fault of ours")
        usual(self, text)

    monkeypatch.setattr(TwilioLeg, "take", take)
    async with (
        line(listener) as served,
        raw_stream(served.url) as broken,
        raw_stream(served.url, "CA2") as well,
    ):
        await broken.start()
        await well.start()
        await until(lambda: all(listener.calls[name].leg for name in ("CA1", "CA2")))
        await broken.send(broken.writer.dtmf("1"))
        assert (await broken.closed())[0] == 1011
        await well.send(well.writer.dtmf("1"))
        await until(lambda: listener.calls["CA2"].keys)
        assert listener.calls["CA1"].closed.reason == "failed"
