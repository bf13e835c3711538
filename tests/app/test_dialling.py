"""The outgoing line: there where the settings name it, and a wrong setting is named."""

from __future__ import annotations

import pytest

from app.dialling import answering, dialer_settings
from app.settings import SettingsError, load
from voice_gateway.calling_out import CallingOut
from voice_gateway.carriers.outgoing import OutgoingCalls

RIGHT = {
    "TWILIO_ACCOUNT_SID": "AC" + "0123456789abcdef" * 2,
    "TWILIO_AUTH_TOKEN": "12345678901234567890123456789012",
    "TWILIO_NUMBER": "+14155550199",
    "PUBLIC_URL": "https://phone.example.com",
}


def with_settings(monkeypatch, **changes: str):
    for name, value in {**RIGHT, **changes}.items():
        monkeypatch.setenv(f"TETRAPHONE_{name}", value)
    return load()


class Board:
    """A switchboard and a distributor, as far as they are asked."""

    dial = None

    def __init__(self) -> None:
        self.calling_out = CallingOut()

    async def answer(self, leg) -> None: ...
    async def lead_call_back(self, leg, call_id, called_back) -> None: ...

    def dial_with(self, dial) -> None:
        self.dial = dial


class Log:
    async def read(self, name: str) -> list:
        return []


def test_with_an_account_the_distributor_dials(monkeypatch):
    settings, board = with_settings(monkeypatch), Board()
    dialer = dialer_settings(settings)
    assert dialer is not None and (dialer.number, dialer.public_url) == (
        "+14155550199",
        "https://phone.example.com",
    )
    answer = answering(settings, OutgoingCalls(), board, board, Log())
    assert answer != board.answer and board.dial is not None and board.calling_out.possible


def test_without_an_account_agents_call_back_by_hand(monkeypatch):
    board = Board()
    settings = with_settings(monkeypatch, TWILIO_ACCOUNT_SID="")
    assert dialer_settings(settings) is None
    assert answering(settings, OutgoingCalls(), board, board, Log()) == board.answer and board.dial is None
    assert not board.calling_out.possible


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TWILIO_ACCOUNT_SID", "AC12", "account_sid"),
        ("TWILIO_AUTH_TOKEN", "", "auth_token"),
        ("TWILIO_NUMBER", "0571", "number"),
        ("TWILIO_NUMBER", "", "number"),
        ("PUBLIC_URL", "", "public_url"),
    ],
)
def test_an_account_without_what_belongs_to_it_stops_the_start(monkeypatch, name, value, said):
    with pytest.raises(SettingsError, match=said):
        with_settings(monkeypatch, **{name: value})
