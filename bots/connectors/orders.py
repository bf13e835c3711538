"""What a bot may ask of the order system and have done there, whichever system that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from core.languages import Language

OrderState = Literal[
    "awaiting_payment",
    "preparing",
    "shipped",
    "in_customs",
    "out_for_delivery",
    "delivered",
    "delayed",
    "cancelled",
    "returned",
]
ORDER_STATES: tuple[OrderState, ...] = (
    "awaiting_payment",
    "preparing",
    "shipped",
    "in_customs",
    "out_for_delivery",
    "delivered",
    "delayed",
    "cancelled",
    "returned",
)
FINISHED: frozenset[OrderState] = frozenset(("delivered", "cancelled", "returned"))
"""Nothing more is to come of an order in one of these states."""
Level = Literal["standard", "silver", "gold"]
LEVELS: tuple[Level, ...] = ("standard", "silver", "gold")
"""From ordinary to most important; the place is what routing counts."""


class ConnectorError(RuntimeError):
    """The order system refused or could not be reached; the message is for the log, not for the caller."""


class NoEmailError(ConnectorError):
    """The customer has no e-mail address on file."""


@dataclass(frozen=True, slots=True)
class Customer:
    id: str
    name: str
    phone: str
    """E.164."""
    language: Language
    level: Level = "standard"


@dataclass(frozen=True, slots=True)
class Order:
    """One order.

    Attributes:
        number: ``H`` and six digits.
        expected_on: the day on which it should arrive, where known.
        items: what was ordered, by language code.
        place: where the parcel is, by language code; empty before it was shipped.
    """

    number: str
    state: OrderState
    ordered_on: date
    customer_id: str
    items: dict[str, str]
    carrier: str = ""
    tracking_number: str = ""
    place: dict[str, str] = field(default_factory=dict)
    expected_on: date | None = None
    delivered_on: date | None = None


@dataclass(frozen=True, slots=True)
class ReturnTicket:
    """A return; ``existed`` if it was there before this request."""

    number: str
    order_number: str
    reason: str
    existed: bool


@dataclass(frozen=True, slots=True)
class InvoiceRequest:
    """An invoice on its way to the e-mail address on file, which is not told."""

    number: str
    order_number: str
    existed: bool


class OrderDesk(Protocol):
    """The order system. Every method may raise ``ConnectorError``."""

    async def find_order(self, number: str) -> Order | None:
        """The order with that number; with or without the letter."""

    async def track(self, number: str) -> Order | None:
        """The order to which a tracking number or an order number belongs."""

    async def open_return(
        self, order_number: str, reason: str, idempotency_key: str, now: datetime
    ) -> ReturnTicket:
        """Open a return, once: the same key, or an open return of the same order, gives the first ticket."""

    async def request_invoice(self, order_number: str, idempotency_key: str, now: datetime) -> InvoiceRequest:
        """Have the invoice sent to the e-mail address on file, once per key.

        Raises:
            NoEmailError: there is no address on file.
        """

    async def find_customer(self, phone: str) -> Customer | None:
        """The customer with that telephone number (E.164)."""

    async def orders_of(self, customer_id: str, limit: int = 20) -> list[Order]:
        """A customer's orders, the newest first."""
