"""Finds what must not be read as it is written, and has the language's reader say it.

Rules are applied one after another, from the most particular to the most general. What a rule writes holds no
digits, so that no later one touches it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from models.speech.normalise.reader import Number, Reader

ITEM_OPEN, ITEM_CLOSE = "\ue000", "\ue001"
"""Around what ``marked`` has written out, and around names in what it is given."""
_MARKS = re.compile(f"[{ITEM_OPEN}{ITEM_CLOSE}]")

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_NOT_INSIDE = r"(?<![\d.,A-Za-z])"

_CURRENCY_SIGNS = {
    "US$": "USD", "HK$": "HKD", "CN¥": "CNY", "JP¥": "JPY", "RMB": "CNY", "CNY": "CNY", "USD": "USD", "JPY": "JPY",
    "KRW": "KRW", "EUR": "EUR", "GBP": "GBP", "HKD": "HKD", "$": "USD", "€": "EUR", "₩": "KRW", "£": "GBP",
    "¥": "CNY", "￥": "CNY",
}  # fmt: skip
_SIGN = "|".join(re.escape(sign) for sign in sorted(_CURRENCY_SIGNS, key=len, reverse=True))

_FULL_WIDTH = {
    code: code - 0xFEE0 for code in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]
}
_FULL_WIDTH |= {
    ord("％"): ord("%"),
    ord("＋"): ord("+"),
    ord("＄"): ord("$"),
    ord("＃"): ord("#"),
    ord("＠"): ord("@"),
}
_FULL_WIDTH |= {
    ord("－"): ord("-"),
    ord("−"): ord("-"),
    ord("㎡"): "m²",
    ord("㎏"): "kg",
    ord("㎝"): "cm",
    ord("℃"): "°C",
}

# After these words even a short number is a code.
_CUE = re.compile(
    r"(?:号码|编号|单号|订单号?|尾号|后四位|末尾|验证码|密码|工号|分机|番号|コード|桁|ケタ|内線|번호|코드|내선|뒷자리|끝자리|네 자리|#|№"
    r"|\b(?:code|pin|extension|ext\.?|number|no\.|tracking|order|ticket|invoice|reference|ending in|ends? in)"
    r"(?: number| code| no\.)?)"
    r"(?:は|が|を|은|는|是|为|is|:|：|가|이|\s)*$",
    re.IGNORECASE,
)

_ISO_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/((?:19|20)\d\d)(?!\d)")
_MONTH_DAY = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?![\d/])")
_TIME = re.compile(
    r"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(?![\d:])(?:\s?([AaPp])\.?[Mm]\b\.?)?|"
    r"(?<![\d:.])(1[0-2]|0?[1-9])\s?([AaPp])\.?[Mm]\b(\.(?!\s|$))?"
)
_SPACED_DIGITS = re.compile(r"(?<![\dA-Za-z.,])((?:[A-Za-z] )?)(\d(?: \d){2,})(?![\dA-Za-z]|[.,]\d| \d)")
_PHONE = re.compile(r"(?<![\dA-Za-z])(\+?\(?\d{1,4}\)?(?:[ -]\(?\d{2,4}\)?){1,4})(?![\dA-Za-z-])")
_CODE = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9-]*\d)(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?![A-Za-z0-9])"
)
_EMAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:com|net|org|cn|jp|kr|io|eu)\b(?:/[^\s，。、]*)?"
)
_WIDE_RANGE = re.compile(r"(?<=[\d日時时分月点號号시일월년원円元%°C])\s*[~〜～–—]\s*(?=[\d¥￥$€₩])")
_HYPHEN_RANGE = re.compile(r"(?<![\dA-Za-z-])(\d{1,4}(?:[.:]\d+)?)\s?-\s?(\d{1,4}(?:[.:]\d+)?)(?![\d-])")
_TIMES = re.compile(r"(?<=\d)\s*[×xX*]\s*(?=\d)")


_Say = Callable[[re.Match[str]], str]


class Grammar:
    """The rules, bound to one language's reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        units = sorted(reader.units, key=len, reverse=True)
        self._measure = re.compile(
            rf"{_NOT_INSIDE}({_NUMBER})\s?({'|'.join(map(re.escape, units))})(?![A-Za-z0-9²³])"
        )
        self._money = re.compile(
            rf"(?:(?<![A-Za-z])({_SIGN})\s?({_NUMBER})(?:\s?(万|億|亿|만|억|million|billion|[mMkK](?![A-Za-z])))?"
            rf"(?:\s?(?:元|円|원|엔))?)|"
            rf"(?:{_NOT_INSIDE}({_NUMBER})\s?({_SIGN})(?![A-Za-z]))"
        )
        self._percent = re.compile(rf"{_NOT_INSIDE}({_NUMBER})\s?%")
        self._number = re.compile(_NUMBER)
        words = sorted(reader.words, key=len, reverse=True)
        forms = [re.escape(word) for word in words]
        whole = [
            rf"(?<![A-Za-z]){form}(?![A-Za-z])" if word[0].isalpha() else form
            for word, form in zip(words, forms, strict=True)
        ]
        self._words = re.compile("|".join(whole))

    def spoken(self, text: str) -> str:
        """``text`` with everything written out."""
        return self._write_out(text, lambda say: say)

    def marked(self, text: str) -> str | None:
        """As ``spoken``, each number, date, amount or code between ``ITEM_OPEN`` and ``ITEM_CLOSE``.

        None where the marks would have changed what is said.
        """

        def marking(say: _Say) -> _Say:
            def said(match: re.Match[str]) -> str:
                words = say(match)
                return words if words == match.group() else f"{ITEM_OPEN}{words}{ITEM_CLOSE}"

            return said

        marked = self._write_out(text, marking)
        spoken = self.spoken(_MARKS.sub("", text))
        return marked if " ".join(_MARKS.sub("", marked).split()) == " ".join(spoken.split()) else None

    def _write_out(self, text: str, item: Callable[[_Say], _Say]) -> str:
        reader = self._reader
        text = text.translate(_FULL_WIDTH)
        text = re.sub(r"(?<=\d)：(?=\d\d)", ":", text)
        text = self._words.sub(lambda m: reader.words[m.group()], text)
        text = _EMAIL.sub(self._email, text)
        text = _ADDRESS.sub(self._address, text)
        text = _ISO_DATE.sub(item(self._iso_date), text)
        text = _YEAR_LAST.sub(item(self._year_last), text)
        text = self._ranges(text)
        text = _MONTH_DAY.sub(item(self._month_day), text)
        text = _TIME.sub(item(self._time), text)
        text = _TIMES.sub(reader.times_word, text)
        text = re.sub(r"(?:(?<=^)|(?<=[\s（(，,：:]))-(?=\d)", reader.minus_word, text)
        text = self._money.sub(item(self._amount), text)
        text = self._percent.sub(
            item(lambda m: reader.percent(reader.number(Number.parse(m.group(1))))), text
        )
        text = self._measure.sub(item(lambda m: reader.measure(Number.parse(m.group(1)), m.group(2))), text)
        text = _SPACED_DIGITS.sub(item(self._spaced_digits), text)
        for pattern, say in reader.own_rules():
            text = pattern.sub(item(say), text)
        text = _PHONE.sub(item(self._phone), text)
        text = _CODE.sub(item(self._code), text)
        text = self._number.sub(item(self._plain_number), text)
        text = re.sub(r"(?<![A-Za-z'’])[A-Z]{2,6}(?![A-Za-z])", self._acronym, text)
        text = re.sub(r"#|№", " ", text)
        return re.sub(r"[ \t]{2,}", " ", text).strip()

    # -- calendar and clock -------------------------------------------------------------------------------

    def _iso_date(self, match: re.Match[str]) -> str:
        return self._date(match.group(), int(match[1]), int(match[3]), int(match[4]))

    def _year_last(self, match: re.Match[str]) -> str:
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        month, day = (second, first) if first > 12 else (first, second)
        return self._date(match.group(), year, month, day)

    def _month_day(self, match: re.Match[str]) -> str:
        above, below = int(match[1]), int(match[2])
        simple = (above, below) in ((1, 2), (1, 3), (2, 3), (1, 4), (3, 4))
        if self._reader.month_first and not simple and 1 <= above <= 12 and 1 <= below <= 31:
            return self._reader.date(None, above, below)
        return self._reader.fraction(above, below) if 0 < above < below else match.group()

    def _date(self, written: str, year: int, month: int, day: int) -> str:
        if 1 <= month <= 12 and 1 <= day <= 31:
            return self._reader.date(year, month, day)
        return written

    def _time(self, match: re.Match[str]) -> str:
        if match[5]:
            return self._reader.time(int(match[5]), 0, None, match[6].lower() + "m") + (match[7] or "")
        half = match[4].lower() + "m" if match[4] else None
        hour = int(match[1])
        if half and hour > 12:
            half = None
        return self._reader.time(hour, int(match[2]), int(match[3]) if match[3] else None, half)

    # -- ranges -------------------------------------------------------------------------------------------

    def _ranges(self, text: str) -> str:
        reader = self._reader
        if reader.copies_unit:
            text = re.sub(
                rf"(?<![\d.:-])(\d{{1,4}})\s?[~〜～–—-]\s?(\d{{1,4}})(?![\d:.-])(\s?)({_COUNTED})",
                lambda m: f"{m[1]}{m[4]}{reader.range_word}{m[2]}{m[3]}{m[4]}",
                text,
            )
        text = _WIDE_RANGE.sub(reader.range_word, text)
        return _HYPHEN_RANGE.sub(self._hyphen_range, text)

    def _hyphen_range(self, match: re.Match[str]) -> str:
        low, high = match[1], match[2]
        plain = (low + high).isdigit()
        looks_like_phone = plain and len(low) >= 3 and len(high) >= 3 and len(low) + len(high) >= 7
        years = re.fullmatch(r"(?:19|20)\d\d", low) and re.fullmatch(r"(?:19|20)\d\d", high)
        if (looks_like_phone and not years) or (low.startswith("0") and ":" not in low):
            return match.group()
        return f"{low}{self._reader.range_word}{high}"

    # -- amounts ------------------------------------------------------------------------------------------

    def _amount(self, match: re.Match[str]) -> str:
        sign, written = (match[1], match[2]) if match[1] else (match[5], match[4])
        number = Number.parse(written)
        if factor := match[3]:
            power = {"万": 4, "만": 4, "億": 8, "亿": 8, "억": 8, "million": 6, "billion": 9, "m": 6, "k": 3}[
                factor.lower()
            ]
            shifted = (number.whole + number.fraction.ljust(power, "0"))[: len(number.whole) + power]
            number = Number(shifted)
        currency = _CURRENCY_SIGNS[sign]
        if sign in "¥￥" and self._reader.units.get("¥") == "JPY":
            currency = "JPY"
        return self._reader.money(number, currency)

    # -- codes --------------------------------------------------------------------------------------------

    def _phone(self, match: re.Match[str]) -> str:
        written = match.group(1)
        groups = re.findall(r"\d+", written)
        enough = sum(map(len, groups)) >= 7 and all(len(group) >= 2 for group in groups[1:])
        if not (enough and (len(groups) > 1 or written.startswith("+"))):
            return match.group()
        groups = [part for group in groups for part in _groups_of(group)]
        plus = self._reader.plus_word if written.startswith("+") else ""
        return plus + self._reader.group_mark.join(map(self._reader.phone_digits, groups))

    def _spaced_digits(self, match: re.Match[str]) -> str:
        digits = match[2].replace(" ", "")
        head = [self._reader.code_letters(match[1].strip())] if match[1] else []
        return self._reader.group_mark.join([*head, *map(self._reader.digits, _groups_of(digits))])

    def _code(self, match: re.Match[str]) -> str:
        parts: list[str] = []
        for run in re.findall(r"\d+|[A-Za-z]+", match.group()):
            if run.isdigit() and (len(run) >= 3 or run.startswith("0")):
                parts.extend(self._reader.digits(group) for group in _groups_of(run))
            elif run.isdigit():
                parts.append(self._reader.cardinal(int(run)))
            elif len(run) <= 3 or run.isupper():
                parts.append(self._reader.code_letters(run))
            else:
                parts.append(f" {run} ")
        long = sum(character.isdigit() for character in match.group()) >= 3
        return (self._reader.group_mark if long else " ").join(parts)

    def _plain_number(self, match: re.Match[str]) -> str:
        written = match.group()
        plain = written.isdigit()
        counted = self._reader.counted_before.match(match.string, match.end()) is not None
        if (
            plain
            and not counted
            and (len(written) >= 6 or (written.startswith("0") and len(written) > 1) or _follows_cue(match))
        ):
            mark = self._reader.group_mark
            phone = (written.startswith("0") and len(written) in (9, 10, 11)) or len(written) == 11
            say = self._reader.phone_digits if phone else self._reader.digits
            return mark.join(say(group) for group in _groups_of(written))
        return self._reader.number(Number.parse(written))

    def _acronym(self, match: re.Match[str]) -> str:
        return self._reader.spell(match.group())

    def _email(self, match: re.Match[str]) -> str:
        name, _, host = match.group().partition("@")
        return f"{self._dotted(name)}{self._reader.at_word}{self._dotted(host)}"

    def _address(self, match: re.Match[str]) -> str:
        address = re.sub(r"^https?://", "", match.group())
        host = address.split("/")[0].removeprefix("www.")
        return self._dotted(host)

    def _dotted(self, text: str) -> str:
        parts = re.split(r"[.]", text)
        return self._reader.dot_word.join(re.sub(r"[_+-]+", " ", part) for part in parts)


_COUNTED = (
    r"営業日|일|개월|개|시간|시|분|명|원|주|년|회|번|층|살|박스|日間|時間|分間|週間|か月|ヶ月|カ月|日|時|分|個|円|枚|本|台|名|人|回|年|階|点"
    r"|个工作日|工作日|个月|个小时|小时|分钟|天|个|件|周|年|元|次|位|米|公斤|台|箱|点|號|号|楼"
)


def _groups_of(digits: str) -> list[str]:
    """``digits`` in the groups that people say them in."""
    sizes = {5: (3, 2), 6: (3, 3), 7: (3, 4), 8: (4, 4), 9: (3, 3, 3), 10: (3, 3, 4), 11: (3, 4, 4)}.get(
        len(digits)
    )
    if sizes is None:
        return [digits[at : at + 4] for at in range(0, len(digits), 4)]
    out: list[str] = []
    at = 0
    for size in sizes:
        out.append(digits[at : at + size])
        at += size
    return out


def _follows_cue(match: re.Match[str]) -> bool:
    return (
        len(match.group()) >= 3
        and _CUE.search(match.string[max(0, match.start() - 24) : match.start()]) is not None
    )
