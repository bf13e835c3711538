"""Barge-in, keys and silence, each told the time."""

from __future__ import annotations

import pytest

from core.languages import Language
from voice_gateway.turns.barge_in import BargeInArbiter, BargeInOptions, is_backchannel
from voice_gateway.turns.keys import Entry, KeyCollector, KeyOptions
from voice_gateway.turns.silence import SilenceLadder, SilenceOptions


def so_far(arbiter, text, language=Language.EN, *, voiced_s=0.5, confidence=0.9, at_pause=False):
    return arbiter.so_far(
        text, language, "Your parcel is here.", voiced_s=voiced_s, confidence=confidence, at_pause=at_pause
    )


def test_short_sounds_are_let_pass_and_longer_ones_pause():
    arbiter = BargeInArbiter(BargeInOptions(pause_s=0.3))
    assert arbiter.voice(5.0, 0.2) is None
    assert arbiter.voice(5.0, 0.32).decision == "pause"
    assert arbiter.voice(5.0, 0.5) is None, "one pause is enough"


def test_words_that_say_something_get_the_floor_before_the_caller_has_finished():
    arbiter = BargeInArbiter()
    assert so_far(arbiter, "wait, that is wrong") is None, "we have not even paused"
    arbiter.voice(5.0, 0.4)
    assert arbiter.look(0.4) and not arbiter.look(0.45), "one look, and the next a little later"
    assert so_far(arbiter, "wait that").decision == "gave_way"
    assert arbiter.over and arbiter.voice(5.0, 0.9) is None and so_far(arbiter, "wait that is") is None


def test_where_no_words_can_be_had_the_length_of_the_speech_decides():
    arbiter = BargeInArbiter(BargeInOptions(give_way_s=1.2))
    arbiter.voice(5.0, 0.4)
    assert arbiter.voice(5.0, 1.1) is None
    assert arbiter.voice(5.0, 1.25).decision == "gave_way"


@pytest.mark.parametrize("heard", ["mmmmm", "嗯", "はーい", "네"])
def test_a_drawn_out_hum_does_not_stop_us(heard):
    language = {"嗯": Language.ZH, "はーい": Language.JA, "네": Language.KO}.get(heard, Language.EN)
    arbiter = BargeInArbiter()
    arbiter.voice(5.0, 0.4)
    for voiced_s in (0.8, 1.2, 1.6, 2.0):
        assert so_far(arbiter, heard, language, voiced_s=voiced_s) is None
        assert arbiter.voice(5.0, voiced_s) is None
    assert so_far(arbiter, heard, language, voiced_s=2.2, at_pause=True).reason == "backchannel"


def test_a_hum_that_turns_into_an_objection_stops_us_once_more():
    arbiter = BargeInArbiter()
    arbiter.voice(5.0, 0.4)
    assert so_far(arbiter, "mhm", at_pause=True).decision == "resumed"
    assert arbiter.voice(5.0, 0.6) is None, "the hum itself is done with"
    assert arbiter.voice(5.0, 0.9).decision == "pause"
    assert so_far(arbiter, "mhm but I want a person", voiced_s=1.3).decision == "gave_way"


def test_a_song_over_our_line_stops_us_for_three_seconds_and_not_again():
    arbiter = BargeInArbiter(BargeInOptions(longest_hold_s=3.0))
    arbiter.voice(5.0, 0.4)
    so_far(arbiter, "", voiced_s=0.8)
    assert arbiter.voice(5.0, 2.9) is None
    assert arbiter.voice(5.0, 3.1).decision == "resumed"
    assert arbiter.voice(5.0, 9.0) is None
    assert arbiter.voice(20.0, 0.4).decision == "pause", "the next sound is another matter"


def test_a_doubtful_word_in_mid_speech_is_looked_at_again():
    arbiter = BargeInArbiter()
    arbiter.voice(5.0, 0.4)
    assert so_far(arbiter, "thank you", confidence=0.2) is None
    assert so_far(arbiter, "thank you", confidence=0.2, at_pause=True).decision == "gave_way"


