"""Orders that callers ask for; their days and states change all the time, so that hardly a reply occurs twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import bindparam, select, update

from bots.connectors.demo_data import CUSTOMERS
from bots.connectors.demo_orders import orders
from core.db import Database
from core.languages import Language
from evals.bench.capacity.lines import order_sentences

_STATES = ("shipped", "preparing", "in_customs", "delivered")
"""Not ``delayed``: the bot begins with an apology there, in Japanese a clause of its own and the same every time."""
_CARRIERS = ("SF Express", "UPS", "FedEx", "Yamato", "Sagawa", "CJ Logistics")
_PLACES = (
    {"zh": "上海", "en": "Shanghai", "ja": "上海", "ko": "상하이"},
    {"zh": "东京", "en": "Tokyo", "ja": "東京", "ko": "도쿄"},
    {"zh": "首尔", "en": "Seoul", "ja": "ソウル", "ko": "서울"},
    {"zh": "奥克兰", "en": "Oakland", "ja": "オークランド", "ko": "오클랜드"},
)


def order_numbers(languages: Sequence[Language]) -> list[str]:
    """All numbers that callers of these languages ask for."""
    return sorted({one.number for language in languages for one in order_sentences(language)})


def row(number: str, random: Random, today: date) -> dict[str, Any]:
    """An order in a random state, with a random day three to three hundred days away."""
    state, days = random.choice(_STATES), random.randint(3, 300)
    delivered = state == "delivered"
    place = random.choice(_PLACES)
    return {
        "number": f"H{number}",
        "customer_id": CUSTOMERS[0]["id"],
        "state": state,
        "ordered_on": today - timedelta(days=310),
        "expected_on": today + timedelta(days=days),
        "delivered_on": today - timedelta(days=days) if delivered else None,
        "carrier": random.choice(_CARRIERS),
        "tracking_number": f"73{number}{number[:4]}",
        "place": place,
        "items": place,
    }


async def shuffle(database: Database, numbers: Sequence[str], random: Random, today: date) -> None:
    """Give every order another state and day; orders that are not there are added."""
    rows = [row(number, random, today) for number in numbers]
    async with database.begin() as connection:
        known = set((await connection.execute(select(orders.c.number))).scalars())
        if fresh := [one for one in rows if one["number"] not in known]:
            await connection.execute(orders.insert(), fresh)
        if old := [one for one in rows if one["number"] in known]:
            changed = ("state", "expected_on", "delivered_on", "carrier", "place")
            query = update(orders).where(orders.c.number == bindparam("which"))
            await connection.execute(
                query.values({name: bindparam(f"new_{name}") for name in changed}),
                [{"which": one["number"]} | {f"new_{name}": one[name] for name in changed} for one in old],
            )
