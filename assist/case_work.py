"""What is done beside the conversation: looking the caller up, opening tickets, saving what was written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from assist.acd.router import UNFINISHED_CODE
from assist.live import LiveCall
from assist.screen_pop import Records, ScreenPop
from bots.connectors.orders import ConnectorError
from bots.connectors.tickets import Ticket
from core.commands import Command, FinishWrapUp, Reply
from core.events import TicketOpened
from core.log import EventLog

_EXPIRY = timedelta(seconds=10)
_LOOK_UPS_AT_ONCE = 4


class CaseWork:
    """Short errands that nobody waits for, each owned until ``close``.

    Args:
        records: what the business knows of callers; None knows nothing.
        send: a command on its way to the calls; never raises.
        wake: called with the agents whose pages show what has changed.
    """

    def __init__(
        self,
        log: EventLog,
        records: Records | None,
        send: Callable[[Command], Awaitable[Reply]],
        wake: Callable[[set[str]], None],
    ) -> None:
        self._log, self._records, self._send, self._wake = log, records, send, wake
        self._look_ups = asyncio.Semaphore(_LOOK_UPS_AT_ONCE)
        self._looking: set[str] = set()
        self._errands: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        errands = list(self._errands)
        for errand in errands:
            errand.cancel()
        await asyncio.gather(*errands, return_exceptions=True)

    def look_up(self, call: LiveCall) -> None:
        """Find out who calls, unless it is known."""
        if self._records is not None and call.pop is None and call.id not in self._looking:
            self._looking.add(call.id)
            self._run(self._fetch(self._records, call), f"look-up-{call.id}")

    def look_up_again(self, call: LiveCall) -> None:
        """Something of what is known has changed."""
        if self._records is not None:
            self._run(self._fetch(self._records, call), f"look-up-{call.id}")

    def save_draft(self, call: LiveCall, agent: str) -> None:
        """Wrap-up ended by itself: what was written is kept, under the code that was chosen, if one was."""
        self._run(self._save(call, agent), f"save-draft-{call.id}")

    async def open_ticket(self, call: LiveCall, subject: str, by: str) -> Ticket:
        """Put a matter of the call on record, in the business's system and in the log.

        Raises:
            ConnectorError: if it is refused.
            TimeoutError: if the system does not answer.
        """
        if self._records is None:
            raise ConnectorError("there is no ticket system here")
        person, pop = call.view.person, call.pop or ScreenPop()
        ticket = await self._records.open_ticket(call.id, pop, person, subject, by, datetime.now(UTC))
        if ticket.number not in call.tickets:
            call.tickets.append(ticket.number)
            opened = TicketOpened(number=ticket.number, by=by, subject=ticket.subject)
            self._log.emit(call.id, opened, person=person)
        self.look_up_again(call)
        return ticket

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        errand = asyncio.create_task(work, name=name)
        self._errands.add(errand)
        errand.add_done_callback(self._errands.discard)

    async def _fetch(self, records: Records, call: LiveCall) -> None:
        try:
            async with self._look_ups:
                call.pop = await records.look_up(call.id, call.view.caller, call.view.person)
        finally:
            self._looking.discard(call.id)
        call.pop_number += 1
        self._wake(call.watchers)

    async def _save(self, call: LiveCall, agent: str) -> None:
        draft = call.draft(agent)
        reply = await self._send(
            FinishWrapUp(
                issued_by=agent,
                expires_at=datetime.now(UTC) + _EXPIRY,
                interaction_id=call.id,
                code=draft.code or UNFINISHED_CODE,
                summary=draft.summary or "",
                notes=draft.notes,
            )
        )
        draft.lapsed = "saved" if reply.ok else "failed"
        self._wake({agent})
