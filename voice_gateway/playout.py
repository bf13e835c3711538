"""The playout ledger: what we sent, what the caller has heard of it, and what is left.

Sound goes out in pieces of about 0.3 s, a mark after each. A piece whose mark has passed was heard. Of the
piece that is playing when we are cut off, the clock tells how much was heard. Pure: told the time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import count

from core.languages import Language
from voice_gateway.leg import LINE_RATE, Pcm

PIECE_SAMPLES = 2400
"""0.3 s between two marks."""
_HELD_UP_S = 1.0
"""A mark so late tells that the carrier stood still meanwhile; less is its way there and back."""


@dataclass(slots=True)
class Clause:
    """A clause of a line: its words, its length, and how many of its samples were heard.

    ``line`` names the line whose words they are; times on the media clock, ``started_s`` None until it is sent.
    """

    text: str
    samples: int
    heard: int = 0
    line: str = ""
    started_s: float | None = None
    ended_s: float = 0.0


@dataclass(slots=True)
class Piece:
    """A stretch of a clause. ``start_s`` is set when it is sent: where it begins on the media clock."""

    clause: Clause
    offset: int
    pcm: Pcm
    mark: str
    start_s: float = 0.0

    @property
    def end_s(self) -> float:
        return self.start_s + len(self.pcm) / LINE_RATE


class PlayoutLedger:
    """Keeps account of one line, and of what is said between its clauses on its behalf ("one moment").

    Times and words are of the line alone, marks and what is playing are of both.

    Args:
        name: makes the marks of this line differ from those of any other.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._numbers = count(1)
        self.clauses: list[Clause] = []
        self.waiting: deque[Piece] = deque()
        self._sent: deque[Piece] = deque()
        self.asides: list[Clause] = []
        self._free_s = 0.0

    def add(self, text: str, pcm: Pcm) -> None:
        """A clause is rendered and wants to be sent."""
        clause = Clause(text, len(pcm), line=self._name)
        self.clauses.append(clause)
        self._cut_up(clause, pcm, 0)

    def add_aside(self, name: str, text: str, pcm: Pcm) -> None:
        """Something that is none of this line's words wants to be sent here; its marks have its own name."""
        clause = Clause(text, len(pcm), line=name)
        self.asides.append(clause)
        self._cut_up(clause, pcm, 0)

    @property
    def started_s(self) -> float | None:
        """When the line's own first sound is heard; None before it was sent."""
        return next((clause.started_s for clause in self.clauses if clause.started_s is not None), None)

    @property
    def ended_s(self) -> float:
        """Until when the line's own words were heard."""
        return max((clause.ended_s for clause in self.clauses), default=0.0)

    def _cut_up(self, clause: Clause, pcm: Pcm, offset: int) -> None:
        for start in range(0, len(pcm), PIECE_SAMPLES):
            part = pcm[start : start + PIECE_SAMPLES]
            self.waiting.append(Piece(clause, offset + start, part, f"{clause.line}.{next(self._numbers)}"))

    def send(self, now_s: float) -> Piece:
        """Take the next piece to be sent, now; it begins when what was sent before has been played."""
        piece = self.waiting.popleft()
        piece.start_s = max(self._free_s, now_s)
        self._free_s = piece.end_s
        if piece.offset == 0 and not piece.clause.heard:
            piece.clause.started_s = piece.start_s
        self._sent.append(piece)
        return piece

    @property
    def sent(self) -> tuple[Piece, ...]:
        """What was sent and is not known to have been heard."""
        return tuple(self._sent)

    @property
    def playing(self) -> bool:
        """Whether something was sent that was not heard yet."""
        return bool(self._sent)

    @property
    def free_s(self) -> float:
        """When all that was sent will have been played."""
        return self._free_s

    def passed(self, mark: str) -> bool:
        """The carrier says that everything up to the mark was played; False for a mark of no piece."""
        if not any(piece.mark == mark for piece in self._sent):
            return False
        while self._sent:
            piece = self._sent.popleft()
            self._heard(piece, len(piece.pcm))
            if piece.mark == mark:
                break
        return True

    def held_up(self, now_s: float) -> float:
        """For how long the carrier stood still before the mark that has just passed, in seconds; 0.0 if it did not.

        What it still holds begins now: its times are put right.
        """
        late_s = now_s - self._sent[0].start_s if self._sent else 0.0
        if late_s < _HELD_UP_S:
            return 0.0
        for piece in self._sent:
            piece.start_s += late_s
        self._free_s += late_s
        return late_s

    def lost(self) -> float:
        """What was sent and has no mark was not played and never will be; returns when it should have begun."""
        begins_s = self._sent[0].start_s
        self._sent.clear()
        self.stop()
        return begins_s

    def cut(self, now_s: float) -> None:
        """The carrier was told to throw away what it has; what nobody heard waits to be sent again.

        A line that goes on begins again up to one piece earlier, so that no word is lost in the seam.
        """
        again: list[Piece] = []
        for piece in self._sent:
            if piece.end_s <= now_s:
                self._heard(piece, len(piece.pcm))
            elif piece.start_s < now_s:
                self._heard(piece, round((now_s - piece.start_s) * LINE_RATE))
                again.append(piece)
            else:
                again.append(piece)
        self._sent.clear()
        self._free_s = now_s
        rest = [*again, *self.waiting]
        self.waiting.clear()
        for piece in rest:
            # New marks: the old ones pass at once, and mean nothing any more.
            self._cut_up(piece.clause, piece.pcm, piece.offset)

    def stop(self) -> None:
        """Nothing more of this line will be sent."""
        self.waiting.clear()

    def _heard(self, piece: Piece, samples: int) -> None:
        piece.clause.heard = max(piece.clause.heard, piece.offset + samples)
        piece.clause.ended_s = max(piece.clause.ended_s, piece.start_s + samples / LINE_RATE)

    @property
    def complete(self) -> bool:
        return all(clause.heard >= clause.samples for clause in self.clauses)

    @property
    def whole_clauses(self) -> int:
        """How many clauses were heard to their end."""
        return sum(clause.heard >= clause.samples for clause in self.clauses)

    @property
    def heard_samples(self) -> int:
        return sum(clause.heard for clause in self.clauses)

    def heard_text(self, language: Language) -> str:
        """The words that were heard: whole clauses, and of the one that was cut its share."""
        parts = [heard_of(clause, language) for clause in self.clauses]
        joiner = " " if language.spaces_words else ""
        return joiner.join(part for part in parts if part).strip()


def heard_of(clause: Clause, language: Language) -> str:
    """The beginning of a clause, by the share of its sound; in spaced languages at the end of a word."""
    if clause.heard >= clause.samples:
        return clause.text
    length = len(clause.text) * clause.heard // max(clause.samples, 1)
    part = clause.text[:length]
    if language.spaces_words and length < len(clause.text) and not clause.text[length].isspace():
        part = part.rsplit(" ", 1)[0] if " " in part else ""
    return part.rstrip()
