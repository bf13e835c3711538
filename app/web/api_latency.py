"""``/api/latency``: what the newest turns took, stage by stage."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from app.web.parts import WebParts
from core.identity import Role, Session
from core.languages import Language
from core.timings import TimedTurn, by_language, newest_turns, slowest, summary
from core.web import require

router = APIRouter(prefix="/api/latency", tags=["operation"])
LEDGER_READERS = (Role.SUPERVISOR, Role.QA)
MOST_TURNS = 5000
SLOWEST = 12


class LatencyOut(BaseModel):
    turns: int = Field(description="Turns that the figures are of.")
    stages: dict[str, dict[str, float]] = Field(
        description="Milliseconds (p50, p90, p95, p99) of end_of_turn, recognise, own_line, "
        "understand, first_audio, gap."
    )
    languages: dict[str, dict[str, Any]] = Field(description="The same by what the caller spoke.")
    slowest: list[dict[str, Any]] = Field(
        description="Turns with the longest gaps: call_id, turn, ms by stage."
    )


@router.get("", response_model=LatencyOut, summary="What the newest turns took")
async def latency(
    request: Request,
    session: Annotated[Session, Depends(require(*LEDGER_READERS))],
    limit: Annotated[int, Query(ge=1, le=MOST_TURNS, description="How many of the newest turns.")] = 1000,
    language: Language | None = None,
) -> dict[str, Any]:
    """Percentiles over the newest turns with the bot, and the slowest of them. ``gap`` runs from the
    caller's last sound to the answer's first, and is the sum of the stages; ``own_line`` is the part in which another line of ours
    was still being spoken."""
    parts: WebParts = request.app.state.parts
    turns = [turn for turn in await newest_turns(parts.log, limit) if language in (None, turn.language)]
    return summary(turns) | {
        "languages": by_language(turns),
        "slowest": [turn_json(turn) for turn in slowest(turns, SLOWEST)],
    }


def turn_json(turn: TimedTurn) -> dict[str, Any]:
    return {
        "call_id": turn.call_id,
        "turn": turn.turn,
        "at": turn.at.isoformat(),
        "language": turn.language,
        "ms": turn.ms,
    }
