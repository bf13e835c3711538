"""Replies with numbers and dates in them, composed of pieces that were rendered before.

"Order 1 0 4 2 2 7 has shipped." is a carrier in two pieces and six digits. The carrier is rendered once for every
order number there is, each digit once for every reply. ``plan`` says of which pieces a clause consists, in which
intonation and with what pause before each; ``join`` puts their sound together. Pure: no model, no file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.languages import Language
from models.protocols import Pcm
from models.speech import melody
from models.speech.frames import Frame
from models.speech.inventory import (
    DIGIT_GROUPS,
    Unit,
    group,
    in_digit_groups,
    in_units,
    unit_for_name,
    units,
)
from models.speech.levels import frame_levels, frame_size
from models.speech.normalise import ITEM_CLOSE, ITEM_OPEN, mark_items
from models.speech.pitch import ends_of

Names = Mapping[Language, Sequence[str]]
"""Words that stand in a bot's replies at the same places as others like them: towns, carriers, products."""

PIECES_VERSION = "pieces/2"
"""To be counted up whenever pieces are cut or spoken otherwise; whole phrases stay as they are."""

_SAMPLE = {Language.ZH: "七", Language.EN: "seven", Language.JA: "ナナ", Language.KO: "칠"}
"""What stands in a carrier's frame where the number will be."""

_WORDS = re.compile(r"\w")
_ENDS = re.compile(r"[.。!?！？…]")

# Pauses before a piece, in seconds, beside the 40 ms or so that pieces bring along.
_TO_ITEM_S, _FROM_ITEM_S, _BETWEEN_DIGITS_S, _BETWEEN_GROUPS_S, _WITHIN_ITEM_S = 0.06, 0.06, 0.05, 0.17, 0.0
_BETWEEN_PAIRS_S = 0.1
_AT_COMMA_S = 0.1
_LEAD_S, _TAIL_S = 0.02, 0.06
_FADE_S = 0.002
_BREATH_DB, _KEPT_TAIL_S = 24.0, 0.02


@dataclass(frozen=True)
class Part:
    """One piece of a clause.

    Attributes:
        piece: what to ask the cache, or the synthesiser, for.
        gap_s: silence before it.
        unit: None for a piece of the carrier.
        final: whether it is spoken as the end of a sentence.
        ends: whether it is at the end of one; pairs of digits are spoken alike there.
    """

    piece: str
    gap_s: float
    unit: Unit | None = None
    final: bool = False
    ends: bool = False


@dataclass(frozen=True)
class Plan:
    """A clause in pieces, in the order in which they are heard. ``carrier`` is the same whatever the numbers."""

    parts: tuple[Part, ...]
    carrier: Frame

    def inventory(self, language: Language) -> list[str]:
        """The pieces that make this clause sayable with other numbers and dates as well."""
        wanted: dict[str, None] = {}
        for part in self.parts:
            if part.unit is None:
                wanted[part.piece] = None
                continue
            complete = group(language, part.unit.group) if part.unit.group in COMPLETE else ()
            for unit in complete or _in_list(part.unit, language):
                wanted[unit.piece(final=part.final)] = None
            if part.unit.group in DIGIT_GROUPS:
                # The next number may have an odd number of digits.
                for unit in group(language, "digits"):
                    wanted[unit.piece(final=False)] = None
                    if part.ends:
                        wanted[unit.piece(final=True)] = None
        return list(wanted)


_TOGETHER = frozenset(DIGIT_GROUPS) - {"digits"}
COMPLETE = frozenset({"digits", "pairs", "on_months", "months", "days"})
"""Groups of which every unit is made ready as soon as one is wanted: the next caller has another number."""


def _in_list(unit: Unit, language: Language) -> list[Unit]:
    known = units(language)
    return [known.get(word, unit) for word in unit.chunk]


