"""What the benchmark of conversations judges by: delays found in levels, words, turns, and the clock of the ears."""

from __future__ import annotations

import math

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from core.languages import Language
from evals.bench import conversation as judge
from evals.bench.conversation import STEP_MS, Heard, between, buckets, heard, joined, matches, quantile, words
from evals.bench.conversation_ears import Ears
from evals.bench.conversation_lines import (
    AGENT_LINES,
    CALLER_LINES,
    MICROPHONE_RATE,
    PERIOD_S,
    TURN_S,
    Spoken,
    microphone,
)

SECOND = int(1_000 / STEP_MS)


def speech(seconds: float, seed: int, speaks: tuple[float, float] = (0.0, 1.0)) -> np.ndarray:
    """Levels of syllables and pauses, in a part of every 10 s."""
    dice = np.random.default_rng(seed)
    count = int(seconds * SECOND)
    syllables = np.repeat(dice.uniform(0.0, 0.2, count // 50 + 1) * (dice.random(count // 50 + 1) > 0.3), 50)[
        :count
    ]
    place = np.arange(count) / SECOND % 10 / 10
    return np.where((place >= speaks[0]) & (place < speaks[1]), syllables, 0.0)


def later(levels: np.ndarray, ms: float) -> np.ndarray:
    steps = round(ms / STEP_MS)
    return np.concatenate((np.zeros(steps), levels[: len(levels) - steps]))


def test_the_delay_of_a_sound_is_found_though_it_is_quieter_and_noisy():
    spoken = speech(30, 1)
    noise = np.random.default_rng(2).uniform(0, 0.002, spoken.size)
    found = heard(matches(spoken, later(spoken, 180) * 0.4 + noise))
    assert found.well and found.arrived == 1.0
    assert found.p50_ms == pytest.approx(180, abs=STEP_MS) and found.p95_ms == pytest.approx(180, abs=STEP_MS)


def test_a_delay_that_changes_shows_in_the_95th_percentile():
    spoken = speech(60, 3)
    played = later(spoken, 100)
    played[50 * SECOND :] = later(spoken, 300)[50 * SECOND :]
    found = heard(matches(spoken, played))
    assert found.p50_ms == pytest.approx(100, abs=STEP_MS)
    assert found.p95_ms == pytest.approx(300, abs=STEP_MS)


@pytest.mark.parametrize("other", ["silence", "music", "somebody else"])
def test_a_voice_that_does_not_arrive_is_not_found(other):
    spoken = speech(60, 4)
    time_s = np.arange(spoken.size) / SECOND
    played = {
        "silence": np.zeros(spoken.size),
        "music": 0.05 + 0.03 * np.sin(2 * np.pi * 2 * time_s),
        "somebody else": speech(60, 5),
    }[other]
    found = heard(matches(spoken, played))
    assert found.not_at_all and not found.well


def test_only_moments_count_in_which_one_person_speaks_alone():
    first, second = speech(60, 6, (0.0, 0.45)), speech(60, 7, (0.4, 0.9))
    together = later(first, 90) + later(second, 210)
    to_third = heard(matches(first, together, [second])), heard(matches(second, together, [first]))
    assert [one.well for one in to_third] == [True, True]
    assert [one.p50_ms for one in to_third] == pytest.approx([90, 210], abs=STEP_MS)


def test_somebody_who_hardly_spoke_proves_nothing():
    assert not Heard(2, 1.0, 100.0, 100.0).well
    assert not Heard(2, 0.0, 0.0, 0.0).not_at_all


@pytest.mark.parametrize(
    ("transcript", "errors", "length"),
    [
        ("two three four", 0, 3),
        ("two free four", 1, 3),
        ("two four", 1, 3),
        ("two three three four", 1, 3),
        ("", 0, 0),
    ],
)
def test_a_transcript_is_compared_with_the_part_of_the_known_text_that_it_covers(transcript, errors, length):
    found = words("one two three four five. One two three four five", transcript, Language.EN)
    assert (found.errors, found.length) == (errors, length)


def test_a_transcript_that_has_nothing_of_it_is_all_wrong():
    assert words("one two three", "", Language.EN).rate == 1.0
    assert words("one two three", "ships sail", Language.EN).rate >= 1.0
    assert words("荷物がまだ届かない", "荷物がまた届かない", Language.JA) == judge.Words(1, 9)


def test_stretches_that_follow_each_other_are_one():
    spans = [(0.0, 15_000.0), (15_050.0, 30_000.0), (45_000.0, 60_000.0)]
    assert joined(spans) == [(0.0, 30_000.0), (45_000.0, 60_000.0)]


def test_the_quantiles_of_what_was_counted_in_between():
    registry = CollectorRegistry()
    delay = Histogram("delay_seconds", "", ["to"], buckets=(0.01, 0.02, 0.04), registry=registry)
    delay.labels("caller").observe(0.03)
    before = buckets(generate_latest(registry).decode(), "delay_seconds", to="caller")
    for _ in range(100):
        delay.labels("caller").observe(0.015)
        delay.labels("agent").observe(5)
    after = generate_latest(registry).decode()
    counted = between(before, buckets(after, "delay_seconds", to="caller"))
    assert quantile(counted, 0.5) == pytest.approx(0.015)
    assert quantile(buckets(after, "delay_seconds", to="agent"), 0.5) == 0.04
    assert buckets(after, "delay_seconds", to="nobody") == {} and math.isnan(quantile({}, 0.5))
    twice = judge.together([counted, counted])
    assert quantile(twice, 0.5) == pytest.approx(0.015) and max(twice.values()) == 2 * max(counted.values())
    assert math.isnan(quantile(judge.together([]), 0.5))


def test_people_speak_in_turns_and_the_text_is_what_was_said():
    line = Spoken("a line", np.full(2 * MICROPHONE_RATE, 1_000, np.int16))
    first = microphone([line], 60, 0.0)
    second = microphone([line, Spoken("more", line.pcm)], 60, TURN_S, (1.0, Spoken("before", line.pcm)))
    later_on = slice(4 * MICROPHONE_RATE, None)
    assert (
        first.pcm.any() and not (first.pcm[later_on].astype(bool) & second.pcm[later_on].astype(bool)).any()
    )
    assert second.text.startswith("before a line more a line")
    turns = np.flatnonzero(np.diff(first.pcm.astype(bool).astype(int)) == 1) / MICROPHONE_RATE
    assert set(np.round(np.round(turns, 1) % PERIOD_S, 1)) <= {0.0, 2.3, 2.4}
    with pytest.raises(ValueError, match="nothing to say"):
        microphone([], 60, 0.0)


def test_a_line_longer_than_a_turn_is_said_whole_and_the_next_one_waits_for_its_turn():
    long = Spoken("long", np.full(int((TURN_S + 3) * MICROPHONE_RATE), 1_000, np.int16))
    said = microphone([long], 40, 0.0)
    begins = np.flatnonzero(np.diff(said.pcm.astype(bool).astype(int)) == 1) / MICROPHONE_RATE
    assert np.allclose(begins, [PERIOD_S, 2 * PERIOD_S], atol=0.01)


def test_every_language_has_lines_for_both():
    for language in Language:
        assert len(CALLER_LINES[language]) == len(AGENT_LINES[language]) >= 8


class Page:
    """Tells levels as the page's script does, each message up to 30 ms late."""

    def __init__(self, told: dict[str, list[tuple[float, int, list[float]]]]) -> None:
        self._told = told

    async def evaluate(self, script: str) -> dict[str, list[tuple[float, int, list[float]]]]:
        assert "take" in script
        return self._told


async def test_ears_put_levels_on_the_clock_however_late_they_are_told():
    dice = np.random.default_rng(8)
    begin, spoken = 1_700_000_000_000.0, []
    for number in range(2_000):
        first = number * 16 * 128
        at = [(first + block * 128) / 48 for block in range(16)]
        levels = [0.1 if (one // 1_000) % 2 else 0.0 for one in at]  # every other second is loud
        spoken.append((begin + (first + 16 * 128) / 48 + dice.uniform(0, 30), first, levels))
    ears = Ears()
    await ears.collect(Page({"spoken": spoken, "heard": []}))
    levels = ears.levels("spoken", begin + 10_000, begin + 60_000)
    edges = np.flatnonzero(np.diff((levels > 0.05).astype(int))) * STEP_MS % 1_000
    assert len(edges) == 49
    assert np.all(np.minimum(edges, 1_000 - edges) <= 8)
    assert not ears.levels("heard", begin, begin + 1_000).any()
