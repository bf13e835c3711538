"""Log-in, log-out and the start page; works without scripts."""

from __future__ import annotations

import html
import secrets
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from app.web.login_guard import LoginGuard, TooManyLogins
from app.web.parts import WebSettings
from core.console import plain_page, request_language, t
from core.console.texts import LANGUAGE_COOKIE
from core.identity import Role, TooManyTries, User
from core.languages import Language, parse_language
from core.web import COOKIE, current_session, identity_of, set_session_cookie

router = APIRouter(include_in_schema=False)


@router.get("/")
async def start(request: Request) -> Response:
    session = await current_session(request)
    return RedirectResponse("/login" if session is None else home_of(session.user), 303)


@router.get("/login")
async def login_form(request: Request, next: str = "", language: str = "") -> Response:
    session = await current_session(request)
    if session is not None and session.kind == "page":
        return RedirectResponse(_local(next) or home_of(session.user), 303)
    chosen = _language(language)
    response = _form(request, next, language=chosen)
    if chosen:
        settings: WebSettings = request.app.state.parts.settings
        response.set_cookie(
            LANGUAGE_COOKIE, chosen.value, max_age=31536000, samesite="lax", secure=settings.secure_cookies
        )
    return response


@router.post("/login")
async def log_in(
    request: Request,
    username: Annotated[str, Form(max_length=60)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    guard: LoginGuard = request.app.state.login_guard
    try:
        session = await guard.log_in(request, username, password, "page")
    except (TooManyTries, TooManyLogins):
        return _form(request, next, username, "login.too_many", 429)
    if session is None:
        return _form(request, next, username, "login.wrong", 401)
    response = RedirectResponse(_local(next) or home_of(session.user), 303)
    settings: WebSettings = request.app.state.parts.settings
    set_session_cookie(response, session, secure=settings.secure_cookies)
    return response


@router.post("/logout")
async def log_out(request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> Response:
    secret = request.cookies.get(COOKIE, "")
    session = await identity_of(request).session(secret, "page")
    if session is not None:
        if not secrets.compare_digest(csrf.encode(), session.csrf.encode()):
            return RedirectResponse("/", 303)
        await identity_of(request).log_out(secret)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


def home_of(user: User) -> str:
    """Where a user begins their day."""
    places = (
        (Role.ADMIN, "/calls"),
        (Role.SUPERVISOR, "/calls"),
        (Role.QA, "/qa"),
        (Role.AGENT, "/desk"),
        (Role.EDITOR, "/knowledge"),
    )
    # Who has nothing but a right that goes with a role is told so there.
    return next((path for role, path in places if role in user.roles), "/calls")


def _local(target: str) -> str:
    """The target if it is a path of this site, else ''."""
    parts = urlsplit(target)
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target
    safe = plain and not parts.scheme and not parts.netloc and target.isprintable()
    return target if safe and parts.path not in ("/login", "/logout") else ""


def _language(code: str) -> Language | None:
    try:
        return parse_language(code)
    except ValueError:
        return None


def _form(
    request: Request,
    target: str,
    username: str = "",
    problem: str = "",
    status: int = 200,
    language: Language | None = None,
) -> Response:
    language = language or request_language(request)

    def word(key: str) -> str:
        return html.escape(t(f"login.{key}", language))

    alert = f'<p class="tp-alert" role="alert">{html.escape(t(problem, language))}</p>' if problem else ""
    back = f"&next={quote(_local(target), safe='')}" if _local(target) else ""
    others = "".join(
        f'<a href="/login?language={one.value}{html.escape(back)}" lang="{one.value}">{one.own_name}</a>'
        for one in Language
        if one != language
    )
    body = f"""<h1>{word("title")}</h1>{alert}
<form method="post" action="/login">
<input type="hidden" name="next" value="{html.escape(_local(target), quote=True)}">
<label for="username">{word("username")}</label>
<input id="username" name="username" autocomplete="username" required autofocus maxlength="60"
 value="{html.escape(username, quote=True)}">
<label for="password">{word("password")}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="200">
<button type="submit">{word("submit")}</button>
</form>
{_demo(request, language)}<nav class="tp-languages" aria-label="{html.escape(t("console.language", language))}">{others}</nav>"""
    return plain_page(request, t("login.title", language), body, status=status, language=language)


def _demo(request: Request, language: Language) -> str:
    settings: WebSettings = request.app.state.parts.settings
    if not settings.demo or not settings.demo_logins:
        return ""
    rows = "".join(
        f"<tr><td><code>{html.escape(name)}</code></td><td><code>{html.escape(password)}</code></td>"
        f"<td>{html.escape(roles)}</td></tr>"
        for name, password, roles in settings.demo_logins
    )
    heading = html.escape(t("login.demo", language))
    return f'<section class="tp-demo"><h2>{heading}</h2><table class="tp-table tp-small">{rows}</table></section>'
