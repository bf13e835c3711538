"""The ordinary course of a call, in virtual time."""

from __future__ import annotations

import numpy as np
import pytest
from call_fakes import KEY, reply, sound_of
from call_scene import AFTER_GREETING, Scene
from virtual_time import run

from bots.engine.types import ActionRecord, KnowledgeAnswer
from core.events import (
    AnswerConfirmed,
    CallEnded,
    ConsentNoticePlayed,
    KnowledgeUsed,
    RecordingClosed,
    RecordingStarted,
    TurnTimed,
    TurnUnderstood,
    UtteranceHeard,
    UtteranceSpoken,
)
from core.recordings import read_seconds, recording_path
from voice_gateway.carriers.simulated import HangUp, Press, Wait, WaitForReply
from voice_gateway.leg import LINE_RATE


def test_a_question_is_heard_answered_and_timed(tmp_path):
    scene = Scene(tmp_path)
    run(scene.call(*AFTER_GREETING, scene.says("where is my parcel"), WaitForReply(), Wait(1), HangUp()))
    assert [text for _, text in scene.log.transcript()] == [
        "This call will be recorded to help us serve you well.",
        "Welcome to the shop. How can I help?",
        "where is my parcel",
        "Your parcel is on its way. It arrives on Monday.",
    ]
    (heard,), (timed,) = scene.log.of(UtteranceHeard), scene.log.of(TurnTimed)
    assert heard.turn == timed.turn == 1
    (understood,) = scene.log.of(TurnUnderstood)
    assert understood.intent == "test" and understood.turn == 1
    (ended,) = scene.log.of(CallEnded)
    assert (ended.outcome, ended.reason) == ("ended_unconfirmed", "caller_hung_up")
    # The recogniser was asked once, on trial: its 0.1 s hid behind the silence that ended the turn.
    assert [priority for _, priority, _ in scene.recogniser.asked] == ["speculative"]
    assert timed.recognise_ms < 30
    assert 480 <= timed.end_of_turn_ms <= 560
    stages = timed.end_of_turn_ms + timed.recognise_ms + timed.understand_ms + timed.first_audio_ms
    assert timed.own_line_ms < 30 and abs(stages + timed.own_line_ms - timed.gap_ms) < 2


def test_the_reply_gap_in_the_log_is_what_the_caller_measured(tmp_path):
    scene = Scene(tmp_path)
    leg = run(scene.call(*AFTER_GREETING, scene.says("where is my parcel"), WaitForReply(), HangUp()))
    (_, stopped_s), (timed,) = leg.spoken[0], scene.log.of(TurnTimed)
    answered_s = leg.playout.first_audible(stopped_s)
    assert abs((answered_s - stopped_s) * 1000 - timed.gap_ms) < 60


def test_the_first_syllable_is_not_cut(tmp_path):
    scene = Scene(tmp_path)
    run(scene.call(*AFTER_GREETING, scene.says("hello there", 1.5), WaitForReply(), HangUp()))
    ((_, _, seconds),) = scene.recogniser.asked
    assert seconds >= 1.45


def test_the_notice_comes_before_the_recording_and_the_recording_holds_both_sides_in_their_places(tmp_path):
    scene = Scene(tmp_path)
    run(scene.call(*AFTER_GREETING, scene.says("where is my parcel"), WaitForReply(), Wait(1), HangUp()))
    kinds = scene.log.kinds()
    assert kinds.index("consent_notice_played") < kinds.index("recording_started")
    assert kinds[-4:] == ["leg_left", "call_ended", "recording_closed", "call_summarised"]
    (started,), (closed,), (ended,) = (
        scene.log.of(k) for k in (RecordingStarted, RecordingClosed, CallEnded)
    )
    assert closed.complete and closed.name == started.name and closed.seconds == ended.duration_s
    sound = np.concatenate(list(read_seconds(recording_path(tmp_path, closed.name), KEY, closed.name)))
    (consent,) = scene.log.of(ConsentNoticePlayed)
    assert not sound[: round(consent.at_s * LINE_RATE)].any()
    loud = np.abs(sound.astype(int)) > 1000
    (heard,) = scene.log.of(UtteranceHeard)
    first = np.flatnonzero(loud[:, 0])[0] / LINE_RATE
    assert abs(first - heard.start_s) < 0.05
    answer = scene.log.of(UtteranceSpoken)[-1]
    platform = np.flatnonzero(loud[:, 1]) / LINE_RATE
    assert abs(platform[platform > heard.end_s][0] - answer.start_s) < 0.05
    assert abs(platform[-1] - answer.end_s) < 0.05


def test_a_pause_within_a_sentence_discards_the_trial_and_the_whole_is_heard(tmp_path):
    scene = Scene(tmp_path)
    one, two = scene.says("I ordered", 0.8), scene.says("a lamp", 0.8)
    run(scene.call(*AFTER_GREETING, one, Wait(0.4), two, WaitForReply(), HangUp()))
    assert [heard.text for heard in scene.log.of(UtteranceHeard)] == ["I ordered a lamp"]
    assert [text for text, *_ in scene.recogniser.asked][-1] == "I ordered a lamp"


TWELVE = "one zero four two two seven one zero four two two seven"


