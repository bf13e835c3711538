"""English."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from models.speech.normalise.reader import Number, Reader, Rule

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_IRREGULAR = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_CURRENCIES = {
    "USD": ("dollar", "dollars", "cent"), "EUR": ("euro", "euros", "cent"), "GBP": ("pound", "pounds", "penny"),
    "HKD": ("Hong Kong dollar", "Hong Kong dollars", "cent"), "CNY": ("yuan", "yuan", ""), "JPY": ("yen", "yen", ""),
    "KRW": ("won", "won", ""),
}  # fmt: skip
_MONTH_NAMES = "|".join([*_MONTHS, *(month[:3] for month in _MONTHS), "Sept"])


def ordinal(value: int) -> str:
    """``21`` is "twenty-first"."""
    words = EnglishReader().cardinal(value)
    head, mark, last = words.rpartition("-") if "-" in words.split(" ")[-1] else words.rpartition(" ")
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif last.endswith("y"):
        last = last[:-1] + "ieth"
    else:
        last += "th"
    return head + mark + last


def year(value: int) -> str:
    """``2026`` is "twenty twenty-six"."""
    say = EnglishReader().cardinal
    high, low = divmod(value, 100)
    if 2000 <= value < 2010 or (low == 0 and high % 10 == 0):
        return say(value)
    if low == 0:
        return f"{say(high)} hundred"
    return f"{say(high)} {'oh ' if low < 10 else ''}{say(low)}"


class EnglishReader(Reader):
    """American English, dates with the month first."""

    units: ClassVar[Mapping[str, str]] = {
        "km/h": "kilometre per hour", "cm²": "square centimetre", "m²": "square metre", "m2": "square metre",
        "m³": "cubic metre", "mm": "millimetre", "cm": "centimetre", "km": "kilometre", "kg": "kilogram",
        "mg": "milligram", "ml": "millilitre", "mL": "millilitre", "m": "metre", "g": "gram", "L": "litre",
        "l": "litre", "t": "ton", "°C": "degree Celsius", "°F": "degree Fahrenheit", "°": "degree",
        "GB": "gigabyte", "MB": "megabyte", "TB": "terabyte", "kW": "kilowatt", "W": "watt", "V": "volt",
        "Hz": "hertz", "in": "inch", "ft": "foot", "lb": "pound", "lbs": "pound", "oz": "ounce", "hrs": "hour",
        "min": "minute", "sec": "second",
    }  # fmt: skip
    letters: ClassVar[Mapping[str, str]] = {letter: letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    words: ClassVar[Mapping[str, str]] = {
        "&": " and ",
        "No.": "number",
        "e-mail": "email",
        "approx.": "approximately",
        "vs.": "versus",
    }
    digit_names = _ONES[:10]
    range_word = " to "
    times_word = " by "
    minus_word = "minus "
    plus_word = "plus "
    at_word = " at "
    dot_word = " dot "
    group_mark = ", "
    counted_before = re.compile(
        r"\s(?:dollars?|euros?|pounds?|yuan|yen|won|people|customers|items|pieces|units|orders|calls|times)\b"
    )
    digit_glue = " "
    letter_glue = " "

    def own_rules(self) -> Sequence[Rule]:
        return (
            (
                re.compile(rf"\b({_MONTH_NAMES})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?:,? ((?:19|20)\d\d))?\b"),
                lambda m: self._named_date(m[1], int(m[2]), m[3]),
            ),
            (
                re.compile(
                    rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({_MONTH_NAMES})\b\.?(?:,? ((?:19|20)\d\d)\b)?"
                ),
                lambda m: self._named_date(m[2], int(m[1]), m[3]),
            ),
            (
                re.compile(rf"\b({_MONTH_NAMES})\.? ((?:19|20)\d\d)\b"),
                lambda m: f"{_full_month(m[1])} {year(int(m[2]))}",
            ),
            (
                re.compile(
                    r"\b(in|since|by|from|until|of|year|before|after) ((?:19|20)\d\d)\b(?! (?:items|pieces|units))"
                ),
                lambda m: f"{m[1]} {year(int(m[2]))}",
            ),
            (
                re.compile(r"\b((?:19|20)\d\d) to ((?:19|20)\d\d)\b"),
                lambda m: f"{year(int(m[1]))} to {year(int(m[2]))}",
            ),
            (re.compile(r"\b(\d[\d,]*)(?:st|nd|rd|th)\b"), lambda m: ordinal(int(m[1].replace(",", "")))),
            (re.compile(r"\b24/7\b"), lambda m: "twenty-four seven"),
        )

    def cardinal(self, value: int) -> str:
        if value < 20:
            return _ONES[value]
        if value < 100:
            tens, ones = divmod(value, 10)
            return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
        for scale, name in _SCALES:
            if value >= scale:
                count, rest = divmod(value, scale)
                head = f"{self.cardinal(count)} {name}"
                return f"{head} {self.cardinal(rest)}" if rest else head
        raise AssertionError(value)

    def decimal(self, number: Number) -> str:
        return f"{self.cardinal(number.value)} point {self.digits(number.fraction)}"

    def date(self, year_: int | None, month: int, day: int) -> str:
        spoken = f"{_MONTHS[month - 1]} {ordinal(day)}"
        return f"{spoken}, {year(year_)}" if year_ else spoken

    def _named_date(self, month: str, day: int, written_year: str | None) -> str:
        spoken = f"{_full_month(month)} {ordinal(day)}"
        return f"{spoken}, {year(int(written_year))}" if written_year else spoken

    def time(self, hour: int, minute: int, second: int | None, half: str | None) -> str:
        if not half and (hour > 12 or hour == 0):
            half, hour = ("am" if hour in (0, 24) else "pm"), hour % 12 or 12
        clock = self.cardinal(hour)
        if minute:
            clock += f" {'oh ' if minute < 10 else ''}{self.cardinal(minute)}"
        elif not half:
            clock += " o'clock"
        if second:
            clock += f" and {_counted(self.cardinal(second), 'second', second)}"
        return f"{clock} {half[0].upper()} M" if half else clock

    def money(self, number: Number, currency: str) -> str:
        one, many, small = _CURRENCIES[currency]
        fraction = number.fraction
        if small and len(fraction) <= 2 and number.short_fraction:
            cents = int(fraction.ljust(2, "0"))
            coins = f"{self.cardinal(cents)} {_coin(small, cents)}"
            if not number.value:
                return coins
            return f"{self.cardinal(number.value)} {one if number.value == 1 else many} and {coins}"
        spoken = self.number(Number(number.whole, number.short_fraction))
        return f"{spoken} {one if spoken == 'one' else many}"

    def percent(self, spoken: str) -> str:
        return f"{spoken} percent"

    def measure(self, number: Number, unit: str) -> str:
        return _counted(self.number(number), self.units[unit], 0 if number.fraction else number.value)

    def fraction(self, above: int, below: int) -> str:
        if below == 2:
            return "one half" if above == 1 else f"{self.cardinal(above)} halves"
        name = "quarter" if below == 4 else ordinal(below)
        return f"{self.cardinal(above)} {name}{'s' if above > 1 else ''}"

    def spell(self, text: str) -> str:
        return text  # capitals are spelt, or said as a word, by the pronunciation lexicon

    def code_letters(self, text: str) -> str:
        return " ".join(text.upper())


def _full_month(name: str) -> str:
    return next(month for month in _MONTHS if month.startswith(name[:3]))


def _coin(small: str, count: int) -> str:
    if small == "penny":
        return "penny" if count == 1 else "pence"
    return small if count == 1 else small + "s"


def _counted(spoken: str, noun: str, count: int) -> str:
    if count == 1 or noun == "hertz":
        return f"{spoken} {noun}"
    first, _, rest = noun.partition(" ")
    if first in ("square", "cubic"):
        return f"{spoken} {first} {rest}s"
    plural = {"inch": "inches", "foot": "feet"}.get(first, first + "s")
    return f"{spoken} {plural}{' ' + rest if rest else ''}"
