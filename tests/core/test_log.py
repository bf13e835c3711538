"""The event log keeps order, survives rivals, and forgets persons when told to."""

import asyncio

import pytest
from sqlalchemy import select, update
from sqlalchemy.event import listen

from core.crypto import CannotOpen, PersonKeys, SiteKey, seal, unseal
from core.db import Database, sqlite_url
from core.events import CallEnded, CallStarted, Event, HandoffRequested, LegJoined, UtteranceHeard
from core.log import EventLog, events


def heard(text: str) -> UtteranceHeard:
    return UtteranceHeard(text=text, language="zh", start_s=0, end_s=1, confidence=0.9)


@pytest.fixture
async def db(tmp_path):
    db = Database(sqlite_url(tmp_path / "log.db"))
    await db.create_all()
    yield db
    await db.close()


def keys(db) -> PersonKeys:
    return PersonKeys(db, SiteKey(b"k" * 32))


@pytest.fixture
async def log(db):
    log = EventLog(db, keys(db))
    await log.start()
    yield log
    await log.close()


async def test_events_come_back_in_order_and_whole(log):
    log.emit("call-1", heard("我的订单"), person="p")
    log.emit("call-2", heard("other"), person="q")
    last = await log.append("call-1", CallEnded(outcome="resolved", reason="bot_closed", duration_s=3))
    assert last.seq == 2
    texts = [recorded.event for recorded in await log.read("call-1")]
    assert texts == [heard("我的订单"), CallEnded(outcome="resolved", reason="bot_closed", duration_s=3)]


async def test_what_is_committed_together_is_one_statement(log, db):
    statements = []
    listen(db.engine.sync_engine, "before_cursor_execute", lambda *run: statements.append(run[2]))
    for number in range(20):
        log.emit(f"call-{number % 3}", heard(str(number)), person="p")
    await log.flush()
    assert len([one for one in statements if one.startswith("INSERT INTO events")]) == 1
    found = await log.read_from(0)
    assert [one.event.text for one in found] == [str(number) for number in range(20)]
    assert [one.seq for one in found] == [1 + number // 3 for number in range(20)]


async def test_whoever_waits_is_told_the_place_of_their_own_event(log):
    written = await asyncio.gather(*(log.append(f"call-{number}", heard(str(number))) for number in range(9)))
    for one in written:
        assert await log.read(one.interaction_id) == [one]


async def test_personal_fields_are_not_in_the_database_in_clear(log, db):
    await log.append("call-1", heard("secret words"), person="p")
    async with db.read() as connection:
        row = (await connection.execute(select(events))).mappings().one()
    assert "text" not in row["payload"]
    assert b"secret" not in row["sealed"]


async def test_erasing_a_person_blanks_their_words_and_nobody_elses(log, db):
    await log.append("call-1", heard("erase me"), person="p")
    await log.append("call-1", heard("keep me"), person="q")
    await log._keys.destroy("p")
    first, second = await log.read("call-1")
    assert first.erased and first.event.text == ""
    assert second.event.text == "keep me"


async def test_two_writers_of_one_call_never_share_a_number(db):
    logs = [EventLog(db, keys(db)) for _ in range(2)]
    for log in logs:
        await log.start()
    for number in range(40):
        for index, log in enumerate(logs):
            log.emit("call-1", heard(f"{index}:{number}"), person="p")
    for log in logs:
        await log.close()
    recorded = await logs[0].read("call-1")
    assert [r.seq for r in recorded] == list(range(1, 81))
    for index in range(2):
        mine = [r.event.text for r in recorded if r.event.text.startswith(f"{index}:")]
        assert mine == [f"{index}:{number}" for number in range(40)]


async def test_a_reader_follows_from_its_offset(log):
    for number in range(3):
        await log.append("call-1", heard(str(number)))
    await log.set_offset("score", 1)
    await log.set_offset("score", 2)
    seen = []
    async with asyncio.timeout(5):
        async for recorded in log.follow(await log.offset("score")):
            seen.append(recorded.event.text)
            if len(seen) == 1:
                log.emit("call-1", heard("later"))
            else:
                break
    assert seen == ["2", "later"]


async def test_a_follower_asks_once_for_each_growth_and_never_stops_before_the_last_page(
    log, db, monkeypatch
):
    monkeypatch.setattr("core.log.FOLLOWED_AT_ONCE", 2)
    for number in range(5):
        await log.append("call-1", heard(str(number)))
    asked, usual = [], EventLog._page

    async def page(self, position: int, limit: int):
        asked.append(position)
        return await usual(self, position, limit)

    monkeypatch.setattr(EventLog, "_page", page)
    seen = []
    async with asyncio.timeout(5):
        async for recorded in log.follow(0):
            seen.append(recorded.event.text)
            if seen[-1] == "4":
                log.emit("call-1", heard("later"))
            if seen[-1] == "later":
                break
    assert seen == ["0", "1", "2", "3", "4", "later"]
    assert asked == [0, 2, 4, 5]


async def test_one_event_that_cannot_be_written_costs_no_other(log):
    bad = HandoffRequested(packet={"x": object()}, reason="asked", skills=[], priority=0)
    log.emit("call-1", heard("before"), person="p")
    log.emit("call-2", bad)
    log.emit("call-1", heard("after"), person="p")
    with pytest.raises(ValueError, match="serialize"):
        await log.append("call-2", bad)
    await log.flush()
    assert [one.event.text for one in await log.read("call-1")] == ["before", "after"]
    assert await log.read("call-2") == []


async def test_a_value_that_no_table_accepts_does_not_hold_up_the_others(log, monkeypatch):
    monkeypatch.setattr("core.log.RIVAL_TRIES", 2)
    log.emit(None, heard("of no call"))
    async with asyncio.timeout(20):
        await log.append("call-1", heard("after"))
    assert [one.event.text for one in await log.read("call-1")] == ["after"]


@pytest.mark.parametrize("damage", [{"sealed": b"not what was sealed"}, {"payload": {"no": "field"}}])
async def test_a_damaged_event_stops_no_reader(log, db, damage):
    for text in ("first", "damaged", "last"):
        await log.append("call-1", heard(text), person="p")
    async with db.begin() as connection:
        await connection.execute(update(events).where(events.c.seq == 2).values(**damage))
    readable = ["first", "", "last"] if "sealed" in damage else ["first", "last"]
    for read in (await log.read("call-1"), await log.read_from(0)):
        assert [one.event.text for one in read] == readable
        assert [one.seq for one in read if one.erased] == ([2] if "sealed" in damage else [])
    seen = []
    async with asyncio.timeout(5):
        async for recorded in log.follow(0):
            seen.append(recorded.event.text)
            if len(seen) == len(readable):
                break
    assert seen == readable


async def test_a_reader_gets_past_any_number_of_unknown_events(log, db):
    for number in range(7):
        await log.append("call-1", heard(str(number)))
    async with db.begin() as connection:
        await connection.execute(update(events).where(events.c.seq <= 6).values(kind="of_a_later_version"))
    assert [one.event.text for one in await log.read_from(0, limit=2)] == ["6"]
    assert await log.read_from(7, limit=2) == []


async def test_calls_without_an_end_are_found(log):
    started = CallStarted(carrier="c", carrier_call_id="1", caller="", called="", bot="b", language="en")
    await log.append("open", started)
    await log.append("over", started)
    await log.append("over", CallEnded(outcome="resolved", reason="bot_closed", duration_s=3))
    last = await log.last_position()
    await log.append("later", started)
    assert await log.unfinished([CallStarted], CallEnded, last) == ["open"]


async def test_a_call_that_ended_and_began_again_without_an_end_is_found(log):
    started = CallStarted(carrier="c", carrier_call_id="1", caller="", called="", bot="b", language="en")
    ended = CallEnded(outcome="ended_unconfirmed", reason="call_back_agreed", duration_s=3)
    for name in ("called back", "called back and over"):
        for event in (started, LegJoined(party="caller"), ended, LegJoined(party="caller")):
            await log.append(name, event)
    await log.append("called back and over", ended)
    last = await log.last_position()
    assert await log.unfinished([CallStarted, LegJoined], CallEnded, last) == ["called back"]
    await log.append("called back", ended)
    assert await log.unfinished([CallStarted, LegJoined], CallEnded, last) == []


async def test_calls_without_an_end_are_found_by_an_index(log, db):
    statements = []
    listen(db.engine.sync_engine, "before_cursor_execute", lambda *run: statements.append(run[2:4]))
    await log.unfinished([CallStarted], CallEnded, 10)
    ((statement, values),) = [one for one in statements if one[0].startswith("SELECT")]
    async with db.read() as connection:
        plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)).all()
    searches = [row[3] for row in plan if "events" in row[3]]
    assert len(searches) == 2
    assert all("ix_events_kind_interaction_id (kind=?" in search for search in searches), searches