@pytest.mark.parametrize(
    ("asks", "said", "silence_s"),
    [
        ("order_number", "10 42", 1.1),
        ("order_number", "one zero four two two seven", 0.4),
        ("parcel_number", "one zero four two two seven", 1.1),
        ("parcel_number", "415 555 0100", 1.1),
        ("parcel_number", TWELVE, 0.4),
        ("phone", "415 555 0100", 0.4),
        ("", "one zero four two two seven", 1.1),
        ("parcel_number", "the order number is one zero four two two seven", 0.4),
        ("parcel_number", "the tracking number of my order is one zero four two two seven", 1.1),
        ("order_number", "one zero four two two seven seven", 0.4),  # one too many was heard
    ],
)
def test_digits_get_more_time_than_a_sentence_unless_all_that_were_asked_for_are_there(
    tmp_path, asks, said, silence_s
):
    scene = Scene(tmp_path)
    scene.bot.listen, scene.bot.asks = "digits", asks
    run(scene.call(*AFTER_GREETING, scene.says(said), WaitForReply(), HangUp()))
    (timed,) = scene.log.of(TurnTimed)
    assert silence_s * 1000 <= timed.end_of_turn_ms <= silence_s * 1000 + 150


def test_a_tracking_number_is_not_cut_where_it_could_be_an_order_number(tmp_path):
    scene = Scene(tmp_path)
    scene.bot.listen, scene.bot.asks = "digits", "parcel_number"
    six = "one zero four two two seven"
    parts = scene.says(six, 1.5), Wait(0.7), scene.says("five five five one two three", 1.5)
    run(scene.call(*AFTER_GREETING, *parts, WaitForReply(), HangUp()))
    (heard,) = scene.bot.sessions[0].heard
    assert heard.text == f"{six} five five five one two three"


def test_keys_go_before_words_and_an_order_number_is_shown(tmp_path):
    scene = Scene(tmp_path)
    found = ActionRecord("action_order_status", True, detail="H104227 shipped")
    scene.bot.answer = lambda heard: reply("Thank you.", slots={"order_number": "104227"}, actions=(found,))
    run(scene.call(*AFTER_GREETING, Press("104227#"), WaitForReply(), HangUp()))
    (session,) = scene.bot.sessions
    assert [(heard.text, heard.keys) for heard in session.heard] == [("", "104227")]
    assert [e.keys for _, e, _ in scene.log.events if e.kind == "keys_pressed"] == ["104227"]


def test_keys_nobody_asked_for_are_masked(tmp_path):
    scene = Scene(tmp_path)
    run(scene.call(*AFTER_GREETING, Press("4929123412341234#"), WaitForReply(), HangUp()))
    assert [e.keys for _, e, _ in scene.log.events if e.kind == "keys_pressed"] == ["****"]
    assert "4929" not in repr(scene.log.events)


def test_a_spoken_card_number_is_masked_before_the_log(tmp_path):
    scene = Scene(tmp_path)
    card = "my card is 4929 1234 1234 1234"
    run(scene.call(*AFTER_GREETING, scene.says(card, 2), WaitForReply(), HangUp()))
    assert scene.bot.sessions[0].heard[0].text == card
    assert "4929" not in repr(scene.log.events)


def test_a_resolved_call_that_the_bot_closes(tmp_path):
    scene = Scene(tmp_path)
    passage = KnowledgeAnswer("Ten days.", 0.91, "shipping.md", "Times", "p1")

    def answer(heard):
        if "long" in heard.text:
            return reply(
                "Ten days. Did that help?", listen="yes_no", passage=passage, outcome="ended_unconfirmed"
            )
        return reply(
            "Good. Goodbye.", outcome="resolved", resolved_by="caller", end_call=True, intent="affirm"
        )

    scene.bot.answer = answer
    leg = run(
        scene.call(
            *AFTER_GREETING, scene.says("how long does shipping take"), WaitForReply(), scene.says("yes", 0.4)
        )
    )
    (ended,) = scene.log.of(CallEnded)
    assert (ended.outcome, ended.reason) == ("resolved", "bot_closed")
    assert leg.closed_reason == "closed_by_us"
    assert [used.document for used in scene.log.of(KnowledgeUsed)] == ["shipping.md"]
    assert [(c.by, c.intent) for c in scene.log.of(AnswerConfirmed)] == [("caller", "affirm")]
    # The goodbye is heard to its last sample before the line is closed.
    assert leg.playout.heard and sum(len(h.pcm) for h in leg.heard[-9:]) >= len(sound_of("Good. Goodbye."))


def test_silence_is_asked_about_and_ends_the_call_in_the_end(tmp_path):
    scene = Scene(tmp_path)
    run(scene.call())
    assert [(e.what, e.count) for _, e, _ in scene.log.events if e.kind == "silence_noticed"] == [
        ("no_input", 1), ("no_input", 2), ("no_input", 3),
    ]  # fmt: skip
    (ended,) = scene.log.of(CallEnded)
    assert (ended.outcome, ended.reason) == ("ended_unconfirmed", "bot_closed")


def test_noise_that_holds_no_words_is_no_match(tmp_path):
    scene = Scene(tmp_path)
    run(scene.call(*AFTER_GREETING, scene.says("", 1.5), WaitForReply(), HangUp()))
    assert [e.what for _, e, _ in scene.log.events if e.kind == "silence_noticed"][:1] == ["no_match"]
    assert not scene.log.of(UtteranceHeard) and not scene.bot.sessions[0].heard


def test_a_click_is_nothing(tmp_path):
    scene = Scene(tmp_path)
    run(scene.call(*AFTER_GREETING, scene.says("x", 0.04), Wait(2), HangUp()))
    assert not scene.recogniser.asked
