"""Puts the consoles onto the web process's FastAPI app."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from nicegui import app as pages_app
from nicegui import core as pages_core
from nicegui import ui

from core.console.pages import plain_page
from core.console.style import SCRIPT, SCRIPT_PATH, STYLE, STYLE_PATH
from core.console.texts import request_language, t
from core.identity import Identity

RECONNECT_S = 60.0
"""A page whose connection broke may come back for this long and finds everything as it was."""

PING_S = 4.0
"""Page and process ask each other so often whether they are there; silence for as long again is a loss."""

_FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" '
    'fill="#0f766e"/><path d="M8 12h16M16 12v12" stroke="#fff" stroke-width="3.4" stroke-linecap="round"/>'
    '<circle cx="8" cy="7.5" r="1.6" fill="#fff"/><circle cx="13.3" cy="7.5" r="1.6" fill="#fff"/>'
    '<circle cx="18.7" cy="7.5" r="1.6" fill="#fff"/><circle cx="24" cy="7.5" r="1.6" fill="#fff"/></svg>'
)


def install(app: FastAPI, identity: Identity) -> None:
    """Mount the consoles at ``/``; routes that ``app`` has already come first. Once per process."""
    app.state.identity = identity
    pages_app.state.identity = identity

    @app.get(STYLE_PATH, include_in_schema=False)
    async def style() -> Response:
        return _asset(STYLE, "text/css; charset=utf-8")

    @app.get(SCRIPT_PATH, include_in_schema=False)
    async def script() -> Response:
        return _asset(SCRIPT, "text/javascript; charset=utf-8")

    @pages_app.exception_handler(404)
    async def not_found(request: Request, _error: Exception) -> Response:
        return _problem(request, "not_found", 404)

    @pages_app.exception_handler(500)
    async def failed(request: Request, _error: Exception) -> Response:
        return _problem(request, "failed", 500)

    @pages_app.on_startup
    def notice_losses_soon() -> None:
        # NiceGUI's own choice follows the time to come back, and would notice a lost network after a minute.
        pages_core.sio.eio.ping_interval = pages_core.sio.eio.ping_timeout = PING_S

    ui.button.default_props("no-caps unelevated")
    ui.input.default_props("outlined dense")
    ui.number.default_props("outlined dense")
    ui.textarea.default_props("outlined dense")
    ui.select.default_props("outlined dense options-dense")
    ui.run_with(
        app,
        title="Tetraphone",
        favicon=_FAVICON,
        dark=None,
        reconnect_timeout=RECONNECT_S,
        tailwind=False,
        show_welcome_message=False,
    )


def _asset(content: str, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers={"Cache-Control": "public, max-age=31536000"})


def _problem(request: Request, what: str, status: int) -> Response:
    language = request_language(request)
    title, why = t(f"console.{what}", language), t(f"console.{what}_why", language)
    home = f'<p><a class="tp-button" href="/">{t("console.home", language)}</a></p>'
    body = f"<h1>{title}</h1><p>{why}</p>{home}"
    return plain_page(request, title, body, status=status, language=language)
