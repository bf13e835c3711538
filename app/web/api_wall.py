"""``/api/wall``: the wallboard's figures, and what supervisors do there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.web.api_admin import problem_of
from app.web.media_link import MediaAway
from app.web.parts import WebParts
from app.web.problems import ErrorBody, Problem
from assist.desk.words import Words
from assist.wall import Wall, actions
from assist.wall.actions import Manner, NotAllowed, Unknown
from core.administration import By, Refused
from core.commands import Reply
from core.events import new_id
from core.identity import Role, Session
from core.languages import Language
from core.web import StillAllowed, require

router = APIRouter(prefix="/api/wall", tags=["wallboard"])
Supervisor = Annotated[Session, Depends(require(Role.SUPERVISOR))]
_ERRORS: dict[int | str, dict[str, Any]] = {code: {"model": ErrorBody} for code in (403, 404, 409, 422)}
_LIFE = new_id()[:8]
"""Versions of the board count within one life of the process."""
RECHECK_S = 10.0
"""How often a reader of the board is asked whether they still may."""
Reader = Annotated[Language, Query(alias="language", description="In which a refusal is told.")]
Share = Annotated[float, Field(ge=0, le=1)]


class Monitoring(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"manner": "listen"}})

    manner: Manner


class ThresholdsIn(BaseModel):
    """Beyond these an alert is raised; null: not for that."""

    model_config = ConfigDict(extra="forbid")

    waiting: int | None = Field(None, ge=0)
    longest_wait_s: float | None = Field(None, ge=0)
    service_level: Share | None = None
    abandonment: Share | None = None


class QueueChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"version": 3, "priority": 2, "alerts": {"waiting": 10}}},
    )

    version: int = Field(
        description="Of the plan that was looked at, so that nobody overwrites another's change."
    )
    priority: int | None = Field(None, ge=-100, le=100)
    alerts: ThresholdsIn | None = None


class QueueOut(BaseModel):
    name: str
    version: int
    priority: int
    alerts: ThresholdsIn


class AgentChange(BaseModel):
    """Proficiency 1 to 5; what is left out stays as it is, what is missing in it is taken away."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"skills": {"complaints": 4}}})

    languages: dict[str, int] | None = None
    skills: dict[str, int] | None = None


class AgentOut(BaseModel):
    username: str
    name: str
    languages: dict[str, int]
    skills: dict[str, int]
    known_skills: list[str] = Field(
        description="Skills that a queue needs, a bot asks for or an agent at work has."
    )


class Done(BaseModel):
    ok: bool = True


def _wall(request: Request) -> Wall:
    parts: WebParts = request.app.state.parts
    if parts.wall is None or parts.wall.figures is None:
        raise Problem(503, "not_ready", "the wallboard is being worked out; try again in a moment")
    return parts.wall


def _by(session: Session) -> By:
    return By(session.user.username, "console" if session.kind == "page" else "api")


@contextmanager
def _problems(reader: Language = Language.EN) -> Iterator[None]:
    try:
        yield
    except NotAllowed as refusal:
        raise Problem(403, "no_right_to_monitor", str(refusal)) from None
    except Unknown as missing:
        raise Problem(404, "unknown", Words(reader).refusal(str(missing))) from None
    except Refused as refused:
        raise problem_of(refused) from None


@router.get("", summary="The figures of this moment")
async def wall_figures(request: Request, _session: Supervisor) -> dict[str, Any]:
    """Today by queue, language and quarter hour; agents, live calls and complaints. The formulas are in
    docs/service-levels.md; times of calls and agents are seconds of the distributor's clock (``at`` is now)."""
    wall = _wall(request)
    assert wall.figures is not None
    return {
        **asdict(wall.figures),
        "states": dict(wall.figures.states),
        "alerts": [asdict(one) for one in wall.alerts.shown(wall.figures.at)],
        "line_up": wall.link_up,
    }


@router.get("/stream", response_class=StreamingResponse, summary="What the page shows, as it changes")
async def wall_stream(
    request: Request, _session: Supervisor, language: Annotated[Language, Query()] = Language.EN
) -> StreamingResponse:
    """The page's parts as they change, as server-sent events; see ``assist.wall.parts_board``."""
    parts: WebParts = request.app.state.parts
    if (wall := parts.wall) is None:
        raise Problem(503, "not_ready", "there is no wallboard here")
    tail = request.app.state.live_tail
    if tail.streams >= parts.settings.stream_limit:
        raise Problem(503, "too_many_streams", "too many event streams are open; try again later")
    life, _, version = request.headers.get("last-event-id", "").partition("-")
    after = int(version) if life == _LIFE and version.isdigit() else -1

    async def frames() -> AsyncIterator[str]:
        tail.streams += 1
        allowed = StillAllowed(request, Role.SUPERVISOR, every_s=RECHECK_S)
        try:
            async for number, text in wall.follow(language, after):
                if not await allowed():
                    return
                yield f"id: {_LIFE}-{number}\ndata: {text}\n\n" if text else ": still here\n\n"
        finally:
            tail.streams -= 1

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(frames(), media_type="text/event-stream", headers=headers)


