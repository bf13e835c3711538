"""Calls over the API: list, one call, its events, its recording, scoring it again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from app.web.access import READERS, only_agent, readable_call
from app.web.call_models import CallOut, CallPage, EventPage, ScoreOut
from app.web.event_stream import event_json, hidden_from, stream_response
from app.web.parts import WebParts
from app.web.problems import ErrorBody, Problem
from app.web.recording_answer import recording_response
from core.events import Outcome
from core.identity import Role, Session
from core.languages import Language
from core.views import CallView, masked
from core.web import require

router = APIRouter(prefix="/api/calls", tags=["calls"])
Reader = Annotated[Session, Depends(require(*READERS))]
_LONGEST_SEQ = 9
_UNKNOWN: dict[int | str, dict[str, Any]] = {403: {"model": ErrorBody}, 404: {"model": ErrorBody}}


def parts_of(request: Request) -> WebParts:
    parts: WebParts = request.app.state.parts
    return parts


@router.get("", response_model=CallPage, response_model_exclude_unset=True, summary="Calls, newest first")
async def list_calls(
    request: Request,
    session: Reader,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    outcome: Outcome | None = None,
    language: Language | None = None,
    brief: Annotated[bool, Query(description="Leave out transcripts, timings and hand-off packets.")] = False,
) -> dict[str, Any]:
    """Every call with its transcript and timings. Agents get only the calls that they took. The caller's number is
    masked for everybody; `POST /api/calls/{call_id}/number` shows it to those who have the right to."""
    parts, agent = parts_of(request), only_agent(session)
    rows = await parts.call_list.newest(limit, offset, outcome, language, agent)
    calls = []
    for row in rows:
        view = CallView.of(await parts.log.read(row["id"]))
        if view is not None:
            calls.append(call_json(view, session, brief=brief))
    total = await parts.call_list.count(outcome, language, agent)
    return {"calls": calls, "total": total, "limit": limit, "offset": offset}


@router.get(
    "/{call_id}",
    response_model=CallOut,
    response_model_exclude_unset=True,
    responses=_UNKNOWN,
    summary="One call",
)
async def one_call(call_id: str, request: Request, session: Reader) -> dict[str, Any]:
    """The call as it stands; while it runs, ``ended_at`` and ``outcome`` are null."""
    return call_json(await readable_call(parts_of(request).log, call_id, session), session)


@router.get("/{call_id}/events", response_model=EventPage, responses=_UNKNOWN, summary="A call's events")
async def call_events(
    call_id: str,
    request: Request,
    session: Reader,
    after: Annotated[int, Query(ge=0, description="Only events after this ``seq``.")] = 0,
    stream: Annotated[bool, Query(description="Server-sent events until the call has ended.")] = False,
) -> Any:
    """The facts of the call in order, personal numbers masked. With ``Accept: text/event-stream`` or
    ``?stream=1`` they come as server-sent events: first what was, then what comes, each with its ``seq`` as
    ``id`` (``Last-Event-ID`` resumes), and ``event: end`` when the call is over."""
    parts = parts_of(request)
    view = await readable_call(parts.log, call_id, session)
    hidden = hidden_from(only_agent(session))
    if stream or "text/event-stream" in request.headers.get("accept", ""):
        last = request.headers.get("last-event-id", "")
        # Other scripts' figures are digits too, and "²" is one that int() does not read.
        resumed = int(last) if last.isascii() and last.isdigit() and len(last) <= _LONGEST_SEQ else after
        return await stream_response(request, call_id, resumed, hidden)
    events = [
        event_json(one) for one in await parts.log.read(call_id, after) if not isinstance(one.event, hidden)
    ]
    return {"call_id": call_id, "finished": view.ended_at is not None, "events": events}


@router.get(
    "/{call_id}/recording",
    responses={
        200: {"content": {"audio/wav": {}}, "description": "WAV, caller left and platform right."},
        206: {"content": {"audio/wav": {}}, "description": "The range asked for."},
        **_UNKNOWN,
        410: {"model": ErrorBody},
    },
    response_class=Response,
    summary="A call's recording",
)
async def call_recording(
    call_id: str,
    request: Request,
    session: Reader,
    part: Annotated[
        int | None, Query(ge=1, description="Which, where the caller was called back; none: the last.")
    ] = None,
) -> Response:
    """Decrypted as it is sent, never stored in the clear; ``Range`` is served. Each listening is logged."""
    view = await readable_call(parts_of(request).log, call_id, session)
    if part is not None and part > len(view.recordings):
        raise Problem(404, "no_recording", f"this call has {len(view.recordings)} recordings")
    name = view.recordings[part - 1] if part is not None else ""
    return await recording_response(request, parts_of(request), view, session, name)


@router.post(
    "/{call_id}/replay",
    response_model=ScoreOut,
    responses={**_UNKNOWN, 409: {"model": ErrorBody}},
    summary="Score a call again",
)
async def replay_call(
    call_id: str,
    request: Request,
    session: Annotated[Session, Depends(require(Role.QA, Role.SUPERVISOR))],
) -> dict[str, Any]:
    """Applies the present scorecard to the call's events. The new score becomes the call's; the old one
    stays in its events."""
    parts = parts_of(request)
    view = await readable_call(parts.log, call_id, session)
    if view.ended_at is None:
        raise Problem(409, "still_running", "the call still runs; it is scored when it has ended")
    if view.erased:
        raise Problem(410, "erased", "the caller was erased; what is left of the call cannot be scored")
    scored = await parts.scorer.rescore(call_id)
    return {
        "call_id": call_id,
        "scorecard": scored.scorecard,
        "version": scored.scorecard_version,
        "score": scored.score,
        **masked(scored.answers),
    }


def call_json(view: CallView, session: Session, *, brief: bool = False) -> dict[str, Any]:
    shown = view.to_json()
    if brief:
        for name in ("transcript", "timings", "handoff", "score", "faults"):
            del shown[name]
        shown["score"] = {"score": view.score["score"]} if view.score else None
    return shown
