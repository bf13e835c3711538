"""Korean by its sounds: onset, vowel and coda of each syllable as they are spoken, not as they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from models.recognition.sounds import Unit

_ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_CODAS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_SAME_VOWEL = str.maketrans("ㅔㅖㅙㅚ", "ㅐㅒㅞㅞ")
_NEUTRAL = {
    **dict.fromkeys("ㄱㄲㅋㄳㄺ", "ㄱ"),
    **dict.fromkeys("ㄷㅅㅆㅈㅊㅌㅎ", "ㄷ"),
    **dict.fromkeys("ㅂㅍㅄㄿ", "ㅂ"),
    **dict.fromkeys("ㄴㄵㄶ", "ㄴ"),
    **dict.fromkeys("ㄹㄼㄽㄾㅀ", "ㄹ"),
    **dict.fromkeys("ㅁㄻ", "ㅁ"),
    "ㅇ": "ㅇ",
}
_MOVES = {
    "ㄳ": ("ㄱ", "ㅅ"),
    "ㄵ": ("ㄴ", "ㅈ"),
    "ㄺ": ("ㄹ", "ㄱ"),
    "ㄻ": ("ㄹ", "ㅁ"),
    "ㄼ": ("ㄹ", "ㅂ"),
    "ㅄ": ("ㅂ", "ㅅ"),
}
_FAMILIES = ("ㄱㄲㅋ", "ㄷㄸㅌ", "ㅂㅃㅍ", "ㅅㅆ", "ㅈㅉㅊ", "ㅐㅓ", "ㅗㅓ", "ㅜㅡ", "ㄴㄹ", "ㄴㅇ", "ㅁㅇ")
_ENDINGS = re.compile(
    r"^(|은|는|이|가|을|를|에|에서|에게|의|도|만|로|으로|와|과|이나|나|까지|부터|요|이요|이에요|예요|입니다|인데|인데요|이랑|랑|"
    r"하고|하[가-힣]*|해[가-힣]*|했[가-힣]*|합[가-힣]*|할[가-힣]*|한[가-힣]*|된[가-힣]*|되[가-힣]*|돼[가-힣]*|됐[가-힣]*|좀|건|때문에)$"
)
_NUMBER = re.compile(r"^[0-9]+$|^[영공일이삼사오육칠팔구십백천만]{2,}(번|개|원)?$")


class KoreanSounds:
    """Sounds are jamo; units are syllables. A stretch begins with a word and ends before a particle or an ending."""

    def units(self, text: str) -> list[Unit]:
        units: list[Unit] = []
        for match in re.finditer(r"\S+", text):
            word = match.group()
            core = word.rstrip(".,?!~…")
            number = bool(_NUMBER.match(core))
            spoken = _spoken(core)
            for offset, sounds in enumerate(spoken):
                units.append(
                    Unit(
                        start=match.start() + offset,
                        end=match.start() + offset + 1,
                        sounds=sounds,
                        opens=offset == 0,
                        closes=bool(_ENDINGS.match(core[offset + 1 :])),
                        fixed=number or not sounds,
                    )
                )
        return units

    def cost(self, left: str, right: str) -> float:
        if left == right:
            return 0.0
        if left and right and any(left in family and right in family for family in _FAMILIES):
            return 0.5
        return 1.0

    def limit(self, length: int, ordinary: bool) -> float:
        # By jamo: words of two syllables have four to six. One such sound apart lie 환불 and 환율, so none is given.
        if length < 4:
            return -1.0
        return 0.0 if length <= 6 else 0.5 if length <= 9 else 1.0

    def ordinary(self, span: str, units: Sequence[Unit]) -> bool:
        return False


def _spoken(word: str) -> list[tuple[str, ...]]:
    parts: list[list[str]] = []
    for character in word:
        code = ord(character) - 0xAC00
        if 0 <= code < 11172:
            parts.append([_ONSETS[code // 588], _VOWELS[code % 588 // 28], _CODAS[code % 28].strip()])
        else:
            parts.append([])
    for left, right in pairwise(parts):
        if left and right and left[2] and right[0] == "ㅇ" and left[2] != "ㅇ":
            left[2], right[0] = _MOVES.get(left[2], ("", left[2]))
            if right[0] == "ㅎ":
                right[0] = "ㅇ"
    spoken: list[tuple[str, ...]] = []
    for syllable in parts:
        if not syllable:
            spoken.append(())
            continue
        onset = "" if syllable[0] == "ㅇ" else syllable[0]
        sounds = (onset, syllable[1].translate(_SAME_VOWEL), _NEUTRAL.get(syllable[2], ""))
        spoken.append(tuple(sound for sound in sounds if sound))
    return spoken