@pytest.mark.parametrize(
    ("text", "language"),
    [("嗯。", Language.ZH), ("好的，", Language.ZH), ("Mm-hmm.", Language.EN), ("Uh huh", Language.EN), ("Yeah, okay, right.", Language.EN), ("Hmmmm", Language.EN), ("嗯嗯，对对", Language.ZH), ("对呀，对呀", Language.ZH),
     ("はい、はい、そうですね", Language.JA), ("ええー", Language.JA), ("네네, 알겠습니다.", Language.KO), ("Uh-huh.", Language.ZH),
     ("はい。", Language.JA), ("なるほど", Language.JA), ("네.", Language.KO), ("아, 네", Language.KO), ("내내, 내내", Language.KO), ("그렇군.", Language.KO)],
)  # fmt: skip
def test_backchannels_of_four_languages(text, language):
    assert is_backchannel(text, language)
    judgement = BargeInArbiter().words(text, language, "", began_before=False)
    assert (judgement.decision, judgement.reason) == ("resumed", "backchannel")


@pytest.mark.parametrize(
    ("begun", "language", "goes_on"),
    [("알게", Language.KO, "resumed"), ("그렇군", Language.KO, "resumed"), ("そうで", Language.JA, "resumed"), ("알려", Language.KO, "gave_way")],
)  # fmt: skip
def test_a_backchannel_that_has_only_begun_is_waited_for(begun, language, goes_on):
    """In Korean down to the sounds: the syllable under way, 게 of 겠, lacks its last one yet."""
    arbiter = BargeInArbiter()
    arbiter.voice(5.0, 0.4)
    judgement = so_far(arbiter, begun, language)
    assert (judgement is None) == (goes_on == "resumed")
    if judgement is None:
        whole = {"알게": "알겠습니다", "그렇군": "그렇군요", "そうで": "そうですか"}[begun]
        assert arbiter.words(whole, language, "", began_before=False).decision == "resumed"


@pytest.mark.parametrize(
    ("text", "language"),
    [("不对", Language.ZH), ("No", Language.EN), ("いいえ", Language.JA), ("아니요", Language.KO),
     ("转人工", Language.ZH), ("stop", Language.EN), ("对不起，不是", Language.ZH), ("okay stop", Language.EN), ("はい、でも", Language.JA),
     ("네 그런데요", Language.KO), ("내 주문이요", Language.KO), ("moment", Language.EN), ("human", Language.EN)],
)  # fmt: skip
def test_an_objection_is_never_a_backchannel(text, language):
    judgement = BargeInArbiter().words(text, language, "Your parcel is here.", began_before=False)
    assert (judgement.decision, judgement.reason) == ("gave_way", "speech")


def test_a_short_word_is_kept_for_after_our_line_and_closes_no_ears():
    arbiter = BargeInArbiter()
    no = arbiter.words("不", Language.ZH, "您的包裹在路上。", began_before=False, voiced_s=0.2)
    assert (no.decision, no.reason, no.keep) == ("resumed", "too short to stop us", True)
    assert not arbiter.over
    assert arbiter.voice(7.0, 0.4).decision == "pause"
    assert so_far(arbiter, "别说了，转人工", Language.ZH).decision == "gave_way"


def test_once_we_have_paused_a_short_word_gets_the_floor_too():
    arbiter = BargeInArbiter()
    arbiter.voice(5.0, 0.4)
    assert arbiter.words("不", Language.ZH, "", began_before=False, voiced_s=0.2).decision == "gave_way"


def test_yes_gets_the_floor_where_it_was_asked_for():
    arbiter = BargeInArbiter(expects_answer=True)
    assert arbiter.words("はい", Language.JA, "よろしいですか", began_before=False).decision == "gave_way"


def test_a_stretch_of_our_own_line_is_echo_only_where_it_sounds_like_ours_too():
    line = "您的包裹正在路上，明天到达。"

    def judged(text, ours):
        judgement = BargeInArbiter().words(text, Language.ZH, line, began_before=False, sounds_like_ours=ours)
        return judgement.decision, judgement.reason

    assert judged("包裹正在路上", True) == ("resumed", "our own line heard back")
    assert judged("包裹正在路上", False) == ("gave_way", "speech"), "the caller repeats what we offered"
    assert judged("明天到达", True) == ("resumed", "our own line heard back"), "a second of speech"
    assert judged("明天", True) == ("gave_way", "speech"), "a short word of it is chance"


