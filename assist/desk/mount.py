"""Puts the agent's page into the web application."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from nicegui import app as nicegui_app
from nicegui import context, ui

from assist.desk.page import DeskPage
from assist.desk.words import Words, choose_language
from assist.feed import AssistFeed
from core.identity import Identity, Role
from core.web import COOKIE

_ASSETS = "/desk-assets"
_RECONNECT_S = 120.0
"""A page whose network was gone for so long comes back as it was."""


def mount_desk(
    feed: AssistFeed, identity: Identity, *, path: str = "/desk", login_path: str = "/login"
) -> None:
    """Register the page with NiceGUI. Call once per process, before or after ``ui.run_with(app)``.

    Args:
        feed: started and closed by whoever owns the process.
        identity: where sessions are looked up.
        path: where the page lives.
        login_path: where a browser without a session is sent, with ``?next=``.
    """
    nicegui_app.add_static_files(_ASSETS, Path(__file__).parent / "static")

    @ui.page(path, title="Tetraphone", reconnect_timeout=_RECONNECT_S)
    async def desk(request: Request) -> Response | None:
        secret = request.cookies.get(COOKIE, "")
        session = await identity.session(secret, "page")
        if session is None:
            return RedirectResponse(f"{login_path}?next={quote(path)}", 303)
        if not session.user.may(Role.AGENT):
            return HTMLResponse("<h1>403</h1><p>This page is for agents.</p>", 403)
        words = Words(
            choose_language(
                request.cookies.get("tetraphone_ui", ""), request.headers.get("accept-language", "")
            )
        )
        theme = request.cookies.get("tetraphone_theme", "auto")
        ui.add_head_html(
            f'<link rel="stylesheet" href="{_ASSETS}/desk.css">'
            f'<script src="{_ASSETS}/desk.js" data-login="{login_path}" data-lang="{words.language.value}"></script>'
        )
        ui.page_title(f"Tetraphone – {words('title')}")

        async def still_in() -> bool:
            return await identity.session(secret, "page") is not None

        async def log_out() -> None:
            await identity.log_out(secret)

        DeskPage(
            context.client,
            feed,
            session.user,
            words,
            theme=theme if theme in ("light", "dark") else "auto",
            still_in=still_in,
            log_out=log_out,
        ).build()
        return None
