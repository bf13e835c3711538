"""Unit: the demo order system: what is found, and that nothing is done twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bots.connectors import ConnectorError, DemoOrderDesk, NoEmailError, seed_demo
from bots.connectors.demo_orders import invoices, order_key, returns
from bots.connectors.orders import ORDER_STATES
from tests.bots.talk import NOW


@pytest.fixture
async def desk(database):
    await seed_demo(database, NOW.date())
    return DemoOrderDesk(database)


async def test_filling_the_database_twice_adds_nothing(database, desk):
    assert await seed_demo(database, NOW.date()) == 0


async def test_there_is_an_order_in_every_state(database, desk):
    from bots.connectors.demo_orders import orders

    async with database.read() as connection:
        states = set((await connection.execute(select(orders.c.state))).scalars())
    assert states == set(ORDER_STATES)


@pytest.mark.parametrize("number", ["H104227", "104227", "h 104-227", " 104 227 "])
async def test_an_order_is_found_with_and_without_its_letter(desk, number):
    order = await desk.find_order(number)
    assert order and order.number == "H104227"
    assert order.expected_on == NOW.date() + timedelta(days=2)


@pytest.mark.parametrize("number", ["", "999999", "1042277", "H10422", "x'; DROP TABLE demo_orders; --"])
async def test_what_is_no_order_is_not_found(desk, number):
    assert await desk.find_order(number) is None
    assert await desk.track(number) is None


async def test_a_parcel_is_found_by_tracking_number(desk):
    order = await desk.track("7301 1855 2046")
    assert order and order.number == "H104227"


async def test_returns_at_the_same_moment_make_one_ticket(database, desk):
    made = await asyncio.gather(
        *(desk.open_return("104305", "broken", f"key-{n % 2}", NOW) for n in range(6))
    )
    assert {ticket.number for ticket in made} == {"R104305"}
    assert [ticket.existed for ticket in made].count(False) == 1
    async with database.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(returns))).scalar() == 1


async def test_an_invoice_is_requested_once_per_key(database, desk):
    first = await desk.request_invoice("104227", "a", NOW)
    again = await desk.request_invoice("104227", "a", NOW)
    other = await desk.request_invoice("104227", "b", NOW)
    assert not first.existed and again.existed and again.number == first.number != other.number
    async with database.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(invoices))).scalar() == 2


async def test_an_invoice_needs_an_address_on_file(desk):
    with pytest.raises(NoEmailError):
        await desk.request_invoice("428671", "a", NOW)


async def test_an_unknown_order_cannot_be_returned(desk):
    with pytest.raises(ConnectorError):
        await desk.open_return("999999", "broken", "key", NOW)
    with pytest.raises(ConnectorError, match="no order number"):
        await desk.open_return("12", "broken", "key", NOW)


async def test_customers_are_known_by_number(desk):
    customer = await desk.find_customer("+819012345603")
    assert customer and customer.language == "ja" and customer.level == "silver"
    assert await desk.find_customer("+10000000000") is None


def test_order_keys():
    assert order_key("h104227") == "H104227" and order_key("X104227") is None
