"""Log-in for programs: ``POST /api/login`` gives a bearer token."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from app.web.login_guard import LoginGuard, TooManyLogins
from app.web.problems import ErrorBody, Problem
from core.identity import TOKEN_LIFE, Role, Session, TooManyTries, User
from core.web import identity_of, require

router = APIRouter(prefix="/api", tags=["session"])
ANYBODY = tuple(Role)
"""Every logged-in user, whatever the role."""


class Credentials(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"username": "qa", "password": "…"}}
    )

    username: str = Field(min_length=1, max_length=60)
    password: str = Field(min_length=1, max_length=200)


class UserOut(BaseModel):
    """Who is logged in, and as what."""

    username: str
    name: str
    roles: list[str]
    languages: list[str] = Field(description="The languages an agent is routed by.")
    skills: list[str]


class Token(BaseModel):
    """Send it as ``Authorization: Bearer ...``; it is shown this once."""

    token: str
    token_type: str = "bearer"  # noqa: S105
    expires_in: int = Field(description="Seconds until it ends.")
    user: UserOut


@router.post(
    "/login",
    response_model=Token,
    responses={401: {"model": ErrorBody}, 429: {"model": ErrorBody}},
    summary="Get a bearer token",
)
async def log_in(credentials: Credentials, request: Request) -> Token:
    """Checks name and password. After ten wrong passwords of one name, or thirty from one address, within
    five minutes the answer is 429 until they have passed."""
    guard: LoginGuard = request.app.state.login_guard
    try:
        session = await guard.log_in(request, credentials.username, credentials.password, "token")
    except (TooManyTries, TooManyLogins):
        raise Problem(
            429, "too_many_tries", "too many wrong passwords; wait five minutes", {"Retry-After": "300"}
        ) from None
    if session is None:
        raise Problem(401, "wrong_password", "the user name or the password is wrong")
    return Token(
        token=session.secret, expires_in=int(TOKEN_LIFE.total_seconds()), user=user_out(session.user)
    )


@router.post("/logout", status_code=204, summary="End the token or session that the request comes with")
async def log_out(request: Request, _session: Annotated[Session, Depends(require(*ANYBODY))]) -> None:
    secret = request.headers.get("authorization", "")[7:].strip() or request.cookies.get(
        "tetraphone_session", ""
    )
    await identity_of(request).log_out(secret)


@router.get("/me", response_model=UserOut, summary="Who the token belongs to")
async def me(session: Annotated[Session, Depends(require(*ANYBODY))]) -> UserOut:
    return user_out(session.user)


def user_out(user: User) -> UserOut:
    return UserOut(
        username=user.username,
        name=user.name,
        roles=sorted(role.value for role in user.roles),
        languages=list(user.languages),
        skills=list(user.skills),
    )
