"""Japanese: numbers in katakana, since only kana say よん or し, なな or しち, and how a counter changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from models.speech.normalise.reader import Number, Reader, Rule

_ONES = ["ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュー"]
_KANJI = "〇一二三四五六七八九"
_CURRENCIES = {
    "CNY": ("人民元", ""), "USD": ("ドル", "セント"), "JPY": ("エン", ""), "KRW": ("ウォン", ""), "EUR": ("ユーロ", "セント"),
    "GBP": ("ポンド", "ペンス"), "HKD": ("香港ドル", "セント"),
}  # fmt: skip
_DAYS = {
    1: "ツイタチ", 2: "フツカ", 3: "ミッカ", 4: "ヨッカ", 5: "イツカ", 6: "ムイカ", 7: "ナノカ", 8: "ヨーカ",
    9: "ココノカ", 10: "トーカ", 14: "ジューヨッカ", 20: "ハツカ", 24: "ニジューヨッカ",
}  # fmt: skip
_THINGS = {
    1: "ヒトツ", 2: "フタツ", 3: "ミッツ", 4: "ヨッツ", 5: "イツツ", 6: "ムッツ", 7: "ナナツ", 8: "ヤッツ", 9: "ココノツ",
}  # fmt: skip

# Counter -> its sound, and how the last numeral before it changes: "k" doubles before k/t/s/h after 1, 6, 8, 10.
_PLAIN = {
    "円": "エン", "名様": "メイサマ", "名": "メイ", "枚": "マイ", "台": "ダイ", "番": "バン", "番目": "バンメ", "度": "ド",
    "倍": "バイ", "年": "ネン", "年間": "ネンカン", "営業日": "エイギョービ", "月": "ガツ", "号室": "ゴーシツ", "号": "ゴー",
    "秒": "ビョー", "部": "ブ", "万": "マン", "億": "オク", "丁目": "チョーメ", "番地": "バンチ", "料": "リョー", "キロ": "キロ",
    "グラム": "グラム", "メートル": "メートル", "リットル": "リットル", "ドル": "ドル", "ユーロ": "ユーロ", "桁": "ケタ",
}  # fmt: skip
_DOUBLING = {
    "個": ("コ", "168t"), "回": ("カイ", "168t"), "か月": ("カゲツ", "168t"), "ヶ月": ("カゲツ", "168t"),
    "カ月": ("カゲツ", "168t"), "箇所": ("カショ", "168t"), "週間": ("シューカン", "18t"), "件": ("ケン", "168t"),
    "点": ("テン", "18t"), "冊": ("サツ", "18t"), "歳": ("サイ", "18t"), "才": ("サイ", "18t"), "着": ("チャク", "18t"),
    "通": ("ツー", "18t"), "セット": ("セット", "18t"), "頭": ("トー", "18t"), "足": ("ソク", "18t"), "ケース": ("ケース", "t"),
    "パーセント": ("パーセント", "18t"), "ページ": ("ページ", "18t"), "ポイント": ("ポイント", "18t"), "丁": ("チョー", "18t"),
    "品": ("ヒン", "18t"),
}  # fmt: skip
# h becomes p after 1, 6, 8, 10 and b after 3 (分 becomes p after 3 and 4 as well).
_H_SERIES = {
    "本": ("ホン", "ポン", "ボン"), "杯": ("ハイ", "パイ", "バイ"), "匹": ("ヒキ", "ピキ", "ビキ"), "箱": ("ハコ", "パコ", "ハコ"),
    "泊": ("ハク", "パク", "パク"), "分間": ("フンカン", "プンカン", "プンカン"), "分": ("フン", "プン", "プン"),
    "階": ("カイ", "カイ", "ガイ"),
}  # fmt: skip
_COUNTERS = "|".join(
    sorted([*_PLAIN, *_DOUBLING, *_H_SERIES, "時間", "日間", "時", "日", "人", "つ"], key=len, reverse=True)
)


class JapaneseReader(Reader):
    """Four is ヨン, seven ナナ, nine キュー; four o'clock is ヨジ, seven シチジ, nine クジ."""

    units: ClassVar[Mapping[str, str]] = {
        "km/h": "キロメートル毎時", "cm²": "平方センチメートル", "m²": "平方メートル", "m2": "平方メートル",
        "m³": "立方メートル", "mm": "ミリメートル", "cm": "センチメートル", "km": "キロメートル", "kg": "キログラム",
        "mg": "ミリグラム", "ml": "ミリリットル", "mL": "ミリリットル", "m": "メートル", "g": "グラム", "L": "リットル",
        "l": "リットル", "t": "トン", "°C": "ド", "°F": "カシド", "°": "ド", "GB": "ギガバイト", "MB": "メガバイト",
        "TB": "テラバイト", "kW": "キロワット", "W": "ワット", "V": "ボルト", "Hz": "ヘルツ", "¥": "JPY",
    }  # fmt: skip
    letters: ClassVar[Mapping[str, str]] = dict(
        zip(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            [
                "エー",
                "ビー",
                "シー",
                "ディー",
                "イー",
                "エフ",
                "ジー",
                "エイチ",
                "アイ",
                "ジェー",
                "ケー",
                "エル",
                "エム",
                "エヌ",
                "オー",
                "ピー",
                "キュー",
                "アール",
                "エス",
                "ティー",
                "ユー",
                "ブイ",
                "ダブリュー",
                "エックス",
                "ワイ",
                "ゼット",
            ],
            strict=True,
        )
    )
    words: ClassVar[Mapping[str, str]] = {
        "&": "アンド", "No.": "ナンバー", "OK": "オーケー", "e-mail": "メール", "email": "メール", "E-mail": "メール",
        "Email": "メール", "Wi-Fi": "ワイファイ", "WiFi": "ワイファイ", "QR": "キューアール", "app": "アプリ", "App": "アプリ",
        "LINE": "ライン", "PIN": "ピン", "Tetraphone": "テトラフォン", "PayPay": "ペイペイ", "Amazon": "アマゾン",
    }  # fmt: skip
    digit_names: ClassVar[Sequence[str]] = [
        "ゼロ",
        "イチ",
        "ニー",
        "サン",
        "ヨン",
        "ゴー",
        "ロク",
        "ナナ",
        "ハチ",
        "キュー",
    ]
    range_word = "から"
    times_word = "かける"
    minus_word = "マイナス"
    plus_word = "プラス"
    at_word = "アットマーク"
    dot_word = "ドット"
    group_mark = "、"
    copies_unit = True
    month_first = True

    def own_rules(self) -> Sequence[Rule]:
        return (
            (re.compile(r"(?<!\d)(\d{1,2})月(?:\s?(\d{1,2})日(?!間))?"), self._month_day),
            (
                re.compile(r"(?<!\d)(\d{1,2})時(?!間)(?:\s?(\d{1,2})分)?"),
                lambda m: self._clock(int(m[1]), int(m[2]) if m[2] else 0),
            ),
            (
                re.compile(rf"(?<![\d.,])(\d{{1,3}}(?:,\d{{3}})+|\d+)(\.\d+)?\s?({_COUNTERS})"),
                lambda m: self._counted(Number.parse(m[1] + (m[2] or "")), m[3]),
            ),
            # An unlisted counter in kanji: the dictionary of the phoneme step knows its readings.
            (re.compile(r"(?<![\d.,])(\d{1,4})(?=[一-鿿])"), lambda m: self._unlisted(m)),
        )

    def cardinal(self, value: int) -> str:
        if value == 0:
            return _ONES[0]
        out = ""
        for power, name in ((12, "チョー"), (8, "オク"), (4, "マン"), (0, "")):
            part = value // 10**power % 10**4
            if part:
                spoken = self._below_ten_thousand(part)
                if name == "チョー":
                    spoken = re.sub(
                        "イチ$", "イッ", re.sub("ハチ$", "ハッ", re.sub("ジュー$", "ジュッ", spoken))
                    )
                out += spoken + name
        return out

    def _below_ten_thousand(self, value: int) -> str:
        thousands, hundreds, tens, ones = (value // power % 10 for power in (1000, 100, 10, 1))
        out = ""
        if thousands:
            out += {1: "セン", 3: "サンゼン", 8: "ハッセン"}.get(thousands, _ONES[thousands] + "セン")
        if hundreds:
            special = {1: "ヒャク", 3: "サンビャク", 6: "ロッピャク", 8: "ハッピャク"}
            out += special.get(hundreds, _ONES[hundreds] + "ヒャク")
        if tens:
            out += "ジュー" if tens == 1 else _ONES[tens] + "ジュー"
        return out + (_ONES[ones] if ones else "")

    def decimal(self, number: Number) -> str:
        whole = self.cardinal(number.value)
        # One- and two-mora numerals are doubled before 点: レーテンゴ, ニーテンゴ, イッテンゴ.
        whole = "レー" if number.value == 0 else whole
        for ending, doubled in (
            ("イチ", "イッ"),
            ("ハチ", "ハッ"),
            ("ジュー", "ジュッ"),
            ("ニ", "ニー"),
            ("ゴ", "ゴー"),
        ):
            if whole.endswith(ending):
                whole = whole[: -len(ending)] + doubled
                break
        return f"{whole}テン{''.join(self.digit_names[int(digit)] for digit in number.fraction)}"

    def date(self, year: int | None, month: int, day: int) -> str:
        spoken = self._month(month) + self._day(day)
        return f"{self._counted(Number(str(year)), '年')}{spoken}" if year else spoken

    def time(self, hour: int, minute: int, second: int | None, half: str | None) -> str:
        before = {"am": "午前", "pm": "午後"}[half] if half else ""
        spoken = before + self._clock(hour, minute)
        return f"{spoken}{self.cardinal(second)}ビョー" if second else spoken

    def money(self, number: Number, currency: str) -> str:
        name, small = _CURRENCIES[currency]
        if currency == "JPY" and not number.short_fraction:
            return self._counted(Number(number.whole), "円")
        if small and number.short_fraction and len(number.fraction) <= 2:
            cents = f"{self.cardinal(int(number.fraction.ljust(2, '0')))}{small}"
            return f"{self.cardinal(number.value)}{name}{cents}" if number.value else cents
        return f"{self.number(Number(number.whole, number.short_fraction))}{name}"

    def percent(self, spoken: str) -> str:
        return _doubled(spoken, "18t") + "パーセント"

    def measure(self, number: Number, unit: str) -> str:
        spoken = self.number(number)
        if unit == "km/h":
            return f"時速{spoken}キロメートル"
        if unit == "°F":
            return f"カシ{spoken}ド"
        return spoken + self.units[unit]

    def fraction(self, above: int, below: int) -> str:
        return f"{self._counted(Number(str(below)), '分').replace('フン', 'ブン').replace('プン', 'ブン')}ノ{self.cardinal(above)}"

    def _counted(self, number: Number, counter: str) -> str:
        if number.fraction:
            sound = _PLAIN.get(counter) or (_DOUBLING.get(counter) or _H_SERIES.get(counter) or (counter,))[0]
            return self.decimal(number) + sound
        value, spoken = number.value, self.cardinal(number.value)
        if counter == "つ":
            return _THINGS.get(value, spoken)
        if counter == "日":
            return self._day(value)
        if counter == "日間":
            return (self._day(value) if value > 1 else "イチニチ") + "カン"
        if counter == "人":
            return {1: "ヒトリ", 2: "フタリ"}.get(value) or re.sub("ヨン$", "ヨ", spoken) + "ニン"
        if counter in ("時", "時間"):
            return self._hour(value) + ("ジカン" if counter == "時間" else "ジ")
        if counter == "月":
            return self._month(value)
        if counter in ("年", "年間", "円"):
            return re.sub("ヨン$", "ヨ", spoken) + _PLAIN[counter]
        if counter in _PLAIN:
            return spoken + _PLAIN[counter]
        if counter in _DOUBLING:
            sound, after = _DOUBLING[counter]
            return _doubled(spoken, after) + sound
        plain, p_form, b_form = _H_SERIES[counter]
        last = value % 10
        if last in (1, 6, 8) or (last == 0 and spoken.endswith(("ジュー", "ヒャク"))):
            return _doubled(spoken, "168th") + p_form
        if last == 3 or (last == 4 and counter in ("分", "分間")):
            return spoken + b_form
        return spoken + plain

    def _hour(self, hour: int) -> str:
        spoken = self.cardinal(hour)
        for plain, changed in (("ヨン", "ヨ"), ("ナナ", "シチ"), ("キュー", "ク")):
            if spoken.endswith(plain) and hour % 10:
                return spoken[: -len(plain)] + changed
        return "レイ" if hour == 0 else spoken

    def _clock(self, hour: int, minute: int) -> str:
        spoken = self._hour(hour) + "ジ"
        return spoken + self._counted(Number(str(minute)), "分") if minute else spoken

    def _month(self, month: int) -> str:
        return {4: "シ", 7: "シチ", 9: "ク"}.get(month, self.cardinal(month)) + "ガツ"

    def _day(self, day: int) -> str:
        if day in _DAYS:
            return _DAYS[day]
        spoken = self.cardinal(day)
        return re.sub("ナナ$", "シチ", re.sub("キュー$", "ク", spoken)) + "ニチ"

    def _month_day(self, match: re.Match[str]) -> str:
        month = self._month(int(match[1]))
        return month + self._day(int(match[2])) if match[2] else month

    def _unlisted(self, match: re.Match[str]) -> str:
        value = int(match[1])
        out = ""
        for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = value // power % 10
            if digit:
                out += ("" if digit == 1 and name else _KANJI[digit]) + name
        return out or "零"


def _doubled(spoken: str, after: str) -> str:
    """``spoken`` with its last sound doubled where the counter asks for it: イチ + コ is イッコ."""
    for mark, plain, changed in (
        ("1", "イチ", "イッ"),
        ("6", "ロク", "ロッ"),
        ("8", "ハチ", "ハッ"),
        ("t", "ジュー", "ジュッ"),
        ("h", "ヒャク", "ヒャッ"),
    ):
        if mark in after and spoken.endswith(plain):
            return spoken[: -len(plain)] + changed
    return spoken
