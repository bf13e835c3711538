"""What an agent writes about a call: kept while they write, and saved when wrap-up ends by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LONGEST_TEXT = 4000
CODES = ("resolved", "follow_up", "callback", "escalated", "complaint", "caller_left", "wrong_number")
"""Dispositions where the site names none of its own."""


@dataclass(slots=True)
class Draft:
    """One agent's words on one call.

    Attributes:
        summary: as edited; None where the draft by rules was left as it is.
        lapsed: wrap-up ended by itself, and what was written is being saved, was saved, or could not be.
    """

    summary: str | None = None
    notes: str = ""
    code: str = ""
    lapsed: Literal["", "saving", "saved", "failed", "empty"] = ""

    @property
    def empty(self) -> bool:
        return self.summary is None and not self.notes.strip() and not self.code

    def write(self, field: Literal["summary", "notes", "code"], text: str) -> None:
        """Take in what was typed."""
        setattr(self, field, text[:LONGEST_TEXT])
