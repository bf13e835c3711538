"""The caller speaks while we do: one arbiter, and a transcript that holds what was really heard."""

from __future__ import annotations

import asyncio

import pytest
from call_fakes import reply
from call_scene import AFTER_GREETING, ENGLISH, LONG, judged, with_a_long_answer
from virtual_time import run

from core.events import BargeInJudged, CallEnded, TurnTimed, UtteranceHeard, UtteranceSpoken
from core.languages import Language
from core.timings import STAGES, milliseconds
from voice_gateway.carriers.simulated import (
    HangUp,
    Press,
    SimulatedLeg,
    Wait,
    WaitForReply,
    WaitUntilSpokenTo,
)
from voice_gateway.phrases import Phrase
from voice_gateway.turns.echo import EchoGate


@pytest.fixture
def scene(tmp_path):
    return with_a_long_answer(tmp_path)


def test_speech_over_ours_stops_us_and_the_transcript_holds_only_what_was_heard(scene):
    leg = run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.5), scene.says("a person please", 1.5),
            WaitForReply(), HangUp(),
        )
    )  # fmt: skip
    cut = next(e for e in scene.log.of(UtteranceSpoken) if e.interrupted)
    assert LONG.startswith(cut.text) and 0 < len(cut.text) < len(LONG)
    # 0.06 s a character: the words in the transcript are those that were played, to a word.
    assert abs(len(cut.text) - (cut.end_s - cut.start_s) / 0.06) < 12
    assert leg.clears, "the carrier's buffer was not cleared"
    after_cut = [h for h in leg.heard if cut.end_s + 0.1 < h.start_s < leg.spoken[1][1]]
    assert not after_cut, "something was played over the caller"
    assert judged(scene) == [("gave_way", "speech")]
    assert [heard.text for heard in scene.log.of(UtteranceHeard)] == ["my parcel", "a person please"]
    assert scene.log.transcript()[-1] == ("bot", "Of course.")


def test_a_backchannel_only_makes_us_pause(scene):
    run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.0), scene.says("okay", 0.5),
            WaitForReply(quiet_s=2.5), HangUp(),
        )
    )  # fmt: skip
    assert judged(scene) == [("resumed", "backchannel")]
    answer = next(e for e in scene.log.of(UtteranceSpoken) if e.text.startswith("Your parcel"))
    assert answer.text == LONG and not answer.interrupted
    assert [heard.text for heard in scene.bot.sessions[0].heard] == ["my parcel"]


def test_yes_is_an_answer_where_one_was_asked_for(scene):
    def answer(heard):
        if "parcel" in heard.text:
            return reply(
                "Is your order number one zero four two two seven, the one of Monday?", listen="yes_no"
            )
        return reply("Good.", end_call=True)

    scene.bot.answer = answer
    run(scene.call(*AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.0), scene.says("yes", 0.5)))
    assert judged(scene) == [("gave_way", "speech")]
    assert [heard.text for heard in scene.bot.sessions[0].heard] == ["my parcel", "yes"]


def test_a_noise_over_ours_changes_nothing(scene):
    leg = run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.0), scene.says("", 0.2),
            WaitForReply(quiet_s=2), HangUp(),
        )
    )  # fmt: skip
    assert not judged(scene) and not leg.clears
    assert scene.log.transcript()[-1] == ("bot", LONG)


def test_a_longer_noise_over_ours_makes_us_pause_and_go_on(scene):
    run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.0), scene.says("", 0.6),
            WaitForReply(quiet_s=2.5), HangUp(),
        )
    )  # fmt: skip
    assert judged(scene) == [("resumed", "no words")]
    assert scene.log.transcript()[-1] == ("bot", LONG)


@pytest.mark.parametrize("sounds_alike", [True, False])
def test_words_of_our_own_line_are_echo_only_where_they_sound_like_it(scene, monkeypatch, sounds_alike):
    monkeypatch.setattr(EchoGate, "may_be_ours", lambda self, heard, end_s: sounds_alike)
    run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.0),
            scene.says("parcel left the warehouse", 0.8), WaitForReply(quiet_s=2.5), HangUp(),
        )
    )  # fmt: skip
    echo, caller = ("resumed", "our own line heard back"), ("gave_way", "speech")
    assert judged(scene) == [echo if sounds_alike else caller]
    heard = [heard.text for heard in scene.bot.sessions[0].heard]
    assert heard == ["my parcel"] + ([] if sounds_alike else ["parcel left the warehouse"])
    assert [heard.text for heard in scene.log.of(UtteranceHeard)] == heard, "an echo is nobody's words"


