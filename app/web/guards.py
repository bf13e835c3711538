"""What stands before every request: security headers, bounds on bodies, and the session for page traffic."""

from __future__ import annotations

import contextlib
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import URL, Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.line_access import LineAccess
from app.web.problems import error_response
from core.identity import Identity
from core.web import COOKIE

# NiceGUI's pages carry their start-up script and their styles inline, and evaluate small event handlers.
_PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; connect-src 'self' {line}; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
# The callers' page: our own files, and the line.
_PHONE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' {line}; "
    "media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The log-in page, refusals and the API's description: no script but our own file.
_PLAIN_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
_PLAIN_PATHS = ("/login", "/api/docs")


class SecurityHeaders:
    """Adds to every answer what browsers need to know to keep it safe.

    Args:
        line: where pages may open the agent's or caller's sound.
    """

    def __init__(self, app: ASGIApp, line: LineAccess) -> None:
        self._app, self._line = app, line

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                policy = _policy(path).replace("{line}", self._line.origin(URL(scope=scope)))
                headers.setdefault("Content-Security-Policy", policy)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("X-Frame-Options", "DENY")
                headers.setdefault("Referrer-Policy", "same-origin")
                headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(self)")
                headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
                if path.startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


def _policy(path: str) -> str:
    if path.startswith(_PLAIN_PATHS):
        return _PLAIN_POLICY
    if path.startswith("/api/"):
        return _DATA_POLICY
    if path == "/phone":
        return _PHONE_POLICY
    return _PAGE_POLICY


class BodyLimit:
    """Refuses bodies over a bound, announced or not, before anybody has to hold them.

    Args:
        limit: bytes for ordinary requests.
        upload_limit: bytes where documents are uploaded.
    """

    def __init__(self, app: ASGIApp, limit: int, upload_limit: int) -> None:
        self._app, self._limit, self._upload_limit = app, limit, upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        uploads = path == "/api/kb/documents" or (path.startswith("/_nicegui/client/") and "/upload/" in path)
        limit = self._upload_limit if uploads else self._limit
        announced = Headers(scope=scope).get("content-length", "0")
        if not (announced.isascii() and announced.isdigit()) or int(announced) > limit:
            await _too_large(limit)(scope, receive, send)
            return
        seen, answered = 0, False

        async def bounded() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > limit:
                    raise _Overflow
            return message

        async def watched(message: Message) -> None:
            nonlocal answered
            if seen > limit and not answered:
                return  # whatever the app makes of the broken body, the answer is ours
            answered = True
            await send(message)

        with contextlib.suppress(_Overflow):
            await self._app(scope, bounded, watched)
        if seen > limit and not answered:
            await _too_large(limit)(scope, receive, send)


class _Overflow(Exception):
    """Ends the reading of a body that is too long."""


def _too_large(limit: int) -> ASGIApp:
    message = f"the body is longer than {limit // 1024:,} KiB; send less at once"
    return error_response(413, "too_large", message, {"Connection": "close"})


class PageTraffic:
    """Lets only logged-in browsers post to NiceGUI's own addresses (uploads) and open its socket."""

    def __init__(self, app: ASGIApp, identity: Identity) -> None:
        self._app, self._identity = app, identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and _guarded(scope["path"]):
            secret = _cookie(Headers(scope=scope).get("cookie", ""))
            if await self._identity.session(secret, "page") is None:
                if scope["type"] == "websocket":
                    await send({"type": "websocket.close", "code": 4401, "reason": "log in first"})
                    return
                await error_response(401, "not_logged_in", "log in first, at /login")(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _guarded(path: str) -> bool:
    return path.startswith(("/_nicegui/client/", "/_nicegui_ws/"))


def _cookie(header: str) -> str:
    try:
        morsel = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
