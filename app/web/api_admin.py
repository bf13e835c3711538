"""Administration over the API: users, numbers, and the audit log. For administrators alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from app.web.parts import WebParts
from app.web.problems import ErrorBody, Problem
from core.administration import Account, Administration, By, Refused, new_password
from core.identity import Role, Session
from core.numbers import Number
from core.web import require

router = APIRouter(prefix="/api/admin", tags=["administration"])
Admin = Annotated[Session, Depends(require(Role.ADMIN))]

_NOT_FOUND = {"unknown_user", "unknown_number", "unknown_skill"}
_CONFLICT = {"last_admin", "bot_skill", "plan_changed", "user_exists", "number_exists"}
_ERRORS: dict[int | str, dict[str, Any]] = {code: {"model": ErrorBody} for code in (404, 409, 422)}
Levels = dict[str, int]


class AccountOut(BaseModel):
    """A user; nobody is ever deleted, but may be switched off."""

    username: str
    name: str
    roles: list[str]
    languages: Levels = Field(description="Proficiency 1 to 5 by language; the first is the surface's.")
    skills: Levels = Field(description="Proficiency 1 to 5 by skill.")
    phone: str = Field(description="The agent's own telephone in E.164, or ''.")
    capacity: int = Field(description="Calls that the agent has at once, 1 to 5.")
    active: bool


class AccountList(BaseModel):
    users: list[AccountOut]


class NewAccount(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "username": "mei",
                "roles": ["agent"],
                "languages": {"zh": 5, "en": 3},
                "skills": {"billing": 4},
            }
        },
    )

    username: str = Field(description="2 to 60 letters, figures or . _ @ -")
    password: str | None = Field(None, description="At least ten characters; null: one is made.")
    name: str = ""
    roles: list[str] = Field(description="agent, editor, qa, supervisor, admin")
    languages: Levels = {}
    skills: Levels = {}
    phone: str = Field("", description="The agent's own telephone in E.164: it rings for who speaks by it.")
    capacity: int = Field(1, description="Calls that the agent has at once, 1 to 5.")


class AccountAdded(AccountOut):
    password: str | None = Field(None, description="The one that was made, this once; else null.")


class AccountChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"active": False}})

    name: str | None = None
    roles: list[str] | None = None
    languages: Levels | None = None
    skills: Levels | None = None
    phone: str | None = Field(None, description="'' for none.")
    capacity: int | None = Field(None, description="Calls that the agent has at once, 1 to 5.")
    active: bool | None = Field(None, description="false logs the user out everywhere.")


class NewPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    password: str | None = Field(None, description="At least ten characters; null: one is made.")


class PasswordSet(BaseModel):
    password: str | None = Field(description="The one that was made, this once; null where it was given.")


class NumberOut(BaseModel):
    number: str
    bot: str
    language: str | None = Field(description="Greeted in; null: by the caller's record and country code.")
    label: str
    active: bool


class NumberList(BaseModel):
    numbers: list[NumberOut]
    bots: list[str] = Field(description="Bots that can answer.")


class NewNumber(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"number": "+81312345678", "bot": "homegoods", "language": "ja"}},
    )

    number: str = Field(description="E.164, such as +81312345678.")
    bot: str
    language: str | None = None
    label: str = ""


class NumberChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"language": "ko"}})

    bot: str | None = None
    language: str | None = Field(None, description="'' leaves it to the caller's record and country code.")
    label: str | None = None
    active: bool | None = None


class SkillOut(BaseModel):
    name: str
    levels: Levels = Field(description="Proficiency by user name, of the active users who have it.")
    needed_by: list[str] = Field(description="Queues whose agents need it.")
    taken_by: list[str] = Field(description="Queues that take calls which ask for it.")
    bots: list[str] = Field(description="Bots that hand callers over with it; it cannot be renamed.")


class SkillList(BaseModel):
    skills: list[SkillOut]


class NewSkillName(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"to": "billing"}})

    to: str = Field(
        description="1 to 40 characters without spaces, commas or +; of another skill: both become one."
    )


class PlanOut(BaseModel):
    """Queues and opening hours; docs/routing.md explains every setting."""

    version: int = Field(description="0: the file of the settings, since none was saved.")
    plan: dict[str, Any]
    saved_at: str
    saved_by: str


class NewPlan(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"version": 0, "plan": {"queues": {"general": {"target_s": 20}}}}},
    )

    version: int = Field(description="The version that was changed; 409 if it is no longer the newest.")
    plan: dict[str, Any]


class AuditEntryOut(BaseModel):
    position: int
    at: str
    actor: str
    origin: str = Field(description="console, api, command line or platform")
    action: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    hash: str


class AuditEntries(BaseModel):
    entries: list[AuditEntryOut]
    next_before: int | None = Field(description="``before`` for the next page; null on the last.")


class FaultOut(BaseModel):
    kind: str = Field(description="altered, missing, truncated, head, witness, receipt or other_key")
    first: int
    last: int
    detail: str


class VerificationOut(BaseModel):
    ok: bool
    entries: int
    head: str = Field(description="Hash of the last entry; ``entries:head`` is the receipt of the whole log.")
    witnessed: int | None
    faults: list[FaultOut]


@router.get("/users", response_model=AccountList, summary="All users")
async def list_users(request: Request, _session: Admin) -> Any:
    return {"users": [account_out(account) for account in await _administration(request).accounts()]}


@router.post("/users", status_code=201, response_model=AccountAdded, responses=_ERRORS, summary="Add a user")
async def add_user(new: NewAccount, request: Request, session: Admin) -> Any:
    password = new.password or new_password()
    with _problems():
        account = await _administration(request).add_user(
            _by(session), new.username, password, new.roles,
            name=new.name, languages=new.languages, skills=new.skills, phone=new.phone, capacity=new.capacity,
        )  # fmt: skip
    return {**account_out(account).model_dump(), "password": None if new.password else password}


@router.patch(
    "/users/{username}",
    response_model=AccountOut,
    responses=_ERRORS,
    summary="Change a user, or switch one off",
)
async def change_user(username: str, change: AccountChange, request: Request, session: Admin) -> Any:
    """The last active administrator can neither be switched off nor lose the role: 409 ``last_admin``."""
    wanted = {name: getattr(change, name) for name in change.model_fields_set}
    with _problems():
        return account_out(await _administration(request).change_user(_by(session), username, **wanted))


@router.post(
    "/users/{username}/password",
    response_model=PasswordSet,
    responses=_ERRORS,
    summary="Give a user a new password",
)
async def reset_password(username: str, new: NewPassword, request: Request, session: Admin) -> Any:
    """Ends all sessions and tokens of the user."""
    password = new.password or new_password()
    with _problems():
        await _administration(request).reset_password(_by(session), username, password)
    return {"password": None if new.password else password}


@router.get("/skills", response_model=SkillList, summary="Skills, who has them and what asks for them")
async def list_skills(request: Request, _session: Admin) -> Any:
    return {"skills": [SkillOut(**asdict(skill)) for skill in await _administration(request).skills()]}


@router.post(
    "/skills/{skill}/rename",
    response_model=SkillList,
    responses=_ERRORS,
    summary="Rename a skill everywhere",
)
async def rename_skill(skill: str, new: NewSkillName, request: Request, session: Admin) -> Any:
    """With everybody who has it and in every queue that asks for it; one that a bot asks for is refused (409 ``bot_skill``)."""
    with _problems():
        await _administration(request).rename_skill(_by(session), skill, new.to)
    return await list_skills(request, session)


@router.get("/queues", response_model=PlanOut, summary="Queues and opening hours")
async def queues(request: Request, _session: Admin) -> Any:
    return PlanOut(**asdict(await _administration(request).plan()))


@router.put("/queues", response_model=PlanOut, responses=_ERRORS, summary="Save queues and opening hours")
async def save_queues(new: NewPlan, request: Request, session: Admin) -> Any:
    """The whole plan, checked; it becomes the next version. Every wrong setting is named (422 ``bad_plan``)."""
    with _problems():
        return PlanOut(
            **asdict(await _administration(request).save_plan(_by(session), new.plan, new.version))
        )


@router.get("/numbers", response_model=NumberList, summary="All numbers that have an entry")
async def list_numbers(request: Request, _session: Admin) -> Any:
    administration = _administration(request)
    numbers = [number_out(number) for number in await administration.numbers()]
    return {"numbers": numbers, "bots": list(administration.bots)}


@router.post("/numbers", status_code=201, response_model=NumberOut, responses=_ERRORS, summary="Add a number")
async def add_number(new: NewNumber, request: Request, session: Admin) -> Any:
    """Takes effect on the line within five seconds."""
    with _problems():
        number = await _administration(request).add_number(
            _by(session), new.number, new.bot, new.language, new.label
        )
    return number_out(number)


@router.patch(
    "/numbers/{number}",
    response_model=NumberOut,
    responses=_ERRORS,
    summary="Change a number, or switch it off",
)
async def change_number(number: str, change: NumberChange, request: Request, session: Admin) -> Any:
    """Calls to a number whose entry is switched off are answered as the settings say."""
    wanted = {name: getattr(change, name) for name in change.model_fields_set}
    with _problems():
        return number_out(await _administration(request).change_number(_by(session), number, **wanted))


@router.get("/audit", response_model=AuditEntries, summary="The audit log, newest first")
async def audit_entries(
    request: Request,
    _session: Admin,
    actor: Annotated[str, Query(max_length=80, description="The user name exactly.")] = "",
    action: Annotated[
        str, Query(max_length=60, description="Its beginning: ``user`` or ``user.added``.")
    ] = "",
    subject: Annotated[str, Query(max_length=120, description="A part of it.")] = "",
    since: Annotated[datetime | None, Query(description="ISO 8601; UTC where no zone is given.")] = None,
    until: Annotated[datetime | None, Query(description="ISO 8601; not itself included.")] = None,
    before: Annotated[int | None, Query(description="Only entries of a smaller position.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    found = await _administration(request).audit.entries(
        actor=actor, action=action, subject=subject, since=_utc(since), until=_utc(until), before=before, limit=limit + 1
    )  # fmt: skip
    shown = found[:limit]
    entries = [AuditEntryOut(**asdict(entry)) for entry in shown]
    return {"entries": entries, "next_before": shown[-1].position if len(found) > limit else None}


@router.get("/audit/verification", response_model=VerificationOut, summary="Whether the audit log is intact")
async def verification(
    request: Request,
    _session: Admin,
    receipt: Annotated[
        str, Query(pattern=r"^(\d{1,9}:[0-9a-f]{64})?$", description="``position:hash`` as kept elsewhere.")
    ] = "",
) -> Any:
    """Goes through the whole log. 200 in both cases; ``ok`` says which it is."""
    position, _, hash_ = receipt.partition(":")
    found = await _administration(request).audit.verify((int(position), hash_) if receipt else None)
    faults = [
        FaultOut(kind=one.kind, first=one.first, last=one.last, detail=one.detail) for one in found.faults
    ]
    return VerificationOut(
        ok=found.ok, entries=found.entries, head=found.head, witnessed=found.witnessed, faults=faults
    )


def _administration(request: Request) -> Administration:
    parts: WebParts = request.app.state.parts
    return parts.administration


def _by(session: Session) -> By:
    return By(session.user.username, "api")


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def account_out(account: Account) -> AccountOut:
    user = account.user
    return AccountOut(
        username=user.username,
        name=user.name,
        roles=sorted(role.value for role in user.roles),
        languages=user.leveled_languages(),
        skills=user.leveled_skills(),
        phone=user.phone,
        capacity=user.capacity,
        active=account.active,
    )


def number_out(number: Number) -> NumberOut:
    return NumberOut(
        number=number.number,
        bot=number.bot,
        language=number.language,
        label=number.label,
        active=number.active,
    )


@contextmanager
def _problems() -> Iterator[None]:
    """What is refused within is answered as a problem."""
    try:
        yield
    except Refused as refused:
        raise problem_of(refused) from None


def problem_of(refused: Refused) -> Problem:
    """Why it was not done, as an error of the API."""
    status = 404 if refused.code in _NOT_FOUND else 409 if refused.code in _CONFLICT else 422
    return Problem(status, refused.code, str(refused))