@pytest.mark.parametrize("word", ["Bye!", "Ja", "3"])
def test_one_short_word_over_our_line_is_answered_after_it_at_the_latest(scene, word):
    """A goodbye over "anything else?" must not end in silence."""
    scene.bot.answer = lambda heard: (
        reply(LONG) if "parcel" in heard.text else reply("Goodbye.", key="utter_bye", end_call=True)
    )
    run(scene.call(*AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.0), scene.says(word, 0.5)))
    assert [heard.text for heard in scene.bot.sessions[0].heard] == ["my parcel", word]
    answer = next(event for event in scene.log.of(UtteranceSpoken) if event.text.startswith("Your parcel"))
    assert answer.interrupted == (word == "Bye!")
    assert scene.log.of(CallEnded)[0].reason == "bot_closed"


@pytest.mark.parametrize(("word", "language"), [("No", Language.EN), ("喂", Language.ZH)])
def test_a_word_too_short_to_stop_us_is_answered_after_our_line(scene, word, language):
    run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.0), scene.says(word, 0.2, language),
            WaitForReply(quiet_s=2), HangUp(),
        )
    )  # fmt: skip
    assert not judged(scene)
    assert [heard.text for heard in scene.bot.sessions[0].heard] == ["my parcel", word]
    answer = next(event for event in scene.log.of(UtteranceSpoken) if event.text.startswith("Your parcel"))
    assert answer.text == LONG and not answer.interrupted
    # What the caller heard meanwhile was no silence: the ledger tells the wait for our line apart.
    timed = scene.log.of(TurnTimed)[1]
    assert timed.own_line_ms > 2000
    assert abs(sum(milliseconds(timed, stage) for stage in STAGES[:-1]) - timed.gap_ms) < 2


def test_our_line_goes_on_where_the_words_that_would_stop_it_are_late(scene):
    async def story():
        asyncio.get_running_loop().call_later(9.0, lambda: setattr(scene.recogniser, "decode_s", 6.0))
        await scene.call(
            *AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(0.6), scene.says("a person please", 1.0),
            WaitForReply(quiet_s=8), HangUp(),
        )  # fmt: skip

    run(story())
    assert judged(scene)[0] == ("resumed", "no words")
    assert [heard.text for heard in scene.bot.sessions[0].heard] == ["my parcel", "a person please"]


def test_after_such_a_word_our_line_can_still_be_interrupted(scene):
    run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.0), scene.says("No", 0.2), Wait(1.0),
            scene.says("a person please", 1.5), WaitForReply(quiet_s=2), HangUp(),
        )
    )  # fmt: skip
    assert judged(scene) == [("gave_way", "speech")]
    assert [heard.text for heard in scene.bot.sessions[0].heard] == ["my parcel", "No a person please"]


def test_the_tail_of_the_callers_own_turn_does_not_close_our_ears(scene):
    """ "... please", as our answer begins: the line goes on, and what comes next gets the floor."""
    run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), Wait(0.75), scene.says("please", 0.2), Wait(1.5),
            scene.says("a person please", 1.5), WaitForReply(quiet_s=2), HangUp(),
        )
    )  # fmt: skip
    assert judged(scene) == [("gave_way", "speech")]
    assert [heard.text for heard in scene.bot.sessions[0].heard] == ["my parcel", "please a person please"]


def test_a_key_always_gets_the_floor(scene):
    run(
        scene.call(
            *AFTER_GREETING,
            scene.says("my parcel"),
            WaitUntilSpokenTo(1.0),
            Press("0#"),
            WaitForReply(),
            HangUp(),
        )
    )
    assert judged(scene) == [("gave_way", "key pressed")]
    assert scene.bot.sessions[0].heard[-1].keys == "0"


def test_the_consent_notice_cannot_be_talked_away_and_nothing_said_over_it_is_lost(scene):
    run(scene.call(Wait(0.5), scene.says("my parcel", 1.5), WaitForReply(quiet_s=2), HangUp()))
    consent = next(e for e in scene.log.of(UtteranceSpoken) if e.name == Phrase.CONSENT)
    assert not consent.interrupted
    assert [heard.text for heard in scene.bot.sessions[0].heard] == ["my parcel"]


