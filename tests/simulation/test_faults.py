"""Whatever fails, the caller hears something, the call ends once, and no other call notices."""

from __future__ import annotations

import asyncio

import pytest
from call_fakes import reply
from call_scene import AFTER_GREETING, ENGLISH, LONG, Scene
from virtual_time import run

from bots.engine.types import ActionRecord
from core.events import (
    ActionTaken,
    CallEnded,
    CallStarted,
    HandoffRequested,
    LineFault,
    RecordingClosed,
    TurnTimed,
    UtteranceHeard,
    UtteranceSpoken,
)
from voice_gateway.carriers.simulated import (
    Fault,
    Gap,
    HangUp,
    SimulatedLeg,
    Wait,
    WaitForReply,
    WaitUntilSpokenTo,
)
from voice_gateway.phrases import Phrase


def names(scene):
    return [event.name for event in scene.log.of(UtteranceSpoken)]


def faults(scene):
    return {event.what for event in scene.log.of(LineFault)}


async def at(seconds, action):
    await asyncio.sleep(seconds)
    action()


def test_models_that_die_and_come_back_cost_a_wait_and_no_word(tmp_path):
    scene = Scene(tmp_path)
    # Well after the greeting, so that only listening and the answer are touched.
    script = (*AFTER_GREETING, Wait(2), scene.says("where is my parcel"), WaitForReply(quiet_s=12), HangUp())

    def die():
        scene.recogniser.away = scene.speaker.away = True

    def come_back():
        scene.recogniser.away = scene.speaker.away = False

    async def story():
        asyncio.get_running_loop().call_later(9.0, die)
        asyncio.get_running_loop().call_later(17.0, come_back)
        await scene.call(*script)

    run(story())
    assert Phrase.ONE_MOMENT in names(scene)
    assert [heard.text for heard in scene.log.of(UtteranceHeard)] == ["where is my parcel"]
    assert ("bot", "Your parcel is on its way. It arrives on Monday.") in scene.log.transcript()


def test_words_that_are_late_are_asked_patience_for_once_and_come_without_being_said_again(tmp_path):
    scene = Scene(tmp_path)

    async def story():
        asyncio.get_running_loop().call_later(9.0, lambda: setattr(scene.recogniser, "decode_s", 6.0))
        await scene.call(
            *AFTER_GREETING, Wait(2), scene.says("where is my parcel"), WaitForReply(quiet_s=8), HangUp()
        )

    run(story())
    said = names(scene)
    assert said.count(Phrase.ONE_MOMENT) == 1
    assert said.index("utter_answer") == said.index(Phrase.ONE_MOMENT) + 1
    assert not faults(scene)
    moment = next(line for line in scene.log.of(UtteranceSpoken) if line.name == Phrase.ONE_MOMENT)
    (heard,) = scene.log.of(UtteranceHeard)
    assert 2.5 < moment.start_s - heard.end_s < 3.5


def test_models_that_stay_away_lead_to_a_person(tmp_path):
    scene = Scene(tmp_path)
    scene.with_settings(agent_wait_s=30.0)

    async def story():
        asyncio.get_running_loop().call_later(9.0, lambda: setattr(scene.recogniser, "away", True))
        await scene.call(*AFTER_GREETING, Wait(2), scene.says("where is my parcel"))

    run(story())
    assert "models_unavailable" in faults(scene)
    for phrase in (Phrase.ONE_MOMENT, Phrase.TECHNICAL, Phrase.WAITING, Phrase.NOBODY):
        assert phrase in names(scene)
    assert [packet.reason for packet in scene.log.of(HandoffRequested)] == ["bot_failed"]
    assert (scene.log.of(CallEnded)[0].outcome, scene.log.of(CallEnded)[0].reason) == (
        "failed",
        "nobody_available",
    )


def test_an_answer_that_cannot_be_spoken_leads_to_a_person(tmp_path):
    scene = Scene(tmp_path)
    scene.with_settings(agent_wait_s=5.0, fallback_number="+8657188880000")

    async def story():
        asyncio.get_running_loop().call_later(9.0, lambda: setattr(scene.speaker, "away", True))
        return await scene.call(*AFTER_GREETING, Wait(2), scene.says("where is my parcel"))

    leg = run(story())
    assert Phrase.ONE_MOMENT.value in names(scene) or "One moment, please." in [
        t for _, t in scene.log.transcript()
    ]
    assert Phrase.TECHNICAL in names(scene)
    assert leg.transferred_to == "+8657188880000"
    assert (scene.log.of(CallEnded)[0].outcome, scene.log.of(CallEnded)[0].reason) == (
        "handed_off",
        "transferred",
    )


