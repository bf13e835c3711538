"""What a language must be able to say."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


@dataclass(frozen=True)
class Number:
    """A number as written: ``whole`` and ``fraction`` are its digits, without thousands marks."""

    whole: str
    fraction: str = ""

    @classmethod
    def parse(cls, text: str) -> Number:
        """Read ``1,234.50``, ``12`` or ``.5``."""
        whole, _, fraction = text.replace(",", "").replace(" ", "").partition(".")
        return cls(whole or "0", fraction)

    @property
    def value(self) -> int:
        """The whole part."""
        return int(self.whole)

    @property
    def short_fraction(self) -> str:
        """The fraction without zeros at its end."""
        return self.fraction.rstrip("0")


class Reader(ABC):
    """Says numbers and the like in one language. Every method returns words without any digit.

    Class attributes:
        units: how a unit sign is said, for ``measure``.
        letters: the name of each Latin capital.
        words: Latin words and signs with a form of their own in this language.
        range_word: between the ends of a range, with its spaces.
        copies_unit: whether "3-5 days" is better said as "3 days to 5 days".
        group_mark: between groups of digits.
        counted_before: what follows a number that is a quantity however long it is.
        month_first: whether 3/5 standing alone is a date (March 5) rather than a fraction.
    """

    units: ClassVar[Mapping[str, str]]
    letters: ClassVar[Mapping[str, str]]
    words: ClassVar[Mapping[str, str]]
    digit_names: ClassVar[Sequence[str]]
    range_word: ClassVar[str]
    times_word: ClassVar[str]
    minus_word: ClassVar[str]
    plus_word: ClassVar[str]
    at_word: ClassVar[str]
    dot_word: ClassVar[str]
    group_mark: ClassVar[str]
    counted_before: ClassVar[re.Pattern[str]] = re.compile(r"(?!)")
    digit_glue: ClassVar[str] = ""
    letter_glue: ClassVar[str] = ""
    copies_unit: ClassVar[bool] = False
    month_first: ClassVar[bool] = False

    def own_rules(self) -> Sequence[Rule]:
        """Patterns of this language alone (3月5日, 두 개, 1st), tried after the shared ones for money and units."""
        return ()

    @abstractmethod
    def cardinal(self, value: int) -> str:
        """A quantity."""

    @abstractmethod
    def decimal(self, number: Number) -> str:
        """A number with a fraction."""

    @abstractmethod
    def date(self, year: int | None, month: int, day: int) -> str:
        """A day of the calendar."""

    @abstractmethod
    def time(self, hour: int, minute: int, second: int | None, half: str | None) -> str:
        """A time of day; ``half`` is "am" or "pm" where written so, else the hour counts to 24."""

    @abstractmethod
    def money(self, number: Number, currency: str) -> str:
        """An amount; ``currency`` is CNY, USD, JPY, KRW, EUR, GBP or HKD."""

    @abstractmethod
    def percent(self, spoken: str) -> str:
        """``spoken`` percent."""

    @abstractmethod
    def measure(self, number: Number, unit: str) -> str:
        """A number with a unit of ``units``."""

    @abstractmethod
    def fraction(self, above: int, below: int) -> str:
        """A fraction such as 2/3."""

    def number(self, number: Number) -> str:
        """A quantity, with its fraction if it has one."""
        return self.decimal(number) if number.fraction else self.cardinal(number.value)

    def digits(self, text: str) -> str:
        """One group of digits, each by itself."""
        return self.digit_glue.join(self.digit_names[int(digit)] for digit in text)

    def phone_digits(self, text: str) -> str:
        """One group of digits of a telephone number."""
        return self.digits(text)

    def spell(self, text: str) -> str:
        """Latin letters, each by its name."""
        return self.letter_glue.join(self.letters.get(letter.upper(), letter) for letter in text)

    def code_letters(self, text: str) -> str:
        """Latin letters at the head of or within a code."""
        return self.spell(text)