@lru_cache(maxsize=2048)
def plan(clause: str, language: Language, names: tuple[str, ...] = ()) -> Plan | None:
    """How to compose ``clause``, as written; None if it holds nothing that varies, or something unsayable in pieces.

    Args:
        names: of the bot, in this language.
    """
    marked = mark_items(_with_names(clause, language, names), language)
    if marked is None or ITEM_OPEN not in marked:
        return None
    spans = _spans(marked, language, frozenset(names))
    if not any(isinstance(span, list) for span in spans):
        return None
    return _planned(spans, language)


def _with_names(clause: str, language: Language, names: tuple[str, ...]) -> str:
    if not names:
        return clause
    choice = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    border = (r"(?<![A-Za-z])", r"(?![A-Za-z])") if language is Language.EN else ("", "")
    return re.sub(f"{border[0]}({choice}){border[1]}", rf"{ITEM_OPEN}\1{ITEM_CLOSE}", clause)


_Span = str | list[Unit | None]


def _spans(marked: str, language: Language, names: frozenset[str]) -> list[_Span]:
    """Carrier text and items in turn; an item that is not in the inventory counts as carrier text."""
    spans: list[_Span] = []
    for number, text in enumerate(re.split(f"[{ITEM_OPEN}{ITEM_CLOSE}]", marked)):
        if number % 2:
            said = [unit_for_name(text)] if text in names else in_units(text, language)
            words: _Span = in_digit_groups(said, language) if said else text
        else:
            words = text
        if isinstance(words, str) and spans and isinstance(spans[-1], str):
            spans[-1] += words
        elif words:
            spans.append(words)
    if language is Language.EN:
        _take_prepositions(spans)
    return spans


def _take_prepositions(spans: list[_Span]) -> None:
    """ "arrive on | March fifth" becomes "arrive | on March fifth", so that "arrive | tomorrow" has the same carrier."""
    for place in range(1, len(spans)):
        before, item = spans[place - 1], spans[place]
        if isinstance(before, str) and isinstance(item, list) and item[0] and item[0].group == "months":
            on_month = units(Language.EN).get(f"on {item[0].words}")
            if on_month and (match := re.search(r"\bon\s*$", before)):
                spans[place - 1] = before[: match.start()]
                item[0] = on_month


def _planned(spans: Sequence[_Span], language: Language) -> Plan:
    segments: list[str] = []
    carriers: dict[int, int] = {}  # span -> place in the frame
    for number, span in enumerate(spans):
        if isinstance(span, list):
            if not segments or segments[-1] != _SAMPLE[language] or (number - 1) in carriers:
                segments.append(_SAMPLE[language])
        elif _WORDS.search(span):
            carriers[number] = len(segments)
            segments.append(re.sub(r"^\W+", "", span).strip())
    last_words = next(number for number in reversed(range(len(spans))) if _has_words(spans[number]))
    closing = "".join(span for span in spans[last_words + 1 :] if isinstance(span, str))
    ends = _ENDS.search(closing) is not None or (last_words == len(spans) - 1 and isinstance(spans[-1], list))
    if isinstance(spans[last_words], list):
        segments[-1] += "." if ends else ","
    frame = Frame(tuple(segments))
    parts: list[Part] = []
    for number, span in enumerate(spans):
        before = spans[number - 1] if number else ""
        comma = isinstance(before, str) and re.search(r"[,，、;；:：]\s*$", before) is not None
        if isinstance(span, list):
            gap = (_TO_ITEM_S if parts else 0.0) + (_AT_COMMA_S if comma and parts else 0.0)
            parts += _item(span, gap, final=ends and number == last_words)
        elif number in carriers:
            comma = re.match(r"\s*[,，、;；:：]", span) is not None
            gap = (_FROM_ITEM_S if parts else 0.0) + (_AT_COMMA_S if comma and parts else 0.0)
            parts.append(Part(frame.piece(carriers[number]), gap))
    return Plan(tuple(parts), frame)


def _has_words(span: _Span) -> bool:
    return isinstance(span, list) or _WORDS.search(span) is not None


