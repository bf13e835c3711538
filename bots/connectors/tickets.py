"""Tickets: what is to be followed up after a call, kept by the business's own system or, here, in our database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

from sqlalchemy import Column, DateTime, Index, RowMapping, String, Table, func, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bots.connectors.orders import ConnectorError
from core.db import Database, metadata
from core.redaction import redact

TicketState = Literal["open", "waiting", "closed"]
LONGEST_SUBJECT = 300
_FIRST_NUMBER = 700_001
_TRIES = 5

tickets = Table(
    "demo_tickets",
    metadata,
    Column("number", String(12), primary_key=True),
    Column("customer", String(80), nullable=False),
    Column("subject", String(LONGEST_SUBJECT), nullable=False),
    Column("state", String(10), nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("opened_by", String(80), nullable=False),
    Column("idempotency_key", String(120), nullable=False, unique=True),
    Index("ix_demo_tickets_customer", "customer"),
)


@dataclass(frozen=True, slots=True)
class Ticket:
    """
    Attributes:
        number: ``T`` and six digits.
        state: ``waiting`` is for the customer to answer.
        opened_by: a user name, or that of a bot.
    """

    number: str
    subject: str
    state: TicketState
    opened_at: datetime
    opened_by: str


class TicketDesk(Protocol):
    """The business's tickets. Every method may raise ``ConnectorError``.

    A ticket belongs to a ``customer``: their id in the customer register, or the pseudonym of a caller
    who is in none.
    """

    async def unfinished(self, customers: Sequence[str]) -> list[Ticket]:
        """The tickets that are not closed of whoever goes by one of these ids, the newest first."""

    async def open_ticket(
        self, customer: str, subject: str, opened_by: str, idempotency_key: str, now: datetime
    ) -> Ticket:
        """Put a matter on record, once per key; personal numbers in ``subject`` are masked."""


class DemoTicketDesk:
    """``TicketDesk`` over the table above."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unfinished(self, customers: Sequence[str]) -> list[Ticket]:
        query = (
            select(tickets)
            .where(tickets.c.customer.in_([one for one in customers if one]), tickets.c.state != "closed")
            .order_by(tickets.c.opened_at.desc(), tickets.c.number.desc())
        )
        try:
            async with self._database.read() as connection:
                return [_ticket(row) for row in (await connection.execute(query)).mappings()]
        except SQLAlchemyError as error:
            raise ConnectorError(str(error)) from error

    async def open_ticket(
        self, customer: str, subject: str, opened_by: str, idempotency_key: str, now: datetime
    ) -> Ticket:
        subject = redact(" ".join(subject.split()))[:LONGEST_SUBJECT]
        if not subject or not customer:
            raise ConnectorError("a ticket needs a subject, and a customer whom it is about")
        row = {
            "customer": customer,
            "subject": subject,
            "state": "open",
            "opened_at": now,
            "opened_by": opened_by,
            "idempotency_key": idempotency_key,
        }
        same = select(tickets).where(tickets.c.idempotency_key == idempotency_key)
        count = select(func.count()).select_from(tickets)
        for attempt in range(_TRIES):
            try:
                async with self._database.begin() as connection:
                    if (known := (await connection.execute(same)).mappings().first()) is not None:
                        return _ticket(known)
                    taken = (await connection.execute(count)).scalar_one()
                    row["number"] = f"T{_FIRST_NUMBER + taken + attempt}"
                    await connection.execute(tickets.insert().values(row))
                return Ticket(str(row["number"]), subject, "open", now, opened_by)
            except IntegrityError:
                continue  # another process took the number, or opened this very ticket
            except SQLAlchemyError as error:
                raise ConnectorError(str(error)) from error
        raise ConnectorError(f"no free ticket number in {_TRIES} attempts")


def _ticket(row: RowMapping) -> Ticket:
    opened_at = row["opened_at"]
    return Ticket(
        row["number"],
        row["subject"],
        row["state"],
        opened_at if opened_at.tzinfo else opened_at.replace(tzinfo=UTC),
        row["opened_by"],
    )
