"""When a turn begins, pauses, goes on and ends: hop by hop, no clock."""

from __future__ import annotations

import pytest

from core.languages import Language
from voice_gateway.turns.endpointing import (
    DIGITS,
    JAPANESE,
    OPEN,
    PROFILES,
    TRANSCRIPT,
    YES_NO,
    Began,
    Ended,
    Endpointer,
    Paused,
    TurnProfile,
    WasNoise,
    WentOn,
    profile_for,
)
from voice_gateway.turns.pace import BUSY_FROM, IDLE_TO, Pace, pace_for
from voice_gateway.turns.voice import HOP_S, Hop, VoiceGate, VoiceOptions


def play(endpointer: Endpointer, pattern: str) -> list:
    """``x`` is a voiced hop, ``.`` an unvoiced one."""
    events = []
    for number, sign in enumerate(pattern):
        events += endpointer.process(Hop(number * HOP_S, (number + 1) * HOP_S, sign == "x", 0.0))
    return events


def hops(seconds: float, sign: str) -> str:
    return sign * round(seconds / HOP_S)


def kinds(events: list) -> list[type]:
    return [type(event) for event in events]


def test_a_sentence_begins_pauses_and_ends_where_its_last_sound_was():
    events = play(Endpointer(), hops(0.5, ".") + hops(1.0, "x") + hops(1.0, "."))
    assert kinds(events) == [Began, Paused, Ended]
    began, paused, ended = events
    assert began.start_s == pytest.approx(0.5, abs=HOP_S)
    assert paused.voice_end_s == ended.voice_end_s == pytest.approx(1.5, abs=2 * HOP_S)
    assert ended.at_s - ended.voice_end_s == pytest.approx(OPEN.end_s, abs=HOP_S)
    assert ended.voiced_s == pytest.approx(1.0, abs=HOP_S)


def test_with_time_to_spare_a_pause_counts_sooner_and_the_turn_ends_no_sooner():
    patient, eager = Endpointer(), Endpointer()
    eager.pace = Pace.EAGER
    pattern = hops(1, "x") + hops(0.13, ".") + hops(0.5, "x") + hops(1, ".")
    assert kinds(play(patient, pattern)) == [Began, Paused, Ended]
    events = play(eager, pattern)
    assert kinds(events) == [Began, Paused, WentOn, Paused, Ended]
    assert events[-1] == play(Endpointer(), pattern)[-1]


def test_while_callers_wait_for_each_other_a_short_pause_costs_nobody_a_decode():
    sparing = Endpointer()
    sparing.pace = Pace.SPARING
    pattern = hops(1, "x") + hops(0.25, ".") + hops(0.5, "x") + hops(1, ".")
    assert kinds(play(Endpointer(), pattern)) == [Began, Paused, WentOn, Paused, Ended]
    events = play(sparing, pattern)
    assert kinds(events) == [Began, Paused, Ended], "a real end is still tried before it is one"
    assert events[-1] == play(Endpointer(), pattern)[-1]


@pytest.mark.parametrize(
    ("utilisation", "spare", "pace"),
    [
        (None, True, Pace.EAGER),
        (IDLE_TO, True, Pace.EAGER),
        (IDLE_TO, False, Pace.STEADY),
        (0.4, True, Pace.STEADY),
        (BUSY_FROM, False, Pace.SPARING),
        (1.0, False, Pace.SPARING),
    ],
)
def test_the_pace_follows_the_recognisers_load(utilisation: float | None, spare: bool, pace: Pace):
    assert pace_for(utilisation, spare) is pace


@pytest.mark.parametrize("profile", [OPEN, YES_NO, DIGITS])
def test_each_profile_waits_its_own_time(profile: TurnProfile):
    (ended,) = [e for e in play(Endpointer(profile), hops(1, "x") + hops(2, ".")) if isinstance(e, Ended)]
    assert profile.end_s <= ended.at_s - ended.voice_end_s < profile.end_s + HOP_S


def test_a_pause_within_a_sentence_is_taken_back():
    events = play(Endpointer(), hops(0.5, "x") + hops(0.4, ".") + hops(0.5, "x") + hops(0.7, "."))
    assert kinds(events) == [Began, Paused, WentOn, Paused, Ended]


