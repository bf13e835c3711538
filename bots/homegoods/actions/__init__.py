"""The hotline's actions, written against rasa-sdk: run in process by the engine, or by an action server."""

from bots.homegoods.actions import (
    aside,
    asking,
    closing,
    invoices,
    knowledge,
    ladder,
    orders,
    people,
    returns,
    talk,
    validation,
)

__all__ = [
    "aside",
    "asking",
    "closing",
    "invoices",
    "knowledge",
    "ladder",
    "orders",
    "people",
    "returns",
    "talk",
    "validation",
]
