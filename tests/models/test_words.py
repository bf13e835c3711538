"""Words from aligned tokens, without a model."""

from __future__ import annotations

import numpy as np

from core.languages import Language
from models.protocols import Word
from models.recognition.silence import sound_from
from models.recognition.words import begun_at, words_of


class Pieces:
    """A tokenizer of which each token is a few bytes."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.ids = list(range(len(pieces)))

    def decode(self, ids: list[int]) -> str:
        return b"".join(self.pieces[one] for one in ids).decode("utf-8", "replace")


def test_words_lie_between_spaces_and_end_where_the_next_begins():
    tokens = Pieces(b" where", b" is", b" my", b" par", b"cel", b"?")
    aligned = [(0, 5), (0, 6), (1, 20), (2, 30), (3, 40), (4, 55), (5, 60), (5, 70)]
    words = words_of(tokens, tokens.ids, Language.EN, aligned, [0.9, 0.8, 0.9, 0.7, 0.5, 0.9])
    assert words == (
        Word("where", 0.1, 0.4, 0.9),
        Word("is", 0.4, 0.6, 0.8),
        Word("my", 0.6, 0.8, 0.9),
        Word("parcel?", 0.8, 1.42, 0.5),  # as sure as of its least sure part
    )


def test_characters_spread_over_tokens_stay_whole():
    tokens = Pieces("退".encode(), "货".encode()[:2], "货".encode()[2:], "吗".encode())
    words = words_of(
        tokens, tokens.ids, Language.ZH, [(0, 1), (1, 10), (2, 12), (3, 20)], [0.9, 0.4, 0.9, 0.8]
    )
    assert [(word.text, word.start_s, word.confidence) for word in words] == [
        ("退", 0.02, 0.9),
        ("货", 0.2, 0.4),
        ("吗", 0.4, 0.8),
    ]


def test_a_token_without_a_place_lies_at_the_end():
    tokens = Pieces(b" yes", b" please")
    words = words_of(tokens, tokens.ids, Language.EN, [(0, 3), (0, 9)], [0.9, 0.9])
    assert [(word.start_s, word.end_s) for word in words] == [(0.06, 0.18), (0.18, 0.2)]


def test_no_tokens_are_no_words():
    assert words_of(Pieces(), [], Language.EN, [], []) == ()


def test_the_first_word_begins_with_the_sound():
    words = (Word("hello", 0.0, 1.0, 0.9), Word("there", 1.0, 1.4, 0.9))
    assert begun_at(words, 0.5) == (Word("hello", 0.5, 1.0, 0.9), words[1])
    assert begun_at(words, 3.0)[0].start_s == 1.0
    assert begun_at((), 0.5) == ()


def test_the_sound_begins_where_it_is_loud():
    audio = np.concatenate([np.full(8_000, 20), np.full(8_000, 4_000)]).astype(np.int16)
    assert sound_from(audio) == 0.5
    assert sound_from(np.zeros(0, np.int16)) == sound_from(np.zeros(16_000, np.int16)) == 0.0
