"""The language of a document or section: by script first, by langdetect where the script is Latin.

Never used for a caller's utterances: those are too short, and the recogniser has its own evidence.
"""

from __future__ import annotations

import re

from core.languages import Language

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]{2,}")
_OTHER_LETTER = re.compile(r"[\u0370-\u05ff\u0600-\u06ff\u0900-\u0dff\u0e00-\u0eff]")

MIN_LATIN_CHARACTERS = 20
"""Below this langdetect guesses; a short Latin text is left undecided (a product code is no language)."""
_MAX_DETECTED = 4_000


def detect_language(text: str) -> Language | None:
    """The language most of ``text`` is written in; None where it is none of the four, or cannot be told."""
    sample = text[:200_000]
    kana = len(_KANA.findall(sample))
    hangul = len(_HANGUL.findall(sample))
    han = len(_HAN.findall(sample))
    latin = len(_LATIN_WORD.findall(sample))
    other = len(_OTHER_LETTER.findall(sample))
    cjk = kana + hangul + han
    # A Latin word weighs as two characters: product names in a Chinese text must not make it English.
    if cjk and cjk >= 2 * latin and cjk >= other:
        if hangul > 0.25 * cjk:
            return Language.KO
        # Japanese prose is about half kana; a Chinese text that quotes a Japanese name is not.
        return Language.JA if kana > 0.08 * cjk else Language.ZH
    if latin and len(sample.strip()) >= MIN_LATIN_CHARACTERS and 2 * latin > other:
        return _latin_language(sample)
    return None


def _latin_language(text: str) -> Language | None:
    from langdetect import DetectorFactory, LangDetectException, detect_langs

    DetectorFactory.seed = 0
    words = " ".join(_LATIN_WORD.findall(text[:_MAX_DETECTED])).lower()
    if len(words) < MIN_LATIN_CHARACTERS:
        return None
    try:
        guesses = detect_langs(words)
    except LangDetectException:
        return None
    if guesses[0].lang == "en":
        return Language.EN
    english = next((guess.prob for guess in guesses if guess.lang == "en"), 0.0)
    # Short lists of English product words look like Dutch or Danish; a clear other language stays out.
    return Language.EN if english > 0.3 else None


def language_of(question: str) -> Language | None:
    """The language of a typed question, told by its script alone; None where it has no letters of the four."""
    decided = detect_language(question)
    if decided is not None:
        return decided
    return Language.EN if _LATIN_WORD.search(question) else None
