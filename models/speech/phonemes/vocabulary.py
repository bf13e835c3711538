"""The phonemes that Kokoro v1.0 knows, each with its token number.

The table is the model's own (hexgrad/Kokoro-82M, Apache-2.0). A symbol outside it has no token; what the
language modules write is checked against it, so that nothing is silently lost on the way to the model.
"""

from __future__ import annotations

PAD = 0
"""Token before the first and after the last phoneme."""

MAX_TOKENS = 510
"""The most phonemes the model takes at once, without the two pads."""

_NUMBERED: tuple[tuple[int, str], ...] = (
    (1, ";:,.!?"),
    (9, '—…"()“” ̃ʣʥʦʨᵝꭧAI'),
    (31, "O"),
    (33, "Q"),
    (35, "ST"),
    (39, "W"),
    (41, "Yᵊabcdef"),
    (50, "hijklmnopqrstuvwxyzɑɐɒæ"),
    (75, "βɔɕç"),
    (80, "ɖðʤə"),
    (85, "ɚɛɜ"),
    (90, "ɟ"),
    (92, "ɡ"),
    (99, "ɥ"),
    (101, "ɨɪʝ"),
    (110, "ɯɰŋɳɲɴø"),
    (118, "ɸθœ"),
    (123, "ɹ"),
    (125, "ɾɻ"),
    (128, "ʁɽʂʃʈʧ"),
    (135, "ʊʋ"),
    (138, "ʌɣɤ"),
    (142, "χʎ"),
    (147, "ʒʔ"),
    (156, "ˈˌː"),
    (162, "ʰ"),
    (164, "ʲ"),
    (169, "↓"),
    (171, "→↗↘"),
    (177, "ᵻ"),
)

VOCABULARY: dict[str, int] = {
    symbol: first + offset for first, symbols in _NUMBERED for offset, symbol in enumerate(symbols)
}


def tokens_of(phonemes: str) -> list[int]:
    """Token numbers of ``phonemes``; symbols that the model does not know are left out."""
    return [VOCABULARY[symbol] for symbol in phonemes if symbol in VOCABULARY]


def unknown_symbols(phonemes: str) -> set[str]:
    """The symbols in ``phonemes`` that have no token: a fault of the language module that wrote them."""
    return {symbol for symbol in phonemes if symbol not in VOCABULARY}