def test_where_nobody_waits_for_the_words_pauses_are_left_alone_and_tear_no_sentence():
    endpointer = Endpointer(TRANSCRIPT)
    endpointer.pace = Pace.EAGER
    events = play(endpointer, hops(0.5, "x") + hops(0.6, ".") + hops(0.5, "x") + hops(1.2, "."))
    assert kinds(events) == [Began, Ended]
    assert events[-1].at_s - events[-1].voice_end_s == pytest.approx(TRANSCRIPT.end_s, abs=HOP_S)


def test_digits_with_long_pauses_between_are_one_turn():
    pattern = (hops(0.3, "x") + hops(0.9, ".")) * 6 + hops(1.0, ".")
    assert [type(e) for e in play(Endpointer(DIGITS), pattern)].count(Ended) == 1


def test_complete_words_end_a_turn_sooner_until_the_caller_goes_on():
    endpointer = Endpointer(DIGITS)
    assert kinds(play(endpointer, hops(1, "x") + hops(0.25, "."))) == [Began, Paused]
    endpointer.words_known(complete=True, dangling=False)
    start = 1.25
    events = []
    for number in range(20):
        at = start + number * HOP_S
        events += endpointer.process(Hop(at, at + HOP_S, False, 0.0))
    (ended,) = events
    assert ended.at_s - ended.voice_end_s < 0.5


def ends_after(profile: TurnProfile, *known: dict | float) -> float:
    """The silence that ended a turn of which so much was known in its pause."""
    endpointer = Endpointer(profile)
    (_, paused) = play(endpointer, hops(1, "x") + hops(0.25, "."))
    for one in known:
        if isinstance(one, dict):
            endpointer.words_known(**{"complete": False, "dangling": False, **one})
        else:
            endpointer.judged(paused.voice_end_s, one)
    at = 1.25 - 1.25 % HOP_S
    for number in range(60):
        for event in endpointer.process(Hop(at + number * HOP_S, at + (number + 1) * HOP_S, False, 0.0)):
            return event.at_s - event.voice_end_s
    raise AssertionError("the turn never ended")


@pytest.mark.parametrize("profile", [OPEN, YES_NO, DIGITS])
def test_a_turn_that_sounds_finished_ends_early_and_an_unfinished_one_late(profile):
    early, middle, late = (ends_after(profile, *known) for known in ([0.99], [], [0.1]))
    assert early < middle < late
    assert late == pytest.approx(profile.unfinished_end_s, abs=2 * HOP_S)


def test_a_doubtful_finished_counts_once_the_words_agree():
    assert ends_after(OPEN, 0.8) == pytest.approx(OPEN.end_s, abs=2 * HOP_S)
    assert ends_after(OPEN, 0.8, {}) == pytest.approx(OPEN.finished_end_s, abs=2 * HOP_S)
    assert ends_after(OPEN, {}, 0.8) == ends_after(OPEN, 0.8, {}), "whichever is known first"


@pytest.mark.parametrize("listen", ["open", "yes_no", "none"])
def test_in_japanese_a_finished_sound_alone_ends_no_turn_and_the_words_do(listen):
    profile = profile_for(listen, Language.JA)
    assert ends_after(profile, 0.99) == pytest.approx(profile.end_s, abs=2 * HOP_S)
    assert ends_after(profile, 0.99, {}) == pytest.approx(profile.finished_end_s, abs=2 * HOP_S)
    assert ends_after(profile, {"complete": True}) < 0.3
    assert profile_for("open", Language.EN) is OPEN and profile_for("digits", Language.JA) is DIGITS


@pytest.mark.parametrize("profile", [*PROFILES.values(), *JAPANESE.values(), TRANSCRIPT])
def test_nobody_waits_longer_than_for_a_sentence_that_breaks_off(profile):
    assert profile.dangling_end_s >= max(
        profile.end_s, profile.unfinished_end_s, profile.preface_end_s, profile.finished_end_s
    )


