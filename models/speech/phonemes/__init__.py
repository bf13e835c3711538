"""Written words to the phonemes that Kokoro speaks, one module per language.

``Phonemes()(text, language)`` takes text whose numbers have been written out (see ``models.speech.normalise``).
Nothing here uses espeak-ng or phonemizer, which are GPL. Imports no other room but ``core``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from core.languages import Language
from models.speech.phonemes.vocabulary import MAX_TOKENS, tokens_of, unknown_symbols

__all__ = ["MAX_TOKENS", "Phonemes", "tokens_of", "unknown_symbols"]


class Phonemes:
    """All four languages, each loaded when it is first spoken; safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._readers: dict[Language, Callable[[str], str]] = {}

    def __call__(self, text: str, language: Language) -> str:
        """Kokoro phonemes of ``text`` in ``language``."""
        return self._reader(language)(text)

    def phonemes(self, word: str) -> str:
        """Kokoro phonemes of one Latin word or letter, as an English speaker says it."""
        from models.speech.phonemes.english import EnglishPhonemes

        english = self._reader(Language.EN)
        assert isinstance(english, EnglishPhonemes)
        return english.word(word)

    def load(self, *languages: Language) -> None:
        """Load the dictionaries of ``languages`` now instead of with the first sentence."""
        for language in languages:
            self._reader(language)

    def _reader(self, language: Language) -> Callable[[str], str]:
        with self._lock:
            if language not in self._readers:
                self._readers[language] = self._make(language)
            return self._readers[language]

    def _make(self, language: Language) -> Callable[[str], str]:
        if language is Language.EN:
            from models.speech.phonemes.english import EnglishPhonemes

            return EnglishPhonemes()
        if language is Language.ZH:
            from models.speech.phonemes.chinese import ChinesePhonemes

            return ChinesePhonemes(self)
        if language is Language.JA:
            from models.speech.phonemes.japanese import JapanesePhonemes

            return JapanesePhonemes(self)
        from models.speech.phonemes.korean import KoreanPhonemes

        return KoreanPhonemes(self)
