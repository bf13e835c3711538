"""Tickets from one process to another."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tickets import BadTicket, Ticket, TicketGate, issue

KEY = b"k" * 32
TICKET = Ticket("softphone", "mia", {"language": "zh", "name": "米娅"})


def why(gate: TicketGate, text: str, kind: str = "softphone", now: float = 1_000.0) -> str:
    with pytest.raises(BadTicket) as refused:
        gate.claim(text, kind, now)
    return refused.value.why


def test_a_ticket_says_who_comes_and_lets_in_once():
    gate = TicketGate(KEY)
    text = issue(KEY, TICKET, 1_000.0)
    assert gate.claim(text, "softphone", 1_059.9) == TICKET
    assert why(gate, text, now=1_059.9) == "ticket_replayed"


def test_it_ends_and_is_for_one_purpose():
    gate = TicketGate(KEY)
    text = issue(KEY, TICKET, 1_000.0)
    assert why(gate, text, now=1_060.0) == "ticket_expired"
    assert why(gate, text, kind="phone") == "ticket_of_another_kind"
    assert gate.claim(text, "softphone", 1_000.0) == TICKET, "a refusal for another reason uses nothing up"


def test_what_was_used_before_a_restart_is_not_let_in_after_it():
    assert (
        why(TicketGate(KEY, opened_at=1_010.0), issue(KEY, TICKET, 1_000.0), now=1_011.0) == "ticket_expired"
    )


def test_memory_is_bounded_and_forgets_only_what_has_expired():
    gate = TicketGate(KEY, capacity=2)
    for _ in range(2):
        gate.claim(issue(KEY, TICKET, 1_000.0), "softphone", 1_000.0)
    assert why(gate, issue(KEY, TICKET, 1_000.0)) == "too_many_tickets"
    assert gate.claim(issue(KEY, TICKET, 1_061.0), "softphone", 1_061.0)


def test_another_key_or_a_changed_ticket_lets_nobody_in():
    gate = TicketGate(KEY)
    assert why(gate, issue(b"x" * 32, TICKET, 1_000.0)) == "ticket_unknown"
    body, mac = issue(KEY, TICKET, 1_000.0).split(".")
    fields = json.loads(base64.urlsafe_b64decode(body + "=="))
    fields[1] = "root"
    forged = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")
    assert why(gate, f"{forged}.{mac}") == "ticket_unknown"
    assert why(gate, "x" * 3_000) == "ticket_unknown"


@given(st.text(max_size=200))
def test_any_text_is_refused_without_a_crash(text):
    assert why(TicketGate(KEY), text) == "ticket_unknown"
