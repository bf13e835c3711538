"""The language of a call changes when the caller does, and not for one odd sentence."""

from __future__ import annotations

from core.languages import Language
from voice_gateway.language_tracker import LanguageTracker, is_mixed

ZH, EN, JA, KO = Language.ZH, Language.EN, Language.JA, Language.KO


def test_one_sentence_of_another_language_changes_nothing():
    tracker = LanguageTracker(ZH)
    assert tracker.heard(EN, {EN: 0.8, ZH: 0.2}, 1.5) is None
    assert tracker.heard(ZH, {ZH: 0.9}, 1.5) is None
    assert tracker.heard(EN, {EN: 0.8}, 1.5) is None, "two, but not in a row"
    assert tracker.current == ZH


def test_two_in_a_row_do():
    tracker = LanguageTracker(ZH)
    tracker.heard(EN, {EN: 0.7}, 1.5)
    assert tracker.heard(EN, {EN: 0.7}, 1.5) == EN
    assert tracker.current == EN


def test_one_long_and_clear_one_does():
    assert LanguageTracker(ZH).heard(JA, {JA: 0.95}, 2.5) == JA


def test_short_words_are_no_evidence_either_way():
    tracker = LanguageTracker(KO)
    for _ in range(5):
        assert tracker.heard(EN, {EN: 0.99}, 0.4) is None
    tracker.heard(JA, {JA: 0.7}, 1.5)
    tracker.heard(KO, {KO: 0.9}, 0.3)
    assert tracker.heard(JA, {JA: 0.7}, 1.5) == JA


def test_a_doubtful_guess_does_not_count():
    tracker = LanguageTracker(KO)
    assert [tracker.heard(JA, {JA: 0.5, KO: 0.45}, 3.0) for _ in range(3)] == [None] * 3


def test_the_weights_lean_to_the_call_and_the_country_and_rule_nothing_out():
    weights = LanguageTracker(EN, caller="+821012345678").weights()
    assert weights[EN] > weights[KO] > weights[JA] == weights[ZH] > 0
    assert abs(sum(weights.values()) - 1) < 1e-9


def test_where_nothing_was_known_the_first_turn_decides():
    tracker = LanguageTracker(EN, known=False)
    assert len(set(tracker.weights().values())) == 1
    assert tracker.heard(KO, {KO: 0.7}, 0.5) == KO
    assert tracker.heard(JA, {JA: 0.7}, 1.0) is None


def test_a_wish_changes_it_at_once():
    tracker = LanguageTracker(ZH)
    tracker.change(JA)
    assert tracker.current == JA
    assert tracker.heard(ZH, {ZH: 0.7}, 1.0) is None


def test_a_code_switched_sentence_flips_nothing_however_clear_and_long():
    tracker = LanguageTracker(ZH)
    for _ in range(3):
        assert (
            tracker.heard(EN, {EN: 0.95}, 4.0, mixed=is_mixed("我的 order number 是 one two three", EN))
            is None
        )
    assert tracker.current == ZH


def test_what_is_mixed_and_what_is_not():
    assert is_mixed("我想查一下 tracking number 在 website 上", ZH)
    assert is_mixed("I want 退货 please 谢谢你们", EN)
    assert not is_mixed("我的iPhone到了吗，请查一下", ZH)
    assert not is_mixed("注文したUSBケーブルが届きません", JA)
    assert not is_mixed("주문한 TV가 아직 안 왔어요", KO)
    assert not is_mixed("Where is my parcel?", EN) and not is_mixed("", EN)


def test_a_call_that_wanders_stays_where_it_is_and_follows_where_it_goes():
    """A realistic call: Chinese, an English name, a misheard "はい", then English for good."""
    tracker = LanguageTracker(ZH, caller="+8613800000000")
    turns = [
        (ZH, 0.95, 2.5), (EN, 0.7, 1.2), (ZH, 0.9, 2.0), (JA, 0.8, 0.4), (ZH, 0.9, 1.5),
        (EN, 0.7, 1.4), (EN, 0.75, 2.2), (EN, 0.9, 1.0), (ZH, 0.6, 0.5), (EN, 0.9, 2.0),
    ]  # fmt: skip
    changes = [tracker.heard(language, {language: score}, voiced) for language, score, voiced in turns]
    assert changes == [None] * 6 + [EN] + [None] * 3
