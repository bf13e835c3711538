"""``/api/callbacks``: who is to be called, and what agents do about it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from app.web.parts import WebParts
from app.web.problems import ErrorBody, Problem
from app.web.recording_answer import recording_response
from assist.callbacks import CallBackList, Entry, Kind, NotNow, Status
from assist.unmasking import NotAllowed, unmask
from core.identity import Role, Session
from core.languages import Language
from core.redaction import mask_number, redact
from core.views import CallView
from core.web import require

router = APIRouter(prefix="/api/callbacks", tags=["call backs"])
CALLERS_BACK = (Role.AGENT, Role.SUPERVISOR)
CallerBack = Annotated[Session, Depends(require(*CALLERS_BACK))]
_REFUSED: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody}, 409: {"model": ErrorBody}}


class AttemptOut(BaseModel):
    at: datetime
    answered: bool
    agent: str
    reason: str = Field(description="Why not: no_answer, busy, number_refused, carrier_away, ...")


class EntryOut(BaseModel):
    id: str = Field(description="The call in which it was asked for.")
    kind: Kind
    status: Status
    asked_at: datetime
    language: Language
    number: str = Field(description="Masked; '' where it was withheld.")
    queue: str
    matter: str = Field(description="What about, as an intent's name.")
    summary: str
    seconds: float | None = Field(description="Length of a message whose sound is there.")
    transcript: list[str] = Field(description="What was understood of a message.")
    attempts: list[AttemptOut]
    taken_by: str
    due_at: datetime | None = Field(description="Not to be tried again before.")


class NumberShown(BaseModel):
    number: str = Field(description="In E.164, in full; '' where it was withheld.")


def list_of(request: Request) -> CallBackList:
    found: CallBackList = request.app.state.call_backs
    return found


def shown(entry: Entry, now: datetime) -> EntryOut:
    """An entry as pages and programs see it: personal numbers masked."""
    return EntryOut(
        id=entry.id,
        kind=entry.kind,
        status=entry.status(now),
        asked_at=entry.asked_at,
        language=entry.language,
        number=mask_number(entry.number) if entry.number else "",
        queue=entry.queue,
        matter=entry.matter,
        summary=redact(entry.summary),
        seconds=entry.seconds if entry.message and not entry.erased else None,
        transcript=[redact(line) for line in entry.transcript],
        attempts=[
            AttemptOut(at=one.at, answered=one.answered, agent=one.agent, reason=one.reason)
            for one in entry.attempts
        ],
        taken_by=entry.holder(now),
        due_at=entry.due_at,
    )


@router.get("", summary="Who is to be called")
async def list_entries(request: Request, session: CallerBack) -> list[EntryOut]:
    """Call backs that were asked for and messages that were left: open ones first, the longest asked for first, then
    those whom three attempts did not reach; these, and what is dealt with, stay for a week."""
    listed = list_of(request)
    return [shown(entry, listed.now) for entry in listed.entries()]


@router.post(
    "/{entry_id}/number", responses={403: {"model": ErrorBody}, **_REFUSED}, summary="The number in full"
)
async def show_number(entry_id: str, request: Request, session: CallerBack) -> NumberShown:
    """For supervisors and agents with the right `numbers`; each look is in the audit log."""
    entry = await _entry(request, entry_id)
    if not entry.number:
        return NumberShown(number="")
    parts: WebParts = request.app.state.parts
    try:
        number = await unmask(parts.administration.audit, session.user, entry.id, entry.number, "api")
    except NotAllowed as error:
        raise Problem(403, "no_right", f"{error}; an administrator gives the right `numbers`") from None
    return NumberShown(number=number)


@router.get(
    "/{entry_id}/message",
    responses={200: {"content": {"audio/wav": {}}}, 206: {"content": {"audio/wav": {}}}, **_REFUSED},
    response_class=Response,
    summary="A message's sound",
)
async def message(entry_id: str, request: Request, session: CallerBack) -> Response:
    """Decrypted as it is sent; ``Range`` is served, and each listening is logged."""
    entry = await _entry(request, entry_id)
    if not entry.message:
        raise Problem(404, "no_message", "there is no sound to it")
    view = CallView(entry.id, person=entry.person)
    return await recording_response(request, request.app.state.parts, view, session, entry.message)


@router.post("/{entry_id}/{action}", responses=_REFUSED, summary="Take it, or say what came of it")
async def act(
    entry_id: str,
    action: Literal["take", "give_back", "reached", "not_reached", "done"],
    request: Request,
    session: CallerBack,
) -> EntryOut:
    """An entry is to be taken before anything else; who takes one keeps others from calling too."""
    listed = list_of(request)
    try:
        await do(listed, action, entry_id, session.user.username)
        return shown(listed.entry(entry_id), listed.now)
    except NotNow as refusal:
        raise Problem(404 if refusal.code == "unknown" else 409, refusal.code, str(refusal)) from None


async def do(listed: CallBackList, action: str, entry_id: str, user: str) -> None:
    """Carry out an agent's action.

    Raises:
        NotNow: it does not fit the entry as it is.
    """
    match action:
        case "take":
            await listed.take(entry_id, user)
        case "give_back":
            await listed.give_back(entry_id, user)
        case "done":
            await listed.done(entry_id, user)
        case _:
            await listed.tried(entry_id, user, answered=action == "reached")


async def _entry(request: Request, entry_id: str) -> Entry:
    try:
        return await list_of(request).fresh(entry_id)
    except NotNow as refusal:
        raise Problem(404, refusal.code, str(refusal)) from None
