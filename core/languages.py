"""The four languages that the platform speaks."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """ISO 639-1 codes, as Whisper, the voices and every stored record use them."""

    ZH = "zh"
    EN = "en"
    JA = "ja"
    KO = "ko"

    @property
    def own_name(self) -> str:
        """The language's name in itself, as an agent or a caller would write it."""
        return {"zh": "中文", "en": "English", "ja": "日本語", "ko": "한국어"}[self.value]

    @property
    def spaces_words(self) -> bool:
        """Whether words are divided by spaces; where not, lengths are counted in characters."""
        return self in (Language.EN, Language.KO)


def parse_language(value: str) -> Language:
    """Return the language for a code such as ``zh``, ``zh-CN`` or ``ZH_cn``.

    Raises:
        ValueError: for any other language; the message names the accepted codes.
    """
    code = value.strip().lower().replace("_", "-").split("-")[0]
    try:
        return Language(code)
    except ValueError:
        accepted = ", ".join(language.value for language in Language)
        raise ValueError(f"unknown language {value!r}; accepted: {accepted}") from None


_COUNTRY_CODES = {
    "86": Language.ZH,
    "852": Language.ZH,
    "853": Language.ZH,
    "886": Language.ZH,
    "81": Language.JA,
    "82": Language.KO,
    "1": Language.EN,
    "44": Language.EN,
    "61": Language.EN,
    "64": Language.EN,
    "65": Language.EN,
}


def language_of_number(number: str | None) -> Language | None:
    """Guess a caller's language from the country code of an E.164 number; None where it says nothing."""
    if not number or not number.startswith("+"):
        return None
    digits = number[1:]
    for length in (3, 2, 1):
        if (language := _COUNTRY_CODES.get(digits[:length])) is not None:
            return language
    return None
