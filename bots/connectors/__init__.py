"""Ways to the systems of the business: small protocols, and the adapters behind them.

``OrderDesk`` is the order system, ``TicketDesk`` that of tickets; ``DemoOrderDesk`` and ``DemoTicketDesk``
keep them in the platform's own database, and ``seed_demo`` fills them.
"""

from bots.connectors.demo_data import seed_demo
from bots.connectors.demo_orders import DemoOrderDesk
from bots.connectors.orders import ConnectorError, Customer, NoEmailError, Order, OrderDesk, ReturnTicket
from bots.connectors.services import Services
from bots.connectors.tickets import DemoTicketDesk, Ticket, TicketDesk

__all__ = [
    "ConnectorError",
    "Customer",
    "DemoOrderDesk",
    "DemoTicketDesk",
    "NoEmailError",
    "Order",
    "OrderDesk",
    "ReturnTicket",
    "Services",
    "Ticket",
    "TicketDesk",
    "seed_demo",
]