def deaf_from_the_answer_on(folder):
    """A scene whose recogniser is away from the long answer on."""
    scene = Scene(folder)
    scene.with_settings(models_wait_s=2.0, agent_wait_s=5.0)

    def answer(heard):
        scene.recogniser.away = True
        return reply(LONG)

    scene.bot.answer = answer
    return scene


def test_words_over_our_line_that_no_recogniser_heard_are_not_passed_over_once_the_line_is_over(tmp_path):
    scene = deaf_from_the_answer_on(tmp_path)
    said = (scene.says("my parcel"), WaitUntilSpokenTo(1.0), scene.says("no, the other"), Wait(20))
    run(scene.call(*AFTER_GREETING, *said))
    assert ("bot", LONG) in scene.log.transcript()
    assert "words_lost" in faults(scene)
    assert [packet.reason for packet in scene.log.of(HandoffRequested)] == ["bot_failed"]


def test_a_short_sound_over_our_line_that_no_recogniser_heard_is_passed_over(tmp_path):
    scene = deaf_from_the_answer_on(tmp_path)
    said = (scene.says("my parcel"), WaitUntilSpokenTo(1.0), scene.says("mhm", 0.3), Wait(9), HangUp())
    run(scene.call(*AFTER_GREETING, *said))
    assert ("bot", LONG) in scene.log.transcript()
    assert "words_lost" in faults(scene) and not scene.log.of(HandoffRequested)


def test_asking_for_patience_while_speech_is_away_is_a_line_of_its_own_and_no_answer(tmp_path):
    scene = Scene(tmp_path)
    played: list[str] = []

    async def story():
        asyncio.get_running_loop().call_later(9.0, lambda: setattr(scene.speaker, "away", True))
        asyncio.get_running_loop().call_later(16.0, lambda: setattr(scene.speaker, "away", False))
        leg = SimulatedLeg(
            (*AFTER_GREETING, Wait(2), scene.says("where is my parcel"), Wait(12)), caller=ENGLISH
        )
        mark = leg.mark
        leg.mark = lambda name: (played.append(name), mark(name))[1]
        async with scene.open() as switchboard:
            await switchboard.answer(leg)

    run(story())
    asked, answer = (
        next(e for e in scene.log.of(UtteranceSpoken) if e.name == name)
        for name in (Phrase.ONE_MOMENT, "utter_answer")
    )
    assert (asked.text, answer.text) == (
        "One moment, please.", "Your parcel is on its way. It arrives on Monday.",
    )  # fmt: skip
    assert asked.end_s <= answer.start_s and not asked.interrupted
    (timed,) = scene.log.of(TurnTimed)
    (heard,) = scene.log.of(UtteranceHeard)
    assert timed.gap_ms == pytest.approx((answer.start_s - heard.end_s) * 1000, abs=10)
    assert timed.gap_ms > 3000 and asked.start_s < heard.end_s + 1.5
    lines = list(dict.fromkeys(mark.rsplit(".", 1)[0].rsplit("-", 1)[1] for mark in played))
    assert lines.index("utter_answer") == lines.index("platform_one_moment") + 1


def test_a_bot_that_fails_leads_to_a_person(tmp_path):
    scene = Scene(tmp_path)
    scene.with_settings(agent_wait_s=5.0)

    def answer(heard):
        raise KeyError("no such order")

    scene.bot.answer = answer
    run(scene.call(*AFTER_GREETING, scene.says("where is my parcel")))
    assert "bot_failed" in faults(scene)
    assert Phrase.TECHNICAL in names(scene) and Phrase.WAITING in names(scene)


def test_a_slow_bot_asks_for_a_moment_and_one_that_hangs_is_given_up(tmp_path):
    scene = Scene(tmp_path)
    scene.with_settings(agent_wait_s=5.0)

    async def slow(heard):
        await asyncio.sleep(4 if "first" in heard.text else 60)
        return reply("There it is.")

    scene.bot.answer = slow
    run(
        scene.call(
            *AFTER_GREETING, scene.says("the first"), WaitForReply(quiet_s=4), scene.says("the second")
        )
    )
    said = names(scene)
    assert said.index(Phrase.ONE_MOMENT) < said.index("utter_answer") < said.index(Phrase.TECHNICAL)


