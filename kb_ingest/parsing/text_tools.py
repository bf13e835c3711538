"""Small text operations that several parsers share."""

from __future__ import annotations

import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2060\ufeff\ufffe\uffff]")
_SPACES = re.compile(r"[ \t\u00a0\u3000]+")
_CJK = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_BROKEN_LINE_CJK = re.compile(rf"(?<=[{_CJK}，。、；：])\s*\n\s*(?=[{_CJK}])")


def clean(text: str) -> str:
    """One line: control characters dropped, runs of white space made one space."""
    return _SPACES.sub(" ", " ".join(_CONTROL.sub("", text).split())).strip()


def clean_lines(text: str) -> str:
    """Like :func:`clean`, but keeps line ends."""
    lines = (_SPACES.sub(" ", line).strip() for line in _CONTROL.sub("", text).splitlines())
    return "\n".join(line for line in lines if line)


def join_wrapped(lines: list[str]) -> str:
    """Join a paragraph's wrapped lines: without a space between CJK characters, with one elsewhere."""
    text = "\n".join(line.strip() for line in lines if line.strip())
    text = re.sub(r"(?<=[A-Za-z])-\n(?=[a-z])", "", text)
    return clean(_BROKEN_LINE_CJK.sub("", text))


def title_from_name(name: str) -> str:
    """``returns-policy.en.md`` -> ``returns policy``."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    base = re.sub(r"\.[A-Za-z0-9]{1,8}$", "", base)
    base = re.sub(r"[._](zh|en|ja|ko)(-[A-Za-z]+)?$", "", base)
    return clean(re.sub(r"[_\-]+", " ", base)) or "document"


def looks_like_header(row: list[str]) -> bool:
    """Whether a table's first row names its columns: every used cell holds text and no bare number."""
    used = [cell for cell in row if cell]
    return bool(used) and len(set(used)) == len(used) and not any(_NUMBER.fullmatch(cell) for cell in used)


_NUMBER = re.compile(r"[-+]?[\d.,]+ ?%?")
