"""Playout, codec, order and offers of browsers' sound: all pure, told the time."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st
from served_line import tone
from virtual_loop import run_virtually

from voice_gateway.carriers.webrtc import WebRtcLeg
from voice_gateway.carriers.webrtc_peer import Budget, _Receiver
from voice_gateway.carriers.webrtc_playout import KEEPALIVE_S, Playout
from voice_gateway.carriers.webrtc_sdp import BadOffer, checked_offer
from voice_gateway.carriers.webrtc_sound import (
    BadSound,
    Downsampler,
    OpusReader,
    OpusWriter,
    PacketOrder,
    Timeline,
)
from voice_gateway.leg import CallInfo


def run(playout: Playout, start: float, end: float, *, step: float = 0.001):
    """What is sent between two moments, asked every millisecond: [(when, what)]."""
    sent, now = [], start
    while now < end:
        while (out := playout.next(now)) is not None:
            sent.append((round(now, 3), out))
        now += step
    return sent


# --- playout ---


def test_prepared_sound_leaves_in_real_time_and_its_mark_with_the_last_of_it():
    playout = Playout()
    playout.add(tone(1.0))
    playout.mark("end")
    sent = [one for one in run(playout, 0, 1.2) if one[1].pcm.any()]
    assert len(sent) == 50
    assert np.allclose(np.diff([at for at, _ in sent]), 0.02, atol=0.0011)
    assert [out.frame for _, out in sent] == list(range(sent[0][1].frame, sent[0][1].frame + 50))
    assert [out.marks for _, out in sent if out.marks] == [["end"]] and sent[-1][1].marks
    assert np.array_equal(np.concatenate([out.pcm for _, out in sent]), tone(1.0))


def test_live_sound_leaves_at_once_even_if_it_comes_unevenly():
    playout = Playout()
    rng = np.random.default_rng(3)
    arrivals = [0.02 * n + float(rng.uniform(0, 0.03)) for n in range(300)]
    waits, now = [], 0.0
    for at in sorted(arrivals):
        run(playout, now, at)
        playout.add(tone(0.02))
        assert playout.next(at) is not None, "it leaves when it comes"
        waits.append(playout.waiting_s)
        now = at
    assert max(waits) <= 0.02


def test_live_sound_leaves_when_it_comes_again_after_hold_ups():
    playout, waits = Playout(), []
    for frame in range(300):
        playout.add(tone(0.02))
        if frame % 50 >= 4:  # the process stood still for 80 ms before the fifth of them
            run(playout, 0.02 * frame, 0.02 * frame + 0.001)
            waits.append(playout.waiting_s)
    assert max(waits) == 0.0 and playout.left_out == 0


def test_a_frame_is_as_old_as_the_oldest_sound_in_it():
    playout = Playout()
    playout.add(tone(0.01), 5.0)
    playout.add(tone(0.02), 5.1)
    playout.add(tone(0.02))
    sent = [out.came_at for _, out in run(playout, 0, 0.2) if out.pcm.any()]
    assert sent == [5.0, 5.1, None]


def test_live_sound_that_falls_behind_is_left_out_but_prepared_sound_never_is():
    live, prepared = Playout(), Playout()
    for _ in range(30):
        live.add(tone(0.02))
    prepared.add(tone(0.6))
    sent = [out for _, out in run(live, 0, 1.0) if out.pcm.any()]
    assert len(sent) < 10 and live.left_out > 3_000
    assert len([out for _, out in run(prepared, 0, 1.0) if out.pcm.any()]) == 30
    assert prepared.left_out == 0


def test_a_pause_moves_the_timeline_on_as_far_as_the_clock_and_is_filled_sparsely():
    playout = Playout()
    playout.add(tone(0.1))
    playout.mark("a")
    first = run(playout, 0, 0.1)
    silence = run(playout, 0.1, 3.0)
    assert len(silence) < 10 + 2.9 / KEEPALIVE_S
    playout.add(tone(0.1))
    playout.mark("b")
    later = run(playout, 3.0, 3.1)
    frames = (later[0][1].frame - first[0][1].frame) * 0.02
    assert frames == pytest.approx(3.0, abs=0.06)


def test_a_clear_empties_it_and_gives_back_the_marks_in_order():
    playout = Playout()
    for name in "abc":
        playout.add(tone(0.3))
        playout.mark(name)
    run(playout, 0, 0.35)
    assert playout.clear() == ["b", "c"]
    assert playout.waiting_s == 0 and playout.live
    assert not [out for _, out in run(playout, 0.35, 1.0) if out.pcm.any()]


def test_it_is_bounded():
    playout = Playout(limit_s=1.0)
    assert playout.room(8_000)
    playout.add(tone(0.9))
    assert not playout.room(1_600) and playout.room(800)


@given(
    st.lists(st.tuples(st.sampled_from(["add", "mark", "clear", "run"]), st.integers(1, 900)), max_size=60)
)
def test_nothing_is_lost_or_doubled_and_marks_keep_their_order(steps):
    """Marked sound comes out as it went in, up to the next clear; every mark passes exactly once."""
    playout, now, value = Playout(), 0.0, 0
    given_in: list[int] = []
    came_out: list[int] = []
    asked: list[str] = []
    passed: list[str] = []

    def go_on(until: float) -> None:
        nonlocal now
        for _, out in run(playout, now, until, step=0.005):
            came_out.extend(int(one) for one in out.pcm if one)
            passed.extend(out.marks)
        now = until

    playout.mark("begin")
    asked.append("begin")
    for what, size in steps:
        if what == "add":
            values = 1 + (value + np.arange(size)) % 30_000
            value += size
            playout.add(values.astype(np.int16))
            playout.mark(str(value))
            asked.append(str(value))
            given_in.extend(values.tolist())
        elif what == "mark":
            playout.mark(f"m{value}")
            asked.append(f"m{value}")
        elif what == "clear":
            passed.extend(playout.clear())
            given_in = given_in[: len(came_out)]
        else:
            go_on(now + size / 1_000)
    go_on(now + 60)
    assert passed == asked
    assert came_out == given_in


# --- codec ---


def test_sound_survives_the_codec_both_ways_without_a_seam():
    writer, reader = OpusWriter(), OpusReader()
    original = tone(2.0, 700)
    out = [reader.read(writer.write(original[at : at + 160])) for at in range(0, original.size, 160)]
    assert {piece.size for piece in out} == {160}
    back = np.concatenate(out)[1_600:]
    spectrum = np.abs(np.fft.rfft(back * np.hanning(back.size)))
    frequencies = np.fft.rfftfreq(back.size, 1 / 8_000)
    peak = abs(frequencies - 700) < 5
    assert spectrum[peak].sum() > 20 * spectrum[~peak].max()
    assert np.abs(np.diff(back.astype(int))).max() < 1.15 * np.abs(np.diff(original.astype(int))).max()


def test_the_way_down_keeps_speech_and_lets_nothing_fold_back():
    time = np.arange(48_000) / 48_000
    for hertz, least, most in ((300, 0.98, 1.02), (3_300, 0.95, 1.02), (4_600, 0, 0.01), (7_600, 0, 0.002)):
        sound = (10_000 * np.sin(2 * np.pi * hertz * time)).astype(np.int16)
        down = Downsampler()
        out = np.concatenate([down.push(sound[at : at + 960]) for at in range(0, 48_000, 960)])
        assert out.size == 8_000
        level = np.sqrt(2 * np.mean(out[400:].astype(float) ** 2)) / 10_000
        assert least <= level <= most, hertz


def test_it_makes_no_difference_how_the_sound_is_cut():
    rng = np.random.default_rng(1)
    sound = rng.integers(-8_000, 8_000, 9_600).astype(np.int16)
    whole = Downsampler().push(sound)
    cut = Downsampler()
    pieces = [cut.push(piece) for piece in np.split(sound, [960, 966, 2_880, 6_000])]
    assert np.array_equal(np.concatenate(pieces), whole)


def test_what_is_no_opus_is_refused_and_the_next_packet_is_read():
    writer, reader = OpusWriter(), OpusReader()
    good = writer.write(tone(0.02))
    reader.read(good)
    with pytest.raises(BadSound):
        reader.read(b"\xff\xff\xff\xff\xff\xff")
    assert reader.read(good).size == 160


# --- packets ---


def test_packets_out_of_order_are_put_in_order_and_lost_ones_are_given_up():
    order = PacketOrder(wait=2)

    def push(number: int) -> list[int]:
        return [timestamp for timestamp, _ in order.push(number & 0xFFFF, number, b"")]

    assert push(65_534) == [65_534]
    assert push(65_536) == [] and push(65_535) == [65_535, 65_536], "also across the wrap"
    assert push(65_538) == [] and push(65_539) == [] and push(65_540) == [65_538, 65_539, 65_540]
    assert push(65_537) == [] and order.late == 1
    assert push(65_536) == [] and order.late == 2
    assert push(66_000) == [66_000], "a long gap costs no waiting"


@given(st.lists(st.integers(0, 0xFFFF), max_size=200))
def test_any_numbers_are_bounded_and_no_packet_comes_out_twice(numbers):
    order = PacketOrder()
    out = [at for place, number in enumerate(numbers) for at, _ in order.push(number, place, b"")]
    assert len(set(out)) == len(out) and len(order._early) <= 3


def test_timestamps_begin_anywhere_wrap_and_may_step_back():
    timeline = Timeline()
    start = (1 << 32) - 960
    assert [timeline.ms(at & 0xFFFFFFFF) for at in (start, start + 960, start + 48_000, start + 960)] == [
        0,
        20,
        1_000,
        20,
    ]


def test_a_budget_refuses_what_is_beyond_it_and_begins_anew():
    budget = Budget(3)
    assert [budget.spend(0.1 * n) for n in range(5)] == [True, True, True, False, False]
    assert budget.spend(1.1)


class Heard:
    """A connection and the party behind it, for packets alone."""

    closed, last_sound_at = False, None

    def __init__(self) -> None:
        self.sounds = 0
        self.faults: list[str] = []

    def sound(self, peer, pcm, at_ms, came_at) -> None:
        self.sounds += 1

    def fault(self, kind, detail="") -> None:
        self.faults.append(kind)


def test_sound_beyond_200_packets_a_second_or_of_another_stream_is_left_out(monkeypatch):
    opus, payload = 111, OpusWriter().write(tone(0.02))

    async def no_report(self, now) -> None:
        pass

    def packet(number: int, ssrc: int = 7) -> RtpPacket:
        one = RtpPacket(payload_type=opus, sequence_number=number, timestamp=960 * number, ssrc=ssrc)
        one.payload = payload
        return one

    async def story():
        heard = Heard()
        receiver = _Receiver(heard, heard, None)
        receiver._types = {opus}
        for number in range(250):
            await receiver._handle_rtp_packet(packet(number), 0)
        assert heard.sounds == 200 and heard.faults == ["too_much_sound"] * 50
        await asyncio.sleep(1.1)
        await receiver._handle_rtp_packet(packet(250, ssrc=8), 0)
        assert heard.sounds == 200 and len(heard.faults) == 51
        await receiver._handle_rtp_packet(packet(250), 0)
        await receiver._handle_rtp_packet(packet(251), 0)
        await receiver._handle_rtp_packet(packet(252), 0)
        assert heard.sounds > 200 and len(heard.faults) == 51

    monkeypatch.setattr(_Receiver, "_report", no_report)
    run_virtually(story())


def test_a_browser_that_plays_nothing_ends_once_two_minutes_wait_for_it():
    async def story():
        leg = WebRtcLeg(CallInfo("webrtc", "phone-1", "", ""), keep_s=15.0)
        await leg.play(tone(120.0))
        assert leg.playout.waiting_s == 120.0 and not leg.ended.is_set()
        await leg.play(tone(1.0))
        assert leg.end_reason == "line_stuck" and leg.playout.waiting_s == 120.0

    run_virtually(story())


# --- offers ---

OFFER = """v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=rtpmap:111 opus/48000/2
a=candidate:1 1 udp 2130706431 192.0.2.7 50000 typ host
a=candidate:2 1 udp 2130706431 7a0c.local 50000 typ host
a=candidate:3 1 tcp 2130706431 192.0.2.7 9 typ host tcptype active
a=candidate:4 1 udp 2130706431 224.0.0.251 5353 typ host
a=candidate:5 1 udp 2130706431 2001:db8::1 50001 typ host
a=candidate:6 1 udp 2130706431 192.0.2.7 0 typ host
a=candidate:nonsense
"""


def test_only_plain_addresses_are_tried():
    kept = [line for line in checked_offer(OFFER).splitlines() if "candidate" in line]
    assert [line.split()[4] for line in kept] == ["192.0.2.7", "2001:db8::1"]


@pytest.mark.parametrize(
    ("offer", "why"),
    [
        (None, "bad_offer"),
        ("", "bad_media"),
        ("x" * 16_001, "offer_too_long"),
        (OFFER.replace("m=audio", "m=video"), "bad_media"),
        (OFFER + "m=audio 9 UDP/TLS/RTP/SAVPF 111\n", "bad_media"),
        (OFFER + "m=application 9 x\nm=application 9 x\n", "bad_media"),
        (OFFER.replace("opus", "PCMU"), "no_opus"),
        (OFFER + "a=candidate:1 1 udp 1 192.0.2.7 5 typ host\n" * 40, "too_many_candidates"),
    ],
)
def test_other_offers_are_refused_with_a_reason(offer, why):
    with pytest.raises(BadOffer) as refused:
        checked_offer(offer)
    assert refused.value.why == why