def test_what_the_caller_adds_after_a_pause_joins_the_conversation(scene):
    """They pause longer than a turn's end and go on as our answer begins: we stop and hear both."""
    run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), Wait(0.75), scene.says("to Osaka I mean", 1.2),
            WaitForReply(quiet_s=2), HangUp(),
        )
    )  # fmt: skip
    assert [heard.text for heard in scene.bot.sessions[0].heard] == ["my parcel", "to Osaka I mean"]
    assert [decision for decision, _ in judged(scene)] == ["gave_way"]


def test_a_chinese_sentence_is_no_single_word(scene):
    """Words are never counted by split(): a short Chinese sentence interrupts like any other."""
    run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.0),
            scene.says("我要找人工客服", 0.8, Language.ZH), WaitForReply(), HangUp(),
        )
    )  # fmt: skip
    assert judged(scene) == [("gave_way", "speech")]


def test_hanging_up_in_the_middle_of_our_line_leaves_only_what_was_heard(scene):
    run(scene.call(*AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(1.0), HangUp()))
    cut = scene.log.of(UtteranceSpoken)[-1]
    assert cut.interrupted and LONG.startswith(cut.text) and len(cut.text) < len(LONG) / 2
    assert scene.log.of(CallEnded)[0].outcome == "ended_unconfirmed"


def test_who_speaks_over_the_goodbye_is_listened_to(scene):
    goodbye = "Thank you very much for calling our shop today. Goodbye, and have a very nice day."
    scene.bot.answer = lambda heard: (
        reply("Of course.") if "wait" in heard.text else reply(goodbye, end_call=True)
    )
    run(
        scene.call(
            *AFTER_GREETING, scene.says("that is all"), WaitUntilSpokenTo(0.6), scene.says("wait one more thing", 1.5),
            WaitForReply(), HangUp(),
        )
    )  # fmt: skip
    assert scene.log.transcript()[-1] == ("bot", "Of course.")
    assert scene.log.of(CallEnded)[0].reason == "caller_hung_up"


@pytest.mark.parametrize(("word", "seconds"), [("No", 0.2), ("3", 0.5)])
def test_a_goodbye_does_not_end_the_call_while_a_word_said_over_it_waits(scene, word, seconds):
    goodbye = "Thank you very much for calling our shop today. Goodbye, and have a very nice day."
    scene.bot.answer = lambda heard: (
        reply("Of course.") if heard.text == word else reply(goodbye, end_call=True)
    )
    run(
        scene.call(
            *AFTER_GREETING, scene.says("that is all"), WaitUntilSpokenTo(0.6), scene.says(word, seconds),
            WaitForReply(), HangUp(),
        )
    )  # fmt: skip
    assert ("bot", goodbye) in scene.log.transcript()
    assert scene.log.transcript()[-1] == ("bot", "Of course.")
    assert scene.log.of(CallEnded)[0].reason == "caller_hung_up"


class SlowLeg(SimulatedLeg):
    """A carrier whose connection is congested: every piece takes a while to be handed over."""

    async def play(self, pcm):
        await asyncio.sleep(0.2)
        await super().play(pcm)


@pytest.mark.parametrize("wait_s", [1.0, 1.06, 1.12, 1.18, 1.24])
def test_a_congested_line_is_cleared_too_whatever_was_just_being_sent(scene, wait_s):
    async def story():
        leg = SlowLeg(
            [
                *AFTER_GREETING,
                scene.says("my parcel"),
                WaitUntilSpokenTo(wait_s),
                Press("0"),
                Wait(2),
                HangUp(),
            ],
            caller=ENGLISH,
        )
        async with scene.open() as switchboard:
            await switchboard.answer(leg)
        return leg

    leg = run(story())
    (judged_at,) = [event.at_s for event in scene.log.of(BargeInJudged)]
    assert leg.clears and not leg.playout.audible_between(judged_at + 0.25, judged_at + 1.5)
    cut = next(e for e in scene.log.of(UtteranceSpoken) if e.interrupted)
    assert LONG.startswith(cut.text)
