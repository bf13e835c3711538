"""The migrations make the tables that the code expects."""

import asyncio
from datetime import UTC, datetime

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, MetaData, Table, select

from app.migrations import configuration, upgrade
from app.migrations.tables import metadata
from core.db import Database, sqlite_url
from core.log import events as events_table
from core.views import calls


async def test_a_migrated_database_is_what_the_code_expects(tmp_path):
    url = sqlite_url(tmp_path / "new" / "site.db")
    await asyncio.to_thread(upgrade, url)
    await asyncio.to_thread(upgrade, url)  # a second time changes nothing
    db = Database(url)
    try:
        async with db.engine.connect() as connection:
            differences = await connection.run_sync(
                lambda sync: compare_metadata(MigrationContext.configure(sync), metadata)
            )
        assert differences == []
    finally:
        await db.close()


async def test_calls_of_before_are_given_the_channel_that_the_log_tells(tmp_path):
    url = sqlite_url(tmp_path / "site.db")
    await asyncio.to_thread(command.upgrade, configuration(url), "0006")
    facts = {
        "by-telephone": [("call_started", {"carrier": "twilio"})],
        "by-browser": [("call_started", {"carrier": "webrtc"})],
        "left": [("call_started", {"carrier": "webrtc"}), ("voicemail_left", {})],
        "called": [("voicemail_left", {}), ("call_back_tried", {"answered": True})],
        "not-reached": [("call_started", {"carrier": "twilio"}), ("call_back_tried", {"answered": False})],
    }
    columns = [Column(one.name, one.type) for one in calls.c if one.name != "channel"]
    before = Table("calls", MetaData(), *columns)
    db = Database(url)
    try:
        async with db.begin() as connection:
            for name, events in facts.items():
                row = {"id": name, "started_at": datetime.now(UTC), "language": "en", "intents": []}
                await connection.execute(before.insert().values(row))
                for seq, (kind, payload) in enumerate(events, 1):
                    values = {
                        "id": f"{name}{seq}", "interaction_id": name, "seq": seq, "kind": kind,
                        "recorded_at": datetime.now(UTC), "schema_version": 1, "payload": payload,
                    }  # fmt: skip
                    await connection.execute(events_table.insert().values(values))
        await asyncio.to_thread(upgrade, url)
        async with db.read() as connection:
            found = (await connection.execute(select(calls.c.id, calls.c.channel))).all()
    finally:
        await db.close()
    assert dict(tuple(row) for row in found) == {
        "by-telephone": "telephone",
        "by-browser": "browser",
        "left": "message",
        "called": "call_back",
        "not-reached": "telephone",
    }
