"""English letter-to-sound rules: the last resort for names and words that no lexicon holds."""

from __future__ import annotations

import unicodedata

LETTER_NAMES = {
    "A": "ˈA", "B": "bˈi", "C": "sˈi", "D": "dˈi", "E": "ˈi", "F": "ˈɛf", "G": "ʤˈi", "H": "ˈAʧ", "I": "ˈI",
    "J": "ʤˈA", "K": "kˈA", "L": "ˈɛl", "M": "ˈɛm", "N": "ˈɛn", "O": "ˈO", "P": "pˈi", "Q": "kjˈu", "R": "ˈɑɹ",
    "S": "ˈɛs", "T": "tˈi", "U": "jˈu", "V": "vˈi", "W": "dˈʌbᵊlju", "X": "ˈɛks", "Y": "wˈI", "Z": "zˈi",
}  # fmt: skip

# Longest match first; "^" stands for the start of the word and "$" for its end.
_RULES: dict[str, str] = {
    "^kn": "n", "^wr": "ɹ", "^gn": "n", "^ps": "s", "^x": "z", "^mc": "mək",
    "tion": "ʃən", "sion": "ʒən", "ture": "ʧəɹ", "ough": "O", "augh": "ɔ", "eigh": "A", "igh": "I",
    "tch": "ʧ", "dge": "ʤ", "sch": "ʃ", "chr": "kɹ", "szcz": "ʃʧ", "cz": "ʧ", "sz": "ʃ", "zh": "ʒ",
    "ch": "ʧ", "sh": "ʃ", "th": "θ", "ph": "f", "gh": "ɡ", "wh": "w", "ck": "k", "qu": "kw", "ng": "ŋ",
    "ngu": "ŋɡw", "nk": "ŋk", "xi": "ʃi", "xu": "ʃu", "zz": "ts", "tz": "ts", "kh": "k", "rh": "ɹ",
    "ai": "A", "ay": "A", "ei": "I", "ey": "i", "ee": "i", "ea": "i", "ie": "i", "oa": "O", "oe": "O",
    "oo": "u", "ou": "W", "ow": "W", "oi": "Y", "oy": "Y", "au": "ɔ", "aw": "ɔ", "eu": "ju", "ew": "ju",
    "ia": "iə", "io": "iO", "iu": "iu", "ua": "wɑ", "ui": "wi", "uo": "wO",
    "ar": "ɑɹ", "er": "əɹ", "ir": "əɹ", "or": "ɔɹ", "ur": "əɹ", "all": "ɔl", "ye$": "I",
    "es$": "z", "ed$": "d", "y$": "i", "^y": "j", "le$": "ᵊl", "a$": "ə", "o$": "O", "i$": "i", "u$": "u",
    "e$": "", "ce": "sɛ", "ci": "sɪ", "cy": "sɪ", "ge": "ʤɛ", "gi": "ʤɪ", "gy": "ʤI", "ce$": "s", "ge$": "ʤ",
    "a": "æ", "e": "ɛ", "i": "ɪ", "o": "ɑ", "u": "ʌ", "y": "ɪ", "b": "b", "c": "k", "d": "d", "f": "f",
    "g": "ɡ", "h": "h", "j": "ʤ", "k": "k", "l": "l", "m": "m", "n": "n", "p": "p", "q": "k", "r": "ɹ",
    "s": "s", "t": "t", "v": "v", "w": "w", "x": "ks", "z": "z",
}  # fmt: skip

# A vowel before one consonant and a final e says its own name: late, Steve, site.
_LONG = {"a": "A", "e": "i", "i": "I", "o": "O", "u": "u"}

_VOWEL_SOUNDS = "AIOQWYaiuæɑɐɒəɛɜɪɔʊʌᵊ"


def sound_out(word: str) -> str:
    """Kokoro phonemes for ``word`` by spelling alone; a word without vowels is spelt letter by letter.

    >>> sound_out("Brno")
    'bˈɹnO'
    >>> sound_out("XKCD")
    'ˈɛkskˈAsˈidˈi'
    """
    plain = "".join(
        character for character in unicodedata.normalize("NFD", word.lower()) if "a" <= character <= "z"
    )
    if not plain:
        return ""
    if not any(letter in "aeiouy" for letter in plain):
        return "".join(LETTER_NAMES[letter.upper()] for letter in plain)
    marked = f"^{plain}$"
    sounds = ""
    at = 1
    while at < len(marked) - 1:
        if marked[at] in _LONG and at >= 2 and marked[at + 2 :] == "e$" and marked[at + 1] not in "aeiouywx$":
            sounds += _LONG[marked[at]]
            at += 1
            continue
        at, sound = _match(marked, at)
        if not (sound and sounds.endswith(sound) and sound not in _VOWEL_SOUNDS):
            sounds += sound
    first_vowel = next((i for i, sound in enumerate(sounds) if sound in _VOWEL_SOUNDS), 0)
    return sounds[:first_vowel] + "ˈ" + sounds[first_vowel:]


def _match(marked: str, at: int) -> tuple[int, str]:
    """The longest rule that fits at ``at``; the place after it and its sound."""
    for length in (4, 3, 2, 1):
        piece = marked[at : at + length]
        if len(piece) < length or "$" in piece:
            continue
        if at == 1 and (sound := _RULES.get("^" + piece)) is not None:
            return at + length, sound
        if at + length == len(marked) - 1 and (sound := _RULES.get(piece + "$")) is not None:
            return at + length, sound
        if (sound := _RULES.get(piece)) is not None:
            return at + length, sound
    return at + 1, ""
