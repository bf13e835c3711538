"""One way to write what was heard: Simplified Chinese, compatibility forms folded, spaces where the language has them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

from core.languages import Language

_SPACES = re.compile(r"\s+")
# A space between two CJK characters, or beside CJK punctuation, is Whisper's, not the speaker's.
_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〆ー、。！？「」，：；"
_CJK_SPACE = re.compile(rf"(?<=[{_CJK}])\s+(?=[{_CJK}])")
_SOUND_MARK = re.compile(r"[\[(（【♪*][^\])）】♪*]{0,40}[\])）】♪*]")


def normalise(text: str, language: Language) -> str:
    """Return ``text`` as it is stored and matched.

    NFKC folds full-width letters and half-width kana; Chinese becomes Simplified; marks such as ``[Music]`` or
    ``(笑)`` are no words and go, while of a number in brackets, as in ``(555) 123-4567``, only the brackets go; spaces are single, and none stand between Chinese or Japanese characters.
    """
    text = _SOUND_MARK.sub(_without_mark, text)
    text = unicodedata.normalize("NFKC", text)
    if language is Language.ZH:
        text = simplified(text)
    text = _SPACES.sub(" ", text).strip()
    if language in (Language.ZH, Language.JA):
        text = _CJK_SPACE.sub("", text)
    return text if any(character.isalnum() for character in text) else ""


def _without_mark(mark: re.Match[str]) -> str:
    return f" {mark[0][1:-1]} " if any(character.isdecimal() for character in mark[0]) else " "


def simplified(text: str) -> str:
    """Fold Traditional Chinese to Simplified."""
    return str(_converter().convert(text))


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
