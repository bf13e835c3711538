"""Beam search: told the likeliest tokens of each row, which rows go on and which text wins."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from models.recognition.beam import BeamSearch

END = 9


def step(search: BeamSearch, *rows: dict[int, float]) -> None:
    """Tell the search each row's tokens and their probabilities; what is not named cannot come."""
    width = search.candidates
    tokens, logs = np.zeros((len(rows), width), np.int64), np.full((len(rows), width), -np.inf)
    for place, row in enumerate(rows):
        for column, (token, share) in enumerate(sorted(row.items(), key=lambda one: -one[1])[:width]):
            tokens[place, column], logs[place, column] = token, math.log(share)
    search.advance(tokens, logs)


def test_the_first_step_spreads_one_row_over_the_beam():
    search = BeamSearch(2, END, 10)
    step(search, {1: 0.5, 2: 0.3, 3: 0.2})
    assert (search.parents, search.last, search.done) == ([0, 0], [1, 2], False)


def test_a_row_may_continue_twice_and_another_be_dropped():
    search = BeamSearch(2, END, 10)
    step(search, {1: 0.6, 2: 0.4})
    step(search, {3: 0.5, 4: 0.5}, {5: 0.1})
    assert (search.parents, search.last) == ([0, 0], [3, 4])


def test_an_ended_text_gives_its_row_to_the_next_best():
    search = BeamSearch(2, END, 10)
    step(search, {1: 0.5, 2: 0.5})
    step(search, {END: 0.3, 3: 0.25, 4: 0.2}, {5: 0.4})
    assert (search.parents, search.last, search.done) == ([1, 0], [5, 3], False)


def test_an_end_that_is_not_among_the_best_does_not_count():
    search = BeamSearch(1, END, 10)
    step(search, {1: 0.6, END: 0.4})
    assert (search.last, search.done) == ([1], False)


def test_it_is_done_when_as_many_texts_have_ended_as_the_beam_is_wide():
    search = BeamSearch(2, END, 1000)
    step(search, {1: 0.5, 2: 0.5})
    step(search, {END: 0.2, 3: 0.8}, {4: 0.01})
    assert not search.done
    step(search, {END: 0.99, 5: 0.01}, {6: 0.001})
    assert search.done


def test_an_end_among_unsure_first_words_is_not_the_end_where_the_sentence_goes_on_surely():
    search = BeamSearch(1, END, 1000)
    step(search, {1: 0.3})
    step(search, {END: 0.35, 2: 0.3})
    assert not search.done
    step(search, {3: 0.99})
    step(search, {END: 0.99})
    assert search.done and search.best().tokens == (1, 2, 3)


def test_what_goes_on_only_a_little_better_is_not_waited_for():
    search = BeamSearch(1, END, 1000)
    for token in (1, 2, 3, 4):
        step(search, {token: 0.9})
    step(search, {END: 0.5, 5: 0.45})
    assert search.done and search.best().tokens == (1, 2, 3, 4)


def test_the_best_mean_wins_over_the_best_sum():
    search = BeamSearch(2, END, 1000)
    step(search, {1: 0.5, 2: 0.5})
    step(search, {END: 0.4, 3: 0.1}, {4: 0.9, 5: 0.05})
    step(search, {6: 0.95, 7: 0.01}, {8: 0.01})
    step(search, {END: 0.95}, {3: 0.01})
    assert search.done
    assert search.best().tokens == (2, 4, 6)
    assert search.best().logprob == pytest.approx(math.log(0.5 * 0.9 * 0.95 * 0.95))
    assert search.best().logprob < math.log(0.5 * 0.4) / 1 < 0 or search.best().rank > math.log(0.2)


def test_at_the_limit_open_texts_count_as_ended():
    search = BeamSearch(2, END, 2)
    step(search, {1: 0.7, 2: 0.3})
    step(search, {3: 0.9, 4: 0.1}, {5: 0.5})
    assert search.done
    assert search.best().tokens == (1, 3)


def test_a_token_of_no_probability_is_never_said():
    search = BeamSearch(2, END, 10)
    step(search, {1: 0.5})
    assert search.last == [1]


def test_it_stops_where_no_open_text_can_still_win_and_not_before():
    search = BeamSearch(2, END, 4)
    step(search, {1: 0.9, 2: 0.1})
    step(search, {END: 0.99, 3: 0.01}, {4: 0.5})
    # The best ended has the mean log(0.891); the open one, log(0.05), cannot reach it in four tokens.
    assert search.done
    assert search.best().tokens == (1,)
    search = BeamSearch(2, END, 100)
    step(search, {1: 0.9, 2: 0.1})
    step(search, {END: 0.99, 3: 0.01}, {4: 0.5})
    assert not search.done, "in a hundred tokens it could"


def all_texts(shares, limit: int):
    """Every text that ends within the limit, with its log probability."""
    for length in range(1, limit + 1):
        for tokens in product([0, 1], repeat=length):
            total = sum(math.log(shares(tokens[:place])[token]) for place, token in enumerate(tokens))
            yield tokens, total + (math.log(shares(tokens)[END]) if length < limit else 0.0)


@pytest.mark.parametrize("seed", range(20))
def test_a_beam_as_wide_as_all_there_is_finds_the_best_text_of_all(seed):
    rng = np.random.default_rng(seed)
    known: dict[tuple[int, ...], dict[int, float]] = {}

    def shares(text: tuple[int, ...]) -> dict[int, float]:
        if text not in known:
            known[text] = dict(
                zip([0, 1, END], rng.dirichlet([1, 1, 1] if text else [1, 1, 1e-9]), strict=True)
            )
            known[text] = {token: max(share, 1e-9) for token, share in known[text].items()}
        return known[text]

    limit = 4
    wanted = max(all_texts(shares, limit), key=lambda one: one[1] / len(one[0]))
    search = BeamSearch(64, END, limit)
    texts: list[tuple[int, ...]] = [()]
    while not search.done:
        rows = [shares(text) for text in texts]
        step(search, *({t: s for t, s in row.items() if texts != [()] or t != END} for row in rows))
        texts = [(*texts[parent], token) for parent, token in zip(search.parents, search.last, strict=True)]
    assert search.best().tokens == wanted[0]
    assert search.best().logprob == pytest.approx(wanted[1])


def in_circles(search: BeamSearch, rounds: int) -> None:
    """The likeliest text says the same again and again."""
    for number in range(rounds):
        token = 1 + number % 2
        rows = [{token: 0.9, 5: 0.01}] + [{6: 0.001}] * (len(search.parents) - 1)
        step(search, *rows)
        if search.done:
            return


def test_a_text_that_goes_round_in_circles_ends_the_search_long_before_its_room_is_used_up():
    search = BeamSearch(2, END, 200)
    in_circles(search, 100)
    assert search.done and search.circles
    assert 20 <= len(search.best().tokens) <= 22


def test_what_had_ended_before_is_taken_in_place_of_the_circles():
    search = BeamSearch(2, END, 200)
    step(search, {1: 0.6, 2: 0.4})
    step(search, {2: 0.9, 3: 0.05}, {END: 0.5, 4: 0.3})
    assert not search.done
    in_circles(search, 100)
    assert search.done and not search.circles
    assert search.best().tokens == (2,)
