"""What simulated callers say, and when: the same for the same seed, and as the benchmark promises."""

from random import Random

import pytest

from bots.connectors.demo_orders import DemoOrderDesk
from bots.understanding.entities import extract
from core.languages import Language
from evals.bench.capacity.lines import clip_sentence, fixed_sentences, groups_of, order_sentences, recordings
from evals.bench.capacity.orders import order_numbers, shuffle
from evals.bench.capacity.plan import LATEST_S, CallPlans

ALL = tuple(Language)


def many(seed: str, place: int, calls: int = 40, **options):
    plans = CallPlans(seed, place, ALL, stagger_s=10.0, **options)
    return [plans.next() for _ in range(calls)]


def test_the_same_seed_gives_the_same_calls_and_another_others():
    assert many("a", 3) == many("a", 3)
    assert many("a", 3) != many("b", 3) and many("a", 3) != many("a", 4)


def test_nine_of_ten_turns_ask_for_an_order():
    turns = [turn for place in range(10) for call in many("s", place) for turn in call.turns]
    share = sum(bool(turn.sentence.number) for turn in turns) / len(turns)
    assert 0.87 < share < 0.93


@pytest.mark.parametrize(("places", "calls", "share"), [(10, 5, 0.97), (20, 4, 0.95), (40, 3, 0.8)])
def test_hardly_an_order_is_asked_for_twice(places, calls, share):
    asked = [
        (call.language, turn.sentence.number)
        for place in range(places)
        for call in many("s", place, calls)
        for turn in call.turns
        if turn.sentence.number
    ]
    assert len(set(asked)) > share * len(asked)


def test_a_caller_asks_for_no_order_twice():
    for call in many("s", 7):
        numbers = [turn.sentence.number for turn in call.turns if turn.sentence.number]
        assert len(set(numbers)) == len(numbers)


def test_callers_answer_within_two_seconds_and_begin_at_different_moments():
    calls = many("s", 0)
    assert all(0 < turn.answer_after_s <= LATEST_S for call in calls for turn in call.turns)
    starts = {round(CallPlans("s", place, ALL, stagger_s=10.0).next().wait_s, 1) for place in range(20)}
    assert len(starts) > 10


def test_places_take_the_languages_by_turns_and_a_caller_keeps_one_voice():
    assert [call.language for call in many("s", 1, 4)] == [ALL[1], ALL[2], ALL[3], ALL[0]]
    for call in many("s", 2):
        voices = {turn.sentence.voice for turn in call.turns if turn.sentence.number}
        assert len(voices) <= 1


def test_real_clips_take_the_place_of_some_sentences_without_a_number():
    clip = clip_sentence(Language.JA, "何か別のこと")
    turns = [t.sentence for call in many("s", 0, 80, clips=[clip]) for t in call.turns]
    assert clip in turns
    assert all(one.language is Language.JA for one in turns if one.voice == "clip")


def test_few_recordings_make_many_numbers():
    for language in Language:
        numbers = {sentence.number for sentence in order_sentences(language)}
        assert len(numbers) == len(groups_of(language)) ** 2 // 2 == 288
        known = set(recordings((language,)))
        for sentence in (*order_sentences(language), *fixed_sentences(language)):
            assert set(sentence.parts) <= known
    assert len(recordings(ALL)) <= 130


@pytest.mark.parametrize("language", ALL)
def test_the_bot_finds_the_number_in_what_is_said(language):
    for sentence in order_sentences(language)[:6]:
        found = [one.value for one in extract(sentence.text, language) if one.name == "order_number"]
        assert found == [sentence.number]


async def test_orders_are_there_and_change(database):
    from datetime import date

    from bots.connectors import seed_demo

    await seed_demo(database, date(2026, 3, 1))
    numbers, desk = order_numbers(ALL), DemoOrderDesk(database)
    await shuffle(database, numbers, Random(1), date(2026, 3, 1))
    before = [await desk.find_order(number) for number in numbers]
    await shuffle(database, numbers, Random(2), date(2026, 3, 1))
    after = [await desk.find_order(number) for number in numbers]
    assert None not in before and len(before) == len(numbers)
    changed = [
        a for a, b in zip(before, after, strict=True) if (a.state, a.expected_on) != (b.state, b.expected_on)
    ]
    assert len(changed) > 0.9 * len(numbers)
