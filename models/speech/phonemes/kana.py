"""Kana to Kokoro phonemes.

The values follow the table that Kokoro v1.0 was trained with (misaki 0.7, Apache-2.0), built here from rows
and rules instead of one entry per kana.
"""

from __future__ import annotations

_VOWELS = dict(zip("アイウエオ", ["a", "i", "ɯ", "e", "o"], strict=True))

# Consonant before a, i, u, e, o; where a row is irregular its five syllables are written out.
_ROWS: dict[str, tuple[str, str, str, str, str]] = {
    "カキクケコ": ("ka", "kʲi", "kɯ", "ke", "ko"),
    "ガギグゲゴ": ("ɡa", "ɡʲi", "ɡɯ", "ɡe", "ɡo"),
    "サシスセソ": ("sa", "ɕi", "sɨ", "se", "so"),
    "ザジズゼゾ": ("ʣa", "ʥi", "zɨ", "ʣe", "ʣo"),
    "タチツテト": ("ta", "ʨi", "ʦɨ", "te", "to"),
    "ダヂヅデド": ("da", "ʥi", "zɨ", "de", "do"),
    "ナニヌネノ": ("na", "ɲi", "nɯ", "ne", "no"),
    "ハヒフヘホ": ("ha", "çi", "ɸɯ", "he", "ho"),
    "バビブベボ": ("ba", "bʲi", "bɯ", "be", "bo"),
    "パピプペポ": ("pa", "pʲi", "pɯ", "pe", "po"),
    "マミムメモ": ("ma", "mʲi", "mɯ", "me", "mo"),
    "ラリルレロ": ("ɾa", "ɾʲi", "ɾɯ", "ɾe", "ɾo"),
}

_SINGLE = {
    **_VOWELS,
    "ヤ": "ja", "ユ": "jɯ", "ヨ": "jo", "ワ": "βa", "ヰ": "i", "ヱ": "e", "ヲ": "o", "ヴ": "vɯ",
    "ヵ": "ka", "ヶ": "ke", "ヮ": "βa", "ャ": "ja", "ュ": "jɯ", "ョ": "jo",
    "ァ": "a", "ィ": "i", "ゥ": "ɯ", "ェ": "e", "ォ": "o",
}  # fmt: skip

# First part of a small-ya digraph; ya, yu and yo follow as a, ɨ and o.
_PALATAL = {
    "キ": "kʲ", "ギ": "ɡʲ", "シ": "ɕ", "ジ": "ʥ", "チ": "ʨ", "ヂ": "ʥ", "ニ": "ɲ", "ヒ": "ç",
    "ビ": "bʲ", "ピ": "pʲ", "ミ": "mʲ", "リ": "ɾʲ", "フ": "ɸʲ", "テ": "tʲ", "デ": "dʲ", "ヴ": "bʲ",
}  # fmt: skip

_FOREIGN = {
    "イェ": "je", "ウィ": "βi", "ウェ": "βe", "ウォ": "βo", "キェ": "kʲe", "シェ": "ɕe", "ジェ": "ʥe",
    "チェ": "ʨe", "ニェ": "ɲe", "ヒェ": "çe", "クァ": "kᵝa", "クィ": "kᵝi", "クェ": "kᵝe", "クォ": "kᵝo",
    "グァ": "ɡᵝa", "グィ": "ɡᵝi", "グェ": "ɡᵝe", "グォ": "ɡᵝo", "ツァ": "ʦa", "ツィ": "ʦʲi", "ツェ": "ʦe",
    "ツォ": "ʦo", "ティ": "tʲi", "ディ": "dʲi", "トゥ": "tɯ", "ドゥ": "dɯ", "ファ": "ɸa", "フィ": "ɸʲi",
    "フェ": "ɸe", "フォ": "ɸo", "ヴァ": "va", "ヴィ": "vʲi", "ヴェ": "ve", "ヴォ": "vo", "スィ": "sʲi",
}  # fmt: skip


def _build_table() -> dict[str, str]:
    table = dict(_SINGLE)
    for kana, sounds in _ROWS.items():
        table.update(zip(kana, sounds, strict=True))
    for first, onset in _PALATAL.items():
        table.update({first + "ャ": onset + "a", first + "ュ": onset + "ɨ", first + "ョ": onset + "o"})
    table.update(_FOREIGN)
    return table


_TABLE = _build_table()

_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


def katakana(text: str) -> str:
    """``text`` with every hiragana written as katakana."""
    return text.translate(_HIRAGANA_TO_KATAKANA)


def _moraic_n(following: str) -> str:
    """The sound of ん before the phonemes that follow it."""
    if following[:1] in ("m", "p", "b"):
        return "m"
    if following[:1] in ("k", "ɡ"):
        return "ŋ"
    if following[:1] in ("ɲ", "ʨ", "ʥ"):
        return "ɲ"
    if following[:1] in ("n", "t", "d", "ɾ", "z"):
        return "n"
    return "ɴ"


def kana_phonemes(kana: str) -> str:
    """Kokoro phonemes of one word in hiragana or katakana; other characters are passed over."""
    word = katakana(kana)
    sounds: list[str] = []
    at = 0
    while at < len(word):
        if (pair := word[at : at + 2]) in _TABLE and len(pair) == 2:
            sounds.append(_TABLE[pair])
            at += 2
            continue
        character = word[at]
        if character in _TABLE:
            sounds.append(_TABLE[character])
        elif character == "ー":
            sounds.append("ː")
        elif character in ("ッ", "ン"):
            sounds.append(character)
        at += 1
    # From the end, since ん takes its sound from what follows; a final っ is not heard.
    spoken = ""
    for sound in reversed(sounds):
        if sound == "ッ":
            spoken = "ʔ" + spoken if spoken else ""
        elif sound == "ン":
            spoken = _moraic_n(spoken) + spoken
        else:
            spoken = sound + spoken
    return spoken
