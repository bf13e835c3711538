"""Which letters our callers' languages are written with.

A multilingual model's vocabulary holds words of a hundred languages. One in eight of them cannot be what a caller of ours
said, and looking at it costs time with every token.
"""

from __future__ import annotations

import unicodedata

_OURS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH", "HALFWIDTH", "IDEOGRAPHIC")


def is_foreign(text: str) -> bool:
    """Whether there is a letter in it that Chinese, English, Japanese and Korean are not written with.

    >>> [is_foreign(text) for text in ("order 5", "注文は", "주문", "über", "заказ", "\N{REPLACEMENT CHARACTER}")]
    [False, False, False, True, True, False]
    """
    return any(not _ours(character) for character in text)


def _ours(character: str) -> bool:
    if character.isascii() or not unicodedata.category(character).startswith("L"):
        return True
    return unicodedata.name(character, "CJK").startswith(_OURS)
