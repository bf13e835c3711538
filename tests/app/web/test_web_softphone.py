"""Tickets for the line, and where browsers find it."""

from __future__ import annotations

import time

import pytest
from starlette.datastructures import URL

from app.web.line_access import Allowance, LineAccess
from core.identity import Role
from core.tickets import BadTicket, TicketGate

KEY = b"t" * 32


@pytest.fixture
def open_to_strangers(parts):
    parts.line = LineAccess(KEY, public=True)


async def test_an_agent_gets_a_ticket_that_the_line_believes_once(parts, as_role):
    parts.line = LineAccess(KEY, url="https://phone.example.com/line", ice_servers=({"urls": ["stun:s:1"]},))
    answer = await (await as_role(Role.AGENT)).post("/api/softphone/ticket")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    fields = answer.json()
    assert fields["url"] == "wss://phone.example.com/line/softphone"
    assert fields["ice_servers"] == [{"urls": ["stun:s:1"]}]
    gate = TicketGate(KEY)
    assert gate.claim(fields["ticket"], "softphone", time.time()).subject == "agent"
    with pytest.raises(BadTicket):
        gate.claim(fields["ticket"], "softphone", time.time())


async def test_strangers_may_call_only_where_that_is_set(client, parts, as_role):
    refused = await client.post("/api/phone/ticket", json={})
    assert refused.status_code == 401 and refused.json()["error"]["code"] == "not_open"
    assert (await (await as_role(Role.QA)).post("/api/phone/ticket", json={})).status_code == 200


async def test_a_stranger_is_let_in_with_their_language_and_no_number(client, open_to_strangers):
    answer = await client.post("/api/phone/ticket", json={"language": "ko"})
    assert answer.status_code == 200
    ticket = TicketGate(KEY).claim(answer.json()["ticket"], "phone", time.time())
    assert ticket.subject == "" and ticket.claims == {"language": "ko"}
    assert answer.json()["url"] == "ws://test:8081/phone/line"
    number = {"number": "+8613900139001"}
    assert (await client.post("/api/phone/ticket", json=number)).status_code == 422
    assert (await client.post("/api/phone/ticket", json={"language": "fr"})).status_code == 422


async def test_in_a_demo_callers_say_which_number_they_call_from(client, parts):
    parts.line = LineAccess(KEY, public=True, demo=True)
    answer = await client.post("/api/phone/ticket", json={"number": "+8613900139001"})
    ticket = TicketGate(KEY).claim(answer.json()["ticket"], "phone", time.time())
    assert ticket.claims == {"caller": "+8613900139001"}
    assert (await client.post("/api/phone/ticket", json={"number": "0190"})).status_code == 422


async def test_one_address_calls_six_times_a_minute(client, open_to_strangers):
    answers = [await client.post("/api/phone/ticket", json={}) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert answers[-1].headers["retry-after"] == "60"


def test_an_allowance_is_for_each_and_for_all_and_comes_back():
    allowance = Allowance(each=2, all_together=3, within_s=60)
    assert [allowance.take("a", 0), allowance.take("a", 1), allowance.take("a", 2)] == [True, True, False]
    assert [allowance.take("b", 3), allowance.take("c", 4)] == [True, False]
    assert allowance.take("a", 60.5) and allowance.take("c", 61.5)


@pytest.mark.parametrize(
    ("page", "settings", "origin"),
    [
        ("http://127.0.0.1:8080/phone", {}, "ws://127.0.0.1:8081"),
        ("https://desk.example.com/phone", {"port": 9000}, "wss://desk.example.com:9000"),
        ("http://[::1]:8080/phone", {}, "ws://[::1]:8081"),
        ("http://x;script-src/phone", {}, "ws://localhost:8081"),
        ("http://a/phone", {"url": "https://phone.example.com"}, "wss://phone.example.com"),
        ("http://a/phone", {"url": "http://10.0.0.5:81/x"}, "ws://10.0.0.5:81"),
    ],
)
def test_the_lines_address_follows_the_pages_or_the_setting(page, settings, origin):
    assert LineAccess(KEY, **settings).origin(URL(page)) == origin


async def test_pages_may_open_the_line_and_nothing_else(client, parts):
    policy = (await client.get("/no-such-page")).headers["content-security-policy"]
    assert "connect-src 'self' ws://test:8081;" in policy
    assert "connect-src" not in (await client.get("/api/docs")).headers["content-security-policy"]
    phone = (await client.get("/phone")).headers["content-security-policy"]
    assert "script-src 'self';" in phone and "connect-src 'self' ws://test:8081;" in phone
