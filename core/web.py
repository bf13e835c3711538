"""Log-in and access for the web process: session cookies with CSRF protection for pages, bearer tokens
for programs. Every route names its roles through ``require``; a test finds those that do not.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import HTTPException, Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from core.identity import Identity, Role, Session

COOKIE = "tetraphone_session"
CSRF_HEADER = "x-csrf-token"
_SAFE = {"GET", "HEAD", "OPTIONS"}


def identity_of(request: Request) -> Identity:
    identity: Identity = request.app.state.identity
    return identity


async def current_session(request: Request) -> Session | None:
    """The session that a request comes with: a bearer token, or else the page's cookie."""
    identity = identity_of(request)
    authorization = request.headers.get("authorization", "")
    if authorization.lower().startswith("bearer "):
        return await identity.session(authorization[7:].strip(), "token")
    return await identity.session(request.cookies.get(COOKIE, ""), "page")


class StillAllowed:
    """Asks now and then whether whoever opened a stream still may read it: sessions end, roles are taken away.

    Args:
        roles: one of them is needed (an administrator always may); none: a session is enough.
    """

    def __init__(self, request: Request, *roles: Role, every_s: float = 10.0) -> None:
        self._request, self._roles, self._every_s = request, roles, every_s
        self._due = time.monotonic() + every_s

    async def __call__(self) -> bool:
        if time.monotonic() < self._due:
            return True
        self._due = time.monotonic() + self._every_s
        session = await current_session(self._request)
        return session is not None and session.admitted(*self._roles)


def require(*roles: Role) -> Callable[[Request], Awaitable[Session]]:
    """A FastAPI dependency: the caller's session, if it has one of the roles (an administrator always).

    Requests that change something and come with a cookie must repeat the session's CSRF token in the
    ``x-csrf-token`` header.
    """

    async def dependency(request: Request) -> Session:
        session = await current_session(request)
        if session is None:
            raise HTTPException(401, "log in first: POST /api/login", {"WWW-Authenticate": "Bearer"})
        if not session.user.may(*roles):
            needed = ", ".join(role.value for role in roles) or "admin"
            raise HTTPException(403, f"this needs one of the roles: {needed}")
        if session.kind == "page" and request.method not in _SAFE:
            given = request.headers.get(CSRF_HEADER, "")
            if not secrets.compare_digest(given, session.csrf):
                raise HTTPException(403, f"the {CSRF_HEADER} header is missing or wrong; reload the page")
        return session

    dependency.required_roles = roles  # type: ignore[attr-defined]
    return dependency


def set_session_cookie(response: Response, session: Session, *, secure: bool) -> None:
    """Give the browser its session; scripts cannot read it, other sites cannot send it."""
    response.set_cookie(
        COOKIE, session.secret, httponly=True, samesite="lax", secure=secure, max_age=12 * 3600, path="/"
    )


class SameOrigin:
    """Refuses WebSocket handshakes, and form posts, that another site's page makes.

    Browsers name the page's origin; programs send none and pass (they have no cookie to abuse).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not _same_origin(scope):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 4403, "reason": "another origin"})
                return
            response = Response("requests from other sites are refused", status_code=403)
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _same_origin(scope: Scope) -> bool:
    if scope["type"] == "http" and scope["method"] in _SAFE:
        return True
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")
