"""Japanese text to Kokoro phonemes: readings from Open JTalk's dictionary, sounds from the kana table."""

from __future__ import annotations

import re
import threading
from typing import Any

from models.speech.phonemes.kana import kana_phonemes
from models.speech.phonemes.latin import LatinReader

_MARKS = {
    "。": ".", "．": ".", ".": ".", "、": ",", "，": ",", ",": ",", "？": "?", "?": "?", "！": "!", "!": "!",
    "：": ":", ":": ":", "；": ";", ";": ";", "…": "…", "—": "—", "〜": "—", "～": "—",
}  # fmt: skip

_PIECE = re.compile(
    r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’.-]*|[。．.、，,？?！!：:；;…—〜～]|[^A-Za-zÀ-ɏ。．.、，,？?！!：:；;…—〜～]+"
)

# Words that lean on the one before them: written without a space, as in the model's training text.
_LEANING = ("助詞", "助動詞")


class JapanesePhonemes:
    """Reads a Japanese sentence whose numbers have been written out.

    ``pyopenjtalk`` gives each word its reading in context (は as ワ, 四時 as ヨジ). Its frontend is not safe
    for several threads, so calls are serialised; one takes about a millisecond.
    """

    def __init__(self, latin: LatinReader) -> None:
        import pyopenjtalk

        self._frontend: Any = pyopenjtalk.run_frontend
        self._latin = latin
        self._lock = threading.Lock()

    def __call__(self, text: str) -> str:
        """Kokoro phonemes of ``text``; Latin words are said in English."""
        out: list[str] = []
        for piece in _PIECE.findall(text):
            if piece in _MARKS:
                out.append(_MARKS[piece] + " ")
            elif (piece[0].isascii() and piece[0].isalpha()) or "À" <= piece[0] <= "ɏ":
                out.append(" " + self._latin.phonemes(piece) + " ")
            elif piece.strip():
                out.append(self._words(piece.strip()) + " ")
        spoken = re.sub(r"\s+", " ", "".join(out))
        return re.sub(r" (?=[,.!?:;…])", "", spoken).strip()

    def _words(self, text: str) -> str:
        with self._lock:
            try:
                nodes = self._frontend(text, use_sudachi_kanji_yomi=False)
            except ModuleNotFoundError:
                # For a kanji that it cannot read it asks Sudachi's dictionary, which is not installed.
                nodes = self._frontend(text, use_vanilla=True)
        words: list[str] = []
        for node in nodes:
            if node["pos"] == "記号" and not _is_kana(node["pron"]):
                continue
            sounds = kana_phonemes(node["pron"])
            if not sounds:
                continue
            leans = node["pos"] in _LEANING or (
                node["chain_flag"] == 1 and node["pos_group1"] in ("接尾", "非自立")
            )
            if words and leans:
                words[-1] += sounds
            else:
                words.append(sounds)
        return " ".join(words)


def _is_kana(text: str) -> bool:
    return bool(text) and all("ァ" <= character <= "ー" for character in text.replace("’", ""))
