"""The migrations make the tables that the code expects."""

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.migrations import upgrade
from app.migrations.tables import metadata
from core.db import Database, sqlite_url


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
