"""Korean: native numerals with counters of things, hours and ages; Sino-Korean ones elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from models.speech.normalise.reader import Number, Reader, Rule

_SINO = ["영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"]
_NATIVE = ["_", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"]
_NATIVE_TENS = ["_", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔"]
_CURRENCIES = {
    "CNY": ("위안", ""), "USD": ("달러", "센트"), "JPY": ("엔", ""), "KRW": ("원", ""), "EUR": ("유로", "센트"),
    "GBP": ("파운드", "펜스"), "HKD": ("홍콩 달러", "센트"),
}  # fmt: skip

_NATIVE_COUNTERS = (
    "시간|시|개(?!월|국|소)|가지|명|사람|살|마리|권|대|잔|병|장|벌|켤레|송이|통|곳|군데|그루|자루|채|척|달|상자|박스|세트|"
    "봉지|묶음|쌍|줄|조각|바퀴|건|팩|캔|포대|차례|곡|끼|배(?!송)"
)
_SINO_COUNTERS = (
    "년|월|일|분|초|원|층|호|번지|학년|주일|주|개월|개국|개소|인분|인|회|차|도|퍼센트|페이지|쪽|호선|점|단계|등|위|미터|"
    "킬로그램|킬로|그램|리터|센티미터|센티|인치|평|박|세|기|국|동|번|급|조|항|가구|영업일|달러|유로|엔|위안|만|억|조"
)
_TIMES = re.compile(
    r"(?<![\d.,])(\d{1,2})\s?번(?=(?:만|씩|이나|밖에)|\s(?:더|이상|정도|시도|반복|다시|연속))"
)


class KoreanReader(Reader):
    """Digits of numbers are said with 공 for zero, as on the telephone."""

    units: ClassVar[Mapping[str, str]] = {
        "km/h": "시속 킬로미터", "cm²": "제곱센티미터", "m²": "제곱미터", "m2": "제곱미터", "m³": "세제곱미터",
        "mm": "밀리미터", "cm": "센티미터", "km": "킬로미터", "kg": "킬로그램", "mg": "밀리그램", "ml": "밀리리터",
        "mL": "밀리리터", "m": "미터", "g": "그램", "L": "리터", "l": "리터", "t": "톤", "°C": "도", "°F": "화씨 도",
        "°": "도", "GB": "기가바이트", "MB": "메가바이트", "TB": "테라바이트", "kW": "킬로와트", "W": "와트", "V": "볼트",
        "Hz": "헤르츠",
    }  # fmt: skip
    letters: ClassVar[Mapping[str, str]] = dict(
        zip(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            [
                "에이",
                "비",
                "씨",
                "디",
                "이",
                "에프",
                "지",
                "에이치",
                "아이",
                "제이",
                "케이",
                "엘",
                "엠",
                "엔",
                "오",
                "피",
                "큐",
                "알",
                "에스",
                "티",
                "유",
                "브이",
                "더블유",
                "엑스",
                "와이",
                "지",
            ],
            strict=True,
        )
    )
    words: ClassVar[Mapping[str, str]] = {
        "&": " 앤드 ", "No.": "번호 ", "OK": "오케이", "e-mail": "이메일", "email": "이메일", "E-mail": "이메일",
        "Email": "이메일", "Wi-Fi": "와이파이", "WiFi": "와이파이", "QR": "큐알", "App": "앱", "app": "앱",
        "PIN": "핀", "VIP": "브이아이피", "Tetraphone": "테트라폰", "Kakao": "카카오", "Naver": "네이버",
    }  # fmt: skip
    digit_names: ClassVar[Sequence[str]] = ["공", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"]
    range_word = "에서 "
    times_word = " 곱하기 "
    minus_word = "마이너스 "
    plus_word = "플러스 "
    at_word = " 골뱅이 "
    dot_word = " 점 "
    group_mark = ", "
    counted_before = re.compile(rf"\s?(?:{_NATIVE_COUNTERS}|{_SINO_COUNTERS})")
    copies_unit = True
    month_first = True

    def own_rules(self) -> Sequence[Rule]:
        return (
            (re.compile(r"(?<!\d)(\d{2,4})년"), lambda m: f"{self.cardinal(int(m[1]))} 년"),
            (re.compile(r"(?<!\d)(\d{1,2})월(?:\s?(\d{1,2})일)?"), self._month_day),
            (
                re.compile(r"(?<!\d)(\d{1,2})시(?!간|스템|즌|도|작)(?:\s?(\d{1,2})분)?"),
                lambda m: self._clock(int(m[1]), int(m[2]) if m[2] else 0),
            ),
            (
                re.compile(r"(?<![\d.,])(\d{1,2})번째"),
                lambda m: f"{'첫' if m[1] == '1' else self.native(int(m[1]))} 번째",
            ),
            (_TIMES, lambda m: f"{self.native(int(m[1]))} 번"),
            (
                re.compile(rf"(?<![\d.,])([1-9]\d?)\s?({_NATIVE_COUNTERS})"),
                lambda m: f"{self.native(int(m[1]))} {m[2]}",
            ),
            (
                re.compile(
                    rf"(?<![\d.,])(\d{{1,3}}(?:,\d{{3}})+|\d+)(\.\d+)?\s?({_SINO_COUNTERS}|{_NATIVE_COUNTERS})"
                ),
                lambda m: f"{self.number(Number.parse(m[1] + (m[2] or '')))} {m[3]}",
            ),
        )

    def cardinal(self, value: int) -> str:
        if value == 0:
            return _SINO[0]
        parts: list[str] = []
        for power, name in ((12, "조"), (8, "억"), (4, "만"), (0, "")):
            part = value // 10**power % 10**4
            if part:
                spoken = self._below_ten_thousand(part)
                parts.append(name if (part == 1 and name == "만" and not parts) else spoken + name)
        return " ".join(parts)

    def _below_ten_thousand(self, value: int) -> str:
        out = ""
        for power, name in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
            digit = value // power % 10
            if digit:
                out += (_SINO[digit] if digit > 1 or not name else "") + name
        return out

    def native(self, value: int) -> str:
        """A native numeral in the form that stands before a counter: 한, 두, 스무; Sino-Korean from 100."""
        if not 1 <= value <= 99:
            return self.cardinal(value)
        tens, ones = divmod(value, 10)
        if value == 20:
            return "스무"
        return (_NATIVE_TENS[tens] if tens else "") + (_NATIVE[ones] if ones else "")

    def decimal(self, number: Number) -> str:
        fraction = "".join(_SINO[int(digit)] for digit in number.fraction)
        return f"{self.cardinal(number.value)} 점 {fraction}"

    def date(self, year: int | None, month: int, day: int) -> str:
        spoken = f"{self._month(month)} {self.cardinal(day)} 일"
        return f"{self.cardinal(year)} 년 {spoken}" if year else spoken

    def time(self, hour: int, minute: int, second: int | None, half: str | None) -> str:
        before = {"am": "오전 ", "pm": "오후 "}[half] if half else ""
        if not half and hour > 12:
            before, hour = ("오후 ", hour - 12) if hour < 24 else ("밤 ", 12)
        spoken = before + self._clock(hour, minute)
        return f"{spoken} {self.cardinal(second)} 초" if second else spoken

    def money(self, number: Number, currency: str) -> str:
        name, small = _CURRENCIES[currency]
        if small and number.short_fraction and len(number.fraction) <= 2:
            cents = f"{self.cardinal(int(number.fraction.ljust(2, '0')))} {small}"
            return f"{self.cardinal(number.value)} {name} {cents}" if number.value else cents
        return f"{self.number(Number(number.whole, number.short_fraction))} {name}"

    def percent(self, spoken: str) -> str:
        return f"{spoken} 퍼센트"

    def measure(self, number: Number, unit: str) -> str:
        spoken = self.number(number)
        if unit == "km/h":
            return f"시속 {spoken} 킬로미터"
        if unit == "°F":
            return f"화씨 {spoken} 도"
        return f"{spoken} {self.units[unit]}"

    def fraction(self, above: int, below: int) -> str:
        return f"{self.cardinal(below)}분의 {self.cardinal(above)}"

    def _month(self, month: int) -> str:
        return {6: "유", 10: "시"}.get(month, self.cardinal(month)) + "월"

    def _month_day(self, match: re.Match[str]) -> str:
        month = self._month(int(match[1]))
        return f"{month} {self.cardinal(int(match[2]))} 일" if match[2] else month

    def _clock(self, hour: int, minute: int) -> str:
        spoken = f"{self.native(hour) if 1 <= hour <= 12 else self.cardinal(hour)} 시"
        return f"{spoken} {self.cardinal(minute)} 분" if minute else spoken
