"""Latin words inside Chinese, Japanese and Korean sentences."""

from __future__ import annotations

from typing import Protocol


class LatinReader(Protocol):
    """What a language module needs to say a product or brand name that stands in its text."""

    def phonemes(self, word: str) -> str:
        """Kokoro phonemes of one Latin word or letter."""
        ...
