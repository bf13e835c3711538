"""The simulated caller keeps time: what it says, hears and does lies where it would lie in a real call."""

import asyncio

import numpy as np
import pytest
from served_line import Conversation, tone
from virtual_loop import run_virtually

from voice_gateway.carriers.simulated import (
    Fault,
    Gap,
    HangUp,
    Press,
    SimulatedLeg,
    Speak,
    Wait,
    WaitForReply,
    WaitUntil,
    WaitUntilSpokenTo,
)
from voice_gateway.leg import CallLeg


def listen(leg: SimulatedLeg, on_event=None) -> Conversation:
    """Follow the leg to its end in virtual time; ``on_event(call, event)`` may act on it."""
    call = Conversation(leg)

    async def follow() -> None:
        async for event in leg.events():
            call.take(event)
            if on_event is not None:
                await on_event(call, event)

    run_virtually(asyncio.wait_for(follow(), 600))
    return call


def test_it_is_a_leg():
    leg: CallLeg = SimulatedLeg()
    assert leg.info.carrier == "simulated"


def test_frames_come_every_20_ms_with_what_is_said_at_its_place():
    leg = SimulatedLeg([Wait(1.0), Speak(tone(0.5)), Wait(0.5), HangUp()])
    call = listen(leg)
    assert [frame.at_s for frame in call.frames] == pytest.approx([n * 0.02 for n in range(100)])
    track = np.concatenate([frame.pcm for frame in call.frames])
    assert (
        np.array_equal(track[8_000:12_000], tone(0.5))
        and not track[:8_000].any()
        and not track[12_000:].any()
    )
    assert leg.spoken == [pytest.approx((1.0, 1.5))]
    assert call.closed.reason == "hung_up"


def test_marks_pass_when_the_sound_before_them_was_played():
    passed = {}

    async def act(call, event):
        leg = call.leg
        if len(call.frames) == 1 and not passed:
            passed["begin"] = leg.now_s
            await leg.play(tone(1.0))
            await leg.mark("one")
            await leg.play(tone(0.5))
            await leg.mark("two")
        for name in call.marks:
            passed.setdefault(name, leg.now_s)

    leg = SimulatedLeg([Wait(3.0), HangUp()])
    listen(leg, act)
    assert passed["one"] - passed["begin"] == pytest.approx(1.0, abs=0.021)
    assert passed["two"] - passed["begin"] == pytest.approx(1.5, abs=0.021)
    assert [(piece.start_s, piece.end_s) for piece in leg.heard] == [
        pytest.approx((0.02, 1.02)),
        pytest.approx((1.02, 1.52)),
    ]


def test_a_clear_stops_what_is_heard_and_passes_the_marks():
    async def act(call, event):
        leg = call.leg
        if len(call.frames) == 1 and not leg.heard:
            await leg.play(tone(2.0))
            await leg.mark("end")
        if len(call.frames) == 51 and not leg.clears:
            await leg.clear()
            call.cleared_at = leg.now_s

    leg = SimulatedLeg([Wait(3.0), HangUp()])
    call = Conversation(leg)
    call = listen(leg, act)
    assert leg.heard[0].end_s == pytest.approx(call.cleared_at)
    assert leg.playout.audible_between(0, 3)[-1][1] == pytest.approx(call.cleared_at, abs=0.01)
    assert call.marks == ["end"]
    assert leg.recording().size == pytest.approx(3.0 * 8_000, abs=320)


def test_the_caller_answers_after_the_reply_and_interrupts_when_told_to():
    async def act(call, event):
        leg = call.leg
        if len(call.frames) in (1, 400):
            await leg.play(tone(2.0))

    leg = SimulatedLeg(
        [WaitForReply(quiet_s=1.0), Speak(tone(0.2)), WaitUntilSpokenTo(0.5), Speak(tone(0.2)), HangUp()]
    )
    listen(leg, act)
    (first, _), (second, _) = leg.spoken
    assert first == pytest.approx(0.02 + 2.0 + 1.0, abs=0.05)
    assert second == pytest.approx(8.0 + 0.5, abs=0.05)


def test_keys_faults_gaps_and_losses_are_played_too():
    leg = SimulatedLeg(
        [Press("12#", pause_s=0.1), Fault("bad_json"), Gap(1.0), Wait(0.1), HangUp("stream_lost")]
    )
    call = listen(leg)
    assert [key.key for key in call.keys] == ["1", "2", "#"]
    assert [fault.what for fault in call.faults] == ["bad_json"]
    steps = np.diff([frame.at_s for frame in call.frames])
    assert steps.max() == pytest.approx(1.02)
    assert call.closed.reason == "stream_lost"


def test_closing_ends_the_leg_and_later_calls_do_nothing():
    async def act(call, event):
        if len(call.frames) == 10:
            await call.leg.close(transfer_to="+861")
            await call.leg.play(tone(1.0))
            await call.leg.mark("never")
            await call.leg.close()

    leg = SimulatedLeg()
    call = listen(leg, act)
    assert call.closed.reason == "closed_by_us" and leg.transferred_to == "+861"
    assert len(call.frames) == 10 and not leg.heard and not call.marks


def test_a_listener_that_is_slow_gets_every_frame():
    async def act(call, event):
        if len(call.frames) == 10:
            await asyncio.sleep(0.5)

    call = listen(SimulatedLeg([Wait(2.0), HangUp()]), act)
    assert len(call.frames) == 100


def test_a_condition_can_be_waited_for():
    leg = SimulatedLeg()
    leg.then(WaitUntil(lambda: leg.now_s >= 2.0), Speak(tone(0.1)), HangUp())
    listen(leg)
    assert leg.spoken[0][0] == pytest.approx(2.0, abs=0.05)
