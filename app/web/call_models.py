"""The shapes of calls in the API, for its description and for checking what goes out."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from core.events import Outcome, Speaker

EXAMPLE: dict[str, Any] = {
    "id": "5f1c9e0a7b3d4c52a8e6d1f02b94c7aa",
    "started_at": "2026-03-02T01:15:07+00:00",
    "ended_at": "2026-03-02T01:16:12+00:00",
    "from": "****0123",
    "to": "+14155550100",
    "carrier": "twilio",
    "language": "en",
    "intents": ["order_status"],
    "outcome": "resolved",
    "end_reason": "caller_hung_up",
    "resolved_by": "connector",
    "summary": "Asked about order H104227; it is on its way and arrives on Thursday.",
    "transcript": [
        {
            "speaker": "caller",
            "text": "Where is my order one zero four two two seven?",
            "language": "en",
            "start_s": 6.1,
            "end_s": 9.4,
            "seq": 9,
        }
    ],
    "handoff": None,
    "agent": None,
    "wrap_up": None,
    "score": {"scorecard": "hotline", "version": "1", "score": 92.0, "answers": []},
    "timings": [
        {
            "turn": 1,
            "language": "en",
            "end_of_turn_ms": 420,
            "recognise_ms": 130,
            "own_line_ms": 0,
            "understand_ms": 25,
            "first_audio_ms": 40,
            "gap_ms": 615,
        }
    ],
    "recording": {"name": "5f1c9e0a7b3d4c52a8e6d1f02b94c7aa", "rate": 8000, "channels": 2, "seconds": 65.2},
    "faults": [],
    "erased": False,
}


class Line(BaseModel):
    """Something that was said, or of our side: what the caller really heard of it."""

    model_config = ConfigDict(extra="allow")

    speaker: Speaker
    text: str = Field(description="Card, identity and phone numbers and codes are masked.")
    language: str
    start_s: float = Field(description="Seconds from the caller's first sound frame.")
    end_s: float
    seq: int = Field(0, description="The event it comes from.")


class Timing(BaseModel):
    """One turn, in milliseconds."""

    model_config = ConfigDict(extra="allow")

    turn: int
    language: str | None = Field(None, description="What the caller spoke.")
    end_of_turn_ms: float = Field(description="From the caller's last sound to the decision that they ended.")
    recognise_ms: float = Field(description="From that decision to the words.")
    own_line_ms: float = Field(
        0.0, description="From the words to the end of a line of ours that was still being spoken."
    )
    understand_ms: float
    first_audio_ms: float = Field(description="From the reply's text to its first sound.")
    gap_ms: float = Field(
        description="From the caller's last sound to the answer's first; the sum of the others."
    )


class CallOut(BaseModel):
    """A call."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, json_schema_extra={"example": EXAMPLE})

    id: str
    started_at: str | None
    ended_at: str | None = Field(description="null while the call runs.")
    from_: str = Field(alias="from", description="The caller's number, masked; '' where withheld.")
    to: str = ""
    carrier: str = ""
    language: str
    intents: list[str]
    outcome: Outcome | None
    end_reason: str = ""
    resolved_by: str | None = None
    summary: str
    transcript: list[Line] = []
    handoff: dict[str, Any] | None = None
    agent: str | None = None
    wrap_up: dict[str, Any] | None = None
    score: dict[str, Any] | None = None
    timings: list[Timing] = []
    recording: dict[str, Any] | None = None
    faults: list[dict[str, Any]] = []
    erased: bool = Field(False, description="The caller's personal data was erased; texts are empty.")


class CallPage(BaseModel):
    calls: list[CallOut]
    total: int = Field(description="Calls that match, on all pages.")
    limit: int
    offset: int


class EventOut(BaseModel):
    seq: int
    kind: str
    recorded_at: str
    media_at: float | None = Field(None, description="Seconds on the leg's media clock.")
    leg_id: str | None = None
    causation_id: str | None = None
    data: dict[str, Any] = Field(description="The event's own fields, masked.")
    erased: bool = False


class EventPage(BaseModel):
    call_id: str
    finished: bool
    events: list[EventOut]


class ScoreOut(BaseModel):
    model_config = ConfigDict(extra="allow")

    call_id: str
    scorecard: str
    version: str
    score: float | None = Field(description="0 to 100; null where every question was abstained from.")
    answers: list[dict[str, Any]] = []
