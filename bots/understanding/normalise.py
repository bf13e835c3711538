"""Text as the recogniser may write it, brought to one spelling. Lengths never change, so offsets hold."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from core.languages import Language

_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_PUNCTUATION = re.compile(r"[^\w]+|_")
_MISHEARD_IN_JAPANESE = (
    (
        re.compile(
            r"中文(?=番号|状況|履歴|内容|確認|キャンセル|変更|し[たて]|を(?!話|しゃべ)|の(?:状況|配送|発送|確認|変更|件|商品|番号))"
        ),
        "注文",
    ),
    (re.compile(r"^((?:もしもし[、。\s]*)?)[積つ]みません"), r"\1すみません"),
)
"""What a recogniser makes of words that Japanese callers say all the time. Who wants to go on in Chinese (中文で) says no word
of an order after it, and nobody begins a sentence by not loading something."""
_NUMBER = re.compile(r"\d[\d\s,\-]*\d{2}|\d{4,}")


@lru_cache(maxsize=1)
def _to_simplified() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def fold(text: str, language: Language) -> str:
    """Half width, lower case and, in Chinese, simplified characters; the length stays the same.

    In Japanese a few words are put right that are hardly ever what was said.
    """
    folded = text.translate(_WIDTH)
    lowered = folded.lower()
    folded = lowered if len(lowered) == len(folded) else folded
    if language is Language.ZH:
        simplified: str = _to_simplified().convert(folded)
        if len(simplified) == len(folded):
            return simplified
    if language is Language.JA:
        for misheard, said in _MISHEARD_IN_JAPANESE:
            folded = misheard.sub(said, folded)
    return folded


def squeeze(text: str) -> str:
    """Drop punctuation and spaces: for comparing sentences."""
    return _PUNCTUATION.sub("", text)


def for_intent(text: str, language: Language) -> str:
    """The spelling that intents are trained on: folded, numbers made alike, punctuation to spaces.

    Who asks for order 104227 and who asks for 200318 want the same thing.
    """
    folded = _NUMBER.sub(" 000000 ", fold(text, language))
    spaced = re.sub(r"[^\w']+", " ", folded).strip()
    if language in (Language.ZH, Language.JA):
        # The recogniser puts spaces where the speaker breathes; they mean nothing.
        spaced = re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", spaced)
    return spaced
