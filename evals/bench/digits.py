"""Digits as they are said one by one, and the words that a recogniser writes for them: the one table of the benchmarks."""

from __future__ import annotations

from core.languages import Language

SPOKEN: dict[Language, tuple[str, ...]] = {
    Language.EN: ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    Language.ZH: tuple("零一二三四五六七八九"),
    Language.JA: ("ゼロ", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう"),
    Language.KO: tuple("공일이삼사오육칠팔구"),
}
"""How a caller says 0 to 9."""

_ALSO: dict[Language, dict[str, str]] = {
    Language.EN: {"oh": "0"},
    Language.ZH: {"〇": "0", "幺": "1", "两": "2"},
    Language.JA: dict(zip("〇零一二三四五六七八九", "00123456789", strict=True)),
    Language.KO: {"영": "0"},
}

WRITTEN: dict[Language, dict[str, str]] = {
    # Japanese kana are left out: に and ご are ordinary words, and a recogniser writes figures or kanji.
    language: _ALSO[language]
    | ({} if language is Language.JA else {word: str(digit) for digit, word in enumerate(SPOKEN[language])})
    for language in Language
}
"""Words (English) or characters of a recognised text, and the figure that each stands for."""
