"""The ledger: what was sent, what was heard, what is left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.languages import Language
from voice_gateway.leg import LINE_RATE
from voice_gateway.playout import Clause, PlayoutLedger, heard_of


def sound(seconds: float) -> np.ndarray:
    return np.ones(round(seconds * LINE_RATE), np.int16)


def send_all(ledger: PlayoutLedger, now_s: float) -> list:
    pieces = []
    while ledger.waiting:
        pieces.append(ledger.send(now_s))
    return pieces


def test_pieces_follow_each_other_without_a_gap_though_they_are_sent_at_once():
    ledger = PlayoutLedger("l")
    ledger.add("One two.", sound(1.0))
    pieces = send_all(ledger, 5.0)
    assert [round(piece.start_s, 3) for piece in pieces] == [5.0, 5.3, 5.6, 5.9]
    assert (ledger.started_s, ledger.free_s) == (5.0, pytest.approx(6.0))


def test_a_line_is_heard_when_its_last_mark_has_passed():
    ledger = PlayoutLedger("l")
    ledger.add("One.", sound(0.6))
    ledger.add("Two.", sound(0.6))
    pieces = send_all(ledger, 0.0)
    assert ledger.passed(pieces[1].mark) and ledger.heard_text(Language.EN) == "One."
    assert not ledger.complete
    assert ledger.passed(pieces[-1].mark) and ledger.complete
    assert ledger.heard_text(Language.EN) == "One. Two." and ledger.ended_s == 1.2
    assert not ledger.passed(pieces[-1].mark), "a mark passes once"
    assert not ledger.passed("of another line")


def test_being_cut_off_leaves_the_share_that_was_heard():
    ledger = PlayoutLedger("l")
    ledger.add("Your parcel is in Busan.", sound(2.0))
    ledger.add("It comes tomorrow.", sound(2.0))
    send_all(ledger, 10.0)
    ledger.cut(11.0)
    ledger.stop()
    assert ledger.heard_text(Language.EN) == "Your parcel"
    assert ledger.ended_s == pytest.approx(11.0)
    assert not ledger.playing


def test_a_line_that_goes_on_is_heard_whole_and_no_word_twice():
    ledger = PlayoutLedger("l")
    ledger.add("您的包裹正在路上。", sound(2.0))
    send_all(ledger, 0.0)
    ledger.cut(1.0)
    again = send_all(ledger, 4.0)
    assert again[0].offset <= 1.0 * LINE_RATE < again[0].offset + len(again[0].pcm)
    assert ledger.passed(again[-1].mark)
    assert ledger.complete and ledger.heard_text(Language.ZH) == "您的包裹正在路上。"


def test_marks_of_what_was_thrown_away_mean_nothing():
    ledger = PlayoutLedger("l")
    ledger.add("One.", sound(0.9))
    old = send_all(ledger, 0.0)
    ledger.cut(0.1)
    assert not any(ledger.passed(piece.mark) for piece in old)
    assert not ledger.complete


def test_a_carrier_that_stood_still_plays_the_rest_later():
    ledger = PlayoutLedger("l")
    ledger.add("Your parcel is in Busan.", sound(1.2))
    pieces = send_all(ledger, 0.0)
    ledger.passed(pieces[0].mark)
    assert ledger.held_up(0.4) == 0.0, "a mark takes its time"
    ledger.passed(pieces[1].mark)
    assert ledger.held_up(5.6) == pytest.approx(5.0)
    assert [round(piece.start_s, 3) for piece in ledger.sent] == [5.6, 5.9]
    assert ledger.free_s == pytest.approx(6.2)
    ledger.cut(5.75)
    assert ledger.heard_samples == round(0.75 * LINE_RATE)


def test_what_was_lost_was_not_heard_and_is_not_sent_again():
    ledger = PlayoutLedger("l")
    ledger.add("Your parcel is in Busan.", sound(1.2))
    pieces = send_all(ledger, 1.0)
    ledger.passed(pieces[1].mark)
    assert ledger.lost() == pytest.approx(1.6)
    assert not ledger.playing and not ledger.waiting and not ledger.complete
    assert ledger.heard_text(Language.EN) == "Your parcel"


def test_what_is_said_in_between_has_its_own_marks_and_is_none_of_the_lines_words():
    ledger = PlayoutLedger("l-answer")
    ledger.add_aside("m-one_moment", "One moment.", sound(0.6))
    asked = send_all(ledger, 2.0)
    assert {piece.mark.split(".")[0] for piece in asked} == {"m-one_moment"}
    assert ledger.playing and ledger.started_s is None and ledger.heard_text(Language.EN) == ""
    ledger.add("It is here.", sound(0.6))
    answer = send_all(ledger, 2.2)
    assert ledger.started_s == pytest.approx(2.6)
    assert ledger.passed(answer[-1].mark) and ledger.complete
    assert ledger.heard_text(Language.EN) == "It is here." and ledger.ended_s == pytest.approx(3.2)
    (aside,) = ledger.asides
    assert (aside.started_s, aside.heard) == (2.0, aside.samples) and aside.ended_s == pytest.approx(2.6)


def test_a_line_that_was_cut_off_before_its_first_word_begins_when_it_is_sent_again():
    ledger = PlayoutLedger("l")
    ledger.add_aside("m", "One moment.", sound(0.6))
    ledger.add("It is here.", sound(0.6))
    send_all(ledger, 0.0)
    ledger.cut(0.3)
    assert ledger.heard_text(Language.EN) == ""
    send_all(ledger, 5.0)
    assert ledger.started_s == pytest.approx(5.3), "after what is left of the aside"


def test_words_are_cut_between_words_and_characters_anywhere():
    assert heard_of(Clause("hello world", 100, 80), Language.EN) == "hello"
    assert heard_of(Clause("hello world", 100, 10), Language.EN) == ""
    assert heard_of(Clause("少々お待ちください", 90, 40), Language.JA) == "少々お待"
    assert heard_of(Clause("hello world", 100, 100), Language.EN) == "hello world"


@given(
    lengths=st.lists(st.integers(1, 9000), min_size=1, max_size=6),
    cuts=st.lists(st.floats(0.0, 5.0), max_size=4),
)
def test_however_often_it_is_interrupted_nothing_is_lost_and_nothing_counted_twice(lengths, cuts):
    ledger = PlayoutLedger("l")
    for length in lengths:
        ledger.add("words", np.zeros(length, np.int16))
    now = 0.0
    for cut in cuts:
        send_all(ledger, now)
        now += cut
        ledger.cut(now)
        assert 0 <= ledger.heard_samples <= sum(lengths)
    last = send_all(ledger, now)
    if last:
        ledger.passed(last[-1].mark)
    assert ledger.complete and ledger.heard_samples == sum(lengths)
