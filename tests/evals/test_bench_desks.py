"""The agents' pages' benchmark counts right: what pages showed of what happened, worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.events import Event, OfferAnswered, OfferMade, Recorded, UtteranceHeard
from core.languages import Language
from core.routing_events import CallLeftQueue, CallQueued
from evals.bench.desks import (
    Desk,
    Shown,
    Wallboard,
    first_shown,
    own_states,
    queue_lengths,
    read,
    rings,
    sentences,
    summed,
    wallboard_rows,
)


def fact(at: float, event: Event, call: str = "call") -> Recorded:
    return Recorded(1, "id", call, 1, datetime.fromtimestamp(at, UTC), event)


def heard(text: str = "hello", speaker: Any = "caller") -> UtteranceHeard:
    return UtteranceHeard(
        speaker=speaker, text=text, language=Language.EN, start_s=0, end_s=1, confidence=0.9
    )


def accepted(agent: str) -> OfferAnswered:
    return OfferAnswered(offer_id="o", agent=agent, answer="accepted")


def desk(user: str, *history: tuple[float, Shown]) -> Desk:
    made = Desk(user)
    made.history = list(history)
    return made


def test_the_first_page_that_shows_it_counts_and_what_comes_too_late_is_lost() -> None:
    history = [(10.0, Shown("break")), (11.0, Shown("available")), (40.0, Shown("talking"))]
    assert first_shown(history, 10.4, lambda shown: shown.state == "available") == pytest.approx(0.6)
    assert first_shown(history, 11.5, lambda shown: shown.state == "available") == 0.0
    assert first_shown(history, 11.5, lambda shown: shown.state == "talking") is None
    assert first_shown([], 1.0, lambda shown: True) is None


def test_percentiles_are_of_what_was_shown_and_the_lost_are_counted() -> None:
    found = summed("x", [0.1, 0.3, None])
    assert (found.shown, found.lost, found.p50_ms, found.max_ms) == (2, 1, 200.0, 300.0)


def test_a_press_is_shown_by_its_state_or_by_the_call_that_came_first() -> None:
    one = desk("a", (1.0, Shown("available")), (2.2, Shown("break")), (5.5, Shown("offered")))
    one.presses = [(2.0, "break"), (5.0, "available")]
    assert own_states([one]) == [pytest.approx(0.2), pytest.approx(0.5)]


def test_a_wallboards_rows_are_those_of_the_agent() -> None:
    board = Wallboard()
    board.states = {"a": [(1.0, "break"), (2.7, "break")], "b": [(2.1, "break")]}
    one = desk("a")
    one.presses = [(2.0, "break"), (9.0, "available")]
    assert wallboard_rows([one], [board]) == [pytest.approx(0.7), None]


def test_a_press_that_the_next_one_overtook_had_not_to_be_on_the_wallboard() -> None:
    board = Wallboard()
    board.states = {"a": [(3.4, "available")]}
    one = desk("a")
    one.presses = [(2.0, "break"), (2.5, "available")]
    assert wallboard_rows([one], [board]) == [pytest.approx(0.9)]


def test_a_wallboard_reads_states_from_its_rows() -> None:
    board = Wallboard()
    board.take(
        '{"reset": true, "parts": {"agents/a": "<tr data-state=\\"break\\">", "agents/b": null, "tiles": ""}}'
    )
    assert {name: [state for _, state in rows] for name, rows in board.states.items()} == {"a": ["break"]}


def test_an_offer_is_shown_by_the_page_of_its_agent() -> None:
    made = OfferMade(offer_id="o", agent="a", reason="")
    pages = {"a": desk("a", (5.3, Shown(mode="offer"))), "b": desk("b", (5.1, Shown(mode="offer")))}
    assert rings([fact(5.0, made)], pages) == [pytest.approx(0.3)]


def test_a_sentence_counts_where_an_agent_has_the_call_and_the_page_has_been_drawn() -> None:
    pages = {"a": desk("a", (11.0, Shown(heard="before")), (20.25, Shown(heard="hello")))}
    facts = [
        fact(9.0, heard()),  # to the bot
        fact(10.0, accepted("a")),
        fact(10.5, heard()),  # while the page was being drawn
        fact(15.0, heard(speaker="agent")),
        fact(20.0, heard()),
        fact(21.0, heard(), call="another"),
    ]
    assert sentences(facts, pages) == [pytest.approx(0.25)]


def test_who_waits_is_to_be_seen_on_every_page() -> None:
    queued = CallQueued(queue="general", language=Language.EN, since=0, order=0, at=0)
    left = CallLeftQueue(queue="general", waited_s=4, why="caller_left", at=4)
    pages = [
        desk("a", (1.2, Shown(waiting=1)), (5.4, Shown(waiting=0))),
        desk("b", (1.3, Shown(waiting=1))),
    ]
    found = queue_lengths([fact(1.0, queued), fact(5.0, left)], pages)
    assert found == [pytest.approx(0.2), pytest.approx(0.3), pytest.approx(0.4), None]


def test_a_page_is_read_by_what_its_elements_are() -> None:
    page = Desk("a").page
    page.elements = {
        "1": {"class": ["pill", "talking"]},
        "2": {"class": ["grid", "mode-talk"]},
        "3": {"class": ["queue"], "children": [4, 5]},
        "4": {"class": ["quiet"], "text": "Waiting"},
        "5": {"text": "2"},
        "6": {"class": ["line", "by-caller"], "children": [9]},
        "7": {"class": ["line", "by-caller", "pending", "partial"], "children": [10]},
        "8": {"class": ["line", "by-agent"], "children": [10]},
        "9": {"class": ["words"], "text": "hello"},
        "10": {"class": ["words"], "text": "never mind"},
    }
    assert read(page) == Shown("talking", "talk", 2, "hello")
