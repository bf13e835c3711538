"""The parts that every process of the platform has: database, keys, log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from app.settings import Settings
from core.audit import AuditLog
from core.crypto import PersonKeys, SiteKey
from core.db import Database
from core.log import EventLog

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Common:
    settings: Settings
    db: Database
    site_key: SiteKey
    keys: PersonKeys
    log: EventLog


@asynccontextmanager
async def open_common(settings: Settings) -> AsyncIterator[Common]:
    """Open the database and a writing log; both are closed again, the log after all is written."""
    db = Database(settings.db_url)
    try:
        site_key = settings.open_site_key()
        keys = PersonKeys(db, site_key)
        log = EventLog(db, keys)
        await log.start()
        try:
            yield Common(settings, db, site_key, keys, log)
        finally:
            await log.close()
    finally:
        await db.close()


def audit_of(settings: Settings, db: Database, site_key: SiteKey) -> AuditLog:
    """The audit log of the site, with its witness beside the keys."""
    return AuditLog(db, site_key, witness=settings.data / "keys" / "audit.witness")


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, object], name: str) -> AsyncIterator[None]:
    """Do ``work`` beside whatever is done within, and end it with that; a failure is logged when it happens."""

    async def owned() -> None:
        try:
            await work
        except Exception:
            logger.exception("%s ended early", name)

    task = asyncio.create_task(owned(), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
