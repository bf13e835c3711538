"""Ways to the systems of the business: small protocols, and the adapters behind them.

``OrderDesk`` is the order system; ``DemoOrderDesk`` keeps one in the platform's own database, and
``seed_demo`` fills it.
"""

from bots.connectors.demo_data import seed_demo
from bots.connectors.demo_orders import DemoOrderDesk
from bots.connectors.orders import ConnectorError, Customer, NoEmailError, Order, OrderDesk, ReturnTicket
from bots.connectors.services import Services

__all__ = [
    "ConnectorError",
    "Customer",
    "DemoOrderDesk",
    "NoEmailError",
    "Order",
    "OrderDesk",
    "ReturnTicket",
    "Services",
    "seed_demo",
]
