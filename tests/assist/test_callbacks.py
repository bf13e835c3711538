"""The list of those who are to be called: made of the log, shared by agents, right after a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from assist.callbacks import PAUSE, SHOWN_FOR, TAKEN_FOR, CallBackList, NotNow, entry_of
from core import events as ev
from core.crypto import PersonKeys, SiteKey
from core.db import Database, sqlite_url
from core.log import EventLog
from core.routing_events import CallLeftQueue

NUMBER = "+14155550123"


class ListClock:
    """Real times of day, moved on by hand."""

    ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
async def world(tmp_path, monkeypatch):
    db = Database(sqlite_url(tmp_path / "list.db"))
    await db.create_all()
    keys = PersonKeys(db, SiteKey(b"k" * 32))
    log = EventLog(db, keys)
    await log.start()
    clock = ListClock()

    class Moved(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + clock.ahead

    monkeypatch.setattr("core.log.datetime", Moved)  # facts are dated by the same clock
    yield log, keys, clock, CallBackList(log, clock)
    await log.close()
    await db.close()


async def write(log, name, *events, person="p1"):
    for event in events:
        await log.append(name, event, person=person)


def started(caller=NUMBER):
    return ev.CallStarted(
        carrier="x", carrier_call_id="x", caller=caller, called="+1", bot="b", language="en"
    )


def asked(by="agent"):
    return ev.CallBackAsked(number=NUMBER, language="en", queue="general", by=by)


def packet(intent="order_status"):
    return ev.HandoffRequested(packet={"intent": intent}, reason="caller_asked")


async def code_of(action) -> str:
    with pytest.raises(NotNow) as refused:
        await action
    return refused.value.code


async def test_a_call_back_is_listed_with_number_matter_language_and_summary(world):
    log, _, clock, listed = world
    await write(log, "a", started(), packet(), asked(), ev.CallSummarised(text="Where is it?", language="en"))
    await listed.catch_up()
    (entry,) = listed.entries()
    assert (entry.kind, entry.number, entry.matter, entry.queue) == (
        "call_back",
        NUMBER,
        "order_status",
        "general",
    )
    assert (entry.language, entry.summary, entry.status(clock.now())) == ("en", "Where is it?", "open")


async def test_the_longest_asked_for_comes_first_and_what_is_over_last(world):
    log, _, _, listed = world
    for name in ("first", "second", "third"):
        await write(log, name, started(), asked())
    await listed.catch_up()
    await listed.take("first", "mei")
    await listed.tried("first", "mei", answered=True)
    assert [entry.id for entry in listed.entries()] == ["second", "third", "first"]


async def test_a_wish_from_the_lobby_is_listed_too(world):
    log, _, _, listed = world
    await write(log, "a", started(), ev.CallBackRequested(number=NUMBER, language="ja", reason="no_capacity"))
    await listed.catch_up()
    assert [(entry.number, entry.language) for entry in listed.entries()] == [(NUMBER, "ja")]


async def test_a_message_is_listed_with_what_was_understood_of_it(world):
    log, _, _, listed = world
    heard = [
        ev.UtteranceHeard(text=text, language="en", start_s=at, end_s=at + 1, confidence=0.9)
        for text, at in (("a person", 3.0), ("my lamp", 20.0), ("is broken", 22.0))
    ]
    left = ev.VoicemailLeft(name="a-1", seconds=9.5, language="en", queue="general", at_s=19.0)
    # The last words of who hung up are recognised after the message was closed.
    await write(log, "a", started(), *heard[:2], left, heard[2])
    await write(log, "b", started(""), left)
    await listed.catch_up()
    entry, withheld = listed.entries()
    assert (entry.kind, entry.message, entry.seconds, entry.number) == ("voicemail", "a-1", 9.5, NUMBER)
    assert entry.transcript == ["my lamp", "is broken"]
    assert withheld.number == "" and withheld.transcript == []


async def test_only_one_agent_has_an_entry_and_may_give_it_back(world):
    log, _, clock, listed = world
    await write(log, "a", started(), asked())
    await listed.catch_up()
    await listed.take("a", "mei")
    await listed.take("a", "mei")  # twice changes nothing
    assert await code_of(listed.take("a", "jun")) == "taken"
    assert await code_of(listed.tried("a", "jun", answered=True)) == "not_yours"
    await listed.give_back("a", "mei")
    await listed.take("a", "jun")
    assert listed.entry("a").holder(clock.now()) == "jun"


async def test_an_entry_that_was_taken_and_forgotten_is_everybodys_again(world):
    log, _, clock, listed = world
    await write(log, "a", started(), asked())
    await listed.catch_up()
    await listed.take("a", "mei")
    clock.ahead = TAKEN_FOR
    assert await code_of(listed.tried("a", "mei", answered=True)) == "not_yours"
    assert listed.entry("a").status(clock.now()) == "open"


async def test_who_does_not_answer_is_tried_three_times_with_a_pause_between_then_as_agents_like(world):
    log, _, clock, listed = world
    await write(log, "a", started(), asked())
    await listed.catch_up()
    for attempt in (1, 2, 3):
        await listed.take("a", "mei")
        await listed.tried("a", "mei", answered=False)
        if attempt < 3:
            assert listed.entry("a").status(clock.now()) == "later"
            assert await code_of(listed.take("a", "mei")) == "too_soon"
        clock.ahead += PAUSE
    assert listed.entry("a").status(clock.now()) == "not_reached"
    tried = [one.event for one in await log.read("a") if isinstance(one.event, ev.CallBackTried)]
    assert [(one.attempt, one.answered, one.agent) for one in tried] == [(n, False, "mei") for n in (1, 2, 3)]
    await listed.take("a", "jun")
    assert listed.entry("a").status(clock.now()) == "taken"
    assert await code_of(listed.take("a", "mei")) == "taken"
    await listed.tried("a", "jun", answered=False)
    assert listed.entry("a").status(clock.now()) == "not_reached"
    await listed.take("a", "jun")
    await listed.tried("a", "jun", answered=True)
    assert listed.entry("a").status(clock.now()) == "reached"


async def test_whom_the_platform_could_not_reach_an_agent_takes_by_hand(world):
    log, _, clock, listed = world
    await write(log, "a", started(), asked(by="platform"))
    for attempt in (1, 2, 3):
        await write(log, "a", ev.CallBackTried(attempt=attempt, answered=False, agent="mei", reason="busy"))
    await write(log, "a", CallLeftQueue(queue="general", waited_s=1, why="call_back_failed", at=1))
    await write(log, "b", started(), asked())
    await listed.catch_up()
    # It stays among those to be called, after those who were not tried yet.
    assert [one.id for one in listed.entries()] == ["b", "a"]
    assert listed.entry("a").status(clock.now()) == "not_reached" and not listed.entry("a").over(clock.now())
    await listed.take("a", "mei")
    await listed.done("a", "mei")
    assert listed.entry("a").status(clock.now()) == "done"


async def test_who_was_not_reached_is_listed_for_a_week_after_the_last_attempt(world):
    log, _, clock, listed = world
    await write(log, "a", started(), asked())
    for attempt in (1, 2, 3):
        await write(log, "a", ev.CallBackTried(attempt=attempt, answered=False, agent="mei"))
    await listed.catch_up()
    clock.ahead = SHOWN_FOR - timedelta(minutes=1)
    assert [one.id for one in listed.entries()] == ["a"]
    clock.ahead = SHOWN_FOR
    assert listed.entries() == [] and await code_of(listed.take("a", "mei")) == "over"


async def test_the_platform_calls_its_own_and_leaves_those_it_gave_up_to_agents(world):
    log, _, clock, listed = world
    await write(log, "a", started(), asked(by="platform"))
    await listed.catch_up()
    assert listed.entry("a").status(clock.now()) == "with_platform"
    assert await code_of(listed.take("a", "mei")) == "with_platform"
    failed = ev.CallBackTried(attempt=1, answered=False, agent="jun", reason="carrier_away")
    await write(log, "a", failed, CallLeftQueue(queue="general", waited_s=1, why="call_back_cancelled", at=1))
    await listed.catch_up()
    clock.ahead = PAUSE
    await listed.take("a", "mei")


async def test_a_message_may_be_dealt_with_without_a_call(world):
    log, _, clock, listed = world
    await write(log, "a", started(), ev.VoicemailLeft(name="", seconds=3, language="en"))
    await listed.catch_up()
    await listed.take("a", "mei")
    await listed.done("a", "mei")
    assert listed.entry("a").status(clock.now()) == "done"


async def test_a_new_wish_in_the_same_call_is_a_new_entry(world):
    log, _, clock, listed = world
    reached = ev.CallBackTried(attempt=1, answered=True, agent="mei")
    await write(log, "a", started(), asked(), reached, asked())
    await listed.catch_up()
    (entry,) = listed.entries()
    assert entry.status(clock.now()) == "open" and not entry.attempts


async def test_a_list_that_starts_later_is_the_same_and_follows_what_comes(world):
    log, _, clock, listed = world
    await write(log, "a", started(), asked())
    await listed.catch_up()
    await listed.take("a", "mei")
    again = CallBackList(log, clock)
    await again.catch_up()
    assert again.entries() == listed.entries()
    await write(log, "b", started(), asked())
    while await again.catch_up():
        pass
    assert len(again.entries()) == 2


async def test_who_was_erased_has_no_number_any_more(world):
    log, keys, _, listed = world
    await write(log, "a", started(), asked(), person="gone")
    await listed.catch_up()
    await keys.destroy("gone")
    await listed._read("a")
    entry = listed.entry("a")
    assert entry.erased and entry.number == ""


async def test_an_unknown_entry_is_refused_and_a_call_without_a_wish_is_none(world):
    log, _, _, listed = world
    await write(log, "a", started())
    await listed.catch_up()
    assert not listed.entries() and entry_of(await log.read("a")) is None
    assert await code_of(listed.take("a", "mei")) == "unknown"
