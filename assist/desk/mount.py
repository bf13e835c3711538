"""Puts the agent's page into the web application."""

from __future__ import annotations

import hashlib
import html
import json
from pathlib import Path

from fastapi import Request, Response
from nicegui import app as nicegui_app
from nicegui import context, ui

from assist.desk.footer import SOUND_COOKIE
from assist.desk.page import DeskPage
from assist.desk.site import DeskSite
from assist.desk.words import Words
from core.console.pages import refusal
from core.console.style import theme_of
from core.console.texts import request_language
from core.identity import Role, User
from core.web import COOKIE

_ASSETS = "/desk-assets"
_SOFTPHONE = "softphone.js"
_STATIC = Path(__file__).parent / "static"
_VERSION = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(_STATIC.iterdir()))).hexdigest()[:12]
"""Part of the assets' addresses, so that browsers keep them until they change."""
_RECONNECT_S = 120.0
"""A page whose network was gone for so long comes back as it was."""


def mount_desk(site: DeskSite, *, path: str = "/desk") -> None:
    """Register the page with NiceGUI. Call once per process, before or after ``ui.run_with(app)``.

    Args:
        path: where the page lives.
    """
    nicegui_app.add_static_files(_ASSETS, _STATIC)
    softphone = f"{_ASSETS}/{_SOFTPHONE}?v={_VERSION}" if (_STATIC / _SOFTPHONE).exists() else ""

    @ui.page(path, title="Tetraphone", reconnect_timeout=_RECONNECT_S)
    async def desk(request: Request) -> Response | None:
        secret = request.cookies.get(COOKIE, "")
        session = await site.identity.session(secret, "page")
        if session is None or not session.user.may(Role.AGENT):
            return await refusal(request, Role.AGENT)
        words = Words(request_language(request, session.user))
        lost = {name: words(name) for name in ("lost", "lost_soon", "lost_long", "back_again")}
        ui.add_head_html(
            f'<meta name="csrf-token" content="{html.escape(session.csrf)}">'
            f'<link rel="stylesheet" href="{_ASSETS}/desk.css?v={_VERSION}">'
            f'<script src="{_ASSETS}/desk.js?v={_VERSION}" data-lang="{words.language.value}" '
            f'data-lost="{html.escape(json.dumps(lost, ensure_ascii=False))}"></script>'
        )
        ui.page_title(f"Tetraphone – {words('title')}")

        async def who() -> User | None:
            now = await site.identity.session(secret, "page")
            return now.user if now is not None and now.user.may(Role.AGENT) else None

        async def log_out() -> None:
            await site.identity.log_out(secret)

        DeskPage(
            context.client,
            site,
            await site.plan(),
            session.user,
            words,
            theme=theme_of(request.cookies),
            softphone=softphone,
            sound=request.cookies.get(SOUND_COOKIE, ""),
            who=who,
            log_out=log_out,
        ).build()
        return None
