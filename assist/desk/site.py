"""What the pages of all agents share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from assist.acd.plan import Plan
from assist.feed import AssistFeed
from assist.wrap_up import CODES
from core.audit import AuditLog
from core.identity import Identity


async def _one_queue() -> Plan:
    return Plan()


@dataclass(frozen=True, slots=True)
class DeskSite:
    """
    Attributes:
        feed: started and closed by whoever owns the process.
        identity: where sessions are looked up.
        audit: where looks at numbers are noted; None: numbers stay masked for everybody.
        plan: the queues and break reasons that count now.
        wrap_up_codes: dispositions, in the order of the list; those of our own have words in four languages.
    """

    feed: AssistFeed
    identity: Identity
    audit: AuditLog | None = None
    plan: Callable[[], Awaitable[Plan]] = _one_queue
    wrap_up_codes: tuple[str, ...] = CODES
