"""An order system in the platform's own database: for demonstrations, tests and the first day."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Date,
    DateTime,
    ForeignKey,
    RowMapping,
    String,
    Table,
    UniqueConstraint,
    select,
)
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bots.connectors.orders import ConnectorError, Customer, InvoiceRequest, NoEmailError, Order, ReturnTicket
from core.db import Database, metadata
from core.languages import Language

customers = Table(
    "demo_customers",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("phone", String(20), nullable=False, unique=True),
    Column("language", String(2), nullable=False),
    Column("level", String(10), nullable=False),
    Column("email", String(120)),
)
orders = Table(
    "demo_orders",
    metadata,
    Column("number", String(7), primary_key=True),
    Column("customer_id", ForeignKey("demo_customers.id"), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("ordered_on", Date, nullable=False),
    Column("expected_on", Date),
    Column("delivered_on", Date),
    Column("carrier", String(40), nullable=False, default=""),
    Column("tracking_number", String(20), nullable=False, default="", index=True),
    Column("place", JSON, nullable=False, default=dict),
    Column("items", JSON, nullable=False),
)
returns = Table(
    "demo_returns",
    metadata,
    Column("number", String(12), primary_key=True),
    Column("order_number", ForeignKey("demo_orders.number"), nullable=False, unique=True),
    Column("reason", String(500), nullable=False),
    Column("idempotency_key", String(120), nullable=False, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
invoices = Table(
    "demo_invoice_requests",
    metadata,
    Column("number", String(12), primary_key=True),
    Column("order_number", ForeignKey("demo_orders.number"), nullable=False),
    Column("idempotency_key", String(120), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("idempotency_key"),
)


class DemoOrderDesk:
    """``OrderDesk`` over the tables above. The unique columns, not the code, keep an effect from doubling."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_order(self, number: str) -> Order | None:
        wanted = order_key(number)
        if wanted is None:
            return None
        return await self._order(orders.c.number == wanted)

    async def track(self, number: str) -> Order | None:
        if (wanted := order_key(number)) is not None:
            return await self._order(orders.c.number == wanted)
        wanted = re.sub(r"[\s\-]", "", number).upper()
        return await self._order(orders.c.tracking_number == wanted) if wanted else None

    async def open_return(
        self, order_number: str, reason: str, idempotency_key: str, now: datetime
    ) -> ReturnTicket:
        number = _known(order_number)
        row = await self._once(
            returns,
            (returns.c.order_number == number) | (returns.c.idempotency_key == idempotency_key),
            {
                "number": f"R{number[1:]}",
                "order_number": number,
                "reason": reason[:500],
                "idempotency_key": idempotency_key,
                "created_at": now,
            },
        )
        return ReturnTicket(row["number"], row["order_number"], row["reason"], row["existed"])

    async def request_invoice(self, order_number: str, idempotency_key: str, now: datetime) -> InvoiceRequest:
        number = _known(order_number)
        async with self._database.read() as connection:
            email = (
                await connection.execute(
                    select(customers.c.email).join(orders).where(orders.c.number == number)
                )
            ).scalar_one_or_none()
        if not email:
            raise NoEmailError(f"no e-mail address on file for order {number}")
        row = await self._once(
            invoices,
            invoices.c.idempotency_key == idempotency_key,
            {
                "number": f"I{number[1:]}",
                "order_number": number,
                "idempotency_key": idempotency_key,
                "created_at": now,
            },
        )
        return InvoiceRequest(row["number"], row["order_number"], row["existed"])

    async def find_customer(self, phone: str) -> Customer | None:
        try:
            async with self._database.read() as connection:
                row = (
                    (await connection.execute(select(customers).where(customers.c.phone == phone)))
                    .mappings()
                    .first()
                )
        except SQLAlchemyError as error:
            raise ConnectorError(str(error)) from error
        if row is None:
            return None
        return Customer(row["id"], row["name"], row["phone"], Language(row["language"]), row["level"])

    async def orders_of(self, customer_id: str, limit: int = 20) -> list[Order]:
        query = (
            select(orders)
            .where(orders.c.customer_id == customer_id)
            .order_by(orders.c.ordered_on.desc(), orders.c.number.desc())
            .limit(limit)
        )
        try:
            async with self._database.read() as connection:
                return [_order(row) for row in (await connection.execute(query)).mappings()]
        except SQLAlchemyError as error:
            raise ConnectorError(str(error)) from error

    async def _order(self, condition: Any) -> Order | None:
        try:
            async with self._database.read() as connection:
                row = (await connection.execute(select(orders).where(condition))).mappings().first()
        except SQLAlchemyError as error:
            raise ConnectorError(str(error)) from error
        return _order(row) if row is not None else None

    async def _once(self, table: Table, same: Any, values: dict[str, Any]) -> dict[str, Any]:
        """Insert unless there; numbers that are taken get a suffix."""
        try:
            async with self._database.begin() as connection:
                if (row := await _first(connection, table, same)) is not None:
                    return {**row, "existed": True}
                taken = len(
                    (
                        await connection.execute(
                            select(table.c.number).where(table.c.number.startswith(values["number"]))
                        )
                    ).all()
                )
                if taken:
                    values = {**values, "number": f"{values['number']}-{taken + 1}"}
                await connection.execute(table.insert().values(values))
                return {**values, "existed": False}
        except IntegrityError as error:
            # Another process was first, or the order does not exist.
            async with self._database.read() as connection:
                if (row := await _first(connection, table, same)) is not None:
                    return {**row, "existed": True}
            raise ConnectorError(str(error)) from error
        except SQLAlchemyError as error:
            raise ConnectorError(str(error)) from error


async def _first(connection: AsyncConnection, table: Table, condition: Any) -> RowMapping | None:
    return (await connection.execute(select(table).where(condition))).mappings().first()


def order_key(number: str) -> str | None:
    """``104227``, ``H104227``, ``h 104227`` -> ``H104227``; None for anything else."""
    match = re.fullmatch(r"H?(\d{6})", re.sub(r"[\s\-]", "", number).upper())
    return f"H{match.group(1)}" if match else None


def _known(number: str) -> str:
    key = order_key(number)
    if key is None:
        raise ConnectorError(f"{number!r} is no order number; accepted: H and six digits, or six digits")
    return key


def _order(row: RowMapping) -> Order:
    return Order(
        number=row["number"],
        state=row["state"],
        ordered_on=row["ordered_on"],
        customer_id=row["customer_id"],
        items=row["items"],
        carrier=row["carrier"],
        tracking_number=row["tracking_number"],
        place=row["place"],
        expected_on=row["expected_on"],
        delivered_on=row["delivered_on"],
    )
