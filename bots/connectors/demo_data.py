"""A dozen orders in every state and four customers, to try the hotline with."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from bots.connectors.demo_orders import customers, orders
from bots.connectors.tickets import tickets
from core.db import Database

CUSTOMERS: tuple[dict[str, Any], ...] = (
    {
        "id": "C1001",
        "name": "王晓梅",
        "phone": "+8613800138001",
        "language": "zh",
        "level": "gold",
        "email": "wang.xiaomei@example.com",
    },
    {
        "id": "C1002",
        "name": "Emily Carter",
        "phone": "+14155550102",
        "language": "en",
        "level": "standard",
        "email": "emily.carter@example.com",
    },
    {
        "id": "C1003",
        "name": "佐藤健",
        "phone": "+819012345603",
        "language": "ja",
        "level": "silver",
        "email": "sato.ken@example.com",
    },
    {
        "id": "C1004",
        "name": "김민지",
        "phone": "+821012345604",
        "language": "ko",
        "level": "standard",
        "email": None,
    },
)

_CHAIR = {
    "zh": "橡木餐椅",
    "en": "oak dining chair",
    "ja": "オークのダイニングチェア",
    "ko": "참나무 식탁 의자",
}
_LAMP = {"zh": "落地灯", "en": "floor lamp", "ja": "フロアランプ", "ko": "스탠드 조명"}
_DUVET = {"zh": "羽绒被", "en": "down duvet", "ja": "羽毛布団", "ko": "거위털 이불"}
_RUG = {"zh": "羊毛地毯", "en": "wool rug", "ja": "ウールのラグ", "ko": "울 러그"}
_TEA = {"zh": "陶瓷茶具", "en": "ceramic tea set", "ja": "陶器の茶器セット", "ko": "도자기 찻잔 세트"}
_SHELF = {"zh": "竹制书架", "en": "bamboo bookshelf", "ja": "竹の本棚", "ko": "대나무 책장"}

_NINGBO = {"zh": "宁波仓库", "en": "the Ningbo warehouse", "ja": "寧波の倉庫", "ko": "닝보 물류창고"}
_SHANGHAI = {"zh": "上海", "en": "Shanghai", "ja": "上海", "ko": "상하이"}
_TOKYO = {"zh": "东京", "en": "Tokyo", "ja": "東京", "ko": "도쿄"}
_SEOUL = {"zh": "首尔", "en": "Seoul", "ja": "ソウル", "ko": "서울"}
_OAKLAND = {"zh": "奥克兰", "en": "Oakland", "ja": "オークランド", "ko": "오클랜드"}

# number, customer, state, ordered, expected, delivered (days from today), carrier, tracking, place, items
_ORDERS: tuple[tuple[Any, ...], ...] = (
    ("H104227", "C1001", "shipped", -6, 2, None, "SF Express", "730118552046", _SHANGHAI, _CHAIR),
    ("H104228", "C1001", "preparing", -1, 7, None, "", "", {}, _LAMP),
    ("H104305", "C1001", "delivered", -12, -4, -4, "SF Express", "730118552153", _SHANGHAI, _DUVET),
    ("H200318", "C1002", "shipped", -9, 3, None, "UPS", "730224410387", _OAKLAND, _RUG),
    ("H200319", "C1002", "delayed", -20, 6, None, "UPS", "730224410394", _NINGBO, _SHELF),
    ("H200450", "C1002", "delivered", -15, -5, -5, "FedEx", "730224410455", _OAKLAND, _TEA),
    ("H315092", "C1003", "out_for_delivery", -7, 0, None, "Yamato", "730331207718", _TOKYO, _LAMP),
    ("H315093", "C1003", "in_customs", -8, 4, None, "Sagawa", "730331207725", _TOKYO, _CHAIR),
    ("H315160", "C1003", "delivered", -60, -48, -47, "Yamato", "730331207800", _TOKYO, _SHELF),
    ("H428671", "C1004", "shipped", -4, 4, None, "CJ Logistics", "730445906632", _SEOUL, _TEA),
    ("H428672", "C1004", "awaiting_payment", 0, None, None, "", "", {}, _DUVET),
    ("H428690", "C1004", "delivered", -10, -3, -3, "CJ Logistics", "730445906700", _SEOUL, _RUG),
    ("H104400", "C1001", "cancelled", -14, None, None, "", "", {}, _TEA),
    ("H200500", "C1002", "returned", -40, -30, -29, "UPS", "730224410501", _OAKLAND, _LAMP),
)


# number, customer, subject, state, opened (days from today), opened by
_TICKETS: tuple[tuple[Any, ...], ...] = (
    ("T600118", "C1001", "羽绒被颜色与页面不符，待仓库核实", "open", -3, "mei"),
    ("T600094", "C1002", "Bookshelf H200319 is late: carrier asked for a date", "waiting", -5, "sam"),
    ("T600131", "C1003", "配送日時の変更希望（H315092）", "open", -1, "haruka"),
    ("T600077", "C1004", "러그 반품 문의, 환불 완료", "closed", -9, "jimin"),
)


async def seed_demo(database: Database, today: date) -> int:
    """Put the demo customers, orders and tickets into an empty database; returns the number of orders added.

    Args:
        today: dates are laid out around this day, so that parcels are under way whenever the demo runs.
    """
    async with database.begin() as connection:
        known = set((await connection.execute(select(customers.c.id))).scalars())
        fresh = [row for row in CUSTOMERS if row["id"] not in known]
        if fresh:
            await connection.execute(customers.insert(), fresh)
        known = set((await connection.execute(select(orders.c.number))).scalars())
        rows = [row for row in map(lambda one: _row(one, today), _ORDERS) if row["number"] not in known]
        if rows:
            await connection.execute(orders.insert(), rows)
        known = set((await connection.execute(select(tickets.c.number))).scalars())
        if new := [_ticket_row(one, today) for one in _TICKETS if one[0] not in known]:
            await connection.execute(tickets.insert(), new)
    return len(rows)


def _ticket_row(ticket: tuple[Any, ...], today: date) -> dict[str, Any]:
    number, customer, subject, state, opened, opened_by = ticket
    return {
        "number": number,
        "customer": customer,
        "subject": subject,
        "state": state,
        "opened_at": datetime.combine(today + timedelta(days=opened), time(9, 30), UTC),
        "opened_by": opened_by,
        "idempotency_key": f"demo-{number}",
    }


def _row(order: tuple[Any, ...], today: date) -> dict[str, Any]:
    number, customer, state, ordered, expected, delivered, carrier, tracking, place, items = order

    def day(offset: int | None) -> date | None:
        return None if offset is None else today + timedelta(days=offset)

    return {
        "number": number,
        "customer_id": customer,
        "state": state,
        "ordered_on": day(ordered),
        "expected_on": day(expected),
        "delivered_on": day(delivered),
        "carrier": carrier,
        "tracking_number": tracking,
        "place": place,
        "items": items,
    }
