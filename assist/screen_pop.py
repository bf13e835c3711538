"""What the business knows of a caller before the agent says hello: customer, orders, tickets, earlier calls.

Each source is asked at the same time and may fail alone: what did not answer is named, and the rest is shown.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from bots.connectors.orders import Customer, Order, OrderDesk
from bots.connectors.tickets import Ticket, TicketDesk
from core.views import CallList, Channel

logger = logging.getLogger(__name__)

T = TypeVar("T")
Source = Literal["customer", "orders", "tickets", "contacts"]
CONTACTS = 5


@dataclass(frozen=True, slots=True)
class Contact:
    """An earlier contact with the same person, by whatever channel; ``matter`` is an intent's name or ''."""

    call_id: str
    at: datetime
    language: str
    matter: str
    outcome: str
    agent: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class ScreenPop:
    """
    Attributes:
        orders: the newest first, finished ones too.
        tickets: those that are not closed.
        missing: sources that did not answer.
    """

    customer: Customer | None = None
    orders: tuple[Order, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    contacts: tuple[Contact, ...] = ()
    missing: frozenset[Source] = frozenset()


class Records:
    """The business's systems, and our own list of calls, as the desk asks them.

    Args:
        timeout_s: a source that takes longer counts as one that does not answer.
    """

    def __init__(
        self, orders: OrderDesk, tickets: TicketDesk, calls: CallList, *, timeout_s: float = 3.0
    ) -> None:
        self._orders, self._tickets, self._calls, self._timeout_s = orders, tickets, calls, timeout_s

    async def look_up(self, call_id: str, number: str, person: str | None) -> ScreenPop:
        """Everything known of whoever calls.

        Args:
            number: in E.164; '' where it is withheld.
            person: the caller's pseudonym, if they have one.
        """
        missing: set[Source] = set()

        async def ask(source: Source, work: Awaitable[T], otherwise: T) -> T:
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await work
            except Exception as error:  # whatever that system does, the call is shown
                logger.warning("desk: %s did not answer: %s: %s", source, type(error).__name__, error)
                missing.add(source)
                return otherwise

        contacts = asyncio.create_task(ask("contacts", self._contacts(call_id, person), ()))
        try:
            customer = await ask("customer", self._orders.find_customer(number), None) if number else None
            owners = [customer.id if customer else "", person or ""]
            orders, tickets = await asyncio.gather(
                ask("orders", self._orders.orders_of(customer.id), []) if customer else _nothing(),
                ask("tickets", self._tickets.unfinished(owners), []),
            )
            return ScreenPop(customer, tuple(orders), tuple(tickets), await contacts, frozenset(missing))
        finally:
            contacts.cancel()

    async def _contacts(self, call_id: str, person: str | None) -> tuple[Contact, ...]:
        rows = await self._calls.of_person(person, CONTACTS, but=call_id) if person else []
        return tuple(
            Contact(
                row["id"],
                row["started_at"],
                row["language"],
                (row["intents"] or [""])[-1],
                row["outcome"] or "",
                row["agent"] or "",
                row["channel"],
            )
            for row in rows
        )

    async def open_ticket(
        self, call_id: str, pop: ScreenPop, person: str | None, subject: str, by: str, now: datetime
    ) -> Ticket:
        """Put a matter of this call on record; the same subject twice is one ticket.

        Raises:
            ConnectorError: if the system refuses it.
            TimeoutError: if it does not answer in time.
        """
        # A caller whom nobody knows still has a call by which the ticket is found.
        owner = pop.customer.id if pop.customer else person or f"call:{call_id}"
        key = f"{call_id}:{hashlib.sha256(subject.encode()).hexdigest()[:16]}"
        async with asyncio.timeout(self._timeout_s):
            return await self._tickets.open_ticket(owner, subject, by, key, now)


async def _nothing() -> list[Order]:
    return []
