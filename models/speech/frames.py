"""A piece of speech and the sentence that it is cut out of.

A digit spoken alone sounds like an answer; the same digit in a list sounds like part of a number. So every piece
that replies are composed of is rendered inside a *frame*, a sentence of segments with a short pause after each, and
cut out of it. A synthesiser is asked for a piece by a text of its own form, ``Order‖⟦four⟧‖has shipped.``: the
segments, the wanted one in brackets. That is also the name under which the piece is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

BAR, OPEN, CLOSE = "‖", "⟦", "⟧"
_STRIPPED = {ord(mark): " " for mark in (BAR, OPEN, CLOSE)}


@dataclass(frozen=True)
class Frame:
    """A sentence in segments; numbers and the like are words already."""

    segments: tuple[str, ...]

    def piece(self, wanted: int) -> str:
        """The text that asks for one segment."""
        return BAR.join(
            f"{OPEN}{segment}{CLOSE}" if place == wanted else segment
            for place, segment in enumerate(self.segments)
        )


def parse_piece(text: str) -> tuple[Frame, int] | None:
    """The frame and the place that ``text`` asks for; None for ordinary text."""
    if OPEN not in text:
        return None
    segments = text.split(BAR)
    for place, segment in enumerate(segments):
        if segment.startswith(OPEN) and segment.endswith(CLOSE):
            segments[place] = segment[1:-1]
            return Frame(tuple(segments)), place
    return None


def bare(text: str) -> str:
    """What a synthesiser that cannot cut should speak instead: the wanted segment alone, or the text itself."""
    asked = parse_piece(text)
    return text if asked is None else asked[0].segments[asked[1]]


def without_marks(text: str) -> str:
    """Somebody else's text, which must not look like a piece."""
    return text.translate(_STRIPPED) if OPEN in text or BAR in text or CLOSE in text else text