@pytest.mark.parametrize("after_s", [0.0, 0.3, 1.0, 4.5, 5.5, 7.0, 8.1, 8.6, 8.75, 8.9, 9.3, 10.0, 12.0])
def test_hanging_up_at_any_moment_ends_the_call_once_and_closes_everything(tmp_path, after_s):
    scene = Scene(tmp_path)

    async def story():
        leg = SimulatedLeg([Wait(7), scene.says("where is my parcel"), WaitForReply()], caller=ENGLISH)
        async with scene.open() as switchboard:
            asyncio.get_running_loop().call_later(after_s, leg._end, "hung_up")
            await switchboard.answer(leg)
            assert switchboard.live() == []

    run(story())
    (ended,) = scene.log.of(CallEnded)
    assert (ended.outcome, ended.reason) == ("ended_unconfirmed", "caller_hung_up")
    after = scene.log.kinds()[scene.log.kinds().index("call_ended") + 1 :]
    assert after in (["recording_closed", "call_summarised"], ["call_summarised"])


def test_the_last_words_before_hanging_up_are_kept(tmp_path):
    scene = Scene(tmp_path)
    run(scene.call(*AFTER_GREETING, scene.says("never mind then"), HangUp()))
    assert [heard.text for heard in scene.log.of(UtteranceHeard)] == ["never mind then"]


def test_a_stream_that_stops_in_mid_word_keeps_what_was_said(tmp_path):
    scene = Scene(tmp_path)
    run(scene.call(*AFTER_GREETING, scene.says("where is my par"), HangUp("stream_lost")))
    assert [heard.text for heard in scene.log.of(UtteranceHeard)] == ["where is my par"]
    assert (scene.log.of(CallEnded)[0].outcome, scene.log.of(CallEnded)[0].reason) == (
        "failed",
        "stream_lost",
    )


def test_a_hole_in_the_sound_ends_the_turn(tmp_path):
    scene = Scene(tmp_path)
    run(scene.call(*AFTER_GREETING, scene.says("where is my parcel"), Gap(3), WaitForReply(), HangUp()))
    assert [heard.text for heard in scene.bot.sessions[0].heard] == ["where is my parcel"]


def test_what_the_bot_has_begun_is_done_once_though_the_caller_hangs_up(tmp_path):
    scene = Scene(tmp_path)
    done = []

    async def order(heard):
        await asyncio.sleep(2)
        done.append(heard.text)
        return reply("Done.", actions=(ActionRecord("action_return", True, "k1"),), outcome="resolved",
                     resolved_by="connector")  # fmt: skip

    scene.bot.answer = order
    run(scene.call(*AFTER_GREETING, scene.says("send it back"), Wait(1.2), HangUp()))
    assert done == ["send it back"]
    assert [action.idempotency_key for action in scene.log.of(ActionTaken)] == ["k1"]
    assert scene.log.of(CallEnded)[0].outcome == "resolved"
    assert scene.log.kinds().index("action_taken") < scene.log.kinds().index("call_ended")


def test_nonsense_from_the_carrier_is_counted_and_changes_nothing(tmp_path):
    scene = Scene(tmp_path)
    run(
        scene.call(
            *AFTER_GREETING, Fault("bad_base64"), scene.says("where is my parcel"), WaitForReply(), HangUp()
        )
    )
    assert "bad_base64" in faults(scene)
    assert scene.log.transcript()[-1][0] == "bot"


def test_a_crash_within_one_call_fails_that_call_and_no_other(tmp_path):
    scene = Scene(tmp_path)

    async def story():
        async with scene.open() as switchboard:
            bad = SimulatedLeg([Wait(3)], caller=ENGLISH)
            good = SimulatedLeg(
                [*AFTER_GREETING, scene.says("where is my parcel"), WaitForReply(), HangUp()], caller=ENGLISH
            )
            answering = [asyncio.create_task(switchboard.answer(leg)) for leg in (bad, good)]
            await asyncio.sleep(2)
            call = next(c for c in switchboard._calls.values() if c.leg is bad)

            def crash(*_):
                raise ZeroDivisionError("a bug")

            call._mouth.mark_passed = crash
            await asyncio.gather(*answering)
            return call.id

    crashed = run(story())
    assert [e.outcome for e in scene.log.of(CallEnded, crashed)] == ["failed"]
    (other,) = [
        started for started, e, _ in scene.log.events if isinstance(e, CallStarted) and started != crashed
    ]
    assert [heard.text for heard in scene.log.of(UtteranceHeard, other)] == ["where is my parcel"]
    assert [e.outcome for e in scene.log.of(CallEnded, other)] == ["ended_unconfirmed"]


def test_a_voice_activity_model_that_breaks_is_replaced_by_loudness(tmp_path):
    scene = Scene(tmp_path)
    scene.vad_model.broken = True
    run(scene.call(*AFTER_GREETING, scene.says("where is my parcel"), WaitForReply(), HangUp()))
    assert [heard.text for heard in scene.log.of(UtteranceHeard)] == ["where is my parcel"]


