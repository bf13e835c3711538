"""Readers that only count: facts of some kinds without what is personal, and where in the log a moment lies."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.event import listen

from core.crypto import PersonKeys, SiteKey
from core.db import Database, sqlite_url
from core.events import CallEnded, CallStarted, KeysPressed
from core.log import EventLog, events

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STARTED = CallStarted(
    carrier="c", carrier_call_id="1", caller="+491701234567", called="+1", bot="b", language="en"
)
ENDED = CallEnded(outcome="resolved", reason="bot_closed", duration_s=30)


@pytest.fixture
async def log(tmp_path):
    db = Database(sqlite_url(tmp_path / "log.db"))
    await db.create_all()
    log = EventLog(db, PersonKeys(db, SiteKey(b"k" * 32)))
    await log.start()
    for event in (STARTED, KeysPressed(keys="4711", at_s=1), KeysPressed(keys="12", at_s=2), ENDED):
        await log.append("a", event)
    yield log
    await log.close()
    await db.close()


async def test_only_the_kinds_asked_for_come_and_nothing_personal_with_them(log):
    found, looked = await log.facts(0, [CallStarted, CallEnded])
    assert [one.event.kind for one in found] == ["call_started", "call_ended"]
    assert found[0].event.caller == "" and not found[0].erased
    assert (await log.read("a"))[0].event.caller == "+491701234567"
    assert looked == 4 and await log.facts(4, [CallStarted]) == ([], 4)


async def test_where_there_is_nothing_new_one_small_question_is_asked(log):
    asked = []
    listen(log._db.engine.sync_engine, "before_cursor_execute", lambda *run: asked.append(run[2]))
    assert await log.facts(4, [CallStarted]) == ([], 4)
    assert len(asked) == 1 and "max(events.position)" in asked[0]


async def test_a_full_page_ends_at_its_last_fact_and_the_next_goes_on_there(log):
    first, looked = await log.facts(0, [CallStarted, CallEnded], limit=1)
    assert [one.position for one in first] == [1] and looked == 1
    second, looked = await log.facts(looked, [CallStarted, CallEnded], limit=1)
    assert [one.position for one in second] == [4] and looked == 4


async def test_the_place_of_a_moment_is_found_by_halving(log):
    async with log._db.begin() as connection:
        for position in range(1, 5):
            at = NOON + timedelta(minutes=position)
            await connection.execute(
                update(events).where(events.c.position == position).values(recorded_at=at)
            )
    places = [await log.position_at(NOON + timedelta(minutes=minutes)) for minutes in (0, 1, 2.5, 4, 9)]
    assert places == [0, 0, 2, 3, 4]
