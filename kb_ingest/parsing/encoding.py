"""Bytes of a text file to text, in the encodings that the four languages are found in."""

from __future__ import annotations

import re

from kb_ingest.parsing.document import DocumentRefused

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ODD = re.compile(r"[\x80-\x9f\ue000-\uf8ff\uff61-\uff9f\u3400-\u4dbf\u2500-\u257f]")


def decode_text(data: bytes) -> str:
    """Decode UTF-8, UTF-16 with a mark, GB18030, Shift JIS, EUC-KR, Big5 or Windows-1252.

    Raises:
        DocumentRefused: ``wrong_type`` where the bytes are no text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise _not_text() from None
    # Zero bytes are what pictures and programs have and no text outside UTF-16 has.
    if b"\x00" in data:
        raise _not_text()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    sample = data[:64_000]
    controls = sum(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in sample)
    if controls > len(sample) * 0.01:
        raise _not_text()
    best = max(
        ((_plausibility(data, encoding), -order, encoding) for order, encoding in enumerate(_LEGACY)),
    )
    if best[0] <= 0:
        raise _not_text()
    return data.decode(best[2])


_LEGACY = ("gb18030", "cp932", "cp949", "big5", "cp1252")


def _plausibility(data: bytes, encoding: str) -> float:
    """How much of the decoded text is characters that the encoding's language really uses, -1 if it fails."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return -1.0
    foreign = sum(ord(character) > 127 for character in text) or 1
    odd = len(_ODD.findall(text))
    if encoding == "cp1252":
        letters = sum("\u00c0" <= character <= "\u00ff" for character in text)
        # Accented letters are rare among letters; a text full of them is another encoding misread.
        return 0.9 * letters / foreign if foreign < 0.2 * len(text) else 0.01
    if encoding == "cp932":
        good = 1.6 * len(_KANA.findall(text)) + 0.4 * len(_HAN.findall(text))
    elif encoding == "cp949":
        good = 1.1 * len(_HANGUL.findall(text))
    else:
        good = sum(_common_han(character, encoding) for character in text)
    return (good - 3 * odd) / foreign


def _common_han(character: str, encoding: str) -> float:
    if not _HAN.match(character):
        return 0.3 if character in "，。、；：？！「」《》（）" else 0.0
    lead = character.encode(encoding)[0]
    # The first level of either set (ordered by frequency of use in print) makes up nearly all real text.
    common = 0xB0 <= lead <= 0xD7 if encoding == "gb18030" else 0xA4 <= lead <= 0xC6
    return 1.0 if common else 0.1


def _not_text() -> DocumentRefused:
    return DocumentRefused(
        "wrong_type",
        "The file is no text and no known document; upload PDF, DOCX, XLSX, CSV, HTML, Markdown or text.",
    )