def test_a_full_disk_stops_the_recording_and_not_the_call(tmp_path):
    scene = Scene(tmp_path)

    async def story():
        leg = SimulatedLeg(
            [*AFTER_GREETING, scene.says("where is my parcel"), WaitForReply(), HangUp()], caller=ENGLISH
        )
        async with scene.open() as switchboard:
            answering = asyncio.create_task(switchboard.answer(leg))
            await asyncio.sleep(6)
            (call,) = switchboard._calls.values()

            def full(now_s):
                raise OSError(28, "No space left on device")

            call._recording._writer.advance = full
            await answering

    run(story())
    assert [closed.complete for closed in scene.log.of(RecordingClosed)] == [False]
    assert scene.log.transcript()[-1][1].startswith("Your parcel")


def test_marks_that_never_come_do_not_hold_the_call_up(tmp_path):
    scene = Scene(tmp_path)

    async def story():
        leg = SimulatedLeg([Wait(14), scene.says("where is my parcel"), Wait(14), HangUp()], caller=ENGLISH)

        async def no_mark(name):
            pass

        leg.mark = no_mark
        async with scene.open() as switchboard:
            await switchboard.answer(leg)

    run(story())
    assert "mark_missing" in faults(scene)
    assert ("bot", "Your parcel is on its way. It arrives on Monday.") in scene.log.transcript()


def test_beyond_the_limit_a_caller_is_told_so_and_sent_on(tmp_path):
    scene = Scene(tmp_path, max_calls=1)
    scene.with_settings(fallback_number="+8657188880000")

    async def story():
        first, second = (SimulatedLeg([Wait(12), HangUp()], caller=ENGLISH) for _ in range(2))
        async with scene.open() as switchboard:
            answering = asyncio.create_task(switchboard.answer(first))
            await asyncio.sleep(1)
            await switchboard.answer(second)
            assert len(switchboard.live()) == 1
            await answering
        return second

    second = run(story())
    assert Phrase.BUSY in names(scene) and second.transferred_to == "+8657188880000"
    assert sorted((e.outcome, e.reason) for e in scene.log.of(CallEnded)) == [
        ("ended_unconfirmed", "caller_hung_up"), ("failed", "no_capacity"),
    ]  # fmt: skip


def test_draining_lets_calls_end_and_takes_no_more(tmp_path):
    scene = Scene(tmp_path)

    async def story():
        leg = SimulatedLeg([Wait(12), HangUp()], caller=ENGLISH)
        late = SimulatedLeg([Wait(30)], caller=ENGLISH)
        async with scene.open() as switchboard:
            answering = asyncio.create_task(switchboard.answer(leg))
            await asyncio.sleep(1)
            assert not await switchboard.drain(2)
            await switchboard.answer(late)
            assert await switchboard.drain(30)
            await answering

    run(story())
    assert {e.reason for e in scene.log.of(CallEnded)} == {"shutting_down", "caller_hung_up"}


def test_a_call_cut_off_by_the_process_ends_all_the_same(tmp_path):
    scene = Scene(tmp_path)

    async def story():
        leg = SimulatedLeg([Wait(60)], caller=ENGLISH)
        async with scene.open() as switchboard:
            answering = asyncio.create_task(switchboard.answer(leg))
            await asyncio.sleep(6)
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)
        return leg

    leg = run(story())
    assert [(e.outcome, e.reason) for e in scene.log.of(CallEnded)] == [("failed", "shutdown")]
    assert leg.closed_reason and scene.log.of(RecordingClosed)[0].complete


def test_the_greeting_is_spoken_in_all_languages_where_nothing_tells_which(tmp_path):
    scene = Scene(tmp_path)
    leg = SimulatedLeg([Wait(30), HangUp()], caller="")

    async def story():
        async with scene.open() as switchboard:
            await switchboard.answer(leg)

    run(story())
    spoken = [e.language for e in scene.log.of(UtteranceSpoken) if e.name == Phrase.CONSENT]
    assert sorted(spoken) == ["en", "ja", "ko", "zh"]


def test_interrupting_then_hanging_up_leaks_nothing(tmp_path):
    scene = Scene(tmp_path)
    run(
        scene.call(
            *AFTER_GREETING,
            scene.says("where is my parcel"),
            WaitUntilSpokenTo(0.5),
            scene.says("stop", 0.5),
            HangUp(),
        )
    )
    assert len(scene.log.of(CallEnded)) == 1
