"""Who may open a page: the session behind a request, and what is shown where there is none."""

from __future__ import annotations

import functools
import html
import inspect
import typing
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from nicegui import app as pages_app
from nicegui import context, ui

from core.console.style import head_html, theme_of
from core.console.texts import request_language, set_surface_language, t
from core.identity import Identity, Role, Session
from core.languages import Language
from core.web import COOKIE, identity_of

Builder = Callable[..., Awaitable[Response | None]]


async def page_session(request: Request, *roles: Role) -> Session | None:
    """The session of the page's cookie if it has one of the roles (an administrator always), else None.

    Fixes the page's language. With no role named, any logged-in user may come in. A page that gets None
    returns ``await refusal(request, *roles)``; ``console_page`` does all this by itself.
    """
    session = await identity_of(request).session(request.cookies.get(COOKIE, ""), "page")
    set_surface_language(request_language(request, session.user if session else None))
    context.client.storage["page_secret"] = request.cookies.get(COOKIE, "")
    context.client.storage["page_roles"] = roles
    context.client.storage["theme"] = theme_of(request.cookies)
    return session if session is not None and session.admitted(*roles) else None


async def session_now() -> Session | None:
    """The session of an open page as it stands by now; an action asks for it before it does anything.

    None where the user was shut out or has none of the page's roles any more: the page is then loaded anew,
    and so refused.
    """
    identity: Identity = pages_app.state.identity
    page = context.client.storage
    session = await identity.session(page["page_secret"], "page")
    if session is not None and session.admitted(*page["page_roles"]):
        return session
    ui.navigate.reload()
    return None


async def refusal(request: Request, *roles: Role) -> Response:
    """To the log-in page where nobody is logged in, else a page that says which roles are needed."""
    session = await identity_of(request).session(request.cookies.get(COOKIE, ""), "page")
    if session is None:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(target, safe='')}", status_code=303)
    return forbidden_page(request, *roles, language=request_language(request, session.user))


def console_page(path: str, *roles: Role, **options: Any) -> Callable[[Builder], Builder]:
    """Register an async page builder at ``path`` for users with one of the roles (none named: all users).

    The builder may ask for ``session: Session``, ``request: Request`` and the path's and query's
    parameters, and may return a response in place of a page. Further options go to ``ui.page``.
    """

    def register(builder: Builder) -> Builder:
        wanted = inspect.signature(builder).parameters
        hints = typing.get_type_hints(builder)

        @functools.wraps(builder)
        async def guarded(**given: Any) -> Response | None:
            request: Request = given["request"]
            session = await page_session(request, *roles)
            if session is None:
                return await refusal(request, *roles)
            given = {**given, "session": session}
            return await builder(**{name: given[name] for name in wanted})

        parameters = [inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)]
        for name, parameter in wanted.items():
            if name not in ("request", "session"):
                parameters.append(
                    parameter.replace(
                        kind=inspect.Parameter.KEYWORD_ONLY,
                        annotation=hints.get(name, inspect.Parameter.empty),
                    )
                )
        guarded.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        guarded.required_roles = roles  # type: ignore[attr-defined]
        options.setdefault("response_timeout", 20)
        ui.page(path, **options)(guarded)
        return builder

    return register


def forbidden_page(request: Request, *roles: Role, language: Language | None = None) -> Response:
    """A 403 page that names the roles that would open it."""
    language = language or request_language(request)
    needed = ", ".join(role.value for role in roles) or Role.ADMIN.value
    body = f"""<h1>{html.escape(t("console.forbidden", language))}</h1>
<p>{html.escape(t("console.forbidden_why", language, roles=needed))}</p>
<p><a class="tp-button" href="/">{html.escape(t("console.home", language))}</a></p>"""
    return plain_page(request, t("console.forbidden", language), body, status=403, language=language)


def plain_page(
    request: Request, title: str, body: str, *, status: int = 200, language: Language | None = None
) -> HTMLResponse:
    """A page without scripts in the consoles' look: log-in, refusals, errors.

    Args:
        body: HTML; the caller escapes what comes from outside.
    """
    language = language or request_language(request)
    theme = theme_of(request.cookies)
    text = f"""<!doctype html>
<html lang="{language.value}" data-theme="{theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)} · Tetraphone</title>
{head_html()}
</head>
<body class="tp-plain">
<main class="tp-plain-card" id="content"><div class="tp-brand tp-brand-large">Tetraphone</div>
{body}
</main>
</body>
</html>
"""
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})
