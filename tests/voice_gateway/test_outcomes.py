"""What a call came to, in the words that reports use."""

from __future__ import annotations

import pytest

from core.languages import Language
from voice_gateway.facts import CallFacts, outcome_of
from voice_gateway.phrases import RENDERED_PLACES, TEXTS, Phrase, fixed_lines, phrase_text


def facts(**known) -> CallFacts:
    return CallFacts("c1", "+8613800000000", "+8657900000000", Language.ZH, **known)


@pytest.mark.parametrize(
    ("known", "reason", "outcome"),
    [
        ({"stage": "bot", "settled": "resolved"}, "bot_closed", "resolved"),
        ({"stage": "bot", "settled": "resolved"}, "caller_hung_up", "resolved"),
        ({"stage": "bot", "settled": "resolved"}, "stream_lost", "resolved"),
        ({"stage": "bot", "settled": "ended_unconfirmed"}, "caller_hung_up", "ended_unconfirmed"),
        ({"stage": "bot"}, "caller_silent", "ended_unconfirmed"),
        ({"stage": "bot"}, "stream_lost", "failed"),
        ({"stage": "bot"}, "crashed", "failed"),
        ({"stage": "bot"}, "shutdown", "failed"),
        ({"stage": "agent", "agent": "mei"}, "caller_hung_up", "handed_off"),
        ({"stage": "agent", "agent": "mei"}, "agent_closed", "handed_off"),
        ({"stage": "waiting"}, "caller_hung_up", "abandoned"),
        ({"stage": "waiting", "agent": "mei"}, "caller_hung_up", "abandoned"),
        ({"stage": "agent", "agent": "mei"}, "stream_lost", "handed_off"),
        ({"stage": "agent", "agent": "mei"}, "crashed", "failed"),
        ({"stage": "agent", "agent": "mei"}, "shutdown", "failed"),
        ({"stage": "bot", "settled": "resolved"}, "crashed", "resolved"),
        ({"stage": "bot", "settled": "resolved"}, "shutdown", "resolved"),
        ({"stage": "waiting", "transferred": True}, "transferred", "handed_off"),
        ({"stage": "bot", "transferred": True}, "shutdown", "handed_off"),
        ({"stage": "waiting"}, "nobody_available", "failed"),
        ({"stage": "waiting"}, "stream_lost", "failed"),
    ],
)
def test_the_outcome_follows_from_what_was_settled_and_what_ended_it(known, reason, outcome):
    assert outcome_of(facts(**known), reason, 100.0)[0] == outcome


def test_hanging_up_within_five_seconds_of_queueing_is_told_apart():
    waiting = facts(stage="waiting", queued_at_s=10.0)
    assert outcome_of(waiting, "caller_hung_up", 14.9) == ("abandoned", "caller_hung_up_early")
    assert outcome_of(waiting, "caller_hung_up", 15.1) == ("abandoned", "caller_hung_up")


def test_every_line_of_the_platform_exists_in_every_language():
    assert set(TEXTS) == set(Phrase)
    for texts in TEXTS.values():
        assert set(texts) == set(Language) and len(set(texts.values())) == len(Language)


def test_the_lines_to_render_ahead_are_those_that_are_spoken():
    ready = set(fixed_lines())
    assert (phrase_text(Phrase.PLACE, Language.JA, n=3), Language.JA) in ready
    assert not any("{" in text for text, _ in ready)


def test_what_the_lobby_says_is_rendered_before_all_else_and_nothing_twice():
    lines = list(fixed_lines())
    assert len(lines) == len(set(lines))
    lobby = {
        one for line in (Phrase.LINES_FULL, Phrase.STILL_FULL, Phrase.BUSY) for one in TEXTS[line].values()
    }
    lobby |= {phrase_text(Phrase.PLACE, Language.KO, n=n) for n in range(1, RENDERED_PLACES + 1)}
    consent = next(at for at, (text, _) in enumerate(lines) if text in TEXTS[Phrase.CONSENT].values())
    assert lobby <= {text for text, _ in lines[:consent]}