def test_every_event_survives_being_stored():
    for kind, event_class in Event.registry.items():
        assert event_class.kind == kind
        assert event_class.personal_fields() <= set(event_class.model_fields)
    started = CallStarted(
        carrier="twilio", carrier_call_id="CA1", caller="+8613800000000", called="+1", bot="b", language="zh"
    )
    open_fields, personal = started.split()
    assert personal == {"caller": "+8613800000000"}
    assert CallStarted.join(open_fields, personal) == started
    assert CallStarted.join(open_fields, None).caller == ""


def test_what_is_sealed_opens_only_in_its_place():
    sealed = seal(b"a" * 32, b"words", b"event-1")
    assert unseal(b"a" * 32, sealed, b"event-1") == b"words"
    with pytest.raises(CannotOpen):
        unseal(b"a" * 32, sealed, b"event-2")
    with pytest.raises(CannotOpen):
        unseal(b"b" * 32, sealed, b"event-1")


def test_the_site_key_file_is_made_once_and_private(tmp_path):
    first = SiteKey.from_file(tmp_path / "keys" / "site.key")
    again = SiteKey.from_file(tmp_path / "keys" / "site.key")
    assert first.pseudonym("+861") == again.pseudonym("+861") != first.pseudonym("+862")
    assert (tmp_path / "keys" / "site.key").stat().st_mode & 0o777 == 0o600


async def test_readers_who_wait_share_one_look_and_are_all_told(db):
    log = EventLog(db, keys(db), poll_s=0.01)
    await log.start()
    looks = 0
    look = log.last_position

    async def counted():
        nonlocal looks
        looks += 1
        return await look()

    log.last_position = counted
    waiting = [asyncio.create_task(log.grown(0)) for _ in range(5)]
    await asyncio.sleep(0.1)
    assert not any(task.done() for task in waiting)
    assert looks <= 10, "five readers, one look each time"
    await log.append("call", heard("something new"))
    await asyncio.wait_for(asyncio.gather(*waiting), 5)
    await asyncio.wait_for(log.grown(0), 5)
    late = asyncio.create_task(log.grown(1))
    await asyncio.sleep(0.05)
    assert not late.done()
    late.cancel()
    await log.close()
