"""Words with their times and confidence, from tokens aligned to the sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.languages import Language
from models.protocols import Word

SECONDS_PER_POSITION = 0.02
"""One position of the encoder: two frames."""


def words_of(
    tokenizer: Any,
    ids: Sequence[int],
    language: Language,
    alignments: Sequence[tuple[int, int]],
    probabilities: Sequence[float],
) -> tuple[Word, ...]:
    """Return the words of a text.

    Args:
        tokenizer: with ``decode`` (of the ``tokenizers`` library).
        ids: the text's tokens.
        alignments: pairs of a token's number and a position in the sound, in the order of time.
        probabilities: of each token.

    A word is what stands between spaces; in Chinese and Japanese, which have none, the shortest run of tokens that
    is whole characters. A word begins at the first position of its first token and ends where the next one begins.
    """
    first: dict[int, int] = {}
    last = 0
    for token, position in alignments:
        first.setdefault(token, position)
        last = max(last, position)
    words = []
    groups = _groups(tokenizer, ids, spaced=language not in (Language.ZH, Language.JA))
    for number, (text, start, end) in enumerate(groups):
        begins = first.get(start, last)
        over = first.get(groups[number + 1][1], last) if number + 1 < len(groups) else last + 1
        sure = [float(one) for one in probabilities[start:end]]
        if text.strip():
            words.append(
                Word(
                    text=text.strip(),
                    start_s=round(begins * SECONDS_PER_POSITION, 2),
                    end_s=round(max(begins, over) * SECONDS_PER_POSITION, 2),
                    confidence=round(min(sure, default=0.0), 3),
                )
            )
    return tuple(words)


def begun_at(words: tuple[Word, ...], seconds: float) -> tuple[Word, ...]:
    """Let the first word begin no earlier than the sound: an alignment always begins at the very beginning."""
    if not words or seconds <= words[0].start_s:
        return words
    first = replace(words[0], start_s=round(min(seconds, words[0].end_s), 2))
    return (first, *words[1:])


def _groups(tokenizer: Any, ids: Sequence[int], spaced: bool) -> list[tuple[str, int, int]]:
    """Runs of tokens as (text, first token, token after the last)."""
    pieces: list[tuple[str, int, int]] = []
    start = 0
    for end in range(1, len(ids) + 1):
        text = str(tokenizer.decode(list(ids[start:end])))
        if "\ufffd" not in text or end == len(ids):  # a character may be spread over several tokens
            pieces.append((text, start, end))
            start = end
    if not spaced:
        return pieces
    words: list[tuple[str, int, int]] = []
    for text, first, after in pieces:
        if words and not text.startswith(" "):
            words[-1] = (words[-1][0] + text, words[-1][1], after)
        else:
            words.append((text, first, after))
    return words
