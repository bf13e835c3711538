"""Mandarin, Simplified characters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from models.speech.normalise.reader import Number, Reader, Rule

_DIGITS = "零一二三四五六七八九"
_CURRENCIES = {
    "CNY": "元", "USD": "美元", "JPY": "日元", "KRW": "韩元", "EUR": "欧元", "GBP": "英镑", "HKD": "港元",
}  # fmt: skip
_MEASURES = (
    "个月|个小时|个工作日|个|件|位|台|箱|次|天|周|小时|钟头|分钟|点|块|元|袋|瓶|张|本|把|套|双|条|只|支|盒|批|家|部|份|斤|公斤|吨|"
    "米|厘米|公里|升|层(?!楼)|种|步|倍|岁|年(?=[内前后半以的多，。])|秒|遍|句|页|笔|单|包|卷|对|组|千克|平方米|毫升"
)


class ChineseReader(Reader):
    """Says 两 before measure words and 二 elsewhere; ``yao`` says 幺 for one among digits."""

    units: ClassVar[Mapping[str, str]] = {
        "km/h": "公里每小时", "cm²": "平方厘米", "m²": "平方米", "m2": "平方米", "m³": "立方米", "mm": "毫米",
        "cm": "厘米", "km": "公里", "kg": "公斤", "mg": "毫克", "ml": "毫升", "mL": "毫升", "m": "米", "g": "克",
        "L": "升", "l": "升", "t": "吨", "°C": "摄氏度", "°F": "华氏度", "°": "度", "GB": "G B", "MB": "兆",
        "TB": "T B", "kW": "千瓦", "W": "瓦", "V": "伏", "Hz": "赫兹",
    }  # fmt: skip
    letters: ClassVar[Mapping[str, str]] = {letter: letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    words: ClassVar[Mapping[str, str]] = {
        "&": "和",
        "No.": "第",
        "e-mail": "邮箱",
        "email": "邮箱",
        "E-mail": "邮箱",
        "Email": "邮箱",
    }
    digit_names = _DIGITS
    range_word = "到"
    times_word = "乘"
    minus_word = "负"
    plus_word = "加"
    at_word = " at "
    dot_word = " 点 "
    group_mark = "，"
    letter_glue = " "
    counted_before = re.compile(rf"\s?(?:{_MEASURES}|美元|日元|韩元|欧元|人|人民币|万|亿|多)")
    copies_unit = True
    month_first = True

    def __init__(self, *, yao: bool = False) -> None:
        self._yao = yao

    def own_rules(self) -> Sequence[Rule]:
        return (
            (
                re.compile(r"(?<!\d)(\d{4}|\d{2})年(?=\s?\d{1,2}月|度|底|初|春|夏|秋|冬)"),
                lambda m: f"{self.digits(m[1])}年",
            ),
            (re.compile(r"(?<!\d)((?:19|20)\d\d)年"), lambda m: f"{self.digits(m[1])}年"),
            (re.compile(r"(?<!\d)(\d{1,2})月(?:\s?(\d{1,2})([日号]))?"), self._month_day),
            (
                re.compile(
                    r"(?<![\d:])(\d{1,2})[点时](?:(\d{1,2})分?|(?=半|整|$|[，。！？、之前后左到至和的钟送]))"
                ),
                self._clock,
            ),
            (re.compile(r"第\s?(\d+)"), lambda m: f"第{self.cardinal(int(m[1]), counted=False)}"),
            (
                re.compile(r"(?<![\d.,])(\d{1,5})(?=[号楼室栋路弄][^码]|[号楼室栋路弄]$)"),
                lambda m: self._address(m[1]),
            ),
            (re.compile(rf"(?<![\d.,])2(?=\s?(?:{_MEASURES}))"), lambda m: "两"),
            (re.compile(r"(?<![\d.,])2(?=[千万亿])"), lambda m: "两"),
        )

    def cardinal(self, value: int, *, counted: bool = True) -> str:
        if value == 0:
            return "零"
        out = ""
        zero = False
        for power, name in ((12, "万亿"), (8, "亿"), (4, "万"), (0, "")):
            part = value // 10**power % 10**4
            if not part:
                zero = bool(out)
                continue
            if out and (zero or part < 1000):
                out += "零"
            out += self._below_ten_thousand(part, first=not out, big=bool(name)) + name
            zero = False
        return out

    def _below_ten_thousand(self, value: int, *, first: bool, big: bool) -> str:
        if big and value == 2:
            return "两"
        out = ""
        zero = False
        for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = value // power % 10
            if digit == 0:
                zero = bool(out)
                continue
            if zero:
                out += "零"
                zero = False
            if digit == 1 and power == 10 and not out and first:
                out += "十"
            elif digit == 2 and power == 1000:
                out += "两千"
            else:
                out += _DIGITS[digit] + name
        return out

    def decimal(self, number: Number) -> str:
        return f"{self.cardinal(number.value)}点{''.join(_DIGITS[int(digit)] for digit in number.fraction)}"

    def digits(self, text: str) -> str:
        spoken = super().digits(text)
        return spoken.replace("一", "幺") if self._yao and len(text) >= 3 else spoken

    def date(self, year: int | None, month: int, day: int) -> str:
        spoken = f"{self.cardinal(month)}月{self.cardinal(day)}日"
        return f"{''.join(_DIGITS[int(digit)] for digit in str(year))}年{spoken}" if year else spoken

    def time(self, hour: int, minute: int, second: int | None, half: str | None) -> str:
        before = {"am": "上午", "pm": "下午"}[half] if half else ""
        spoken = f"{before}{'两' if hour == 2 else self.cardinal(hour)}点"
        if minute or second:
            spoken += f"{'零' if minute < 10 else ''}{self.cardinal(minute) if minute else ''}分"
        return f"{spoken}{self.cardinal(second)}秒" if second else spoken

    def money(self, number: Number, currency: str) -> str:
        return self._counted(Number(number.whole, number.short_fraction)) + _CURRENCIES[currency]

    def percent(self, spoken: str) -> str:
        return f"百分之{spoken}"

    def measure(self, number: Number, unit: str) -> str:
        if unit.startswith("°") and number.whole == "2":
            return f"二{self.units[unit]}"
        return self._counted(number) + self.units[unit]

    def fraction(self, above: int, below: int) -> str:
        return f"{self.cardinal(below)}分之{self.cardinal(above)}"

    def _counted(self, number: Number) -> str:
        return "两" if number.whole == "2" and not number.fraction else self.number(number)

    def _month_day(self, match: re.Match[str]) -> str:
        month = f"{self.cardinal(int(match[1]))}月"
        return f"{month}{self.cardinal(int(match[2]))}{match[3]}" if match[2] else month

    def _clock(self, match: re.Match[str]) -> str:
        hour = int(match[1])
        spoken = f"{'两' if hour == 2 else self.cardinal(hour)}点"
        if match[2]:
            minute = int(match[2])
            spoken += f"{'零' if minute < 10 else ''}{self.cardinal(minute)}分"
        return spoken

    def _address(self, written: str) -> str:
        if len(written) >= 3:
            return "".join(_DIGITS[int(digit)] for digit in written)
        return self.cardinal(int(written))
