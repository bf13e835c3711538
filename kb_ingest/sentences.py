"""Sentences of a passage, in four languages."""

from __future__ import annotations

import re

_END = re.compile(
    r"(?<=[。！？!?])[」』”’)）]*\s*"  # CJK marks end a sentence wherever they stand
    r"|(?<=[a-zA-Z0-9)\]”\"'가-힣][.!?])\s+(?=[\"'“‘(\[A-Z0-9\u00c0-\u00de가-힣一-鿿])"
    r"|\n+"
)
_ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|etc|approx|no|vs|mr|mrs|ms|dr|inc|ltd|co|st|u\.s|u\.k|max|min)\.$", re.I
)


def split_sentences(text: str) -> list[str]:
    """Divide ``text`` after full stops, question and exclamation marks and at line ends; nothing is lost but space.

    >>> split_sentences("返品は30日以内です。送料は無料です。")
    ['返品は30日以内です。', '送料は無料です。']
    """
    sentences: list[str] = []
    start = 0
    for end in _END.finditer(text):
        piece = text[start : end.end()].strip()
        if not piece or (_ABBREVIATION.search(piece) and "\n" not in end.group()):
            continue
        sentences.append(piece)
        start = end.end()
    if rest := text[start:].strip():
        sentences.append(rest)
    return sentences
