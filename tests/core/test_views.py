"""What readers see of calls comes from the log alone."""

import pytest
from sqlalchemy import delete, select
from sqlalchemy.event import listen

from core import events as ev
from core.crypto import PersonKeys, SiteKey
from core.db import Database, sqlite_url
from core.log import EventLog
from core.views import CallList, CallView, calls

CALL = [
    ev.CallStarted(
        carrier="twilio",
        carrier_call_id="CA1",
        caller="+8613800138000",
        called="+1",
        bot="homegoods",
        language="zh",
    ),
    ev.UtteranceHeard(text="查订单104227", language="zh", start_s=3.0, end_s=5.0, confidence=0.9, turn=1),
    ev.TurnUnderstood(turn=1, intent="order_status", confidence=0.9, language="zh"),
    ev.UtteranceSpoken(speaker="bot", text="您好", language="zh", start_s=0.2, end_s=2.0, name="utter_greet"),
    ev.LanguageChanged(before="zh", after="en", reason="asked"),
    ev.HandoffRequested(
        packet={"caller": "+8613800138000", "slots": {"phone": "13800138000"}}, reason="asked"
    ),
    ev.OfferAnswered(offer_id="o", agent="mei", answer="accepted", waited_s=2.0),
    ev.CallEnded(outcome="handed_off", reason="agent_closed", duration_s=60),
    ev.WrapUpDone(agent="mei", code="order", summary="done; phone 13800138000"),
    ev.CallScored(scorecard="s", scorecard_version="1", score=80.0, answers={"answers": []}),
]


@pytest.fixture
async def world(tmp_path):
    db = Database(sqlite_url(tmp_path / "views.db"))
    await db.create_all()
    log = EventLog(db, PersonKeys(db, SiteKey(b"k" * 32)))
    await log.start()
    yield db, log
    await log.close()
    await db.close()


async def test_a_call_is_folded_in_the_order_of_its_sound(world):
    _, log = world
    for event in CALL:
        await log.append("call-1", event, person="p")
    view = CallView.of(await log.read("call-1"))
    shown = view.to_json()
    assert [line["text"] for line in shown["transcript"]] == ["您好", "查订单104227"]
    assert shown["language"] == "en" and shown["intents"] == ["order_status"]
    assert shown["outcome"] == "handed_off" and shown["agent"] == "mei"
    assert "13800138000" not in str(shown)
    assert shown["from"] == "****8000"


async def test_the_list_is_the_same_when_rebuilt_from_the_log(world):
    db, log = world
    table = CallList(db, log)
    for number in range(3):
        for event in CALL:
            await log.append(f"call-{number}", event, person="p")
            await table.catch_up()
    before = await table.newest()
    assert len(before) == 3 and before[0]["score"] == 80.0
    async with db.begin() as connection:
        await connection.execute(delete(calls))
    assert await table.newest() == []
    await table.rebuild()
    assert await table.newest() == before


@pytest.mark.parametrize(
    ("carrier", "later", "channel"),
    [
        ("twilio", [], "telephone"),
        ("webrtc", [], "browser"),
        ("webrtc", [ev.CallBackTried(attempt=1, answered=False)], "browser"),
        ("twilio", [ev.CallBackTried(attempt=1, answered=True)], "call_back"),
        ("twilio", [ev.VoicemailLeft(name="m", seconds=4, language="zh")], "message"),
    ],
)
async def test_the_list_says_by_which_channel_a_person_was_last_in_contact(world, carrier, later, channel):
    db, log = world
    for event in (CALL[0].model_copy(update={"carrier": carrier}), *later):
        await log.append("call-1", event, person="p")
    table = CallList(db, log)
    await table.catch_up()
    assert [row["channel"] for row in await table.of_person("p", 5)] == [channel]


async def test_an_event_that_changes_no_row_writes_nothing(world):
    db, log = world
    table = CallList(db, log)
    await log.append("call-1", CALL[0], person="p")
    await table.catch_up()
    written = []
    listen(db.engine.sync_engine, "before_cursor_execute", lambda *run: written.append(run[2].split()[1]))
    for turn in range(3):
        log.emit("call-1", ev.TurnUnderstood(turn=turn, intent="order_status", confidence=0.9, language="zh"))
        log.emit("call-1", CALL[3])
        await log.flush()
        while await table.catch_up():
            pass
    assert written.count("calls") == 1, "the intent is new once"
    assert written.count("reader_offsets") == 1


async def test_the_list_holds_nothing_personal(world):
    db, log = world
    for event in CALL:
        await log.append("call-1", event, person="p")
    table = CallList(db, log)
    await table.catch_up()
    async with db.read() as connection:
        assert "138" not in str((await connection.execute(select(calls))).all())


async def test_a_fresh_reader_picks_up_a_call_in_its_middle(world):
    db, log = world
    first = CallList(db, log)
    for event in CALL[:5]:
        await log.append("call-1", event, person="p")
    await first.catch_up()
    for event in CALL[5:]:
        await log.append("call-1", event, person="p")
    second = CallList(db, log)
    await second.catch_up()
    assert (await second.newest())[0]["intents"] == ["order_status"]
