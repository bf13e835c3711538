"""Verifies the audit log again and again, so that a break is noticed by somebody who is not looking for it."""

from __future__ import annotations

import asyncio
import logging

from prometheus_client import Gauge

from core.audit import AuditLog

logger = logging.getLogger("tetraphone.audit")

INTACT = Gauge("tetraphone_audit_intact", "Whether the audit log is what was written: 1 or 0")
EVERY_S = 600.0


async def watch(audit: AuditLog, every_s: float = EVERY_S) -> None:
    """Verify for ever. A break is logged as an error each time, since it must not be overlooked."""
    while True:
        found = await audit.verify()
        INTACT.set(1 if found.ok else 0)
        for fault in found.faults:
            logger.error("the audit log is not what was written: %s: %s", fault.kind, fault.detail)
        await asyncio.sleep(every_s)
