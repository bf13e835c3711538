"""Cutting a reply into clauses, so that the first is heard while the next is being rendered."""

from __future__ import annotations

import re

from core.languages import Language

_SHORTEST = {Language.ZH: 5, Language.JA: 8, Language.EN: 12, Language.KO: 8}
"""A clause below this many characters is joined to its neighbour: alone it would sound chopped off."""

_LONGEST = {Language.ZH: 45, Language.JA: 60, Language.EN: 170, Language.KO: 70}
"""A clause above this many characters is cut at a space, or anywhere if there is none."""

_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "no",
        "vs",
        "etc",
        "inc",
        "ltd",
        "co",
        "jr",
        "sr",
        "approx",
        "dept",
        "tel",
        "ext",
        "e.g",
        "i.e",
        "a.m",
        "p.m",
    ]
)

# A mark ends a clause where it cannot be part of a number, a time or an address: full-width marks anywhere,
# ASCII ones only before a space or the end.
_BREAK = re.compile(
    r"""[。！？!?…]+[」』”"')）]*
      | [，、；：]
      | [.][」』”"')）]*(?=\s|$)
      | [,;:](?=\s|$)
      | \n+""",
    re.VERBOSE,
)


def split_clauses(text: str, language: Language) -> list[str]:
    """Return the clauses of ``text`` in order, without surrounding spaces; an empty list for blank text.

    Nothing but white space is lost: the clauses put together are the text. Numbers, times and e-mail addresses
    are never cut (``3.5``, ``10:30``, ``1,000``), nor are common English abbreviations.

    >>> split_clauses("Your parcel left Busan on Monday. It arrives at 10:30, I think.", Language.EN)
    ['Your parcel left Busan on Monday.', 'It arrives at 10:30, I think.']
    """
    pieces = [part for piece in _pieces(text) for part in _cut_long(piece, _LONGEST[language])]
    return _join_short(pieces, _SHORTEST[language], _LONGEST[language])


def _pieces(text: str) -> list[str]:
    out: list[str] = []
    start = 0
    for mark in _BREAK.finditer(text):
        if mark.group().startswith(".") and _is_abbreviation(text[start : mark.start()]):
            continue
        out.append(text[start : mark.end()].strip())
        start = mark.end()
    out.append(text[start:].strip())
    return [piece for piece in out if piece]


def _is_abbreviation(before: str) -> bool:
    word = re.search(r"[A-Za-z.]+$", before)
    if word is None:
        return False
    # "p.m." may end a sentence, but then the next clause is only joined to it.
    return word.group().lower() in _ABBREVIATIONS or (len(word.group()) == 1 and word.group().isupper())


def _cut_long(piece: str, longest: int) -> list[str]:
    out: list[str] = []
    while len(piece) > longest:
        cut = piece.rfind(" ", longest // 2, longest)
        if cut < 0:
            cut = longest
            # Never inside a number or a Latin word.
            while cut > longest // 2 and re.match(r"[0-9A-Za-z.,:-]{2}", piece[cut - 1 : cut + 1]):
                cut -= 1
        out.append(piece[:cut].strip())
        piece = piece[cut:].strip()
    out.append(piece)
    return [part for part in out if part]


def _join_short(pieces: list[str], shortest: int, longest: int) -> list[str]:
    out: list[str] = []
    for piece in pieces:
        short = bool(out) and (len(out[-1]) < shortest or len(piece) < shortest)
        if short and len(out[-1]) + len(piece) < longest:
            glue = " " if _needs_space(out[-1], piece) else ""
            out[-1] += glue + piece
        else:
            out.append(piece)
    return out


def _needs_space(left: str, right: str) -> bool:
    return left[-1].isascii() or right[0].isascii() or "가" <= right[0] <= "힣"
