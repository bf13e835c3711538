"""Written text to text that can be spoken: numbers, dates, money, codes and symbols become words.

``normalise(text, language)`` is the whole interface. ``grammar`` finds what is to be read in some special way, the
same in all languages; one reader per language says it. Imports no other room but ``core``.
"""

from __future__ import annotations

from functools import cache

from core.languages import Language
from models.speech.normalise.grammar import ITEM_CLOSE, ITEM_OPEN, Grammar
from models.speech.normalise.reader import Reader

__all__ = ["ITEM_CLOSE", "ITEM_OPEN", "mark_items", "normalise", "reader_of"]


def normalise(text: str, language: Language, *, yao: bool = False) -> str:
    """Return ``text`` with everything but words and punctuation written out in ``language``.

    Integers are quantities; order, phone and tracking numbers, and whatever mixes letters and digits, are read
    digit by digit in groups. What is already words stays as it is, so normalising twice changes nothing.

    Args:
        yao: in Chinese say 幺 for a one among digits, as people do with telephone numbers.

    >>> normalise("Order H104227 costs $12.50.", Language.EN)
    'Order H, one zero four, two two seven costs twelve dollars and fifty cents.'
    """
    return _grammar(language, yao).spoken(text)


def mark_items(text: str, language: Language) -> str | None:
    """As ``normalise``, with every number, date, amount and code between ``ITEM_OPEN`` and ``ITEM_CLOSE``.

    None where that cannot be told.
    """
    return _grammar(language, False).marked(text)


@cache
def reader_of(language: Language) -> Reader:
    """What says numbers and the like in ``language``."""
    return _reader(language, False)


@cache
def _grammar(language: Language, yao: bool) -> Grammar:
    return Grammar(_reader(language, yao))


def _reader(language: Language, yao: bool) -> Reader:
    if language is Language.ZH:
        from models.speech.normalise.chinese import ChineseReader

        return ChineseReader(yao=yao)
    if language is Language.EN:
        from models.speech.normalise.english import EnglishReader

        return EnglishReader()
    if language is Language.JA:
        from models.speech.normalise.japanese import JapaneseReader

        return JapaneseReader()
    from models.speech.normalise.korean import KoreanReader

    return KoreanReader()
