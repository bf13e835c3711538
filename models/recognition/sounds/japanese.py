"""Japanese by its morae, as the reader of the speech synthesiser pronounces them."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any

from models.recognition.sounds import Unit

_MORA = re.compile(r"[ァ-ヴ][ャュョァィゥェォヮ]?|ー")
_VOICED = str.maketrans(
    "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポヴ",
    "カキクケコサシスセソタチツテトハヒフヘホハヒフヘホウ",
)
_NUMBER = re.compile(r"[0-9０-９〇零一二三四五六七八九十百千万億]")
_GLUE = frozenset({"助詞", "助動詞", "記号"})
_NEAR = 0.5


class JapaneseSounds:
    """Sounds are morae in katakana, long vowels as ``ー``; units are the reader's words."""

    def __init__(self) -> None:
        import pyopenjtalk

        package: Any = pyopenjtalk
        # A reader of its own behind a lock: one is not safe for several threads, and the synthesiser has its own.
        self._reader: Any = package.OpenJTalk(dn_mecab=package.OPEN_JTALK_DICT_DIR)
        self._read: Any = package.run_frontend
        self._lock = threading.Lock()

    def units(self, text: str) -> list[Unit]:
        with self._lock:  # plain: the finer corrections want a second dictionary
            nodes = self._read(text, use_vanilla=True, jtalk=self._reader)
        if sum(len(node["string"]) for node in nodes) != len(text):
            return []  # the reader has rewritten the text; its places cannot be told
        units, place = [], 0
        for node in nodes:
            word = text[place : place + len(node["string"])]
            morae = tuple(_MORA.findall(node["pron"]))
            glue = node["pos"] in _GLUE or not morae or bool(_NUMBER.search(word))
            ordinary = len(word) >= 2 and node["pos"] in ("名詞", "動詞", "形容詞", "副詞")
            units.append(Unit(place, place + len(word), morae, fixed=glue, ordinary=ordinary))
            place += len(word)
        return units

    def cost(self, left: str, right: str) -> float:
        if left == right:
            return 0.0
        if {left, right} <= {"ー", "ッ", ""}:
            return _NEAR
        if left and right and left.translate(_VOICED) == right.translate(_VOICED):
            return _NEAR
        return 1.0

    def limit(self, length: int, ordinary: bool) -> float:
        if ordinary:
            return 0.0 if length >= 4 else -1.0
        if length < 3:
            return -1.0
        return 0.0 if length == 3 else 0.5 if length == 4 else 1.0 if length < 8 else 1.5

    def ordinary(self, span: str, units: Sequence[Unit]) -> bool:
        return all(unit.ordinary for unit in units)