@pytest.mark.parametrize("listen", ["open", "yes_no"])
def test_after_a_preface_the_caller_has_time_for_what_they_want(listen):
    assert ends_after(OPEN, 0.99, {"preface": True}) == pytest.approx(OPEN.preface_end_s, abs=2 * HOP_S)
    profile = profile_for(listen, Language.JA)
    # 0.75 s, which a Japanese voice hardly exceeds after 「〜のですが、」.
    endpointer = Endpointer(profile)
    play(endpointer, hops(1, "x") + hops(0.25, "."))
    endpointer.words_known(complete=False, dangling=False, preface=True)
    at = 1.25 - 1.25 % HOP_S
    assert not [
        event
        for number in range(16)
        for event in endpointer.process(Hop(at + number * HOP_S, at + (number + 1) * HOP_S, False, 0.0))
    ]


def test_a_sentence_about_something_else_ends_a_turn_of_digits_sooner_than_half_a_number():
    beside = {"elsewhere": True}
    for sound in ((), (0.05,), (0.99,)):
        assert ends_after(DIGITS, *sound, beside) == pytest.approx(DIGITS.elsewhere_end_s, abs=2 * HOP_S)
    assert ends_after(DIGITS, beside | {"dangling": True}) == pytest.approx(
        DIGITS.dangling_end_s, abs=2 * HOP_S
    )
    assert ends_after(OPEN, beside) == pytest.approx(OPEN.end_s, abs=2 * HOP_S)


def test_words_that_break_off_outweigh_a_finished_sound_and_complete_ones_an_unfinished():
    assert ends_after(OPEN, 0.99, {"dangling": True}) == pytest.approx(OPEN.dangling_end_s, abs=2 * HOP_S)
    assert ends_after(DIGITS, 0.05, {"complete": True}) == pytest.approx(DIGITS.complete_end_s, abs=2 * HOP_S)


def test_what_was_thought_of_one_pause_says_nothing_of_the_next():
    endpointer = Endpointer(OPEN)
    (_, first) = play(endpointer, hops(1, "x") + hops(0.25, "."))
    endpointer.judged(first.voice_end_s, 0.1)
    at, events = 2.0, []
    for sign in hops(0.5, "x") + hops(0.8, "."):
        events += endpointer.process(Hop(at, at + HOP_S, sign == "x", 0.0))
        endpointer.judged(first.voice_end_s, 0.1)  # an answer that comes too late
        at += HOP_S
    assert kinds(events)[-1] is Ended
    assert events[-1].at_s - events[-1].voice_end_s == pytest.approx(OPEN.end_s, abs=HOP_S)


def test_a_click_is_no_speech_and_a_cough_is_noise():
    assert play(Endpointer(), "x" + hops(1, ".")) == []
    events = play(Endpointer(), "xxx" + hops(1, "."))
    assert kinds(events) == [Began, WasNoise]


def test_a_television_is_cut_off():
    events = play(Endpointer(), hops(30, "x"))
    (ended,) = [e for e in events if isinstance(e, Ended)]
    assert ended.why == "longest" and ended.at_s == pytest.approx(OPEN.longest_s, abs=HOP_S)


def test_pauses_do_not_stretch_a_turn_beyond_the_longest():
    events = play(Endpointer(DIGITS), (hops(1, "x") + hops(0.9, ".")) * 20)
    assert next(e for e in events if isinstance(e, Ended)).at_s <= DIGITS.longest_s + 1.2


def test_a_leg_that_ends_ends_the_turn():
    endpointer = Endpointer()
    assert endpointer.end_now(0.0, "leg_closed") == []
    play(endpointer, hops(0.5, "x"))
    (ended,) = endpointer.end_now(0.6, "leg_closed")
    assert isinstance(ended, Ended) and ended.why == "leg_closed"
    assert not endpointer.in_turn


def test_the_profile_may_change_in_mid_turn():
    endpointer = Endpointer(OPEN)
    play(endpointer, hops(0.5, "x") + hops(0.3, "."))
    endpointer.profile = DIGITS
    events = []
    for number in range(15):
        events += endpointer.process(Hop(0.8 + number * HOP_S, 0.8 + (number + 1) * HOP_S, False, 0.0))
    assert Ended not in kinds(events)


def test_a_soft_syllable_does_not_cut_a_word():
    gate = VoiceGate(VoiceOptions(start=0.5, stop=0.35))
    judged = [gate.process(p, 0, HOP_S).voiced for p in (0.4, 0.6, 0.4, 0.36, 0.3, 0.4)]
    assert judged == [False, True, True, True, False, False]
