"""Tickets for the line: agents' softphones, and callers at ``/phone``."""

from __future__ import annotations

import re
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from app.web.line_access import LineAccess
from app.web.problems import ErrorBody, Problem
from core.identity import Role, Session
from core.languages import Language
from core.web import current_session, require

router = APIRouter(prefix="/api", tags=["softphone"])
_NUMBER = re.compile(r"\+[0-9]{6,15}")


class TicketOut(BaseModel):
    """Open the WebSocket and send the ticket in the first message, within a minute; it lets in once."""

    ticket: str
    url: str = Field(description="The line's WebSocket.")
    ice_servers: list[dict[str, Any]] = Field(description="For `RTCPeerConnection`; usually none.")


class Calling(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"language": "ja"}})

    language: Language | None = Field(None, description="To be greeted in.")
    number: str = Field("", max_length=16, description="To call from, in E.164; in a demo only.")


@router.post("/softphone/ticket", response_model=TicketOut, summary="Let an agent's browser in to the line")
async def softphone_ticket(
    request: Request, session: Annotated[Session, Depends(require(Role.AGENT, Role.SUPERVISOR))]
) -> TicketOut:
    """The agent's sound; a later line of the same user replaces the earlier one. See docs/webrtc.md."""
    return _ticket(request, "softphone", session.user.username)


@router.post(
    "/phone/ticket",
    response_model=TicketOut,
    responses={401: {"model": ErrorBody}, 422: {"model": ErrorBody}, 429: {"model": ErrorBody}},
    summary="Let a caller's browser in to the line",
)
async def phone_ticket(calling: Calling, request: Request) -> TicketOut:
    """For everybody where `TETRAPHONE_PUBLIC_PHONE` is set, else for those who are logged in; six calls a minute."""
    line: LineAccess = request.app.state.parts.line
    session = await current_session(request)
    if session is None and not line.public:
        raise Problem(401, "not_open", "calling from the browser is not open to strangers; log in first")
    if calling.number and not (line.demo and _NUMBER.fullmatch(calling.number)):
        raise Problem(422, "bad_number", "number: in a demo only, in E.164 such as +8613900139001")
    address = request.client.host if request.client else ""
    if not line.callers.take(session.user.username if session else address, time.time()):
        raise Problem(429, "too_many_calls", "too many calls; wait a minute", {"Retry-After": "60"})
    claims = {"caller": calling.number, "language": calling.language.value if calling.language else ""}
    subject = session.user.username if session else ""
    return _ticket(request, "phone", subject, **{name: value for name, value in claims.items() if value})


def _ticket(request: Request, kind: str, subject: str, **claims: str) -> TicketOut:
    line: LineAccess = request.app.state.parts.line
    path = "/softphone" if kind == "softphone" else "/phone/line"
    return TicketOut(
        ticket=line.ticket(kind, subject, time.time(), **claims),
        url=line.address(request.url, path),
        ice_servers=list(line.ice_servers),
    )