@pytest.mark.parametrize("confidence", [0.3, 0.9])
def test_what_is_too_little_to_stop_us_is_kept_where_it_was_heard_well(confidence):
    judgement = BargeInArbiter().words("Ja", Language.EN, "Here.", began_before=False, confidence=confidence)
    assert (judgement.decision, judgement.reason) == ("resumed", "too little to tell")
    assert judgement.keep == (confidence > 0.6)


def test_a_hum_an_echo_and_a_backchannel_are_never_kept():
    for text, ours in (("mhm", False), ("", False), ("Ja", True), ("はい", False)):
        judgement = BargeInArbiter().words(
            text, Language.EN, "Here.", began_before=False, sounds_like_ours=ours
        )
        assert not judgement.keep


def test_keys_end_with_the_terminator_or_by_time():
    keys = KeyCollector(KeyOptions(between_s=2.0))
    assert [keys.press(key, at) for at, key in enumerate("12")] == [None, None]
    assert keys.press("#", 2.0) == Entry("12", 0.0)

    keys = KeyCollector(KeyOptions(between_s=2.0))
    keys.press("7", 1.0)
    assert keys.due_s() == 3.0
    assert keys.tick(2.9) is None
    assert keys.tick(3.0) == Entry("7", 1.0)
    assert not keys.pending and keys.tick(9.0) is None


def test_a_lone_terminator_is_an_entry_and_a_flood_is_cut():
    keys = KeyCollector()
    assert keys.press("#", 1.0) == Entry("#", 1.0)
    flood = [entry for number in range(100) if (entry := keys.press("5", float(number))) is not None]
    assert [len(entry.keys) for entry in flood] == [32, 32, 32]


def test_the_ladder_counts_silences_in_a_row():
    ladder = SilenceLadder(SilenceOptions(first_s=7, next_s=6, most=2))
    assert ladder.step(100) is None, "nobody is listening yet"
    ladder.listen_from(10.0)
    assert ladder.step(16.9) is None
    assert ladder.step(17.0) == 1
    assert ladder.step(40.0) is None, "each silence is counted once"
    ladder.listen_from(20.0)
    assert ladder.due_s() == 26.0
    assert ladder.step(26.0) == 2 and ladder.exhausted
    ladder.heard()
    assert not ladder.exhausted and ladder.due_s() is None


def test_who_looks_a_number_up_has_more_time():
    ladder = SilenceLadder(SilenceOptions(first_s=7, digits_s=10))
    ladder.listen_from(0.0, digits=True)
    assert ladder.due_s() == 10.0


@pytest.mark.parametrize(
    ("text", "language"),
    [("3", Language.ZH), ("ね", Language.ZH), ("鸟鸟鸟鸟", Language.ZH), ("Nuh", Language.EN)],
)
def test_one_syllable_that_may_be_anything_does_not_stop_us_but_answers_a_question(text, language):
    over = BargeInArbiter().words(text, language, "Your parcel is here.", began_before=False)
    assert (over.decision, over.reason) == ("resumed", "too little to tell")
    asked = BargeInArbiter(expects_answer=True).words(text, language, "Is it?", began_before=False)
    assert asked.decision == "gave_way"


@pytest.mark.parametrize(
    "text", ["不", "停", "No.", "stop", "Bye!", "hi", "six", "Two.", "错", "六", "왜", "뭐?", "육", "誰？"]
)
def test_short_objections_do_stop_us(text):
    assert (
        BargeInArbiter().words(text, Language.ZH, "Your parcel.", began_before=False).decision == "gave_way"
    )


def test_half_a_backchannel_is_waited_for():
    arbiter = BargeInArbiter()
    arbiter.voice(5.0, 0.4)
    assert so_far(arbiter, "そうで", Language.JA) is None
    assert so_far(arbiter, "そうですか", Language.JA, at_pause=True).reason == "backchannel"
