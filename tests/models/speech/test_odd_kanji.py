"""A character that the dictionary cannot read must not stop the sentence."""

from core.languages import Language
from models.speech.phonemes import Phonemes


def test_an_unknown_kanji_leaves_the_rest_of_the_sentence_spoken():
    assert Phonemes()("㞣さんの注文です。", Language.JA).endswith(
        Phonemes()("さんの注文です。", Language.JA)[-8:]
    )
