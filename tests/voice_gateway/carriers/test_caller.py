"""The caller, at a real server: turns in their time, replies measured as heard, and each way to end."""

import asyncio
import dataclasses
import json

import numpy as np
import pytest
import soundfile
from served_line import line, tone, until

from voice_gateway.audio.playout import voiced_until
from voice_gateway.caller import (
    AudioTurn,
    CallRefused,
    CallReport,
    HeardLine,
    KeysTurn,
    TurnReport,
    parse_turn,
    place_call,
)
from voice_gateway.carriers.twilio_client import Verb
from voice_gateway.carriers.twilio_settings import TwilioSettings
from voice_gateway.leg import Frame, KeyPress, LegClosed, MarkPassed

QUICK = {"quiet_s": 0.3, "linger_s": 0.2, "reply_limit_s": 10.0}


class Parrot:
    """Greets, then answers each utterance 0.3 s after its end, and each # key at once."""

    def __init__(self, *, hang_up_after: int = 99, greeting_s: float = 0.4, gives_way: bool = False) -> None:
        self.hang_up_after = hang_up_after
        self.greeting_s = greeting_s
        self.gives_way = gives_way
        self.heard: list[np.ndarray] = []
        self.keys = ""
        self.passed: list[str] = []
        self.reason = ""

    async def __call__(self, leg) -> None:
        await leg.play(tone(self.greeting_s, 300))
        await leg.mark("greeting")
        utterance: list[np.ndarray] = []
        quiet = 0
        async for event in leg.events():
            match event:
                case Frame(pcm):
                    loud = bool(np.abs(pcm.astype(int)).max() > 1_000)
                    if loud and not utterance and self.gives_way:
                        await leg.clear()
                    quiet = 0 if loud else quiet + 1
                    if loud or utterance:
                        utterance.append(pcm)
                    if utterance and quiet == 15:
                        self.heard.append(np.concatenate(utterance))
                        utterance = []
                        await self._reply(leg)
                case KeyPress(key):
                    self.keys += key
                    if key == "#":
                        await self._reply(leg)
                case MarkPassed(name):
                    self.passed.append(name)
                    if name == f"reply {self.hang_up_after}":
                        await leg.close()
                case LegClosed(reason):
                    self.reason = reason

    async def _reply(self, leg) -> None:
        number = sum(1 for _ in self.heard) + self.keys.count("#")
        await leg.play(tone(0.3, 700))
        await leg.mark(f"reply {number}")


async def test_each_turn_follows_the_reply_to_the_last_and_gaps_are_as_heard(tmp_path):
    soundfile.write(tmp_path / "one.wav", np.concatenate([tone(0.5), np.zeros(1_600, np.int16)]), 8_000)
    sixteen = (6_000 * np.sin(2 * np.pi * 440 * np.arange(9_600) / 16_000)).astype(np.int16)
    soundfile.write(tmp_path / "two.flac", sixteen, 16_000)
    parrot, events = Parrot(), []
    async with line(parrot) as served:
        report = await place_call(
            served.url,
            [tmp_path / "one.wav", "dtmf:42#", str(tmp_path / "two.flac")],
            on_event=events.append,
            **QUICK,
        )
        await until(lambda: parrot.reason)
    assert report.ended_by == "caller" and parrot.reason == "hung_up"
    assert parrot.keys == "42#" and len(parrot.heard) == 2
    assert voiced_until(parrot.heard[0]) == pytest.approx(0.5, abs=0.03)
    assert [turn.name for turn in report.turns] == ["one.wav", "dtmf:42#", "two.flac"]
    # The order of things, not how fast this machine was.
    edges = [report.greeting_s, *(edge for turn in report.turns for edge in
             (turn.started_s, turn.last_voiced_s, turn.reply_started_s, turn.reply_ended_s))]  # fmt: skip
    assert edges == sorted(edges)
    spoken, keyed, spoken_too = report.gaps_s
    assert spoken >= 0.28 and spoken_too >= 0.28 and keyed >= 0.0
    assert keyed < spoken
    assert parrot.passed == ["greeting", "reply 1", "reply 2", "reply 3"]
    assert report.marks_passed == 4
    assert [event.kind for event in events] == [
        "connected", "reply_started", "reply_ended",
        *["turn_started", "turn_ended", "reply_started", "reply_ended"] * 3, "stream_ended", "action",
    ]  # fmt: skip
    assert [verb.name for verb in report.action] == ["Hangup"]
    at = int(report.turns[0].reply_started_s * 8_000)
    piece = report.heard[at : at + 2_000].astype(float)
    assert np.argmax(np.abs(np.fft.rfft(piece))) * 8_000 / piece.size == pytest.approx(700, abs=5)


