"""Wrap-up goes on when the agent asks for it, within limits, and after a restart too."""

from __future__ import annotations

import pytest

from assist.acd.core import Acd
from assist.acd.types import AcdSettings, Refused
from core.languages import Language
from core.routing_events import WrapUpEnded

EN = Language.EN


def in_wrap_up() -> tuple[Acd, list]:
    """Joe has hung up at 10 s; wrap-up would end at 130 s."""
    acd = Acd(AcdSettings(longest_wrap_up_s=200.0))
    acd.set_agent("joe", "available", [EN], [], 0.0)
    acd.enqueue("call", EN, [], 0, 0.0)
    facts = acd.decide(0.0)
    [offer] = acd.offers.values()
    acd.answer_offer("joe", offer.offer_id, True, 1.0)
    acd.leave("call", 10.0)
    return acd, facts + acd.decide(10.0)


def ended(acd: Acd, now: float) -> list[str]:
    acd.set_agent("joe", "available", [EN], [], now)
    return [one.event.by for one in acd.decide(now) if isinstance(one.event, WrapUpEnded)]


def test_more_time_moves_the_end_of_wrap_up():
    acd, _ = in_wrap_up()
    acd.extend_wrap_up("joe", "call", 100.0)
    acd.decide(100.0)
    assert ended(acd, 140.0) == []
    assert acd.agents["joe"].work["call"].until == 190.0
    assert ended(acd, 190.0) == ["time"]


def test_it_ends_at_the_latest_after_the_longest_time():
    acd, _ = in_wrap_up()
    acd.extend_wrap_up("joe", "call", 20.0)
    acd.extend_wrap_up("joe", "call", 20.0)
    assert acd.agents["joe"].work["call"].until == 210.0
    with pytest.raises(Refused, match="200 s at most"):
        acd.extend_wrap_up("joe", "call", 20.0)


@pytest.mark.parametrize("user", ["joe", "ann"])
def test_without_an_open_wrap_up_there_is_nothing_to_extend(user):
    acd, _ = in_wrap_up()
    acd.finish_wrap_up("joe", "call", 20.0)
    with pytest.raises(Refused, match="no open wrap-up"):
        acd.extend_wrap_up(user, "call", 21.0)


def test_the_new_end_is_known_after_a_restart():
    acd, facts = in_wrap_up()
    acd.extend_wrap_up("joe", "call", 20.0)
    again = Acd.rebuilt([*facts, *acd.decide(20.0)], 30.0, settings=acd.settings)
    assert again.agents["joe"].work["call"].until == 190.0
    assert ended(again, 140.0) == []
    assert ended(again, 191.0) == ["time"]
