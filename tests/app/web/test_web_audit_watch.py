"""A break of the audit log is noticed without anybody looking."""

import asyncio
import logging

from sqlalchemy import text

from app.web.audit_watch import INTACT, watch


async def test_a_break_is_logged_and_measured(parts, caplog):
    audit = parts.administration.audit
    await audit.note("root", "x", "y")
    watching = asyncio.create_task(watch(audit, every_s=0.02))
    try:
        async with asyncio.timeout(30):
            while INTACT._value.get() != 1:
                await asyncio.sleep(0.01)
            with caplog.at_level(logging.ERROR, "tetraphone.audit"):
                async with parts.db.begin() as connection:
                    await connection.execute(text("DROP TRIGGER audit_entries_no_update"))
                    await connection.execute(text("UPDATE audit_entries SET actor = 'somebody'"))
                while INTACT._value.get() != 0:
                    await asyncio.sleep(0.01)
        assert "not what was written: altered" in caplog.text or "other_key" in caplog.text
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
