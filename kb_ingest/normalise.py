"""Text as the index sees it: one width, one case, Traditional Chinese as Simplified."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def fold(text: str) -> str:
    """Full width to half, compatibility forms to plain ones, Traditional to Simplified Chinese.

    Text with kana is left in its own characters: Japanese 発 and 廣 are not spellings of Chinese words.
    """
    text = unicodedata.normalize("NFKC", text)
    if _HAN.search(text) and not _KANA.search(text):
        text = str(_simplifier().convert(text))
    return text
