"""Unit: which numbers a caller may have called back."""

from __future__ import annotations

import pytest

from assist.diallable import diallable

CHINA, BERLIN, OHIO, TOKYO, SEOUL = (
    "+8657188880000",
    "+493012345",
    "+14155550100",
    "+81312345678",
    "+8221234567",
)


@pytest.mark.parametrize(
    ("keyed", "called", "number"),
    [
        ("13800138000", CHINA, "+8613800138000"),
        ("057188881234", CHINA, "+8657188881234"),
        ("008613800138000", CHINA, "+8613800138000"),
        ("03012345678", BERLIN, "+493012345678"),
        ("4155550123", OHIO, "+14155550123"),
        ("14155550123", OHIO, "+14155550123"),
        ("09012345678", TOKYO, "+819012345678"),
        ("01012345678", SEOUL, "+821012345678"),
        ("+82 10-1234-5678", SEOUL, "+821012345678"),
        ("8613800138000", CHINA, "+8613800138000"),
        ("86057188881234", CHINA, "+8657188881234"),
        ("821012345678", SEOUL, "+821012345678"),
        ("8201012345678", SEOUL, "+821012345678"),
        ("819012345678", TOKYO, "+819012345678"),
        ("8210123456", SEOUL, "+828210123456"),  # a national number as it stands
    ],
)
def test_a_number_of_the_country_is_dialled_as_e164(keyed: str, called: str, number: str) -> None:
    assert diallable(keyed, called) == number


@pytest.mark.parametrize(
    ("keyed", "called"),
    [
        ("", CHINA), ("1", CHINA), ("12345", CHINA), ("123456789012345678", CHINA), ("000000000000", CHINA),
        ("0088213123456789", CHINA),  # a satellite: dear
        ("00493012345678", CHINA),  # another country
        ("493012345678", CHINA), ("86138001380001", CHINA),  # another country's code, a figure too many
        ("82601234567", SEOUL), ("861681234567", CHINA),  # premium, with the country's code
        ("9005551234", OHIO), ("0900123456", BERLIN),  # premium
        ("13800138000", ""),  # nobody knows where
    ],
)  # fmt: skip
def test_nonsense_other_countries_and_premium_numbers_are_not_called(keyed: str, called: str) -> None:
    assert diallable(keyed, called) is None


def test_the_country_that_the_caller_calls_from_is_called_too() -> None:
    assert diallable("00493012345678", CHINA, caller="+49309999999") == "+493012345678"
