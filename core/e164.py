"""Telephone numbers as ITU-T E.164 writes them: a plus and up to 15 digits, the first of them no nought."""

from __future__ import annotations

import re

E164 = r"\+[1-9][0-9]{6,14}"
"""As a pattern; it is not anchored."""


def is_e164(number: str) -> bool:
    return re.fullmatch(E164, number) is not None
