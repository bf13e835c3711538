"""Puts the web process together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.web import (
    api_admin,
    api_callbacks,
    api_calls,
    api_desk,
    api_docs,
    api_knowledge,
    api_latency,
    api_session,
    api_softphone,
    api_wall,
    operation,
)
from app.web.audit_watch import watch
from app.web.event_stream import LiveTail
from app.web.guards import BodyLimit, PageTraffic, SecurityHeaders
from app.web.knowledge_gate import KnowledgeGate
from app.web.login_guard import LoginGuard
from app.web.parts import WebParts
from app.web.problems import Problem, add_handlers
from app.web.tasks import Background
from assist.callbacks import CallBackList
from core.clock import Clock, SystemClock
from core.web import SameOrigin

FORGET_KEYS_S = 30.0
"""An erasure by another process takes effect here within this time."""

_DESCRIPTION = """Calls, their events and recordings, the knowledge base, and administration. All answers are JSON.

A program gets a token from `POST /api/login` and sends it as `Authorization: Bearer ...`. The consoles use a
session cookie instead; requests that change something then repeat the session's token in `x-csrf-token`.

Every error is `{"error": {"code", "message"}}`; the message says what to do. Times are UTC, ISO 8601; languages are
`zh`, `en`, `ja`, `ko`. Card, identity and phone numbers and codes are masked; a caller's number is
shown in full only when it is asked for, by those who have the right to, and each look is logged."""


def build_web_app(parts: WebParts, *, consoles: bool = True, clock: Clock | None = None) -> FastAPI:
    """The app, ready for an ASGI server; its start-up begins the background tasks, its shut-down ends them.

    Args:
        consoles: also the pages. They live in one app per process (NiceGUI's); tests of the API do without.
    """
    background = Background()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        background.keep("call-list", parts.call_list.keep_up)
        background.keep("live-tail", app.state.live_tail.keep_up)
        background.keep("audit-watch", lambda: watch(parts.administration.audit))
        background.keep("call-backs", app.state.call_backs.keep_up)
        background.keep("forget-keys", lambda: _forget_keys(parts))
        if parts.wall is not None:
            background.keep("wall", parts.wall.keep_up)
        for name, work in parts.background.items():
            background.keep(name, work)
        try:
            yield
        finally:
            await background.close()

    app = FastAPI(
        title="Tetraphone API",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
    )
    app.state.parts = parts
    app.state.identity = parts.identity
    app.state.clock = clock or SystemClock()
    app.state.live_tail = LiveTail(parts.log)
    app.state.knowledge_gate = KnowledgeGate(parts.knowledge)
    app.state.call_backs = CallBackList(parts.log, clock)
    app.state.login_guard = LoginGuard(parts.identity, clock)
    app.state.recordings_noted = {}
    add_handlers(app)
    # The last one added stands outermost.
    app.add_middleware(PageTraffic, identity=parts.identity)
    app.add_middleware(BodyLimit, limit=parts.settings.body_bytes, upload_limit=parts.settings.upload_bytes)
    app.add_middleware(SameOrigin)
    app.add_middleware(SecurityHeaders, line=parts.line)
    # The routes as they are: of a router that is included each is analysed anew, which takes a second in all.
    for module in (
        api_session, api_calls, api_desk, api_latency, api_wall, api_knowledge, api_admin, operation, api_docs,
        api_callbacks, api_softphone,
    ):  # fmt: skip
        app.router.routes.extend(module.router.routes)
    app.add_api_route(
        "/api/{rest:path}",
        _no_such_route,
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        include_in_schema=False,
    )
    if consoles:
        from app.web.consoles import add_consoles

        add_consoles(app, parts)
    return app


async def _no_such_route(rest: str) -> None:
    raise Problem(404, "no_such_route", f"there is no /api/{rest[:80]}; see /api/docs")


async def _forget_keys(parts: WebParts) -> None:
    while True:
        await asyncio.sleep(FORGET_KEYS_S)
        parts.person_keys.forget()
