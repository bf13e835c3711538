"""The ledger's figures: percentiles, by stage and language, and which turns were the slowest."""

from datetime import UTC, datetime

import pytest

from core.events import SilenceNoticed, TurnTimed
from core.languages import Language
from core.timings import STAGES, TimedTurn, by_language, newest_turns, percentile, slowest, summary


def turn(number: int, gap: float, language: str = "en") -> TimedTurn:
    ms = dict.fromkeys(STAGES, 10.0) | {"gap": gap}
    return TimedTurn("call", number, datetime(2026, 1, 1, tzinfo=UTC), language, ms)


def test_percentiles_lie_between_their_neighbours():
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([0.0, 100.0], 95) == pytest.approx(95.0)
    assert percentile([7.0], 99) == 7.0
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 50)


def test_turns_are_summed_up_by_stage_and_language():
    turns = [turn(1, 400), turn(2, 600), turn(3, 900, "zh")]
    assert summary(turns)["stages"]["gap"]["p50"] == 600
    languages = by_language(turns)
    assert languages["en"]["turns"] == 2 and languages["zh"]["stages"]["gap"]["p99"] == 900
    assert [one.turn for one in slowest(turns, 2)] == [3, 2]
    assert summary([]) == {"turns": 0, "stages": {}}


async def test_the_newest_turns_are_read_from_the_log(event_log):
    for number in range(5):
        await event_log.append("call-a", SilenceNoticed(what="no_input", count=1, at_s=1.0))
        timed = TurnTimed(
            turn=number, end_of_turn_ms=300, recognise_ms=100, understand_ms=20, first_audio_ms=50,
            gap_ms=400 + number, language=Language.KO if number else None,
        )  # fmt: skip
        await event_log.append("call-a", timed)
    turns = await newest_turns(event_log, 3)
    assert [one.turn for one in turns] == [4, 3, 2]
    assert turns[0].ms["gap"] == 404 and turns[0].language == "ko"
    assert (await newest_turns(event_log, 100))[-1].language == ""
