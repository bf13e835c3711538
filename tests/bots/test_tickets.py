"""Tickets: opened once, masked, listed by customer."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest

from bots.connectors import ConnectorError, DemoOrderDesk, DemoTicketDesk, seed_demo
from bots.connectors.orders import FINISHED

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


@pytest.fixture
async def desk(database) -> DemoTicketDesk:
    await seed_demo(database, date(2026, 3, 4))
    return DemoTicketDesk(database)


async def test_a_customer_has_their_unfinished_tickets_the_newest_first(desk):
    before = await desk.unfinished(["C1001"])
    assert [one.number for one in before] == ["T600118"]
    opened = await desk.open_ticket("C1001", "wants a call back", "mei", "call-1", NOW)
    assert [one.number for one in await desk.unfinished(["C1001"])] == [opened.number, "T600118"]
    assert await desk.unfinished(["C1004"]) == []  # theirs is closed
    assert await desk.unfinished([""]) == []


async def test_the_same_key_opens_one_ticket_however_often_and_at_once_it_is_asked_for(desk):
    opened = await asyncio.gather(
        *(desk.open_ticket("C1002", "lost parcel", "sam", "call-2", NOW) for _ in range(5))
    )
    assert len({one.number for one in opened}) == 1
    different = await asyncio.gather(
        *(desk.open_ticket("C1002", "lost parcel", "sam", f"call-{n}", NOW) for n in range(3, 7))
    )
    assert len({one.number for one in different}) == 4


async def test_personal_numbers_in_a_subject_are_masked_and_an_empty_one_is_refused(desk):
    ticket = await desk.open_ticket("C1002", "call back  on +1 415 555 0102", "sam", "call-3", NOW)
    assert ticket.subject == "call back on ****0102"
    with pytest.raises(ConnectorError, match="subject"):
        await desk.open_ticket("C1002", "  ", "sam", "call-4", NOW)


async def test_a_caller_in_no_register_keeps_tickets_under_their_pseudonym(desk):
    await desk.open_ticket("pseudonym", "asks for a catalogue", "sam", "call-5", NOW)
    assert len(await desk.unfinished(["", "pseudonym"])) == 1


async def test_orders_of_a_customer_come_newest_first(database, desk):
    orders = await DemoOrderDesk(database).orders_of("C1001")
    assert [one.number for one in orders] == ["H104228", "H104227", "H104305", "H104400"]
    assert [one.number for one in orders if one.state not in FINISHED] == ["H104228", "H104227"]
    assert await DemoOrderDesk(database).orders_of("nobody") == []