async def test_a_platform_that_ends_the_call_is_told_from_a_failing_one():
    parrot = Parrot(hang_up_after=1)
    async with line(parrot) as served:
        report = await place_call(served.url, [tone(0.3)], **{**QUICK, "linger_s": 5.0})
    assert report.ended_by == "platform" and report.close_reason == "closed_by_us"
    assert [verb.name for verb in report.action] == ["Hangup"]

    async def crash(leg):
        await asyncio.sleep(0.2)
        raise RuntimeError("a bug")

    async with line(crash, TwilioSettings(fallback_number="+8657988888888")) as served:
        report = await place_call(served.url, [tone(0.3)], caller="+819012345678", **QUICK)
    assert report.ended_by == "lost" and report.close_reason == "failed"
    assert [verb.name for verb in report.action] == ["Say", "Dial"]
    assert "申し訳" in report.action[0].text


async def test_signed_calls_are_taken_and_unsigned_ones_are_not():
    token = "a" * 32
    async with line(Parrot(), TwilioSettings(auth_token=token)) as served:
        report = await place_call(served.url, [], auth_token=token, **QUICK)
        assert report.ended_by == "caller" and report.greeting_s is not None
        with pytest.raises(CallRefused, match="403"):
            await place_call(served.url, [], **QUICK)
        with pytest.raises(CallRefused, match="403"):
            await place_call(served.url, [], auth_token="b" * 32, **QUICK)


async def test_an_interrupting_caller_stops_what_is_played():
    parrot = Parrot(greeting_s=20.0, gives_way=True)
    async with line(parrot) as served:
        report = await place_call(served.url, [AudioTurn(tone(0.3), interrupt_after_s=0.2)], **QUICK)
    assert report.clears >= 1 and report.duration_s < 15
    assert report.turns[0].reply_started_s is not None
    assert parrot.passed[0] == "greeting"


async def test_a_platform_that_says_nothing_is_not_waited_for_for_ever(listener):
    async with line(listener) as served:
        report = await place_call(
            served.url, [tone(0.2), "silence:0.2"], quiet_s=0.1, reply_limit_s=0.3, linger_s=0.1
        )
    assert report.ended_by == "caller" and report.greeting_s is None
    assert [turn.reply_started_s for turn in report.turns] == [None, None] and report.gaps_s == []


async def test_a_call_that_does_not_end_is_ended(listener):
    async with line(listener) as served:
        report = await place_call(served.url, [], linger_s=60.0, reply_limit_s=0.1, max_call_s=0.5)
        assert report.ended_by == "time_limit"
        await until(
            lambda: [call.closed.reason for call in listener.calls.values() if call.closed] == ["hung_up"]
        )


async def test_nobody_at_the_other_end_is_said_plainly():
    with pytest.raises(CallRefused, match="ConnectError"):
        await place_call("http://127.0.0.1:9", [])


def test_turns_are_read_from_what_a_person_writes(tmp_path):
    assert parse_turn("dtmf:12*#") == KeysTurn("12*#", "dtmf:12*#")
    assert parse_turn("silence:0.5").pcm.size == 4_000
    for wrong in ("dtmf:", "dtmf:12a", "silence:long", str(tmp_path / "missing.wav")):
        with pytest.raises(ValueError, match=wrong.split("/")[-1]):
            parse_turn(wrong)


def test_a_report_is_told_as_json_with_all_but_the_sound():
    report = CallReport(
        "CA1",
        turns=[TurnReport("hello.wav", 1.0, gap_s=0.6)],
        lines=[HeardLine("mark", "utter_greet", 2.0, 3.5)],
        action=[Verb("Hangup", "", {})],
    )
    told = json.loads(json.dumps(report.as_dict()))
    assert told["turns"][0]["gap_s"] == 0.6
    assert told["lines"] == [{"mark": "mark", "name": "utter_greet", "start_s": 2.0, "end_s": 3.5}]
    assert told["action"] == ["Hangup"]
    assert set(told) == {field.name for field in dataclasses.fields(report)} - {"heard", "said"}
