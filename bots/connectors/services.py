"""What the actions of a bot may reach, gathered in one place and handed to the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bots.connectors.orders import OrderDesk
from bots.engine.types import Knowledge


@dataclass(frozen=True, slots=True)
class Services:
    """Attributes:
    orders: the order system.
    knowledge: answers from documents; None where there is no knowledge base.
    now: the time of day, in UTC; given, so that actions have no clock of their own.
    """

    orders: OrderDesk
    knowledge: Knowledge | None
    now: Callable[[], datetime]