@router.post(
    "/calls/{call_id}/monitor", response_model=Done, responses=_ERRORS, summary="Listen, whisper, barge in"
)
async def monitor(
    call_id: str, asked: Monitoring, request: Request, session: Supervisor, reader: Reader = Language.EN
) -> Done:
    """Needs the role ``monitor`` beside ``supervisor`` (403 ``no_right_to_monitor``); each use is in the audit
    log. 409 where the line refuses, with its reason; 503 where it is away."""
    wall, by = _wall(request), _by(session)
    return await _done(actions.monitor(wall, session.user, by, call_id, asked.manner), reader)


@router.post(
    "/calls/{call_id}/hang-up", response_model=Done, responses=_ERRORS, summary="End a call that is one's own"
)
async def hang_up(call_id: str, request: Request, session: Supervisor, reader: Reader = Language.EN) -> Done:
    """Of whoever took the call over; each use is in the audit log. 409 where the call is another's; 503 where the
    line is away."""
    return await _done(actions.hang_up(_wall(request), session.user, _by(session), call_id), reader)


async def _done(asked: Awaitable[Reply], reader: Language) -> Done:
    """What the line answers to a request about a call; why it refuses, in the reader's language."""
    with _problems(reader):
        try:
            async with asyncio.timeout(5.0):
                reply = await asked
        except TimeoutError:
            raise MediaAway("the line did not answer in time; try again in a moment") from None
    if not reply.ok:
        raise Problem(409, "refused", Words(reader).refusal(reply.error))
    return Done()


@router.post(
    "/complaints/{call_id}/take-up", response_model=Done, responses=_ERRORS, summary="Take up a complaint"
)
async def take_up(call_id: str, request: Request, session: Supervisor, reader: Reader = Language.EN) -> Done:
    with _problems(reader):
        await actions.take_up(_wall(request), session.user, call_id)
    return Done()


@router.post(
    "/alerts/{alert_id}/acknowledge", response_model=Done, responses=_ERRORS, summary="Acknowledge an alert"
)
async def acknowledge(
    alert_id: str, request: Request, session: Supervisor, reader: Reader = Language.EN
) -> Done:
    with _problems(reader):
        await actions.acknowledge(_wall(request), session.user, alert_id)
    return Done()


@router.get(
    "/queues/{name}", response_model=QueueOut, responses=_ERRORS, summary="A queue's priority and thresholds"
)
async def queue(name: str, request: Request, _session: Supervisor) -> QueueOut:
    saved = await _wall(request).administration.plan()
    if name not in saved.plan.get("queues", {}):
        raise Problem(404, "unknown", f"there is no queue {name[:40]!r}")
    settings = saved.plan["queues"][name] or {}
    return QueueOut(
        name=name,
        version=saved.version,
        priority=settings.get("priority", 0),
        alerts=ThresholdsIn(**settings.get("alerts", {})),
    )


@router.put(
    "/queues/{name}", response_model=QueueOut, responses=_ERRORS, summary="Change priority and thresholds"
)
async def change_queue(name: str, change: QueueChange, request: Request, session: Supervisor) -> QueueOut:
    """Saved as the next version of the plan, audited; the line follows within five seconds."""
    given = None if change.alerts is None else change.alerts.model_dump()
    with _problems():
        await actions.change_queue(_wall(request), _by(session), name, change.version, change.priority, given)
    return await queue(name, request, session)


@router.get(
    "/agents/{username}", response_model=AgentOut, responses=_ERRORS, summary="An agent's proficiencies"
)
async def agent(username: str, request: Request, _session: Supervisor) -> AgentOut:
    wall = _wall(request)
    with _problems():
        user = (await actions.agent_account(wall, username)).user
    needed = {skill for queue in wall.plan.queues.values() for skill in queue.skills}
    asked = wall.administration.bot_skills.values()
    known = needed.union(*asked, *(skills for _, skills in wall.floor.profiles.values()), user.skills)
    return AgentOut(
        username=user.username,
        name=user.name,
        languages=user.leveled_languages(),
        skills=user.leveled_skills(),
        known_skills=sorted(known),
    )


@router.put(
    "/agents/{username}", response_model=AgentOut, responses=_ERRORS, summary="Change an agent's skills"
)
async def change_agent(username: str, change: AgentChange, request: Request, session: Supervisor) -> AgentOut:
    """Whose calls an agent gets follows from their languages and skills; audited, and in force within seconds."""
    with _problems():
        await actions.change_agent(_wall(request), _by(session), username, change.languages, change.skills)
    return await agent(username, request, session)
