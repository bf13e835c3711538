"""``tetraphone audit``: reads the audit log and says whether it is what was written."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.common import audit_of
from app.migrations import upgrade
from app.settings import Settings
from core.audit import AuditLog
from core.db import Database


@asynccontextmanager
async def open_audit(settings: Settings) -> AsyncIterator[AuditLog]:
    """The log of this site, whether or not the platform is running."""
    await asyncio.to_thread(upgrade, settings.db_url)
    db = Database(settings.db_url)
    try:
        yield audit_of(settings, db, settings.open_site_key())
    finally:
        await db.close()


async def verify(settings: Settings, console: Console, receipt: str, as_json: bool) -> int:
    """Verify the whole log; returns 0 if it is intact, 1 if it is not.

    Raises:
        ValueError: if the receipt is not ``position:hash``.
    """
    known = parse_receipt(receipt) if receipt else None
    async with open_audit(settings) as audit:
        found = await audit.verify(known)
    if as_json:
        shown = {**dataclasses.asdict(found), "ok": found.ok}
        console.print_json(json.dumps(shown))
        return 0 if found.ok else 1
    for fault in found.faults:
        console.print(f"{fault.kind}: {fault.detail}", style="bold red", markup=False, highlight=False)
    if not found.ok:
        console.print("The audit log is not what was written; docs/administration.md says what to do.")
        return 1
    if not found.entries:
        console.print("The audit log has no entries yet.")
        return 0
    console.print(f"The audit log is intact: {found.entries} entries.", highlight=False)
    console.print(
        f"Receipt, to be kept elsewhere: {found.entries}:{found.head}", highlight=False, markup=False
    )
    return 0


async def entries(settings: Settings, console: Console, limit: int, as_json: bool) -> None:
    """Print the newest entries."""
    async with open_audit(settings) as audit:
        found = await audit.entries(limit=limit)
    if as_json:
        console.print_json(json.dumps([dataclasses.asdict(entry) for entry in found]))
        return
    table = Table("#", "when", "who", "from", "what", "to whom or what", "before", "after")
    for entry in found:
        before, after = (
            "" if fields is None else escape(json.dumps(fields, ensure_ascii=False))
            for fields in (entry.before, entry.after)
        )
        table.add_row(
            str(entry.position), entry.at[:19], entry.actor, entry.origin, entry.action, escape(entry.subject), before, after
        )  # fmt: skip
    console.print(table)


def parse_receipt(text: str) -> tuple[int, str]:
    """``position:hash``, as ``verify`` prints it.

    Raises:
        ValueError: if it is anything else.
    """
    position, _, hash_ = text.strip().partition(":")
    if not position.isdigit() or len(hash_) != 64 or set(hash_) - set("0123456789abcdef"):
        raise ValueError(f"--receipt {text}: accepted: position:hash, as `tetraphone audit verify` prints it")
    return int(position), hash_
