"""Puts the agent's page into the web application."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fastapi import Request, Response
from nicegui import app as nicegui_app
from nicegui import context, ui

from assist.desk.page import DeskPage
from assist.desk.words import Words
from assist.feed import AssistFeed
from core.console.pages import refusal
from core.console.style import theme_of
from core.console.texts import request_language
from core.identity import Identity, Role
from core.web import COOKIE

_ASSETS = "/desk-assets"
_STATIC = Path(__file__).parent / "static"
_VERSION = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(_STATIC.iterdir()))).hexdigest()[:12]
"""Part of the assets' addresses, so that browsers keep them until they change."""
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
    """
    nicegui_app.add_static_files(_ASSETS, _STATIC)

    @ui.page(path, title="Tetraphone", reconnect_timeout=_RECONNECT_S)
    async def desk(request: Request) -> Response | None:
        secret = request.cookies.get(COOKIE, "")
        session = await identity.session(secret, "page")
        if session is None or not session.user.may(Role.AGENT):
            return await refusal(request, Role.AGENT)
        words = Words(request_language(request, session.user))
        ui.add_head_html(
            f'<link rel="stylesheet" href="{_ASSETS}/desk.css?v={_VERSION}">'
            f'<script src="{_ASSETS}/desk.js?v={_VERSION}" data-lang="{words.language.value}"></script>'
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
            theme=theme_of(request.cookies),
            still_in=still_in,
            log_out=log_out,
        ).build()
        return None
