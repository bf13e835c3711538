"""Barge-in, keys and silence, each told the time."""

from __future__ import annotations

import pytest

from core.languages import Language
from voice_gateway.turns.barge_in import BargeInArbiter, BargeInOptions, is_backchannel
from voice_gateway.turns.keys import Entry, KeyCollector, KeyOptions
from voice_gateway.turns.silence import SilenceLadder, SilenceOptions


def test_short_sounds_are_let_pass_longer_ones_pause_and_speech_gets_the_floor():
    arbiter = BargeInArbiter(BargeInOptions(pause_s=0.3, give_way_s=1.0))
    assert arbiter.voice(0.2) is None
    assert arbiter.voice(0.32).decision == "pause"
    assert arbiter.voice(0.5) is None, "one pause is enough"
    assert arbiter.voice(1.02).decision == "gave_way"


def test_a_noise_lets_the_line_go_on_only_if_it_was_stopped():
    arbiter = BargeInArbiter()
    assert arbiter.noise() is None
    arbiter.voice(0.4)
    assert arbiter.noise().decision == "resumed"
    assert not arbiter.paused


@pytest.mark.parametrize(
    ("text", "language"),
    [("嗯。", Language.ZH), ("好的，", Language.ZH), ("Mm-hmm.", Language.EN), ("Uh huh", Language.EN),
     ("はい。", Language.JA), ("なるほど", Language.JA), ("네.", Language.KO), ("아, 네", Language.KO)],
)  # fmt: skip
def test_backchannels_of_four_languages(text, language):
    assert is_backchannel(text, language)
    judgement = BargeInArbiter().words(text, language, "", began_before=False)
    assert (judgement.decision, judgement.reason) == ("resumed", "backchannel")


@pytest.mark.parametrize(
    ("text", "language"),
    [("不对", Language.ZH), ("No", Language.EN), ("いいえ", Language.JA), ("아니요", Language.KO),
     ("转人工", Language.ZH), ("stop", Language.EN)],
)  # fmt: skip
def test_an_objection_is_never_a_backchannel(text, language):
    judgement = BargeInArbiter().words(text, language, "Your parcel is here.", began_before=False)
    assert (judgement.decision, judgement.reason) == ("gave_way", "speech")


def test_yes_gets_the_floor_where_it_was_asked_for():
    arbiter = BargeInArbiter(expects_answer=True)
    assert arbiter.words("はい", Language.JA, "よろしいですか", began_before=False).decision == "gave_way"


def test_a_stretch_of_our_own_line_is_echo_a_short_word_of_it_is_not():
    line = "您的包裹正在路上，明天到达。"
    assert BargeInArbiter().words("包裹正在路上", Language.ZH, line, began_before=False).decision == "resumed"
    assert BargeInArbiter().words("明天", Language.ZH, line, began_before=False).decision == "gave_way"


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
