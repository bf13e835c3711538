"""Mandarin text to Kokoro phonemes, through misaki's table from pinyin."""

from __future__ import annotations

import logging
import re

from models.speech.phonemes.latin import LatinReader

_HAN = re.compile(r"[㐀-鿿]")
_PIECE = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’-]*|[^A-Za-zÀ-ɏ]+")


class ChinesePhonemes:
    """Reads a Mandarin sentence whose numbers have been written out; Latin words are said in English."""

    def __init__(self, latin: LatinReader) -> None:
        import jieba

        jieba.setLogLevel(logging.WARNING)
        from misaki.zh import ZHG2P

        self._g2p = ZHG2P()
        self._latin = latin

    def __call__(self, text: str) -> str:
        """Kokoro phonemes of ``text``, tones as arrows."""
        out: list[str] = []
        for piece in _PIECE.findall(text):
            if piece[0].isalpha() and not _HAN.match(piece[0]):
                out.append(" " + self._latin.phonemes(piece) + " ")
            elif piece.strip():
                out.append(self._g2p(piece)[0] + " ")
        spoken = re.sub(r"\s+", " ", "".join(out))
        return re.sub(r" (?=[,.!?:;…])", "", spoken).strip()