def _item(item: Sequence[Unit | None], gap_s: float, *, final: bool) -> list[Part]:
    parts: list[Part] = []
    last = max(place for place, unit in enumerate(item) if unit is not None)
    previous: Unit | None = None
    for place, unit in enumerate(item):
        if unit is None:
            continue
        if place and item[place - 1] is None:
            gap = _BETWEEN_PAIRS_S if previous and previous.group in _TOGETHER else _BETWEEN_GROUPS_S
        elif previous is None:
            gap = gap_s
        elif unit.group == previous.group == "digits":
            gap = _BETWEEN_DIGITS_S
        else:
            gap = _WITHIN_ITEM_S
        at_end = final and place == last
        falling = at_end and unit.group not in _TOGETHER
        parts.append(Part(unit.piece(final=falling), gap, unit, falling, at_end))
        previous = unit
    return parts


def join(parts: Sequence[Part], sounds: Sequence[Pcm], rate: int, language: Language) -> Pcm:
    """The pieces with their pauses, each faded over 2 ms at its ends, int16 at ``rate``; see ``as_heard``."""
    out = [_silence(_LEAD_S, rate)]
    for part, sound in zip(parts, as_heard(parts, sounds, rate, language), strict=True):
        out += [_silence(part.gap_s, rate), _faded(sound, rate)]
    return np.concatenate([*out, _silence(_TAIL_S, rate)])


def as_heard(parts: Sequence[Part], sounds: Sequence[Pcm], rate: int, language: Language) -> list[Pcm]:
    """The pieces as they are joined: units without their breath, and moved in pitch towards what stands beside them."""
    heard = [without_breath(part, sound, rate) for part, sound in zip(parts, sounds, strict=True)]
    moving = _moving(parts)
    if language not in melody.MOVED or not any(moving):
        return heard
    moved = melody.shifts([ends_of(sound, rate) for sound in heard], moving)
    return [melody.transposed(sound, by, rate) for sound, by in zip(heard, moved, strict=True)]


def _moving(parts: Sequence[Part]) -> list[bool]:
    """Whether each is a date, an amount, a name or the like. Figures jump little more than they do in a sentence, and moved as
    one they were understood no better, in some wordings less well."""
    return [part.unit is not None and part.unit.group not in DIGIT_GROUPS for part in parts]


def without_breath(part: Part, sound: Pcm, rate: int) -> Pcm:
    """A piece of which, if it is a unit, nothing is heard from 20 ms after its last loud 10 ms on, as the breath behind it is
    heard as one more digit. Its length stays: with its breath cut off, digits follow each other too closely.

    Loud is what lies less than 24 dB below the loudest, by the differences between neighbouring samples: so measured a
    hiss counts by 14 dB more than a vowel, and the end of "six", which is as soft as a breath, stays.

    Of 50 numbers of six digits a recogniser so misheard 15.4 % instead of 15.2 in Chinese, as many in English, 11.5 instead of
    12.0 in Japanese, 30.0 instead of 34.8 in Korean. Cut off, the breath gave 15.8, 2.0, 12.6 and 30.1.
    """
    if part.unit is None:
        return sound
    changes = np.diff(sound.astype(np.float32), prepend=np.float32(0))
    levels = frame_levels(changes, rate)
    loud = np.flatnonzero(levels > levels.max(initial=0.0) * 10 ** (-_BREATH_DB / 20))
    if not len(loud):
        return sound
    end = (int(loud[-1]) + 1) * frame_size(rate) + round(_KEPT_TAIL_S * rate)
    if end >= len(sound):
        return sound
    half = end // 2  # the beginning is faded by ``join``
    return np.concatenate(
        [sound[:half], _faded(sound[:end], rate)[half:], np.zeros(len(sound) - end, np.int16)]
    )


def _silence(seconds: float, rate: int) -> Pcm:
    return np.zeros(round(seconds * rate), np.int16)


def _faded(sound: Pcm, rate: int) -> Pcm:
    ramp = min(len(sound) // 2, round(_FADE_S * rate))
    if not ramp:
        return sound
    slope = np.linspace(0.0, 1.0, ramp)
    faded = sound.astype(np.float64)
    faded[:ramp] *= slope
    faded[-ramp:] *= slope[::-1]
    return np.rint(faded).astype(np.int16)
