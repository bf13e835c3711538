"""What the desk may do with a call, for programs: showing the caller's number in full."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from app.web.access import READERS, readable_call
from app.web.parts import WebParts
from app.web.problems import ErrorBody, Problem
from assist.unmasking import NotAllowed, unmask
from core.identity import Session
from core.web import require

router = APIRouter(prefix="/api/calls", tags=["desk"])
_REFUSED: dict[int | str, dict[str, Any]] = {403: {"model": ErrorBody}, 404: {"model": ErrorBody}}


class NumberOut(BaseModel):
    """Empty where the caller withheld it, or was erased."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(description="In E.164, in full.")
    shown_at: datetime


@router.post(
    "/{call_id}/number", response_model=NumberOut, responses=_REFUSED, summary="A caller's number in full"
)
async def show_number(
    call_id: str, request: Request, session: Annotated[Session, Depends(require(*READERS))]
) -> NumberOut:
    """For supervisors, and agents with the right `numbers` for the calls that they took. Each look is in the audit
    log as `number.shown` before the number is told."""
    parts: WebParts = request.app.state.parts
    view = await readable_call(parts.log, call_id, session)
    if not view.caller:
        return NumberOut(number="", shown_at=datetime.now(UTC))
    try:
        number = await unmask(parts.administration.audit, session.user, call_id, view.caller, "api")
    except NotAllowed as error:
        raise Problem(403, "no_right", f"{error}; an administrator gives the right `numbers`") from None
    return NumberOut(number=number, shown_at=datetime.now(UTC))
