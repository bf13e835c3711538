"""A number that a caller keyed in or said, as it is dialled: E.164, and only where calling it costs no fortune.

Whoever may have any number of the world called back can have premium numbers called at the company's cost. So a
number that was keyed in must lie in the country of the number that was called or that the caller calls from.
"""

from __future__ import annotations

import re

from core.e164 import is_e164

_COUNTRIES = {
    # Calling code: the trunk prefix dialled within the country, and the lengths of its national numbers.
    "1": ("1", (10, 10)),
    "31": ("0", (9, 9)),
    "33": ("0", (9, 9)),
    "44": ("0", (9, 10)),
    "49": ("0", (7, 11)),
    "60": ("0", (8, 10)),
    "61": ("0", (9, 9)),
    "64": ("0", (8, 10)),
    "65": ("", (8, 8)),
    "81": ("0", (9, 10)),
    "82": ("0", (8, 10)),
    "86": ("0", (10, 11)),
    "852": ("", (8, 8)),
    "853": ("", (8, 8)),
    "886": ("0", (8, 9)),
}
_PREMIUM = re.compile(r"\+(?:1900|1976|449|4487[123]|49900|8199|8260|86168)")


def country_of(number: str) -> str:
    """The calling code of an E.164 number; '' where it is not known here."""
    for length in (3, 2, 1):
        if number[:1] == "+" and number[1 : 1 + length] in _COUNTRIES:
            return number[1 : 1 + length]
    return ""


def _national(figures: str, home: str) -> str | None:
    """The national number that was meant, without the trunk prefix; None where it has not so many figures."""
    trunk, (fewest, most) = _COUNTRIES[home]
    if home == "1" and len(figures) == 10:
        return figures
    readings = [figures.removeprefix(trunk)]
    if figures.startswith(home) and home != trunk:
        readings.append(figures.removeprefix(home).removeprefix(trunk))
    return next((one for one in readings if fewest <= len(one) <= most), None)


def diallable(keyed: str, called: str, caller: str = "") -> str | None:
    """The number in E.164; None where it cannot be one, or lies in a country that is not called.

    Args:
        keyed: what was keyed in: national with or without its first 0, with 00 or + and the country, or with the
            home country's code alone where that cannot be a national number.
        called: the company's number; its country is where a national number lies.
        caller: the number that the caller calls from, or ''.
    """
    home = country_of(called) or country_of(caller)
    figures = re.sub(r"[^0-9]", "", keyed)
    if keyed.strip().startswith("+"):
        number = f"+{figures}"
    elif figures.startswith("00"):
        number = f"+{figures[2:]}"
    elif not home:
        return None
    else:
        national = _national(figures, home)
        if national is None:
            return None
        number = f"+{home}{national}"
    if not is_e164(number) or _PREMIUM.match(number):
        return None
    country = country_of(number)
    if not country or country not in (country_of(called), country_of(caller)):
        return None
    return number
